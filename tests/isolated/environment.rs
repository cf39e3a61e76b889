//! What a process inherits, and programs without `init`.

use crate::common::{assert_passes, in_another_process, isolated};
use std::{env, io::Read, os::unix::process::CommandExt};
use workflows_runtime::{
    Executors,
    isolated::{IsolatedError, Registry},
    prelude::*,
};

pub(crate) fn register(registry: Registry) -> Registry {
    registry.function(inherited).function(nested).function(reads_stdin).function(waits)
}

#[blocking(io, isolated)]
fn inherited(variable: String) -> (Option<String>, String) {
    (env::var(variable).ok(), env::current_dir().unwrap().to_string_lossy().into_owned())
}

/// Isolated code that calls isolated code is in its process already.
#[blocking(cpu, isolated)]
fn nested(nests: bool) -> u32 {
    if nests { tokio::runtime::Handle::current().block_on(nested(false)) } else { std::process::id() }
}

#[blocking(io, isolated)]
fn reads_stdin() -> String {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    text
}

#[blocking(io, isolated)]
fn waits() -> u64 {
    tokio::runtime::Handle::current().block_on(async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        7
    })
}

#[tokio::test]
#[ignore = "executed with an environment of its own"]
async fn environment_of_a_process() {
    crate::worker();
    let directory = env::current_dir().unwrap().to_string_lossy().into_owned();
    assert_eq!(inherited("ISOLATED_TEST".to_owned()).await, (Some("value".to_owned()), directory));
}

#[tokio::test]
async fn environment_and_working_directory_are_inherited() {
    let test = isolated(1).await;
    let mut command = in_another_process("environment::environment_of_a_process");
    assert_passes(command.env("ISOLATED_TEST", "value").current_dir(env::temp_dir()));
    test.end().await;
}

#[tokio::test]
async fn processes_need_no_temporary_directory() {
    let test = isolated(1).await;
    let mut command = in_another_process("environment::environment_of_a_process");
    assert_passes(
        command.env("ISOLATED_TEST", "value").env("TMPDIR", "/proc/none").env("XDG_RUNTIME_DIR", "/proc/none"),
    );
    test.end().await;
}

#[tokio::test]
#[ignore = "executed where `init` was not called"]
async fn program_without_init() {
    #[workflow]
    struct Forgotten;
    #[workflow]
    impl Forgotten {
        #[step]
        #[blocking(cpu, isolated)]
        fn forgotten(&self, _: Start<()>) -> Stop<()> {
            Stop(())
        }
    }
    let executors = Executors::builder().build().unwrap();
    let error = Forgotten.run(()).executors(&executors).await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(IsolatedError::NotInitialized { .. })));
    let text = error.to_string();
    assert!(text.contains("`forgotten` is isolated, but this program has not called `isolated::init`"), "{text}");
    assert!(text.contains("as the first line of `main`"), "{text}");
    assert_eq!(executors.process_metrics()[0].started, 0);
}

#[tokio::test]
async fn call_without_init_fails_and_starts_nothing() {
    let test = isolated(1).await;
    assert_passes(&mut in_another_process("environment::program_without_init"));
    test.end().await;
}

#[tokio::test]
#[ignore = "executed as a worker that does not call `init`"]
async fn second_copy_of_the_program() {
    println!("before");
    let _ = Executors::builder().build();
    println!("after");
}

#[tokio::test]
async fn second_copy_of_the_program_ends_itself() {
    let test = isolated(1).await;
    let mut command = in_another_process("environment::second_copy_of_the_program");
    let output = command.arg0("program (isolated)").env("WORKFLOWS_ISOLATED", "1").output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(70));
    assert!(printed.contains("before") && !printed.contains("after"), "{printed}");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("`isolated::init` is not the first thing in `main`"), "{message}");
    test.end().await;
}

#[tokio::test]
#[ignore = "executed with the variable of a worker, as by a program that isolated code starts"]
async fn program_with_an_inherited_variable() {
    crate::worker();
    assert_eq!(nested(true).await, nested(false).await);
    assert_ne!(nested(false).await, std::process::id());
}

#[tokio::test]
async fn variable_alone_makes_no_worker() {
    let test = isolated(1).await;
    let mut command = in_another_process("environment::program_with_an_inherited_variable");
    assert_passes(command.env("WORKFLOWS_ISOLATED", "1"));
    test.end().await;
}

#[tokio::test]
async fn isolated_code_calls_isolated_code_in_its_process() {
    #[workflow]
    struct Nested;
    #[workflow]
    impl Nested {
        #[step]
        async fn nested(&self, _: Start<()>) -> Stop<()> {
            assert_eq!(nested(true).await, nested(false).await);
            assert_eq!(reads_stdin().await, "");
            assert_eq!(waits().await, 7);
            Stop(())
        }
    }
    let test = isolated(1).await;
    Nested.run(()).executors(&test.executors).await.unwrap();
    assert_eq!(test.metrics().started, 1);
    test.end().await;
}
