//! `Backoff`: the delays between attempts.

use core::{
    iter::Sum,
    ops::{Add, RangeInclusive},
    time::Duration,
};
use fastrand::Rng;

/// The maximum number of Fibonacci terms to compute: with an initial delay of 1 ns, the 150th term exceeds
/// [`Duration::MAX`].
const MAX_FIBONACCI: u32 = 150;
/// The default maximum of delays that grow exponentially.
const CAP: Duration = Duration::from_mins(1);

/// The delay before the next attempt. The arithmetic saturates and never panics.
///
/// ```
/// use std::time::Duration;
/// use workflows_runtime::Backoff;
///
/// let ms = Duration::from_millis;
/// let backoff = Backoff::exponential(ms(100)).max_delay(ms(300)).add_delay(ms(5));
/// let delays: Vec<_> = (1..=4).map(|attempts| backoff.delay(attempts, 0)).collect();
/// assert_eq!(delays, [ms(105), ms(205), ms(305), ms(305)]);
/// ```
#[derive(Debug, Clone)]
pub struct Backoff {
    kind: Kind,
    max: Duration,
    jitter: Jitter,
    added: Vec<Backoff>,
}

#[derive(Debug, Clone)]
enum Kind {
    Fixed(Duration),
    Linear(Duration, Duration),
    Exponential(Duration, f64),
    Fibonacci(Duration),
    Random(Duration, Duration),
    Chain(Vec<Backoff>),
}

#[derive(Debug, Clone, Copy)]
enum Jitter {
    None,
    Full,
    UpTo(Duration),
}

impl Backoff {
    fn new(kind: Kind, max: Duration) -> Self {
        Self { kind, max, jitter: Jitter::None, added: Vec::new() }
    }

    /// The same delay each time.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::Backoff;
    /// let backoff = Backoff::fixed(Duration::from_secs(1));
    /// assert_eq!([1, 2, 3].map(|attempts| backoff.delay(attempts, 0).as_secs()), [1, 1, 1]);
    /// ```
    #[must_use]
    pub fn fixed(delay: Duration) -> Self {
        Self::new(Kind::Fixed(delay), Duration::MAX)
    }

    /// `initial`, then `increment` more each time, without an upper limit.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::Backoff;
    /// let backoff = Backoff::linear(Duration::from_secs(1), Duration::from_secs(2));
    /// assert_eq!([1, 2, 3].map(|attempts| backoff.delay(attempts, 0).as_secs()), [1, 3, 5]);
    /// ```
    #[must_use]
    pub fn linear(initial: Duration, increment: Duration) -> Self {
        Self::new(Kind::Linear(initial, increment), Duration::MAX)
    }

    /// `initial`, then twice as long each time, up to 60 seconds. [`factor`](Self::factor) and
    /// [`max_delay`](Self::max_delay) change these.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::Backoff;
    /// let backoff = Backoff::exponential(Duration::from_secs(1));
    /// assert_eq!([1, 2, 3, 10].map(|attempts| backoff.delay(attempts, 0).as_secs()), [1, 2, 4, 60]);
    /// ```
    #[must_use]
    pub fn exponential(initial: Duration) -> Self {
        Self::new(Kind::Exponential(initial, 2.0), CAP)
    }

    /// `initial` times 1, 1, 2, 3, 5, 8, .., up to 60 seconds. [`max_delay`](Self::max_delay) changes the
    /// limit.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::Backoff;
    /// let backoff = Backoff::fibonacci(Duration::from_secs(1));
    /// assert_eq!([1, 2, 3, 4, 5].map(|attempts| backoff.delay(attempts, 0).as_secs()), [1, 1, 2, 3, 5]);
    /// ```
    #[must_use]
    pub fn fibonacci(initial: Duration) -> Self {
        Self::new(Kind::Fibonacci(initial), CAP)
    }

    /// A random delay in the range, uniformly distributed. The bounds may be in either order.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::Backoff;
    /// let (least, most) = (Duration::from_secs(1), Duration::from_secs(3));
    /// let backoff = Backoff::random(least..=most);
    /// assert!((1..100).all(|seed| (least..=most).contains(&backoff.delay(1, seed))));
    /// ```
    #[must_use]
    pub fn random(range: RangeInclusive<Duration>) -> Self {
        let (a, b) = range.into_inner();
        Self::new(Kind::Random(a.min(b), a.max(b)), Duration::MAX)
    }

    /// The first backoff after the first failure, the second one after the second, and so on. The last
    /// one is repeated. An empty list does not compile.
    ///
    /// Each is called with the number of all attempts so far.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::Backoff;
    /// let backoff = Backoff::chain([Duration::ZERO, Duration::from_secs(1)]);
    /// assert_eq!([1, 2, 3].map(|attempts| backoff.delay(attempts, 0).as_secs()), [0, 1, 1]);
    /// ```
    #[must_use]
    pub fn chain<B: Into<Self>, const N: usize>(backoffs: [B; N]) -> Self {
        const { assert!(N > 0, "a chain of backoffs needs at least one") }
        Self::new(Kind::Chain(backoffs.into_iter().map(Into::into).collect()), Duration::MAX)
    }

    /// Sets the factor of an [exponential](Self::exponential) backoff. Default: 2. A factor below 1, and
    /// NaN, count as 1. Other backoffs ignore it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::Backoff;
    /// let backoff = Backoff::exponential(Duration::from_secs(1)).factor(3.0);
    /// assert_eq!([1, 2, 3].map(|attempts| backoff.delay(attempts, 0).as_secs()), [1, 3, 9]);
    /// ```
    #[must_use]
    pub fn factor(mut self, factor: f64) -> Self {
        if let Kind::Exponential(_, own) = &mut self.kind {
            *own = factor.max(1.0);
        }
        self
    }

    /// Sets the maximum delay, jitter included. [Added](Self::add_delay) delays do not count.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::Backoff;
    /// let backoff = Backoff::linear(Duration::from_secs(1), Duration::from_secs(1)).max_delay(Duration::from_secs(2));
    /// assert_eq!([1, 2, 3].map(|attempts| backoff.delay(attempts, 0).as_secs()), [1, 2, 2]);
    /// ```
    #[must_use]
    pub fn max_delay(mut self, max: Duration) -> Self {
        self.max = max;
        self
    }

    /// Randomizes the delay: uniformly distributed between zero and the full delay.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::Backoff;
    /// let backoff = Backoff::fixed(Duration::from_secs(1)).jitter();
    /// assert!((1..100).all(|seed| backoff.delay(1, seed) <= Duration::from_secs(1)));
    /// assert_ne!(backoff.delay(1, 1), backoff.delay(1, 2));
    /// ```
    #[must_use]
    pub fn jitter(mut self) -> Self {
        self.jitter = Jitter::Full;
        self
    }

    /// Randomizes the delay: adds up to `most`, uniformly distributed, within
    /// [`max_delay`](Self::max_delay).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::Backoff;
    /// let backoff = Backoff::fixed(Duration::from_secs(1)).jitter_up_to(Duration::from_secs(1));
    /// let range = Duration::from_secs(1)..=Duration::from_secs(2);
    /// assert!((1..100).all(|seed| range.contains(&backoff.delay(1, seed))));
    /// ```
    #[must_use]
    pub fn jitter_up_to(mut self, most: Duration) -> Self {
        self.jitter = Jitter::UpTo(most);
        self
    }

    /// Adds another delay to each delay. The `+` operator does the same.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::Backoff;
    /// let second = Duration::from_secs(1);
    /// assert_eq!(Backoff::fixed(second).add_delay(2 * second).delay(1, 0), 3 * second);
    /// assert_eq!((Backoff::fixed(second) + Backoff::fixed(2 * second)).delay(1, 0), 3 * second);
    /// ```
    #[must_use]
    pub fn add_delay(mut self, other: impl Into<Self>) -> Self {
        self.added.push(other.into());
        self
    }

    /// Returns the delay after `attempts` attempts. Equal seeds return equal delays.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::Backoff;
    /// let backoff = Backoff::random(Duration::ZERO..=Duration::from_secs(9));
    /// assert_eq!(backoff.delay(1, 7), backoff.delay(1, 7));
    /// assert_ne!(backoff.delay(1, 7), backoff.delay(1, 8));
    /// ```
    #[must_use]
    pub fn delay(&self, attempts: u32, seed: u64) -> Duration {
        self.with(attempts.saturating_sub(1), &mut Rng::with_seed(seed))
    }

    /// Returns the delay after `nth + 1` attempts.
    fn with(&self, nth: u32, rng: &mut Rng) -> Duration {
        let full = self.kind.delay(nth, rng).min(self.max);
        let own = match self.jitter {
            Jitter::None => full,
            Jitter::Full => between(Duration::ZERO, full, rng),
            Jitter::UpTo(most) => full.saturating_add(between(Duration::ZERO, most, rng)).min(self.max),
        };
        self.added.iter().fold(own, |sum, added| sum.saturating_add(added.with(nth, rng)))
    }
}

impl Kind {
    fn delay(&self, nth: u32, rng: &mut Rng) -> Duration {
        match self {
            Self::Fixed(delay) => *delay,
            Self::Linear(initial, increment) => initial.saturating_add(increment.saturating_mul(nth)),
            Self::Exponential(initial, factor) => exponential(*initial, *factor, nth),
            Self::Fibonacci(initial) => fibonacci(*initial, nth),
            Self::Random(least, most) => between(*least, *most, rng),
            Self::Chain(backoffs) => {
                let last = backoffs.len().saturating_sub(1);
                backoffs.get(last.min(nth as usize)).map_or(Duration::ZERO, |backoff| backoff.with(nth, rng))
            }
        }
    }
}

/// Returns `initial` times `factor` to the power of `nth`.
fn exponential(initial: Duration, factor: f64, nth: u32) -> Duration {
    // Limited to a finite factor: zero times infinity is NaN.
    let growth = factor.powi(i32::try_from(nth).unwrap_or(i32::MAX)).min(f64::MAX);
    Duration::try_from_secs_f64(initial.as_secs_f64() * growth).unwrap_or(Duration::MAX)
}

/// Returns `initial` times the `nth` Fibonacci number, where the first two are 1.
fn fibonacci(initial: Duration, nth: u32) -> Duration {
    let mut current = initial;
    let mut next = initial;
    for _ in 0..nth.min(MAX_FIBONACCI) {
        let sum = current.saturating_add(next);
        current = next;
        next = sum;
    }
    current
}

/// Returns a uniformly distributed random delay. Both bounds are inclusive.
fn between(least: Duration, most: Duration, rng: &mut Rng) -> Duration {
    let nanos = rng.u128(least.as_nanos()..=most.as_nanos());
    let rest = u32::try_from(nanos % 1_000_000_000).unwrap_or(0);
    match u64::try_from(nanos / 1_000_000_000) {
        Ok(seconds) => Duration::new(seconds, rest),
        Err(_) => Duration::MAX,
    }
}

impl From<Duration> for Backoff {
    fn from(delay: Duration) -> Self {
        Self::fixed(delay)
    }
}

/// See [`Backoff::add_delay`].
impl<B: Into<Backoff>> Add<B> for Backoff {
    type Output = Self;

    fn add(self, other: B) -> Self {
        self.add_delay(other)
    }
}

impl Sum for Backoff {
    fn sum<I: Iterator<Item = Self>>(backoffs: I) -> Self {
        backoffs.fold(Self::fixed(Duration::ZERO), Add::add)
    }
}
