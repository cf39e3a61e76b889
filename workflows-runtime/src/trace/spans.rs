//! The spans and events of one run.
//!
//! A run has a span, each execution of a step a span in it, and each attempt a span in that of its execution. Spans of
//! executions, and events that happen once per step, have the level `INFO`; attempts and waits have the level `DEBUG`.
//! A failure is a warning if it is retried, else an error. `otel.name` is a field from the start, because an OpenTelemetry
//! span has its name once it has started. Failures are recorded at the end.

use super::{CallerSpan, TARGET};
use crate::step_event::{StepEvent, StepPhase};
use core::fmt::Display;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;
use tracing::{
    Level, Span, debug, debug_span, error,
    field::{Empty, debug as debug_value, display},
    info, info_span,
    level_filters::LevelFilter,
    warn,
};

/// The spans of a run that is traced.
pub(crate) struct RunSpans(
    /// `None` after the end of the run. Not locked while the subscriber is called.
    Mutex<Option<OpenRun>>,
);

struct OpenRun {
    run: Span,
    /// By the number of the execution.
    executions: HashMap<u64, Execution>,
}

struct Execution {
    span: Span,
    /// Disabled between two attempts.
    attempt: Span,
    attempts: u32,
    began: Instant,
}

/// Why a run has no result.
pub(crate) enum RunFailure<'a> {
    Cancelled,
    Error(&'a dyn Display),
}

/// Returns whether a subscriber receives what happens in runs.
#[inline]
pub(crate) fn is_traced() -> bool {
    LevelFilter::current() >= Level::INFO && is_received()
}

#[cold]
fn is_received() -> bool {
    tracing::enabled!(target: TARGET, Level::INFO)
}

impl RunSpans {
    /// Opens the span of a run in the current span, if a subscriber receives it.
    #[inline]
    pub(crate) fn open(workflow: &'static str, run: &dyn Display) -> Option<Box<Self>> {
        if is_traced() { Some(Box::new(Self::opened(workflow, run))) } else { None }
    }

    #[cold]
    fn opened(workflow: &'static str, run: &dyn Display) -> Self {
        let span = info_span!(
            target: TARGET,
            "run",
            workflow,
            %run,
            otel.name = format_args!("run {workflow}"),
            otel.status_code = Empty,
            exception.message = Empty,
        );
        info!(target: TARGET, parent: &span, "run started");
        Self(Mutex::new(Some(OpenRun { run: span, executions: HashMap::new() })))
    }

    /// Returns the span of the attempt that is running.
    pub(crate) fn of(&self, execution: u64) -> CallerSpan {
        CallerSpan::new(self.innermost(execution))
    }

    /// Returns the span of the run.
    pub(crate) fn of_run(&self) -> CallerSpan {
        match &*self.open_run() {
            Some(open) => CallerSpan::new(open.run.clone()),
            None => CallerSpan::default(),
        }
    }

    fn innermost(&self, execution: u64) -> Span {
        match &*self.open_run() {
            Some(open) => match open.executions.get(&execution) {
                Some(Execution { attempt, .. }) if !attempt.is_disabled() => attempt.clone(),
                Some(Execution { span, .. }) => span.clone(),
                None => open.run.clone(),
            },
            None => Span::none(),
        }
    }

    /// Records that an execution enters a phase.
    pub(crate) fn phase(&self, event: &StepEvent) {
        match event.phase {
            StepPhase::Running => self.begin_attempt(event.step, event.execution, event.attempt),
            StepPhase::Retrying { after } => self.fail_attempt(event, after),
            StepPhase::Done | StepPhase::Failed | StepPhase::Dropped => self.end_execution(event),
            // Warnings of their own, also without spans.
            StepPhase::Overrun | StepPhase::Abandoned => {}
        }
    }

    fn begin_attempt(&self, step: &'static str, execution: u64, attempt: u32) {
        let known = match &*self.open_run() {
            Some(open) => {
                open.executions.get(&execution).map(|execution| execution.span.clone()).ok_or(open.run.clone())
            }
            None => return,
        };
        let span = known.unwrap_or_else(|run| {
            info_span!(
                target: TARGET,
                parent: &run,
                "step",
                step,
                execution,
                otel.name = step,
                otel.status_code = Empty,
                exception.message = Empty,
                exception.r#type = Empty,
            )
        });
        let attempt_span = debug_span!(
            target: TARGET,
            parent: &span,
            "attempt",
            attempt,
            otel.name = format_args!("attempt {attempt}"),
            otel.status_code = Empty,
            exception.message = Empty,
            exception.r#type = Empty,
        );
        debug!(target: TARGET, parent: &span, attempt, "step started");
        let mut open = self.open_run();
        let Some(open) = open.as_mut() else { return };
        let execution = open.executions.entry(execution).or_insert_with(|| Execution {
            span,
            attempt: Span::none(),
            attempts: 0,
            began: Instant::now(),
        });
        execution.attempt = attempt_span;
        execution.attempts = attempt;
    }

    fn fail_attempt(&self, event: &StepEvent, after: Duration) {
        let (span, attempt) = match self.open_run().as_mut().and_then(|open| open.executions.get_mut(&event.execution))
        {
            Some(execution) => (execution.span.clone(), std::mem::replace(&mut execution.attempt, Span::none())),
            None => return,
        };
        let error = event.error.as_ref().map(display);
        warn!(target: TARGET, parent: &span, error, delay = ?after, "step failed and will be retried");
        record_failure(&attempt, event);
    }

    fn end_execution(&self, event: &StepEvent) {
        let removed = self.open_run().as_mut().and_then(|open| open.executions.remove(&event.execution));
        let Some(Execution { span, attempt, attempts, began }) = removed else { return };
        let took = began.elapsed();
        match event.phase {
            StepPhase::Done => info!(target: TARGET, parent: &span, attempts, ?took, "step done"),
            StepPhase::Failed => {
                let error = event.error.as_ref().map(display);
                error!(target: TARGET, parent: &span, error, attempts, ?took, "step failed");
                record_failure(&attempt, event);
                record_failure(&span, event);
            }
            _ => debug!(target: TARGET, parent: &span, ?took, "step dropped, as its batch is complete"),
        }
    }

    /// Records that an execution waits for a response.
    pub(crate) fn waits(&self, execution: u64, timeout: Option<Duration>) {
        debug!(target: TARGET, parent: &self.innermost(execution), timeout = timeout.map(debug_value), "step waits for a response");
    }

    /// Records that the wait of an execution is over.
    pub(crate) fn resumes(&self, execution: u64, has_response: bool) {
        let span = self.innermost(execution);
        if has_response {
            debug!(target: TARGET, parent: &span, "step has a response");
        } else {
            debug!(target: TARGET, parent: &span, "the wait of the step timed out");
        }
    }

    /// Records that the run waits for a response or a timer.
    pub(crate) fn idles(&self) {
        if let Some(run) = self.open_run().as_ref().map(|open| open.run.clone()) {
            debug!(target: TARGET, parent: &run, "run waits");
        }
    }

    /// Closes all spans at the end of the run. Has no effect after the first call.
    pub(crate) fn end(&self, failure: Option<RunFailure<'_>>) {
        let Some(OpenRun { run, executions }) = self.open_run().take() else { return };
        drop(executions);
        match failure {
            None => info!(target: TARGET, parent: &run, "run completed"),
            Some(RunFailure::Cancelled) => info!(target: TARGET, parent: &run, "run cancelled"),
            Some(RunFailure::Error(error)) => {
                error!(target: TARGET, parent: &run, %error, "run failed");
                run.record("otel.status_code", "ERROR");
                run.record("exception.message", display(error));
            }
        }
    }

    fn open_run(&self) -> MutexGuard<'_, Option<OpenRun>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run that is dropped is cancelled.
impl Drop for RunSpans {
    fn drop(&mut self) {
        self.end(Some(RunFailure::Cancelled));
    }
}

fn record_failure(span: &Span, event: &StepEvent) {
    let Some(error) = &event.error else { return };
    span.record("otel.status_code", "ERROR");
    span.record("exception.message", display(error));
    if let Some(name) = error.type_name() {
        span.record("exception.type", name);
    }
}
