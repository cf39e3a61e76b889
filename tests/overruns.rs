//! What no macro can see: a helper that blocks three calls down is found when it runs.

use std::{
    sync::{Mutex, Once},
    time::Instant,
};
use tracing::{Event, Level, Subscriber, field};
use tracing_subscriber::{
    Layer,
    layer::{Context as LayerContext, SubscriberExt},
    util::SubscriberInitExt,
};
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

/// All warnings of this process, as text.
static WARNINGS: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Warnings;

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: LayerContext<'_, S>) {
        if *event.metadata().level() == Level::WARN {
            let mut fields = Vec::new();
            event.record(&mut |field: &field::Field, value: &dyn std::fmt::Debug| {
                fields.push(format!("{field}={value:?}"));
            });
            WARNINGS.lock().unwrap().push(fields.join(" "));
        }
    }
}

/// Takes warnings from now on. Called before anything warns, since whether anybody does is looked up once
/// for each place in the code.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing_subscriber::registry().with(Warnings).init());
}

#[tokio::test]
async fn an_overrun_is_counted_and_told() {
    listen();
    let run = Answer.run(true).poll_budget(BUDGET).step_events(true).start();
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
    listen();
    let run = Answer.run(true).poll_budget(BUDGET).start();
    assert_eq!(run.result().await.unwrap(), 42);
    assert!(run.overruns() >= 1);
}

#[tokio::test]
async fn an_overrun_fails_the_step_where_a_test_asks_for_it() {
    listen();
    let error = Answer.run(true).poll_budget(BUDGET).on_overrun(Overrun::Fail).await.unwrap_err();
    let RunError::Failed { step: "think", source, .. } = &error else { panic!("{error}") };
    let overrun: &PollOverrun = source.downcast_ref().unwrap();
    assert_eq!(overrun.budget, BUDGET);
    assert!(overrun.took > BUDGET);
    assert!(error.to_string().contains("blocked the async executor"), "{error}");
}

#[tokio::test]
async fn steps_that_do_not_block_are_left_alone() {
    listen();
    let run = Answer.run(false).poll_budget(Duration::from_mins(1)).on_overrun(Overrun::Fail).start();
    assert_eq!(run.result().await.unwrap(), 42);
    assert_eq!(run.overruns(), 0);
}

#[tokio::test]
async fn whoever_takes_warnings_hears_of_an_overrun_in_a_run_in_place() {
    listen();
    assert_eq!(Answer.run(true).await.unwrap(), 42);
    let warnings = WARNINGS.lock().unwrap();
    // The other runs have budgets of their own.
    let of_this_run = warnings.iter().find(|text| text.contains("budget=10ms")).expect("a warning");
    assert!(of_this_run.contains("a step blocks the async executor"), "{of_this_run}");
    assert!(of_this_run.contains("think"), "{of_this_run}");
}
