//! Attempts: hops, retries, timeouts and panics.

use super::{attempts, only, outcomes, times, trace_of};
use tokio::time::sleep;
use workflows_runtime::{
    prelude::*,
    run_trace::{AttemptErrorKind, AttemptOutcome, RunStatus, Segment, SegmentKind},
};
use workflows_tests::{Attempts, ms, secs};

#[event]
struct Page(u32);

/// Counts down, one hop per step.
#[workflow]
struct Countdown;

#[workflow]
impl Countdown {
    #[step]
    async fn begin(&self, Start(n): Start<u32>) -> Page {
        Page(n)
    }
    #[step]
    async fn turn(&self, Page(n): Page) -> OneOf<Page, Stop<()>> {
        sleep(ms(10)).await;
        if n > 1 { Page(n - 1).emit() } else { Stop(()).emit() }
    }
}

#[tokio::test(start_paused = true)]
async fn hops_are_recorded_with_parents_and_times() {
    let trace = trace_of(Countdown.run(3)).await;
    assert_eq!(attempts(&trace), [("begin", 1, 1), ("turn", 2, 1), ("turn", 3, 1), ("turn", 4, 1)]);
    let parents: Vec<_> = trace.attempts.iter().map(|attempt| attempt.parents.clone()).collect();
    assert_eq!(parents, [vec![], vec![1], vec![2], vec![3]]);
    let zero = Duration::ZERO;
    for (turn, number) in trace.of_step("turn").zip(0..) {
        assert_eq!(times(turn), [zero, ms(10), zero, zero]);
        assert_eq!((turn.queued_at, turn.ended_at), (ms(10 * number), Some(ms(10 * number + 10))));
        assert_eq!(turn.batch, None);
    }
    assert_eq!((trace.status, trace.ended_at, trace.discarded), (RunStatus::Completed, Some(ms(30)), 0));
    let turn = trace.step("turn").unwrap();
    assert_eq!((turn.executions, turn.attempts, turn.completed, turn.run_time), (3, 3, 3, ms(30)));
    assert_eq!((turn.run_time_p50, turn.run_time_p99, turn.run_time_max), (ms(10), ms(10), ms(10)));
}

#[tokio::test(start_paused = true)]
async fn run_without_record_trace_has_no_trace() {
    let run = Countdown.run(1).start();
    run.result().await.unwrap();
    assert!(run.trace().is_none());
}

#[tokio::test(start_paused = true)]
async fn emitted_and_taken_events_are_counted() {
    let trace = trace_of(Countdown.run(3)).await;
    let counts = |counts: &[workflows_runtime::run_trace::EventCount]| -> Vec<(String, String, u64)> {
        counts.iter().map(|count| (count.step.clone(), count.event.clone(), count.count)).collect()
    };
    let expected = [("begin", "Page", 1), ("turn", "Stop<()>", 1), ("turn", "Page", 2)];
    assert_eq!(counts(&trace.emitted), expected.map(|(step, event, n)| (step.to_owned(), event.to_owned(), n)));
    let expected = [("begin", "Start<u32>", 1), ("turn", "Page", 3)];
    assert_eq!(counts(&trace.taken), expected.map(|(step, event, n)| (step.to_owned(), event.to_owned(), n)));
}

/// Fails in the ways that its input says, one attempt each, and then returns.
#[workflow]
struct Flaky;

#[workflow]
impl Flaky {
    #[step(timeout = "100ms", retry = Attempts(10, secs(2)))]
    async fn fetch(&self, ctx: &Context<Self>, Start(ways): Start<Vec<String>>) -> StepResult<Stop<()>> {
        sleep(ms(5)).await;
        let way = ways.get(ctx.attempt().number as usize - 1).map_or("", String::as_str);
        match way {
            "error" => Err(StepError::msg("no route")),
            "panic" => panic!("out of paper"),
            "hang" => std::future::pending().await,
            _ => Ok(Stop(())),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_of_a_retried_step_has_its_failure() {
    let ways = ["error", "panic", "hang"].map(str::to_owned).to_vec();
    let trace = trace_of(Flaky.run(ways)).await;
    assert_eq!(attempts(&trace), [("fetch", 1, 1), ("fetch", 1, 2), ("fetch", 1, 3), ("fetch", 1, 4)]);
    let retried = AttemptOutcome::Retried { after: secs(2) };
    assert_eq!(outcomes(&trace), [retried, retried, retried, AttemptOutcome::Completed]);
    let failures: Vec<_> = trace.attempts.iter().filter_map(|attempt| attempt.error.as_ref()).collect();
    assert_eq!(failures[0].kind, AttemptErrorKind::Error);
    assert_eq!(failures[0].message, "no route");
    assert_eq!(failures[1].kind, AttemptErrorKind::Panic);
    assert!(failures[1].message.contains("out of paper"), "{}", failures[1].message);
    assert_eq!(failures[2].kind, AttemptErrorKind::Timeout);

    // The delay between two attempts is a time of neither.
    let spans: Vec<_> = trace.attempts.iter().map(|attempt| (attempt.queued_at, attempt.run_time)).collect();
    assert_eq!(spans, [(ms(0), ms(5)), (ms(2_005), ms(5)), (ms(4_010), ms(100)), (ms(6_110), ms(5))]);
    assert!(trace.attempts.iter().all(|attempt| attempt.queue_time.is_zero()));
    let fetch = trace.step("fetch").unwrap();
    assert_eq!((fetch.executions, fetch.attempts, fetch.retried, fetch.completed), (1, 4, 3, 1));
    assert_eq!((fetch.run_time, fetch.run_time_p50, fetch.run_time_p99), (ms(115), ms(5), ms(100)));
}

/// A failing step, its handler, and a step that takes one event at a time.
#[workflow]
struct Handled;

#[workflow]
impl Handled {
    #[step]
    async fn fetch(&self, Start(()): Start<()>) -> StepResult<Page> {
        sleep(ms(3)).await;
        Err(StepError::msg("no route"))
    }
    #[catch_error]
    async fn explain(&self, failed: StepFailed) -> Page {
        Page(failed.attempts)
    }
    #[step]
    async fn show(&self, Page(n): Page) -> StepResult<Stop<u32>> {
        if n == 1 { Err(StepError::msg("nothing to show")) } else { Ok(Stop(n)) }
    }
}

#[tokio::test(start_paused = true)]
async fn handler_has_the_failed_execution_as_its_parent() {
    let trace = trace_of(Handled.run(())).await;
    assert_eq!(only(&trace, "fetch").outcome, AttemptOutcome::Failed);
    assert_eq!(trace.of_step("explain").next().unwrap().parents, [1]);
    assert_eq!(trace.of_step("show").next().unwrap().parents, [2]);
    assert_eq!(trace.status, RunStatus::Failed);
    assert!(trace.error.as_ref().unwrap().contains("nothing to show"), "{:?}", trace.error);
    assert_eq!(trace.step("show").unwrap().failed, 1);
}

/// Sends five events to one worker, while the sender continues.
#[workflow]
struct Spool;

#[workflow]
impl Spool {
    #[step]
    async fn begin(&self, ctx: &Context<Self, (Page,)>, Start(()): Start<()>) {
        for page in 0..3 {
            ctx.send(Page(page));
        }
        sleep(ms(50)).await;
    }
    #[step(workers = 1)]
    async fn print(&self, Page(n): Page) -> Option<Stop<()>> {
        sleep(ms(20)).await;
        (n == 2).then_some(Stop(()))
    }
}

#[tokio::test(start_paused = true)]
async fn queue_time_is_the_wait_for_a_worker() {
    let trace = trace_of(Spool.run(())).await;
    let queued: Vec<_> = trace.of_step("print").map(|attempt| attempt.queue_time).collect();
    assert_eq!(queued, [ms(0), ms(20), ms(40)]);
    let last = trace.of_step("print").last().unwrap();
    let segment = |kind, from, to| Segment::new(kind, ms(from), ms(to));
    assert_eq!(last.segments, [segment(SegmentKind::Queued, 0, 40), segment(SegmentKind::Running, 40, 60)]);
    assert_eq!((last.queued_at, last.started_at), (ms(0), Some(ms(40))));
    assert!(trace.of_step("print").all(|attempt| attempt.parents == [1]));
    assert_eq!(trace.step("print").unwrap().queue_time, ms(60));
}

#[tokio::test(start_paused = true)]
async fn live_trace_has_what_is_queued_and_what_runs() {
    let run = Spool.run(()).record_trace(100).start();
    sleep(ms(30)).await;
    let trace = run.trace().unwrap();
    assert_eq!((trace.status, trace.ended_at, trace.taken_at), (RunStatus::Running, None, ms(30)));
    let print = trace.step("print").unwrap();
    assert_eq!((print.completed, print.active, print.queued), (1, 1, 1));
    let active = trace.of_step("print").last().unwrap();
    assert_eq!((active.outcome, active.run_time, active.ended_at), (AttemptOutcome::Pending, ms(10), None));
    run.result().await.unwrap();
    assert_eq!(run.trace().unwrap().step("print").unwrap().queued, 0);
}

#[tokio::test(start_paused = true)]
async fn trace_serializes_and_parses_back() {
    let trace = trace_of(Flaky.run(vec!["error".to_owned()])).await;
    let json = serde_json::to_string(&trace).unwrap();
    assert_eq!(serde_json::from_str::<workflows_runtime::run_trace::RunTrace>(&json).unwrap(), trace);
}

#[tokio::test]
async fn record_of_a_test_has_the_trace_in_virtual_time() {
    let record = Countdown.run(3).record_trace(100).test().await;
    let trace = record.trace().unwrap();
    assert_eq!(attempts(trace), [("begin", 1, 1), ("turn", 2, 1), ("turn", 3, 1), ("turn", 4, 1)]);
    assert_eq!((trace.ended_at, trace.step("turn").unwrap().run_time), (Some(ms(30)), ms(30)));
    assert!(Countdown.run(1).test().await.trace().is_none());
}
