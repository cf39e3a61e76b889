//! `TimedOut`: a timeout of an attempt that has expired, as it is recorded.

use super::{
    decisions::Decision, definition::Definition, failure::retry_seed, id::ExecutionId, machine::Machine, timer::Time,
};
use crate::{
    error::{QueueTimedOut, StepError, StepTimedOut},
    retry::FailedAttempt,
};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

/// The timeout of an attempt has expired, and what the step's retry policy has decided on that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TimedOut {
    pub(super) execution: ExecutionId,
    which: Which,
    /// The time of day.
    pub(super) at: SystemTime,
    /// The delay before the next attempt. `None` if there is none.
    retry: Option<Duration>,
}

/// Which timeout it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Which {
    /// The step's timeout, after this time in the queue of an executor.
    Step(Duration, Duration),
    Queue(Duration),
}

impl TimedOut {
    /// The failure of the attempt, with the decision of the retry policy.
    pub(super) fn error(&self) -> StepError {
        let error: StepError = match self.which {
            Which::Step(after, queued) => StepTimedOut { after, queued }.into(),
            Which::Queue(after) => QueueTimedOut { after }.into(),
        };
        error.decided(self.retry)
    }
}

impl<D: Definition> Machine<D> {
    /// Asks the step's retry policy, and attaches its decision to the error: the policy needs the type of the error.
    pub(super) fn decide_retry(&self, id: ExecutionId, error: StepError, now: Time) -> StepError {
        let Some(execution) = self.execution(id) else { return error };
        let step = execution.step;
        if !self.table.steps[step as usize].retries || error.is_decided() {
            return error;
        }
        let seed = retry_seed(self.config.seed, id, step);
        let elapsed = now - execution.started;
        let delay = D::retry(step, &FailedAttempt { error: &error, attempts: id.attempt, elapsed, seed });
        error.decided(delay)
    }

    /// Records that the timer of an attempt has expired, if ticks are recorded, and returns the failure of the attempt. `None`
    /// in a replay: the timer is not the recorded one.
    pub(super) fn record_timeout(
        &mut self,
        id: ExecutionId,
        error: StepError,
        at: SystemTime,
        now: Time,
    ) -> Option<StepError> {
        let Some(gate) = &self.gate else { return Some(error) };
        if gate.decisions.is_replay() {
            return None;
        }
        let which = match (error.downcast_ref::<StepTimedOut>(), error.downcast_ref::<QueueTimedOut>()) {
            (Some(StepTimedOut { after, queued }), _) => Which::Step(*after, *queued),
            (None, Some(QueueTimedOut { after })) => Which::Queue(*after),
            (None, None) => return Some(error),
        };
        let error = self.decide_retry(id, error, now);
        let retry = error.retry_after();
        self.decided(Decision::TimedOut(TimedOut { execution: id, which, at, retry }));
        Some(error)
    }
}
