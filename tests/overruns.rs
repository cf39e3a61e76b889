//! What no macro can see: a helper that blocks three calls down is found when it runs.

use std::time::Instant;
use workflows_runtime::{Overrun, PollOverrun, StepPhase, prelude::*};

const BUDGET: Duration = Duration::from_millis(20);

/// Blocks for twice the budget: real time is what this is about.
fn compute() -> u32 {
    let begun = Instant::now();
    while begun.elapsed() < 2 * BUDGET {
        std::hint::spin_loop();
    }
    42
}

fn prepare() -> u32 {
    compute()
}

async fn helper(blocks: bool) -> u32 {
    tokio::task::yield_now().await;
    if blocks { prepare() } else { 42 }
}

#[event]
struct Asked {
    blocks: bool,
}

#[workflow]
struct Answer;

#[workflow]
impl Answer {
    #[step]
    async fn ask(&self, Start(blocks): Start<bool>) -> Asked {
        Asked { blocks }
    }

    #[step]
    async fn think(&self, Asked { blocks }: Asked) -> Stop<u32> {
        Stop(helper(blocks).await)
    }
}

#[tokio::test]
async fn an_overrun_is_counted_and_told() {
    let run = Answer.run(true).poll_budget(BUDGET).internal().start();
    assert_eq!(run.result().await.unwrap(), 42);
    assert!(run.overruns() >= 1);
    let mut events = run.events();
    let mut overran = Vec::new();
    while let Some(event) = events.next().await {
        if let RunEvent::Step(step) = event
            && step.phase == StepPhase::Overrun
        {
            overran.push(step.step);
        }
    }
    assert!(overran.contains(&"think"), "{overran:?}");
}

#[tokio::test]
async fn it_is_counted_without_internal_events_too() {
    let run = Answer.run(true).poll_budget(BUDGET).start();
    assert_eq!(run.result().await.unwrap(), 42);
    assert!(run.overruns() >= 1);
}

#[tokio::test]
async fn an_overrun_fails_the_step_where_a_test_asks_for_it() {
    let error = Answer.run(true).poll_budget(BUDGET).on_overrun(Overrun::Fail).await.unwrap_err();
    let RunError::Failed { step: "think", source, .. } = &error else { panic!("{error}") };
    let overrun: &PollOverrun = source.0.downcast_ref().unwrap();
    assert_eq!(overrun.budget, BUDGET);
    assert!(overrun.took > BUDGET);
    assert!(error.to_string().contains("blocked the async executor"), "{error}");
}

#[tokio::test]
async fn steps_that_do_not_block_are_left_alone() {
    let run = Answer.run(false).poll_budget(Duration::from_mins(1)).on_overrun(Overrun::Fail).start();
    assert_eq!(run.result().await.unwrap(), 42);
    assert_eq!(run.overruns(), 0);
}
