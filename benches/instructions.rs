//! The instructions of W1 to W3 by callgrind, which no other program on the machine can disturb.
//! Each is counted for two sizes, in a process of its own; the difference has no start-up in it.
//!
//! `cargo bench --bench instructions`; needs `valgrind`, and says so where it is missing.

mod common;

use common::{
    Row, baselines, current_thread, head, in_a_task, note,
    workflows::{FanOut, Loop, SlowLoop, TwoSteps},
};
use futures::future::BoxFuture;
use std::{env, hint::black_box, process::Command, sync::Arc};
use workflows_runtime::prelude::*;

const FEW: u32 = 10_000;
const MANY: u32 = 30_000;

/// Where everything is fifty times as slow, each poll would seem too long. The clock is read all the
/// same.
const NO_BUDGET: Duration = Duration::from_hours(1);

/// So many hops, runs or branches.
type Work = fn(u32) -> BoxFuture<'static, ()>;

/// What is counted: by hand, by ours, and how many times as many instructions ours may take: a tenth more
/// than it does, so that a regression is seen which a noisy clock hides.
const WORKS: [(&str, Work, Work, f64); 5] = [
    (
        "W1 hop",
        |hops| {
            Box::pin(async move {
                black_box(baselines::polled_once(hops.into()).await);
            })
        },
        |hops| {
            Box::pin(async move {
                black_box(Loop.run(hops.into()).poll_budget(NO_BUDGET).await.unwrap());
            })
        },
        0.87,
    ),
    (
        "W1 hop of a step that suspends",
        |hops| {
            Box::pin(async move {
                black_box(baselines::suspending(hops.into()).await);
            })
        },
        |hops| {
            Box::pin(async move {
                black_box(SlowLoop.run(hops.into()).poll_budget(NO_BUDGET).await.unwrap());
            })
        },
        0.75,
    ),
    (
        "W2 run in place",
        |runs| {
            Box::pin(async move {
                for _ in 0..runs {
                    black_box(baselines::two_steps().await);
                }
            })
        },
        |runs| {
            Box::pin(async move {
                let workflow = &Arc::new(TwoSteps);
                for _ in 0..runs {
                    black_box(workflow.run(0).await.unwrap());
                }
            })
        },
        16.0,
    ),
    (
        "W2 run started",
        |runs| {
            Box::pin(async move {
                for _ in 0..runs {
                    black_box(baselines::Lean::started().result().await);
                }
            })
        },
        |runs| {
            Box::pin(async move {
                let workflow = &Arc::new(TwoSteps);
                for _ in 0..runs {
                    black_box(workflow.run(0).start().await.unwrap());
                }
            })
        },
        2.2,
    ),
    (
        "W3 branch",
        |branches| {
            Box::pin(async move {
                black_box(baselines::four_in_flight(branches.into()).await);
            })
        },
        |branches| {
            Box::pin(async move {
                black_box(FanOut.run(branches.into()).poll_budget(NO_BUDGET).await.unwrap());
            })
        },
        1.35,
    ),
];

/// What this program does under callgrind: `--count <work> <ours> <size>`.
fn counted() -> Option<()> {
    let mut arguments = env::args().skip_while(|argument| argument != "--count").skip(1);
    let mut next = || arguments.next()?.parse().ok();
    let (number, ours, size): (u32, u32, u32) = (next()?, next()?, next()?);
    let (_, by_hand, by_ours, _) = WORKS[number as usize];
    let work = if ours == 1 { by_ours } else { by_hand };
    in_a_task(&current_thread(), work(size));
    Some(())
}

/// How many instructions a process takes that does so much of it.
fn instructions(work: usize, ours: bool, size: u32) -> f64 {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(env::current_exe().unwrap());
    valgrind.args(["--count", &work.to_string(), &u32::from(ours).to_string(), &size.to_string()]);
    let output = valgrind.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    let count = text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    count.unwrap_or_else(|| panic!("valgrind has counted nothing:\n{text}"))
}

fn main() {
    if counted().is_some() {
        return;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        return note("instructions are not counted: there is no valgrind on the path");
    }
    head("current_thread");
    for (number, (name, .., at_most)) in WORKS.into_iter().enumerate() {
        let each = |ours| (instructions(number, ours, MANY) - instructions(number, ours, FEW)) / f64::from(MANY - FEW);
        let mut row = Row::new(name, at_most);
        row.round(each(false), each(true));
        row.print("instructions");
    }
}
