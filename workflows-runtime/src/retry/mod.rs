//! Retry policies: whether, and after what delay, a failed step is retried.

mod backoff;
mod condition;
mod give_up;
mod policy;
mod retried_errors;

pub use self::{
    backoff::Backoff,
    condition::Condition,
    give_up::GiveUp,
    policy::{Retry, RetryWith},
};
use crate::error::StepError;
use std::{sync::Arc, time::Duration};

/// Decides after each failure of a step whether, and after what delay, the step is retried.
///
/// [`Retry`] is the policy for most steps, and [`Retry::with`] makes one of a closure. Implement the trait for
/// policies with a type of their own.
///
/// ```
/// use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
///
/// /// Retries for an hour.
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
    /// Returns the delay before the next attempt, or `None` to give up.
    ///
    /// Must be a pure function of the failure, so a run that is replayed or resumed takes the same course:
    /// use [`FailedAttempt::seed`] for randomness. A panic ends the run, and no handler takes it.
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration>;
}

/// A failed attempt of a step, as a [`RetryPolicy`] sees it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FailedAttempt<'a> {
    /// The error of this attempt.
    pub error: &'a StepError,
    /// The number of attempts so far: 1 after the first failure.
    pub attempts: u32,
    /// The time from the start of the first attempt to this failure.
    pub elapsed: Duration,
    /// A number for randomness, derived from the run, the step and the attempt. It differs between
    /// failures and is the same whenever one failure is evaluated again.
    pub seed: u64,
}

impl<'a> FailedAttempt<'a> {
    /// Creates a failed attempt for a test of a policy, with no time elapsed and the seed 0. The other
    /// fields can be set.
    ///
    /// ```
    /// use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    ///
    /// let retry = Retry::fixed(Duration::from_secs(1)).within(Duration::from_mins(1));
    /// let error = StepError::msg("busy");
    /// let mut failure = FailedAttempt::new(&error, 5);
    /// assert_eq!(retry.next(&failure), Some(Duration::from_secs(1)));
    /// failure.elapsed = Duration::from_mins(1);
    /// assert_eq!(retry.next(&failure), None);
    /// ```
    #[must_use]
    pub fn new(error: &'a StepError, attempts: u32) -> Self {
        Self { error, attempts, elapsed: Duration::ZERO, seed: 0 }
    }
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
