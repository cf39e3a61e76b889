use super::{FailedAttempt, RetryPolicy, backoff::Backoff, condition::Condition, give_up::GiveUp};
use crate::error::StepError;
use core::{error::Error, fmt, ops::RangeInclusive, time::Duration};

/// A [`RetryPolicy`] put together from a [`Backoff`], what ends it ([`GiveUp`]) and which errors it is
/// for ([`Condition`]).
///
/// Unless told otherwise every error is retried, a panic and a timeout too, and there are 3
/// attempts. Naming any end replaces the 3 attempts; of several ends the first one to come counts.
/// Of several conditions one is enough, and [`unless`](Self::unless) prevails over all of them.
/// The first delay after a failure is `initial` itself.
///
/// ```
/// use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
///
/// let retry = Retry::exponential(Duration::from_millis(100)).max_attempts(3);
/// let error = StepError::msg("busy");
/// let after = |attempts| retry.next(&FailedAttempt { error: &error, attempts, elapsed: Duration::ZERO, seed: 7 });
/// assert_eq!(after(1), Some(Duration::from_millis(100)));
/// assert_eq!(after(2), Some(Duration::from_millis(200)));
/// assert_eq!(after(3), None);
/// ```
#[derive(Debug, Clone)]
pub struct Retry {
    wait: Backoff,
    give_up: Option<GiveUp>,
    reasons: Option<Condition>,
    exceptions: Option<Condition>,
}

impl Retry {
    /// Waits as told; takes a [`Backoff`] or a `Duration`.
    pub fn new(wait: impl Into<Backoff>) -> Self {
        Self { wait: wait.into(), give_up: None, reasons: None, exceptions: None }
    }

    /// Does not wait.
    #[must_use]
    pub fn immediate() -> Self {
        Self::fixed(Duration::ZERO)
    }

    /// See [`Backoff::fixed`].
    #[must_use]
    pub fn fixed(delay: Duration) -> Self {
        Self::new(delay)
    }

    /// See [`Backoff::linear`].
    #[must_use]
    pub fn linear(initial: Duration, increment: Duration) -> Self {
        Self::new(Backoff::linear(initial, increment))
    }

    /// See [`Backoff::exponential`].
    #[must_use]
    pub fn exponential(initial: Duration) -> Self {
        Self::new(Backoff::exponential(initial))
    }

    /// See [`Backoff::fibonacci`].
    #[must_use]
    pub fn fibonacci(initial: Duration) -> Self {
        Self::new(Backoff::fibonacci(initial))
    }

    /// See [`Backoff::random`].
    #[must_use]
    pub fn random(range: RangeInclusive<Duration>) -> Self {
        Self::new(Backoff::random(range))
    }

    /// See [`Backoff::chain`].
    #[must_use]
    pub fn chain<W: Into<Backoff>, const N: usize>(waits: [W; N]) -> Self {
        Self::new(Backoff::chain(waits))
    }

    /// A policy of one's own as a closure.
    ///
    /// ```
    /// use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    ///
    /// let twice = Retry::with(|failure: &FailedAttempt<'_>| (failure.attempts < 2).then_some(Duration::ZERO));
    /// let error = StepError::msg("busy");
    /// let failure = FailedAttempt { error: &error, attempts: 1, elapsed: Duration::ZERO, seed: 0 };
    /// assert_eq!(twice.next(&failure), Some(Duration::ZERO));
    /// ```
    pub fn with<F: Fn(&FailedAttempt<'_>) -> Option<Duration>>(policy: F) -> RetryWith<F> {
        RetryWith(policy)
    }

    /// See [`Backoff::factor`].
    #[must_use]
    pub fn factor(self, factor: f32) -> Self {
        Self { wait: self.wait.factor(factor), ..self }
    }

    /// See [`Backoff::max_delay`].
    #[must_use]
    pub fn max_delay(self, max: Duration) -> Self {
        Self { wait: self.wait.max_delay(max), ..self }
    }

    /// See [`Backoff::jitter`].
    #[must_use]
    pub fn jitter(self) -> Self {
        Self { wait: self.wait.jitter(), ..self }
    }

    /// See [`Backoff::jitter_up_to`].
    #[must_use]
    pub fn jitter_up_to(self, most: Duration) -> Self {
        Self { wait: self.wait.jitter_up_to(most), ..self }
    }

    /// Waits for this as well.
    #[must_use]
    pub fn plus(self, other: impl Into<Backoff>) -> Self {
        Self { wait: self.wait + other, ..self }
    }

    /// See [`GiveUp::attempts`]: `total` counts the first execution too.
    #[must_use]
    pub fn max_attempts(self, total: u32) -> Self {
        self.give_up(GiveUp::attempts(total))
    }

    /// See [`GiveUp::overrun`].
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        self.give_up(GiveUp::overrun(limit))
    }

    /// See [`GiveUp::elapsed`].
    #[must_use]
    pub fn stop_after(self, limit: Duration) -> Self {
        self.give_up(GiveUp::elapsed(limit))
    }

    /// Gives up in this case too.
    #[must_use]
    pub fn give_up(self, rule: GiveUp) -> Self {
        let rule = match self.give_up {
            Some(own) => own | rule,
            None => rule,
        };
        Self { give_up: Some(rule), ..self }
    }

    /// Lifts all limits named so far, and the 3 attempts.
    #[must_use]
    pub fn forever(self) -> Self {
        Self { give_up: Some(GiveUp::never()), ..self }
    }

    /// Retries what the closure says yes to.
    #[must_use]
    pub fn when(self, test: impl Fn(&StepError) -> bool + Send + Sync + 'static) -> Self {
        self.condition(Condition::new(test))
    }

    /// Retries what is, or is caused by, an `E`: see [`Condition::is`].
    #[must_use]
    pub fn on<E: Error + 'static>(self) -> Self {
        self.condition(Condition::is::<E>())
    }

    /// Retries what is caused by an `E`: see [`Condition::caused_by`].
    #[must_use]
    pub fn caused_by<E: Error + 'static>(self) -> Self {
        self.condition(Condition::caused_by::<E>())
    }

    /// Retries errors with exactly this text.
    #[must_use]
    pub fn message(self, text: impl Into<String>) -> Self {
        self.condition(Condition::message(text))
    }

    /// Retries errors with this in their text.
    #[must_use]
    pub fn message_contains(self, part: impl Into<String>) -> Self {
        self.condition(Condition::message_contains(part))
    }

    /// Retries what the condition holds for.
    #[must_use]
    pub fn condition(self, condition: Condition) -> Self {
        Self { reasons: Some(either(self.reasons, condition)), ..self }
    }

    /// Does not retry what is, or is caused by, an `E`, whatever the conditions say.
    #[must_use]
    pub fn unless<E: Error + 'static>(self) -> Self {
        Self { exceptions: Some(either(self.exceptions, Condition::is::<E>())), ..self }
    }
}

fn either(one: Option<Condition>, other: Condition) -> Condition {
    match one {
        Some(one) => one | other,
        None => other,
    }
}

impl RetryPolicy for Retry {
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration> {
        let holds = |condition: &Condition| condition.holds(failure.error);
        if !self.reasons.as_ref().is_none_or(holds) || self.exceptions.as_ref().is_some_and(holds) {
            return None;
        }
        let wait = self.wait.delay(failure.attempts, failure.seed);
        let ended = match &self.give_up {
            Some(rule) => rule.holds(failure.attempts, failure.elapsed, wait),
            None => failure.attempts >= 3,
        };
        (!ended).then_some(wait)
    }
}

/// A [`RetryPolicy`] that is a closure. Made by [`Retry::with`].
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
