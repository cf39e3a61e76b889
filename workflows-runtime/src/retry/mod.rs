//! Whether and when a failed step is executed again.

mod backoff;
mod condition;
mod give_up;
mod policy;

pub use self::{
    backoff::Backoff,
    condition::Condition,
    give_up::GiveUp,
    policy::{Retry, RetryWith},
};
use crate::StepError;
use std::{sync::Arc, time::Duration};

/// Decides after each failure of a step whether, and after what delay, it is executed again.
///
/// It is asked in the engine's own order of events and must not have a memory of its own: the same
/// failure has to get the same answer, so that a run that is replayed or resumed goes on like the
/// first time. For chance there is [`FailedAttempt::seed`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no retry policy",
    label = "does not say when a step is executed again",
    note = "write something like `retry = Retry::fixed(Duration::from_secs(1)).max_attempts(3)`, or implement `RetryPolicy` for `{Self}`"
)]
pub trait RetryPolicy {
    /// The delay before the next attempt, or `None` to give up.
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration>;
}

/// One failure of a step, as a [`RetryPolicy`] sees it.
#[derive(Debug, Clone, Copy)]
pub struct FailedAttempt<'a> {
    /// What went wrong this time.
    pub error: &'a StepError,
    /// How often the step was executed so far: 1 after the first failure.
    pub attempts: u32,
    /// The time from the start of the first attempt to this failure.
    pub elapsed: Duration,
    /// Made from the run, the step and the attempt: another one for each failure, and the same
    /// one whenever the same failure is looked at again.
    pub seed: u64,
}

impl<P: RetryPolicy + ?Sized> RetryPolicy for &P {
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration> {
        (**self).next(failure)
    }
}

impl<P: RetryPolicy + ?Sized> RetryPolicy for Box<P> {
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration> {
        (**self).next(failure)
    }
}

impl<P: RetryPolicy + ?Sized> RetryPolicy for Arc<P> {
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration> {
        (**self).next(failure)
    }
}
