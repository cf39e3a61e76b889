//! What a run reports: prompts, phases, overruns and its spans.

use super::Shared;
use crate::{
    engine::{Action, ExecutionId},
    error::RunError,
    instruments::{self, RunEnd, RunMeter},
    run::{
        event_log::{Ended, StoredEvent},
        poll_budget::{PollOverrun, Polls},
    },
    run_trace::Recording,
    step_event::{StepEvent, StepPhase},
    sync::atomic::Ordering,
    trace::{self, RunFailure, RunSpans},
    workflow::Workflow,
};

impl<W: Workflow> Shared<W> {
    /// Whether phases of executions are published.
    pub(in crate::run) fn publishes_phases(&self) -> bool {
        self.publishes_phases
    }

    /// Whether phases of executions are published, traced, measured or recorded.
    pub(in crate::run) fn reports_phases(&self) -> bool {
        self.publishes_phases || self.spans().is_some() || self.meter().is_some() || self.recording().is_some()
    }

    /// The spans of the run, if it is traced.
    #[inline]
    pub(in crate::run) fn spans(&self) -> Option<&RunSpans> {
        self.extras.as_ref()?.spans.as_deref()
    }

    /// The meter of the run, if there are metrics.
    #[cfg_attr(not(feature = "metrics"), allow(clippy::unused_self, reason = "there is none"))]
    #[inline]
    fn meter(&self) -> Option<&RunMeter> {
        #[cfg(feature = "metrics")]
        return self.extras.as_ref()?.meter.as_ref();
        #[cfg(not(feature = "metrics"))]
        None
    }

    /// The recording of the run, if it is recorded.
    #[inline]
    pub(crate) fn recording(&self) -> Option<&Recording> {
        Some(&self.extras.as_ref()?.recorded.as_ref()?.0)
    }

    /// Performs an action of the engine that concerns only the handles and readers.
    pub(in crate::run) fn report(&self, action: Action<W>) {
        match action {
            Action::Prompt { id, prompt, by } => self.open_prompt(id, prompt, by),
            Action::ReopenPrompt { id, prompt, wait, is_blocked } => self.reopen_prompt(id, prompt, wait, is_blocked),
            Action::UnblockPrompt { id, is_rejected } => self.unblock_prompt(id, is_rejected),
            Action::ClosePrompt { id } => self.close_prompt(id),
            Action::ClosePromptsOf { execution } => self.close_prompts_of(execution),
            Action::Responded { execution } => self.presume_answered(execution),
            Action::Phase(event) => self.report_step(event),
            Action::Launch(_) | Action::Drop { .. } | Action::Wake { .. } | Action::Idle | Action::Finish(_) => {}
        }
    }

    /// Closes the spans of the run and its recording, if it is traced or recorded, and counts its end, if it is measured.
    #[inline]
    pub(in crate::run) fn end_spans(&self, ended: &Ended<W>) {
        if let Some(meter) = self.meter() {
            meter.end(match ended {
                Ok(_) => RunEnd::Completed,
                Err(error) if matches!(**error, RunError::Cancelled) => RunEnd::Cancelled,
                Err(_) => RunEnd::Failed,
            });
        }
        if let Some(recording) = self.recording() {
            recording.run_ended(ended.as_ref().err().map(|error| &**error));
        }
        if let Some(spans) = self.spans() {
            spans.end(match ended {
                Ok(_) => None,
                Err(error) if matches!(**error, RunError::Cancelled) => Some(RunFailure::Cancelled),
                Err(error) => Some(RunFailure::Error(error)),
            });
        }
    }

    /// Reports a phase of an execution, if the run publishes, traces, measures or records phases.
    #[inline]
    pub(in crate::run) fn report_phase(&self, step: u16, id: ExecutionId, phase: StepPhase) {
        if self.reports_phases() {
            let name = W::TABLE.steps[step as usize].name;
            let event = StepEvent { step: name, execution: id.serial, attempt: id.attempt, phase, error: None };
            if let Some(recording) = self.recording() {
                recording.phase(step, &event);
            }
            self.report_step(event);
        }
    }

    /// Publishes, traces and measures a phase of an execution.
    #[cold]
    pub(in crate::run) fn report_step(&self, event: StepEvent) {
        if let Some(meter) = self.meter() {
            meter.phase(&event);
        }
        if let Some(spans) = self.spans() {
            spans.phase(&event);
        }
        if self.publishes_phases {
            self.publish(StoredEvent::Step(Box::new(event)));
        }
    }

    /// Warns of a poll that took too long, of one of the steps in `polls`.
    pub(in crate::run) fn report_overrun(&self, overrun: &PollOverrun, polls: Polls) {
        self.overruns.fetch_add(1, Ordering::Relaxed);
        let steps = polls.names(W::TABLE.steps);
        instruments::overrun(W::NAME, &steps);
        let span = self.spans().map(RunSpans::of_run).unwrap_or_default();
        span.in_scope(|| trace::overrun(&steps, &self.id, overrun.took, overrun.budget));
    }

    /// The number of polls that took too long.
    pub(in crate::run) fn overruns(&self) -> u64 {
        self.overruns.load(Ordering::Relaxed).into()
    }
}
