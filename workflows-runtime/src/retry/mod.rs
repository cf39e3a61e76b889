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
/// first time. For chance there is [`FailedAttempt::seed`]. A panic in it ends the run, and
/// no handler takes it.
///
/// [`Retry`] will do for most; a closure in [`Retry::with`], or a type of one's own, says anything else:
///
/// ```
/// use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
///
/// /// As often as it takes, but not after an hour.
/// struct ForAnHour;
///
/// impl RetryPolicy for ForAnHour {
///     fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration> {
///         let wait = Duration::from_secs(u64::from(failure.attempts));
///         (failure.elapsed + wait < Duration::from_hours(1)).then_some(wait)
///     }
/// }
///
/// # #[workflow] struct Flaky;
/// #[workflow]
/// impl Flaky {
///     #[step(retry = ForAnHour)]
///     async fn call(&self, ctx: &Context<Self>, _: Start<()>) -> StepResult<Stop<Duration>> {
///         let attempt = ctx.attempt();
///         if attempt.number < 4 { Err(StepError::msg("busy")) } else { Ok(Stop(attempt.elapsed)) }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), RunError> {
/// assert_eq!(Flaky.run(()).await?, Duration::from_secs(1 + 2 + 3));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "W043: `{Self}` is not a retry policy",
    label = "does not implement `RetryPolicy`",
    note = "write a policy, such as `retry = Retry::fixed(Duration::from_secs(1)).max_attempts(3)`"
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
