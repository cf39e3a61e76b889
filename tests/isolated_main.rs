//! A program with a `main` of its own, under `#[tokio::main]`, that calls `isolated::init` first, late or never.
//!
//! Without arguments of its own it starts itself once for each case, and counts the copies that it then sees.
#![allow(missing_docs)]

use std::{env, process::Command};
use workflows_runtime::{Executors, isolated, isolated::Registry, prelude::*};

const CASE: &str = "ISOLATED_MAIN_CASE";

#[blocking(cpu, isolated)]
fn double(number: u64) -> u64 {
    number * 2
}

#[workflow]
struct Double;

#[workflow]
impl Double {
    #[step]
    async fn double(&self, Start(number): Start<u64>) -> Stop<u64> {
        Stop(double(number).await)
    }
}

fn init() {
    isolated::init(|| Registry::new().function(double));
}

async fn run() {
    match Double.run(21).await {
        Ok(number) => println!("result {number}"),
        Err(error) => println!("error: {error}"),
    }
}

#[tokio::main]
async fn main() {
    match env::var(CASE).as_deref() {
        Ok("first") => {
            init();
            println!("a copy");
            run().await;
        }
        Ok("forgotten") => {
            println!("a copy");
            run().await;
        }
        Ok("after executors") => {
            println!("a copy");
            let executors = Executors::builder().build();
            init();
            drop(executors);
            run().await;
        }
        Ok("after a run") => {
            println!("a copy");
            run().await;
            init();
            run().await;
        }
        Ok("skipped") => {
            println!("a copy");
            if env::var_os("WORKFLOWS_ISOLATED").is_none() {
                init();
            }
            // A copy of a copy would be the beginning of many.
            run().await;
        }
        Ok(case) => panic!("no case `{case}`"),
        Err(_) => all(),
    }
}

fn all() {
    assert_prints("first", 1, &["result 42"]);
    let forgotten =
        "error: step `double` failed: `double` is isolated, but this program has not called `isolated::init`";
    let help = "help: write `workflows_runtime::isolated::init(|| Registry::new()..);` as the first line of `main`";
    assert_prints("forgotten", 1, &[forgotten, help]);
    let late = "error: step `double` failed: a process for isolated code did not start: \
                exit code 70 before it reached `isolated::init`; call it first in `main`";
    assert_prints("after executors", 2, &[late, "stderr: `isolated::init` is not the first thing in `main`"]);
    assert_prints("after a run", 2, &[forgotten, late]);
    assert_prints(
        "skipped",
        2,
        &["error: step `double` failed: a process for isolated code did not start: exit code 70"],
    );
}

/// Runs a case, which prints these texts and is executed by so many processes.
fn assert_prints(case: &str, copies: usize, texts: &[&str]) {
    let output = Command::new(env::current_exe().unwrap()).env(CASE, case).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let all = format!("{case}:\n{printed}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{all}");
    assert_eq!(printed.matches("a copy").count(), copies, "{all}");
    for text in texts {
        assert!(printed.contains(text), "no `{text}` in {all}");
    }
}
