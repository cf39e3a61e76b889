//! Children of recorded runs.

use super::{only, times, trace_of};
use tokio::time::sleep;
use workflows_runtime::{
    prelude::*,
    run_trace::{AttemptOutcome, RunStatus},
};
use workflows_tests::{ms, secs};

#[event]
struct Word(u32);

/// Takes ten milliseconds in each of two steps.
#[workflow]
struct Child;

#[workflow]
impl Child {
    #[step]
    async fn read(&self, Start(n): Start<u32>) -> Word {
        sleep(ms(10)).await;
        Word(n)
    }
    #[step]
    async fn double(&self, Word(n): Word) -> Stop<u32> {
        sleep(ms(10)).await;
        Stop(2 * n)
    }
}

/// Runs a child in place, and another one as a task.
#[workflow]
struct Parent;

#[workflow]
impl Parent {
    #[step]
    async fn call(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
        let one = ctx.run_child(Child, n).id("one").await?;
        let other = ctx.run_child(Child, one).id("other").start().await?;
        Ok(Stop(other))
    }
}

#[tokio::test(start_paused = true)]
async fn children_are_recorded_in_the_attempt_that_started_them() {
    let trace = trace_of(Parent.run(3)).await;
    let call = only(&trace, "call");
    let children: Vec<_> =
        call.children.iter().map(|child| (child.run_id.as_str(), child.began_at, child.ended_at)).collect();
    assert_eq!(children, [("one", ms(0), Some(ms(20))), ("other", ms(20), Some(ms(40)))]);
    for child in &call.children {
        assert_eq!((child.workflow.as_str(), child.status), ("Child", RunStatus::Completed));
        let (read, double) = (only(child, "read"), only(child, "double"));
        assert_eq!((times(read)[1], times(double)[1]), (ms(10), ms(10)));
        assert_eq!(double.parents, [read.execution]);
        assert_eq!(read.queued_at, child.began_at, "the clock of the parent");
    }
    let names: Vec<_> = trace.runs().iter().map(|run| run.workflow.clone()).collect();
    assert_eq!(names, ["Parent", "Child", "Child"]);
}

#[tokio::test(start_paused = true)]
async fn child_of_a_run_that_is_not_recorded_is_not_recorded() {
    let run = Parent.run(3).start();
    run.result().await.unwrap();
    assert!(run.trace().is_none());
}

/// Starts a child, and cancels it.
#[workflow]
struct Impatient;

#[workflow]
impl Impatient {
    #[step]
    async fn call(&self, ctx: &Context<Self>, Start(()): Start<()>) -> Stop<()> {
        let child = ctx.run_child(Child, 1).record_trace(1).start();
        sleep(ms(15)).await;
        let live = child.trace().unwrap();
        assert_eq!((live.status, live.attempts.len()), (RunStatus::Running, 2));
        drop(child);
        {
            let in_place = std::pin::pin!(ctx.run_child(Child, 1).into_future());
            let _ = tokio::time::timeout(ms(5), in_place).await;
        }
        sleep(secs(1)).await;
        Stop(())
    }
}

#[tokio::test(start_paused = true)]
async fn dropped_children_are_cancelled_then() {
    let trace = trace_of(Impatient.run(())).await;
    let [started, in_place] = &only(&trace, "call").children[..] else { panic!("two children") };
    assert_eq!((started.status, started.ended_at), (RunStatus::Cancelled, Some(ms(15))));
    assert_eq!(only(started, "double").outcome, AttemptOutcome::Cancelled);
    assert_eq!((in_place.status, in_place.ended_at), (RunStatus::Cancelled, Some(ms(20))));
    assert_eq!(only(in_place, "read").run_time, ms(5));
}

/// Fails after its child, twice.
#[workflow]
struct Retried;

#[workflow]
impl Retried {
    #[step(retry = Retry::immediate().max_attempts(3))]
    async fn call(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Stop<u32>> {
        let n = ctx.run_child(Child, ctx.attempt().number).await?;
        if n < 6 { Err(StepError::msg("too few")) } else { Ok(Stop(n)) }
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_its_own_child() {
    let trace = trace_of(Retried.run(())).await;
    let began: Vec<_> = trace.of_step("call").map(|attempt| attempt.children[0].began_at).collect();
    assert_eq!(began, [ms(0), ms(20), ms(40)]);
    assert!(trace.of_step("call").all(|attempt| attempt.children.len() == 1));
}
