//! The memory of a recording is bounded.

use super::{only, workflows::Single};
use tokio::time::sleep;
use workflows_runtime::{prelude::*, run_trace::RunTrace};
use workflows_tests::ms;

#[event]
struct Turn(u32);

/// As many hops as its input, and a child in each.
#[workflow]
struct Loop;

#[workflow]
impl Loop {
    #[step]
    async fn begin(&self, Start(n): Start<u32>) -> Turn {
        Turn(n)
    }
    #[step]
    async fn turn(&self, ctx: &Context<Self>, Turn(n): Turn) -> StepResult<OneOf<Turn, Stop<()>>> {
        ctx.run_child(Single(Duration::ZERO), n).await?;
        sleep(ms(1)).await;
        Ok(if n > 1 { Turn(n - 1).emit() } else { Stop(()).emit() })
    }
}

fn records(trace: &RunTrace) -> usize {
    trace.runs().iter().map(|run| run.attempts.len() + 1).sum::<usize>() - 1
}

#[tokio::test(start_paused = true)]
async fn last_attempts_are_kept_and_summaries_are_complete() {
    let run = Loop.run(100).record_trace(30).start();
    run.result().await.unwrap();
    let trace = run.trace().unwrap();
    assert_eq!(records(&trace), 30, "attempts and children");
    assert_eq!(trace.attempts.last().unwrap().execution, 101);
    let kept = trace.runs().iter().map(|run| run.attempts.len() as u64).sum::<u64>();
    let discarded: u64 = trace.runs().iter().map(|run| run.discarded).sum();
    // 101 attempts of the run, and one of each child.
    assert_eq!(kept + discarded, 201);
    let turn = trace.step("turn").unwrap();
    assert_eq!((turn.executions, turn.completed, turn.run_time), (100, 100, ms(100)));
    assert_eq!(trace.taken.iter().map(|count| count.count).sum::<u64>(), 101);
}

#[tokio::test(start_paused = true)]
async fn attempts_that_have_not_ended_are_never_discarded() {
    #[workflow]
    struct Busy;

    #[workflow]
    impl Busy {
        #[step]
        async fn begin(&self, ctx: &Context<Self, (Turn,)>, Start(n): Start<u32>) {
            (0..n).for_each(|turn| ctx.send(Turn(turn)));
        }
        #[step(workers = 50)]
        async fn turn(&self, Turn(n): Turn) -> Option<Stop<()>> {
            sleep(ms(100)).await;
            (n == 49).then_some(Stop(()))
        }
    }

    let run = Busy.run(50).record_trace(0).start();
    sleep(ms(50)).await;
    let trace = run.trace().unwrap();
    assert_eq!(trace.of_step("turn").count(), 50);
    run.result().await.unwrap();
    // The limit is at least 1.
    assert_eq!(run.trace().unwrap().attempts.len(), 1);
}

/// Waits and is woken again, two hundred times.
#[workflow]
struct Chatty;

#[workflow]
impl Chatty {
    #[step]
    async fn chat(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Start(n): Start<u32>) -> Stop<()> {
        for _ in 0..n {
            sleep(ms(1)).await;
            let _ = ctx.wait_for::<u32>().timeout(ms(2)).await;
        }
        Stop(())
    }
}

#[tokio::test(start_paused = true)]
async fn segments_are_bounded_and_times_complete() {
    let run = Chatty.run(200).record_trace(10).start();
    run.result().await.unwrap();
    let trace = run.trace().unwrap();
    let chat = only(&trace, "chat");
    assert_eq!(chat.segments.len(), workflows_runtime::run_trace::AttemptTrace::MAX_SEGMENTS);
    assert_eq!((chat.run_time, chat.suspended_time), (ms(200), ms(400)));
}

/// Runs itself, as deep as its input.
#[workflow]
struct Deep;

#[workflow]
impl Deep {
    #[step]
    async fn dive(&self, ctx: &Context<Self>, Start(depth): Start<u32>) -> StepResult<Stop<u32>> {
        if depth == 0 {
            return Ok(Stop(0));
        }
        Ok(Stop(ctx.run_child(Deep, depth - 1).await? + 1))
    }
}

#[tokio::test(start_paused = true)]
async fn deep_children_are_cut_and_the_trace_parses_back() {
    let run = Deep.run(300).record_trace(10_000).start();
    assert_eq!(run.result().await.unwrap(), 300);
    let trace = run.trace().unwrap();
    assert_eq!(trace.runs().len(), 1 + RunTrace::MAX_DEPTH);
    let json = serde_json::to_string(&trace).unwrap();
    assert_eq!(serde_json::from_str::<RunTrace>(&json).unwrap(), trace);
}
