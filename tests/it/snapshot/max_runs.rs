//! Snapshots of runs that wait for their turn under `max_runs`.

use super::{taken, written};
use std::sync::Arc;
use tokio::time::{Instant, sleep};
use workflows_runtime::prelude::*;
use workflows_tests::{let_others_run, ms};

/// One at a time; asks whether to go on.
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
    // TC-04, TC-07, CO-09: it begins with its input, and all of its time.
    let flow = Arc::new(Turns);
    let busy = flow.clone().run(0).timeout(None).start();
    let_others_run().await;
    let waiting = flow.clone().run(10).state(100).id("second").start();
    waiting.send(HumanResponse(3));
    sleep(ms(60_000)).await;
    let snapshot = written(&waiting.snapshot().await.unwrap());
    assert_eq!((snapshot.run_id().unwrap().to_string().as_str(), snapshot.state()), ("second", Some(&100)));
    assert_eq!(Turns.resume(snapshot.clone()).start().result().await.unwrap(), 113, "with the answer that was there");

    // The run itself has lost nothing by it, nor has one that was asked many times.
    let other = flow.clone().run(20).start();
    for _ in 0..10 {
        other.snapshot().await.unwrap();
    }
    other.send(HumanResponse(1));
    let early = other.snapshot().await.unwrap();
    other.send(HumanResponse(2));
    busy.cancel();
    assert_eq!((waiting.result().await.unwrap(), other.result().await.unwrap()), (113, 21));
    assert_eq!(Turns.resume(written(&early)).await.unwrap(), 21);

    // Its time begins with its turn.
    let late = flow.clone().run(0).start();
    let_others_run().await;
    let began = Instant::now();
    let resumed = flow.clone().resume(taken(&early, ms(0))).start();
    assert!(matches!(late.result().await, Err(RunError::TimedOut { .. })));
    assert_eq!((resumed.result().await.unwrap(), began.elapsed()), (21, ms(10_000)));
}

#[tokio::test(start_paused = true)]
async fn run_cancelled_while_queued_can_be_resumed() {
    // TC-07
    let flow = Arc::new(Turns);
    let _busy = flow.clone().run(0).timeout(None).start();
    let_others_run().await;
    let waiting = flow.clone().run(10).timeout(ms(20)).start();
    let_others_run().await;
    waiting.send(HumanResponse(3));
    let mut asked_before = Box::pin(waiting.snapshot());
    assert!(futures::poll!(&mut asked_before).is_pending());
    waiting.cancel();
    assert!(matches!(waiting.result().await, Err(RunError::Cancelled)));
    for snapshot in [asked_before.await.unwrap(), waiting.snapshot().await.unwrap()] {
        assert_eq!(Turns.resume(written(&snapshot)).start().result().await.unwrap(), 13);
    }
    // Cancelled before it was ever polled, and with a timeout of its own.
    let waiting = flow.clone().run(10).timeout(ms(20)).start();
    waiting.cancel();
    let snapshot = waiting.snapshot().await.unwrap();
    let (resumed, began) = (Turns.resume(written(&snapshot)).start(), Instant::now());
    assert!(matches!(resumed.result().await, Err(RunError::TimedOut { after, .. }) if after == ms(20)));
    assert_eq!(began.elapsed(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn queued_resumed_run_keeps_its_snapshot() {
    // SN-08, WE-23: also what has come meanwhile; and the time in which it waits counts for its deadlines.
    let first = Turns.run(10).start();
    let_others_run().await;
    let mut snapshot = first.snapshot().await.unwrap();
    let flow = Arc::new(Turns);
    let _busy = flow.clone().run(0).timeout(None).start();
    let_others_run().await;
    for _ in 0..3 {
        let waiting = flow.clone().resume(taken(&written(&snapshot), ms(600_000))).start();
        snapshot = waiting.snapshot().await.unwrap();
    }
    let resumed = Turns.resume(taken(&snapshot, Duration::from_mins(20))).timeout(None).start();
    let began = Instant::now();
    sleep(ms(60_000)).await;
    assert!(!resumed.is_finished(), "50 minutes and one have gone by");
    assert_eq!(resumed.result().await.unwrap(), 1_010);
    assert!(began.elapsed() <= ms(600_000), "and not an hour from now on");
}
