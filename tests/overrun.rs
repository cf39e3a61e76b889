//! Poll budgets: a helper that blocks several calls down is detected at run time.
//!
//! A binary of its own, since it sets a global subscriber.

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

/// Blocks for twice the budget, in real time.
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

/// The messages of all warnings of this process.
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

/// Sets the subscriber. Every test calls it first, since the interest of a callsite is cached.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing_subscriber::registry().with(Warnings).init());
}

#[tokio::test]
async fn overrun_is_counted_and_reported() {
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
async fn overrun_is_counted_without_step_events() {
    listen();
    let run = Answer.run(true).poll_budget(BUDGET).start();
    assert_eq!(run.result().await.unwrap(), 42);
    assert!(run.overruns() >= 1);
}

#[tokio::test]
async fn overrun_fails_the_step_if_configured() {
    listen();
    let error = Answer.run(true).poll_budget(BUDGET).on_overrun(Overrun::Fail).await.unwrap_err();
    let RunError::Failed { step: "think", source, .. } = &error else { panic!("{error}") };
    let overrun: &PollOverrun = source.downcast_ref().unwrap();
    assert_eq!(overrun.budget, BUDGET);
    assert!(overrun.took > BUDGET);
    assert!(error.to_string().contains("blocked the async executor"), "{error}");
}

#[tokio::test]
async fn step_within_its_budget_does_not_overrun() {
    listen();
    let run = Answer.run(false).poll_budget(Duration::from_mins(1)).on_overrun(Overrun::Fail).start();
    assert_eq!(run.result().await.unwrap(), 42);
    assert_eq!(run.overruns(), 0);
}

#[tokio::test]
async fn overrun_of_an_in_place_run_logs_a_warning() {
    listen();
    assert_eq!(Answer.run(true).await.unwrap(), 42);
    let warnings = WARNINGS.lock().unwrap();
    // The runs of the other tests have other budgets.
    let of_this_run = warnings.iter().find(|text| text.contains("budget=10ms")).expect("a warning");
    assert!(of_this_run.contains("a step blocks the async executor"), "{of_this_run}");
    assert!(of_this_run.contains("think"), "{of_this_run}");
}

/// The steps that overran, in order.
async fn overran<W: Workflow>(run: &RunHandle<W>) -> Vec<&'static str> {
    let mut events = run.events();
    let mut overran = Vec::new();
    while let Some(event) = events.next().await {
        if let RunEvent::Step(step) = event
            && step.phase == StepPhase::Overrun
        {
            overran.push(step.step);
        }
    }
    overran
}

#[event]
struct Ready;

/// Blocks in its destructor.
struct SlowDrop;

impl Drop for SlowDrop {
    fn drop(&mut self) {
        compute();
    }
}

/// Blocks, then panics.
fn fail() {
    compute();
    panic!("after blocking");
}

/// A step blocks and panics, directly or in the destructors that its panic runs; another one is polled next.
#[workflow]
struct Panics;

#[workflow]
impl Panics {
    #[step]
    async fn waits(&self, Start(first): Start<bool>) -> Option<Stop<()>> {
        // With `first`, the step that panics has a slot, else it is the current one.
        if first {
            std::future::pending::<()>().await;
        }
        None
    }
    #[step]
    async fn panics(&self, Start(_): Start<bool>) -> Option<Stop<()>> {
        tokio::task::yield_now().await;
        fail();
        None
    }
    #[step]
    async fn unwinds(&self, Start(_): Start<bool>) -> Option<Stop<()>> {
        tokio::task::yield_now().await;
        let _slow = SlowDrop;
        panic!("in front of a slow destructor")
    }
    #[catch_error]
    async fn handles(&self, _failed: StepFailed) -> Option<Ready> {
        Some(Ready)
    }
    #[step]
    async fn ends(&self, _both: [Ready; 2]) -> Stop<()> {
        Stop(())
    }
}

#[tokio::test]
async fn overrun_of_a_step_that_panics_is_its_own() {
    listen();
    for first in [true, false] {
        for reaction in [Overrun::Warn, Overrun::Fail] {
            let run = Panics.run(first).poll_budget(BUDGET).on_overrun(reaction).step_events(true).start();
            run.result().await.unwrap();
            let mut overran = overran(&run).await;
            overran.sort_unstable();
            assert_eq!(overran, ["panics", "unwinds"]);
        }
    }
}

/// A step that is cancelled blocks in a destructor; another one is polled next.
#[workflow]
struct Drops;

#[workflow]
impl Drops {
    #[step]
    async fn waits(&self, Start(first): Start<bool>) -> Option<Stop<()>> {
        if first {
            std::future::pending::<()>().await;
        }
        None
    }
    #[step(timeout = "1ms")]
    async fn drops(&self, Start(_): Start<bool>) -> Option<Stop<()>> {
        let _slow = SlowDrop;
        std::future::pending().await
    }
    #[catch_error]
    async fn handles(&self, _failed: StepFailed) -> Stop<()> {
        Stop(())
    }
}

#[tokio::test]
async fn overrun_of_a_step_that_is_cancelled_is_its_own() {
    listen();
    for first in [true, false] {
        let run = Drops.run(first).poll_budget(BUDGET).on_overrun(Overrun::Fail).step_events(true).start();
        run.result().await.unwrap();
        assert_eq!(overran(&run).await, ["drops"]);
    }
}
