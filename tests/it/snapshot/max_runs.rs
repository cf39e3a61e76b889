//! Snapshots of runs that wait for their turn under `max_runs`.

use super::{aged, round_trip};
use std::sync::Arc;
use tokio::time::{Instant, sleep};
use workflows_runtime::prelude::*;
use workflows_tests::{let_others_run, ms};

/// Runs one at a time; prompts, and waits for a response.
#[workflow(max_runs = 1, timeout = "10s", state = u32)]
struct Turns;

#[workflow]
impl Turns {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>,
        Start(n): Start<u32>,
    ) -> Stop<u32> {
        let answer = ctx.ask_for::<u32>(n).timeout(Duration::from_hours(1)).await;
        Stop(ctx.state().get() + n + answer.unwrap_or(1_000))
    }
}

#[tokio::test(start_paused = true)]
async fn queued_run_can_be_snapshotted_at_once() {
    // A queued run is snapshotted with its input and its full timeout.
    let workflow = Arc::new(Turns);
    let busy = workflow.clone().run(0).timeout(None).start();
    let_others_run().await;
    let waiting = workflow.clone().run(10).state(100).id("second").start();
    waiting.send(HumanResponse(3)).unwrap();
    sleep(ms(60_000)).await;
    let snapshot = round_trip(&waiting.snapshot().await.unwrap());
    assert_eq!((snapshot.run_id().unwrap().to_string().as_str(), snapshot.state()), ("second", Some(&100)));
    assert_eq!(Turns.resume(snapshot.clone()).start().result().await.unwrap(), 113, "with the buffered response");

    // Snapshots do not affect the queued run, however many are taken.
    let other = workflow.clone().run(20).start();
    for _ in 0..10 {
        other.snapshot().await.unwrap();
    }
    other.send(HumanResponse(1)).unwrap();
    let early = other.snapshot().await.unwrap();
    other.send(HumanResponse(2)).unwrap();
    busy.cancel();
    assert_eq!((waiting.result().await.unwrap(), other.result().await.unwrap()), (113, 21));
    assert_eq!(Turns.resume(round_trip(&early)).await.unwrap(), 21);

    // Its timeout counts from its turn.
    let late = workflow.clone().run(0).start();
    let_others_run().await;
    let began = Instant::now();
    let resumed = workflow.clone().resume(aged(&early, ms(0))).start();
    assert!(matches!(late.result().await, Err(RunError::TimedOut { .. })));
    assert_eq!((resumed.result().await.unwrap(), began.elapsed()), (21, ms(10_000)));
}

#[tokio::test(start_paused = true)]
async fn run_cancelled_while_queued_can_be_resumed() {
    let workflow = Arc::new(Turns);
    let _busy = workflow.clone().run(0).timeout(None).start();
    let_others_run().await;
    let waiting = workflow.clone().run(10).timeout(ms(20)).start();
    let_others_run().await;
    waiting.send(HumanResponse(3)).unwrap();
    let mut requested_before = Box::pin(waiting.snapshot());
    assert!(futures::poll!(&mut requested_before).is_pending());
    waiting.cancel();
    assert!(matches!(waiting.result().await, Err(RunError::Cancelled)));
    for snapshot in [requested_before.await.unwrap(), waiting.snapshot().await.unwrap()] {
        assert_eq!(Turns.resume(round_trip(&snapshot)).start().result().await.unwrap(), 13);
    }
    // Cancelled before its first poll, and with its own timeout.
    let waiting = workflow.clone().run(10).timeout(ms(20)).start();
    waiting.cancel();
    let snapshot = waiting.snapshot().await.unwrap();
    let (resumed, began) = (Turns.resume(round_trip(&snapshot)).start(), Instant::now());
    assert!(matches!(resumed.result().await, Err(RunError::TimedOut { after, .. }) if after == ms(20)));
    assert_eq!(began.elapsed(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn queued_resumed_run_keeps_its_snapshot() {
    // The time in the queue counts towards the deadlines of its waits.
    let first = Turns.run(10).start();
    let_others_run().await;
    let mut snapshot = first.snapshot().await.unwrap();
    let workflow = Arc::new(Turns);
    let _busy = workflow.clone().run(0).timeout(None).start();
    let_others_run().await;
    for _ in 0..3 {
        let waiting = workflow.clone().resume(aged(&round_trip(&snapshot), ms(600_000))).start();
        snapshot = waiting.snapshot().await.unwrap();
    }
    let resumed = Turns.resume(aged(&snapshot, Duration::from_mins(20))).timeout(None).start();
    let began = Instant::now();
    sleep(ms(60_000)).await;
    assert!(!resumed.is_finished(), "51 minutes have passed");
    assert_eq!(resumed.result().await.unwrap(), 1_010);
    assert!(began.elapsed() <= ms(600_000), "the deadline does not start anew");
}
