//! Traces of resumed runs.

use super::{attempts, only, times, workflows::Fan};
use tokio::time::sleep;
use workflows_runtime::{
    prelude::*,
    run_trace::{AttemptOutcome, RunStatus},
};
use workflows_tests::{let_others_run, ms, secs};

/// Each branch takes a second; the second one fails at first.
const FAN: Fan = Fan { takes: Duration::from_secs(1), fails_first: Some(1) };

#[tokio::test(start_paused = true)]
async fn trace_of_a_resumed_run_begins_with_the_resume() {
    let run = FAN.run(4).configure(|steps| steps.work.workers(1)).start();
    // One is done, the second one waits for its retry, the third one runs, the fourth one is queued.
    sleep(ms(2_500)).await;
    let snapshot = run.snapshot().await.unwrap();
    drop(run);
    let resumed = FAN.resume(snapshot).configure(|steps| steps.work.workers(1)).record_trace(100).start();
    let_others_run().await;
    let live = resumed.trace().unwrap();
    assert_eq!((live.began_at, live.status, live.step("work").unwrap().queued), (ms(2_500), RunStatus::Running, 1));
    assert_eq!(resumed.result().await.unwrap(), 4);
    let trace = resumed.trace().unwrap();
    assert_eq!(attempts(&trace), [("work", 4, 1), ("work", 5, 1), ("work", 3, 2), ("gather", 6, 1)]);
    let [third, fourth, second, gather] = &trace.attempts[..] else { panic!("four attempts") };
    assert_eq!((third.queued_at, times(third)), (ms(2_500), [ms(0), secs(1), ms(0), ms(0)]));
    assert_eq!((fourth.queued_at, times(fourth)), (ms(2_500), [secs(1), secs(1), ms(0), ms(0)]));
    // Its delay began at 2 s.
    assert_eq!((second.queued_at, second.outcome), (secs(12), AttemptOutcome::Completed));
    assert_eq!(gather.queued_at, secs(13));
    assert_eq!(gather.parents, [third.execution, fourth.execution, second.execution], "not the unknown first one");
    assert_eq!(third.batch.unwrap().opened_by, None);
    assert_eq!(third.batch.unwrap().batch, fourth.batch.unwrap().batch);
}

#[tokio::test(start_paused = true)]
async fn recorded_run_snapshots_and_resumes_as_any_other() {
    let run = FAN.run(4).configure(|steps| steps.work.workers(1)).record_trace(100).start();
    sleep(ms(2_500)).await;
    let snapshot = run.snapshot().await.unwrap();
    assert_eq!(run.result().await.unwrap(), 4);
    assert_eq!(FAN.resume(snapshot).configure(|steps| steps.work.workers(1)).await.unwrap(), 4);
    assert_eq!(run.trace().unwrap().step("work").unwrap().attempts, 5);
}

/// Waits for a response.
#[workflow]
struct Ask;

#[workflow]
impl Ask {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<bool>)>,
        Start(n): Start<u32>,
    ) -> Stop<bool> {
        sleep(secs(1)).await;
        Stop(ctx.ask_for::<bool>(n).await)
    }
}

#[tokio::test(start_paused = true)]
async fn step_that_waited_runs_again_and_is_suspended_again() {
    let run = Ask.run(1).start();
    sleep(secs(5)).await;
    let snapshot = run.snapshot().await.unwrap();
    drop(run);
    let resumed = Ask.resume(snapshot).record_trace(100).start();
    sleep(secs(3)).await;
    let prompt = resumed.open_prompts()[0].id;
    resumed.answer(prompt, true).unwrap();
    assert!(resumed.result().await.unwrap());
    let trace = resumed.trace().unwrap();
    let ask = only(&trace, "ask");
    assert_eq!((ask.queued_at, times(ask)), (secs(5), [ms(0), secs(1), secs(2), ms(0)]));
}
