//! Ends of runs: results, cancellation, timeouts, failures and drops.

use super::{only, outcomes, trace_of};
use std::future::pending;
use tokio::time::sleep;
use workflows_runtime::{
    prelude::*,
    run_trace::{AttemptOutcome, RunStatus},
};
use workflows_tests::{ms, secs};

#[event]
struct Other;

/// Two steps at once: one ends the run in the way that its input says, the other one never ends.
#[workflow]
struct End;

#[workflow]
impl End {
    #[step]
    async fn begin(&self, ctx: &Context<Self, (Other,)>, Start(way): Start<String>) -> StepResult<Stop<()>> {
        ctx.send(Other);
        sleep(ms(40)).await;
        match way.as_str() {
            "stop" => Ok(Stop(())),
            "fail" => Err(StepError::msg("no route")),
            _ => pending().await,
        }
    }
    #[step]
    async fn other(&self, _: Other) {
        pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn result_cancels_what_still_runs() {
    let trace = trace_of(End.run("stop".to_owned())).await;
    assert_eq!((trace.status, trace.ended_at, &trace.error), (RunStatus::Completed, Some(ms(40)), &None));
    assert_eq!(outcomes(&trace), [AttemptOutcome::Completed, AttemptOutcome::Cancelled]);
    let other = only(&trace, "other");
    assert_eq!((other.ended_at, other.run_time), (Some(ms(40)), ms(40)));
}

#[tokio::test(start_paused = true)]
async fn failure_is_that_of_its_attempt_and_of_the_run() {
    let trace = trace_of(End.run("fail".to_owned())).await;
    assert_eq!(trace.status, RunStatus::Failed);
    assert_eq!(trace.error.as_deref(), Some("step `begin` failed: no route"));
    assert_eq!(only(&trace, "begin").outcome, AttemptOutcome::Failed);
    assert_eq!(only(&trace, "begin").error.as_ref().unwrap().message, "no route");
    assert_eq!(only(&trace, "other").outcome, AttemptOutcome::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn cancelled_run_ends_all_attempts_then() {
    let run = End.run("hang".to_owned()).record_trace(100).start();
    sleep(secs(1)).await;
    run.cancel();
    assert!(matches!(run.result().await, Err(RunError::Cancelled)));
    // The time after the end does not count.
    sleep(secs(1)).await;
    let trace = run.trace().unwrap();
    assert_eq!((trace.status, trace.ended_at, trace.taken_at), (RunStatus::Cancelled, Some(secs(1)), secs(1)));
    assert_eq!(outcomes(&trace), [AttemptOutcome::Cancelled, AttemptOutcome::Cancelled]);
    assert!(trace.attempts.iter().all(|attempt| attempt.run_time == secs(1)));
}

#[tokio::test(start_paused = true)]
async fn timed_out_run_has_its_error() {
    let trace = trace_of(End.run("hang".to_owned()).timeout(secs(2))).await;
    assert_eq!((trace.status, trace.ended_at), (RunStatus::Failed, Some(secs(2))));
    assert!(trace.error.as_ref().unwrap().contains("timed out"), "{:?}", trace.error);
    assert_eq!(outcomes(&trace), [AttemptOutcome::Cancelled, AttemptOutcome::Cancelled]);
}

/// Waits for an event that never comes.
#[workflow]
struct Stall;

#[workflow]
impl Stall {
    #[step]
    async fn wait(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Start(()): Start<()>) -> Stop<u32> {
        Stop(ctx.wait_for::<u32>().await)
    }
}

/// Awaits a child in place that stalls.
#[workflow]
struct Parent;

#[workflow]
impl Parent {
    #[step]
    async fn call(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Stop<u32>> {
        Ok(Stop(ctx.run_child(Stall, ()).await?))
    }
}

#[tokio::test(start_paused = true)]
async fn stalled_child_has_its_error() {
    let trace = trace_of(Parent.run(())).await;
    let [child] = &only(&trace, "call").children[..] else { panic!("one child") };
    assert_eq!((child.workflow.as_str(), child.status), ("Stall", RunStatus::Failed));
    assert!(child.error.as_ref().unwrap().contains("stalled"), "{:?}", child.error);
    assert_eq!(outcomes(child), [AttemptOutcome::Cancelled]);
}

#[test]
fn run_whose_runtime_is_dropped_was_cancelled() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let run = runtime.block_on(async {
        let run = End.run("hang".to_owned()).record_trace(100).start();
        sleep(ms(1)).await;
        run
    });
    drop(runtime);
    let trace = run.trace().unwrap();
    assert_eq!(trace.status, RunStatus::Cancelled);
    assert_eq!(outcomes(&trace), [AttemptOutcome::Cancelled, AttemptOutcome::Cancelled]);
}

/// One run at a time.
#[workflow(max_runs = 1)]
struct Single;

#[workflow]
impl Single {
    #[step]
    async fn work(&self, Start(()): Start<()>) -> Stop<()> {
        sleep(secs(1)).await;
        Stop(())
    }
}

#[tokio::test(start_paused = true)]
async fn time_before_the_start_of_a_run_does_not_count() {
    let single = std::sync::Arc::new(Single);
    let first = std::sync::Arc::clone(&single).run(()).start();
    let second = single.run(()).record_trace(100).start();
    sleep(ms(500)).await;
    let waiting = second.trace().unwrap();
    assert_eq!((waiting.status, waiting.taken_at, waiting.attempts.len()), (RunStatus::Running, ms(0), 0));
    first.await.unwrap();
    second.result().await.unwrap();
    let trace = second.trace().unwrap();
    assert_eq!((only(&trace, "work").queued_at, trace.ended_at), (ms(0), Some(secs(1))));
}
