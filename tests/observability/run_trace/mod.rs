//! The trace of a run: `record_trace`, `RunHandle::trace` and its pictures.

mod attempts;
mod batches;
mod blocking;
mod children;
mod chrome;
mod ends;
mod limit;
mod pictures;
mod resume;
mod waits;
mod workflows;

use std::time::Duration;
use workflows_runtime::{
    Run, Workflow,
    run_trace::{AttemptOutcome, AttemptTrace, RunTrace},
};

/// The trace of a run at its end.
async fn trace_of<W: Workflow>(run: Run<W>) -> RunTrace {
    let run = run.record_trace(1_000).start();
    // The trace is checked, not the result.
    let _ = run.result().await;
    let trace = run.trace().unwrap();
    trace.runs().into_iter().for_each(assert_consistent);
    trace
}

/// Checks what holds for every trace.
#[track_caller]
fn assert_consistent(trace: &RunTrace) {
    for attempt in &trace.attempts {
        let end = attempt.ended_at.unwrap_or(trace.taken_at);
        assert_eq!(attempt.queued_at + attempt.elapsed(), end, "the times of {attempt:?} add up");
        assert_eq!(attempt.ended_at.is_none(), attempt.outcome == AttemptOutcome::Pending, "{attempt:?}");
        assert_eq!(attempt.state.is_some(), attempt.ended_at.is_none(), "{attempt:?}");
        assert!(attempt.started_at.is_none_or(|started| attempt.queued_at <= started && started <= end), "{attempt:?}");
        assert!(attempt.parents.iter().all(|parent| *parent < attempt.execution), "{attempt:?}");
        let mut at = attempt.queued_at;
        for segment in &attempt.segments {
            assert!(segment.from == at && segment.from < segment.to, "{attempt:?}");
            at = segment.to;
        }
        assert!(at == end || attempt.segments.len() == AttemptTrace::MAX_SEGMENTS, "{attempt:?}");
    }
    for step in &trace.steps {
        let kept = trace.of_step(&step.step).count() as u64;
        let ended = step.completed + step.retried + step.failed + step.cancelled;
        assert!(kept <= ended + step.active + step.queued, "{step:?}");
        assert!(trace.discarded > 0 || kept >= ended + step.active, "{step:?}");
    }
}

/// Step, execution and attempt of each attempt.
fn attempts(trace: &RunTrace) -> Vec<(&str, u64, u32)> {
    trace.attempts.iter().map(|attempt| (attempt.step.as_str(), attempt.execution, attempt.attempt)).collect()
}

fn outcomes(trace: &RunTrace) -> Vec<AttemptOutcome> {
    trace.attempts.iter().map(|attempt| attempt.outcome).collect()
}

/// The only attempt of a step.
#[track_caller]
fn only<'a>(trace: &'a RunTrace, step: &'a str) -> &'a AttemptTrace {
    let found: Vec<_> = trace.of_step(step).collect();
    let [attempt] = found[..] else { panic!("{} attempts of `{step}`", found.len()) };
    attempt
}

/// Queue time, run time, suspended time and executor queue time.
fn times(attempt: &AttemptTrace) -> [Duration; 4] {
    let AttemptTrace { queue_time, run_time, suspended_time, executor_queue_time, .. } = attempt;
    [*queue_time, *run_time, *suspended_time, *executor_queue_time]
}
