//! The instructions of W1 to W3, counted with callgrind, so the load of the machine does not matter. Each program
//! is counted for two sizes, in separate processes; the difference excludes startup. The cost of `malloc` depends on the
//! alignment of what was allocated before, by up to a tenth of a run that is started, so the figure is the median over
//! several alignments.
//!
//! `cargo bench --bench instructions`; needs `valgrind`, and prints a note if it is missing. With `--features metrics`
//! the runs are measured, and there are no targets.

mod common;

use common::{
    Row, baselines, current_thread, head, in_a_task, median, note,
    workflows::{FanOut, Loop, SlowLoop, TwoSteps},
};
use futures::future::BoxFuture;
use std::{env, hint::black_box, process::Command, sync::Arc};
use workflows_runtime::prelude::*;

const FEW: u32 = 10_000;
const MANY: u32 = 30_000;

/// The bytes that are allocated first.
const PADS: [u32; 5] = [0, 32, 64, 96, 128];

/// Callgrind is about fifty times slower, so polls would exceed the default budget. The clock is still read.
const NO_BUDGET: Duration = Duration::from_hours(1);

/// Runs the given number of hops, runs or branches.
type Work = fn(u32) -> BoxFuture<'static, ()>;

/// Name, baseline, ours and target of each program. A target is a tenth above the current ratio, which detects
/// regressions that are too small for a clock.
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
        18.0,
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
        1.42,
    ),
];

/// Runs one program, if the arguments are `--count <work> <ours> <size> <pad>`: the process under callgrind.
fn counted() -> Option<()> {
    let mut arguments = env::args().skip_while(|argument| argument != "--count").skip(1);
    let mut next = || arguments.next()?.parse().ok();
    let (number, ours, size, pad): (u32, u32, u32, u32) = (next()?, next()?, next()?, next()?);
    let (_, baseline, by_ours, _) = WORKS[number as usize];
    // Moves all later allocations.
    std::mem::forget(black_box(vec![0_u8; pad as usize]));
    let work = if ours == 1 { by_ours } else { baseline };
    in_a_task(&current_thread(), work(size));
    Some(())
}

/// Returns the number of instructions of a process that runs one program.
fn instructions(work: usize, ours: bool, size: u32, pad: u32) -> f64 {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(env::current_exe().unwrap());
    valgrind.args(["--count", &work.to_string(), &u32::from(ours).to_string(), &size.to_string(), &pad.to_string()]);
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
    for (number, (name, .., target)) in WORKS.into_iter().enumerate() {
        let each = |ours| {
            let added = |pad| instructions(number, ours, MANY, pad) - instructions(number, ours, FEW, pad);
            median(PADS.map(|pad| added(pad) / f64::from(MANY - FEW)).to_vec())
        };
        let mut row = Row::new(name, if cfg!(feature = "metrics") { f64::INFINITY } else { target });
        row.round(each(false), each(true));
        row.print("instructions");
    }
}
