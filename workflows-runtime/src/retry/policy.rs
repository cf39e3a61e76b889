//! `Retry`: the policy for most steps.

use super::{FailedAttempt, RetryPolicy, backoff::Backoff, condition::Condition, give_up::GiveUp};
use core::{fmt, ops::RangeInclusive, time::Duration};

/// A [`RetryPolicy`] built from a [`Backoff`], a [`GiveUp`] rule and a [`Condition`].
///
/// | question | methods | default |
/// |---|---|---|
/// | after what delay? | the constructors, [`factor`](Self::factor), [`max_delay`](Self::max_delay), [`jitter`](Self::jitter), [`jitter_up_to`](Self::jitter_up_to), [`add_delay`](Self::add_delay) | |
/// | until when? | [`max_attempts`](Self::max_attempts), [`max_elapsed`](Self::max_elapsed), [`within`](Self::within), [`give_up`](Self::give_up), [`forever`](Self::forever) | 3 attempts |
/// | which errors? | [`when`](Self::when), [`on`](Self::on), [`caused_by`](Self::caused_by), [`on_message`](Self::on_message), [`on_message_containing`](Self::on_message_containing), [`retry_if`](Self::retry_if), [`not_on`](Self::not_on) | every error, panics and timeouts included |
///
/// A limit replaces the default of 3 attempts; of several limits, the first one reached counts. Of several
/// conditions, one is enough; [`not_on`](Self::not_on) overrides them all.
///
/// ```
/// use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
///
/// let retry = Retry::exponential(Duration::from_millis(100)).max_attempts(3);
/// let error = StepError::msg("busy");
/// let after = |attempts| retry.next(&FailedAttempt::new(&error, attempts));
/// assert_eq!(after(1), Some(Duration::from_millis(100)));
/// assert_eq!(after(2), Some(Duration::from_millis(200)));
/// assert_eq!(after(3), None);
/// ```
#[derive(Debug, Clone)]
pub struct Retry {
    pub(super) backoff: Backoff,
    pub(super) give_up: Option<GiveUp>,
    pub(super) conditions: Option<Condition>,
    pub(super) exceptions: Option<Condition>,
}

impl Retry {
    /// Retries with this backoff, a [`Backoff`] or a `Duration`.
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// use workflows_runtime::Backoff;
    ///
    /// let retry = Retry::new(Backoff::fixed(Duration::from_secs(1)) + Backoff::linear(Duration::ZERO, Duration::from_secs(2)));
    /// let delays = [1, 2, 3].map(|attempts| retry.next(&FailedAttempt::new(&busy, attempts)));
    /// assert_eq!(delays, [Some(Duration::from_secs(1)), Some(Duration::from_secs(3)), None]);
    /// ```
    #[must_use]
    pub fn new(backoff: impl Into<Backoff>) -> Self {
        Self { backoff: backoff.into(), give_up: None, conditions: None, exceptions: None }
    }

    /// Retries without a delay.
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let retry = Retry::immediate();
    /// let delays = [1, 2, 3].map(|attempts| retry.next(&FailedAttempt::new(&busy, attempts)));
    /// assert_eq!(delays, [Some(Duration::ZERO), Some(Duration::ZERO), None]);
    /// ```
    #[must_use]
    pub fn immediate() -> Self {
        Self::fixed(Duration::ZERO)
    }

    /// Retries with the same delay each time. See [`Backoff::fixed`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let retry = Retry::fixed(Duration::from_secs(1));
    /// let delays = [1, 2, 3].map(|attempts| retry.next(&FailedAttempt::new(&busy, attempts)));
    /// assert_eq!(delays, [Some(Duration::from_secs(1)), Some(Duration::from_secs(1)), None]);
    /// ```
    #[must_use]
    pub fn fixed(delay: Duration) -> Self {
        Self::new(delay)
    }

    /// Retries with linearly growing delays. See [`Backoff::linear`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let retry = Retry::linear(Duration::from_secs(1), Duration::from_secs(2));
    /// let delays = [1, 2, 3].map(|attempts| retry.next(&FailedAttempt::new(&busy, attempts)));
    /// assert_eq!(delays, [Some(Duration::from_secs(1)), Some(Duration::from_secs(3)), None]);
    /// ```
    #[must_use]
    pub fn linear(initial: Duration, increment: Duration) -> Self {
        Self::new(Backoff::linear(initial, increment))
    }

    /// Retries with exponentially growing delays, up to 60 seconds. See [`Backoff::exponential`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let retry = Retry::exponential(Duration::from_secs(1)).max_attempts(4);
    /// let delays = [1, 2, 3].map(|attempts| retry.next(&FailedAttempt::new(&busy, attempts)));
    /// assert_eq!(delays, [Some(Duration::from_secs(1)), Some(Duration::from_secs(2)), Some(Duration::from_secs(4))]);
    /// ```
    #[must_use]
    pub fn exponential(initial: Duration) -> Self {
        Self::new(Backoff::exponential(initial))
    }

    /// Retries with delays that grow like Fibonacci numbers, up to 60 seconds. See
    /// [`Backoff::fibonacci`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let retry = Retry::fibonacci(Duration::from_secs(1)).max_attempts(4);
    /// let delays = [1, 2, 3].map(|attempts| retry.next(&FailedAttempt::new(&busy, attempts)));
    /// assert_eq!(delays, [Some(Duration::from_secs(1)), Some(Duration::from_secs(1)), Some(Duration::from_secs(2))]);
    /// ```
    #[must_use]
    pub fn fibonacci(initial: Duration) -> Self {
        Self::new(Backoff::fibonacci(initial))
    }

    /// Retries with random delays. See [`Backoff::random`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let range = Duration::from_secs(1)..=Duration::from_secs(2);
    /// let retry = Retry::random(range.clone());
    /// let delay = retry.next(&FailedAttempt::new(&busy, 1)).unwrap();
    /// assert!(range.contains(&delay));
    /// ```
    #[must_use]
    pub fn random(range: RangeInclusive<Duration>) -> Self {
        Self::new(Backoff::random(range))
    }

    /// Retries with one backoff after the other. See [`Backoff::chain`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let retry = Retry::chain([Duration::ZERO, Duration::from_secs(5)]).max_attempts(4);
    /// let delays = [1, 2, 3].map(|attempts| retry.next(&FailedAttempt::new(&busy, attempts)));
    /// assert_eq!(delays, [Some(Duration::from_secs(0)), Some(Duration::from_secs(5)), Some(Duration::from_secs(5))]);
    /// ```
    #[must_use]
    pub fn chain<B: Into<Backoff>, const N: usize>(backoffs: [B; N]) -> Self {
        Self::new(Backoff::chain(backoffs))
    }

    /// Creates a policy from a closure. See [`RetryPolicy::next`].
    ///
    /// ```
    /// use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    ///
    /// let twice = Retry::with(|failure: &FailedAttempt<'_>| (failure.attempts < 2).then_some(Duration::ZERO));
    /// let error = StepError::msg("busy");
    /// assert_eq!(twice.next(&FailedAttempt::new(&error, 1)), Some(Duration::ZERO));
    /// ```
    #[must_use]
    pub fn with<F: Fn(&FailedAttempt<'_>) -> Option<Duration>>(policy: F) -> RetryWith<F> {
        RetryWith(policy)
    }

    /// Sets the factor of an exponential backoff. See [`Backoff::factor`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let retry = Retry::exponential(Duration::from_secs(1)).factor(3.0).max_attempts(4);
    /// let delays = [1, 2, 3].map(|attempts| retry.next(&FailedAttempt::new(&busy, attempts)));
    /// assert_eq!(delays, [Some(Duration::from_secs(1)), Some(Duration::from_secs(3)), Some(Duration::from_secs(9))]);
    /// ```
    #[must_use]
    pub fn factor(self, factor: f64) -> Self {
        Self { backoff: self.backoff.factor(factor), ..self }
    }

    /// Sets the maximum delay. See [`Backoff::max_delay`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let retry = Retry::exponential(Duration::from_secs(1)).max_delay(Duration::from_secs(3)).max_attempts(4);
    /// let delays = [1, 2, 3].map(|attempts| retry.next(&FailedAttempt::new(&busy, attempts)));
    /// assert_eq!(delays, [Some(Duration::from_secs(1)), Some(Duration::from_secs(2)), Some(Duration::from_secs(3))]);
    /// ```
    #[must_use]
    pub fn max_delay(self, max: Duration) -> Self {
        Self { backoff: self.backoff.max_delay(max), ..self }
    }

    /// Randomizes the delays between zero and the full delay. See [`Backoff::jitter`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let retry = Retry::fixed(Duration::from_secs(1)).jitter();
    /// let delay = retry.next(&FailedAttempt::new(&busy, 1)).unwrap();
    /// assert!(delay <= Duration::from_secs(1));
    /// ```
    #[must_use]
    pub fn jitter(self) -> Self {
        Self { backoff: self.backoff.jitter(), ..self }
    }

    /// Adds a random delay of up to `most`. See [`Backoff::jitter_up_to`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let retry = Retry::fixed(Duration::from_secs(1)).jitter_up_to(Duration::from_secs(1));
    /// let delay = retry.next(&FailedAttempt::new(&busy, 1)).unwrap();
    /// assert!(delay >= Duration::from_secs(1) && delay <= Duration::from_secs(2));
    /// ```
    #[must_use]
    pub fn jitter_up_to(self, most: Duration) -> Self {
        Self { backoff: self.backoff.jitter_up_to(most), ..self }
    }

    /// Adds another delay to each delay. See [`Backoff::add_delay`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let retry = Retry::fixed(Duration::from_secs(1)).add_delay(Duration::from_secs(2));
    /// let delays = [1, 2, 3].map(|attempts| retry.next(&FailedAttempt::new(&busy, attempts)));
    /// assert_eq!(delays, [Some(Duration::from_secs(3)), Some(Duration::from_secs(3)), None]);
    /// ```
    #[must_use]
    pub fn add_delay(self, other: impl Into<Backoff>) -> Self {
        Self { backoff: self.backoff.add_delay(other), ..self }
    }

    /// Gives up after `total` executions, the first one included. See [`GiveUp::max_attempts`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let retry = Retry::immediate().max_attempts(2);
    /// let delays = [1, 2, 3].map(|attempts| retry.next(&FailedAttempt::new(&busy, attempts)));
    /// assert_eq!(delays, [Some(Duration::ZERO), None, None]);
    /// ```
    #[must_use]
    pub fn max_attempts(self, total: u32) -> Self {
        self.give_up(GiveUp::max_attempts(total))
    }

    /// Gives up at the first failure after `limit`. See [`GiveUp::max_elapsed`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let retry = Retry::fixed(Duration::from_secs(5)).max_elapsed(Duration::from_mins(1));
    /// let mut failure = FailedAttempt::new(&busy, 9);
    /// failure.elapsed = Duration::from_secs(59);
    /// assert_eq!(retry.next(&failure), Some(Duration::from_secs(5)));
    /// failure.elapsed = Duration::from_mins(1);
    /// assert_eq!(retry.next(&failure), None);
    /// ```
    #[must_use]
    pub fn max_elapsed(self, limit: Duration) -> Self {
        self.give_up(GiveUp::max_elapsed(limit))
    }

    /// Gives up before a delay that would end after `limit`. See [`GiveUp::within`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let retry = Retry::fixed(Duration::from_secs(5)).within(Duration::from_mins(1));
    /// let mut failure = FailedAttempt::new(&busy, 9);
    /// failure.elapsed = Duration::from_secs(59);
    /// // The next attempt would start after 64 seconds.
    /// assert_eq!(retry.next(&failure), None);
    /// ```
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        self.give_up(GiveUp::within(limit))
    }

    /// Gives up as soon as this rule holds, or one that was added before.
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// use workflows_runtime::GiveUp;
    ///
    /// // At least three attempts, and at least a minute.
    /// let retry = Retry::immediate().give_up(GiveUp::max_attempts(3) & GiveUp::max_elapsed(Duration::from_mins(1)));
    /// assert_eq!(retry.next(&FailedAttempt::new(&busy, 3)), Some(Duration::ZERO));
    /// ```
    #[must_use]
    pub fn give_up(self, rule: GiveUp) -> Self {
        let rule = match self.give_up {
            Some(own) => own | rule,
            None => rule,
        };
        Self { give_up: Some(rule), ..self }
    }

    /// Removes all limits added so far, and the default of 3 attempts.
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// # let busy = StepError::msg("busy");
    /// let retry = Retry::immediate().forever();
    /// assert_eq!(retry.next(&FailedAttempt::new(&busy, 1_000)), Some(Duration::ZERO));
    /// ```
    #[must_use]
    pub fn forever(self) -> Self {
        Self { give_up: Some(GiveUp::never()), ..self }
    }
}

impl RetryPolicy for Retry {
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration> {
        if !self.retries(failure.error) {
            return None;
        }
        let delay = self.backoff.delay(failure.attempts, failure.seed);
        let gives_up = match &self.give_up {
            Some(rule) => rule.holds(failure.attempts, failure.elapsed, delay),
            None => failure.attempts >= 3,
        };
        if gives_up { None } else { Some(delay) }
    }
}

/// A [`RetryPolicy`] from a closure. Created by [`Retry::with`].
#[derive(Clone)]
pub struct RetryWith<F>(F);

impl<F: Fn(&FailedAttempt<'_>) -> Option<Duration>> RetryPolicy for RetryWith<F> {
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration> {
        (self.0)(failure)
    }
}

impl<F> fmt::Debug for RetryWith<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RetryWith(..)")
    }
}
