//! Waits: the time in which a step is suspended.

use super::{only, times, trace_of};
use tokio::time::sleep;
use workflows_runtime::{
    prelude::*,
    run_trace::{AttemptOutcome, SegmentKind},
};
use workflows_tests::{let_others_run, ms, secs};

#[event]
struct Bill(u32);

/// Asks for each bill, with one worker, and works before and after.
#[workflow]
struct Pay;

#[workflow]
impl Pay {
    #[step]
    async fn begin(&self, Start(bills): Start<u32>) -> Vec<Bill> {
        (0..bills).map(Bill).collect()
    }
    #[step(workers = 1)]
    async fn pay(&self, ctx: &Context<Self, (InputRequired<u32>, HumanResponse<bool>)>, Bill(n): Bill) -> Paid {
        sleep(ms(10)).await;
        let paid = ctx.ask_for::<bool>(n).await;
        sleep(ms(20)).await;
        Paid(paid)
    }
    #[step]
    async fn sum(&self, all: Vec<Paid>) -> Stop<usize> {
        Stop(all.iter().filter(|paid| paid.0).count())
    }
}

#[event]
struct Paid(bool);

#[tokio::test(start_paused = true)]
async fn wait_is_suspended_time_and_no_run_time() {
    let run = Pay.run(1).record_trace(100).start();
    sleep(secs(3)).await;
    let prompt = run.open_prompts()[0].id;
    run.answer(prompt, true).unwrap();
    run.result().await.unwrap();
    let trace = run.trace().unwrap();
    let pay = only(&trace, "pay");
    assert_eq!(times(pay), [ms(0), ms(30), ms(2_990), ms(0)]);
    let kinds: Vec<_> = pay.segments.iter().map(|segment| segment.kind).collect();
    assert_eq!(kinds, [SegmentKind::Running, SegmentKind::Suspended, SegmentKind::Running]);
}

#[tokio::test(start_paused = true)]
async fn woken_step_waits_for_its_worker() {
    let run = Pay.run(2).record_trace(100).start();
    // The first bill waits from 10 ms on, and the second one has the worker from then until 20 ms.
    sleep(ms(12)).await;
    let first = run.open_prompts()[0].id;
    run.answer(first, true).unwrap();
    sleep(secs(1)).await;
    let second = run.open_prompts()[0].id;
    run.answer(second, false).unwrap();
    run.result().await.unwrap();
    let trace = run.trace().unwrap();
    let bills: Vec<_> = trace.of_step("pay").collect();
    assert_eq!(times(bills[0]), [ms(8), ms(30), ms(2), ms(0)]);
    assert_eq!(times(bills[1]), [ms(10), ms(30), ms(992), ms(0)]);
}

/// Waits for one minute at most.
#[workflow]
struct Patient;

#[workflow]
impl Patient {
    #[step]
    async fn wait(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Start(()): Start<()>) -> Stop<bool> {
        Stop(ctx.wait_for::<u32>().timeout(secs(60)).await.is_ok())
    }
}

#[tokio::test(start_paused = true)]
async fn wait_that_times_out_is_suspended_until_then() {
    let trace = trace_of(Patient.run(())).await;
    assert_eq!(times(only(&trace, "wait")), [ms(0), ms(0), secs(60), ms(0)]);
}

#[tokio::test(start_paused = true)]
async fn live_trace_has_the_suspended_time_until_now() {
    let run = Patient.run(()).record_trace(100).start();
    let_others_run().await;
    sleep(secs(7)).await;
    let trace = run.trace().unwrap();
    let wait = only(&trace, "wait");
    assert_eq!((wait.outcome, wait.suspended_time), (AttemptOutcome::Pending, secs(7)));
    assert_eq!(wait.state, Some(SegmentKind::Suspended));
    run.send(HumanResponse(3)).unwrap();
    assert!(run.await.unwrap());
}

/// Asks, and takes the response in another step, so the run is parked in between.
#[workflow]
struct Approve;

#[workflow]
impl Approve {
    #[step]
    async fn ask(&self, Start(()): Start<()>) -> InputRequired<u32> {
        InputRequired(1)
    }
    #[step]
    async fn done(&self, HumanResponse(yes): HumanResponse<bool>) -> Stop<bool> {
        Stop(yes)
    }
}

#[tokio::test(start_paused = true)]
async fn parked_run_is_recorded_before_and_after() {
    let run = Approve.run(()).record_trace(100).start();
    sleep(secs(5)).await;
    run.send(HumanResponse(true)).unwrap();
    assert!(run.result().await.unwrap());
    let trace = run.trace().unwrap();
    let (ask, done) = (only(&trace, "ask"), only(&trace, "done"));
    assert_eq!((ask.queued_at, done.queued_at, done.execution), (ms(0), secs(5), 2));
    assert!(done.parents.is_empty(), "a response comes from the client");
}
