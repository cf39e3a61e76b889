use backon::{BackoffBuilder, ExponentialBuilder, FibonacciBuilder};
use core::{
    iter::Sum,
    ops::{Add, RangeInclusive},
    time::Duration,
};
use fastrand::Rng;

/// Delays grow exponentially for this many failures at most: what bounds the work of finding one.
const GROWTH: u32 = 4096;
/// The 150th number of Fibonacci's, counted in nanoseconds, is more than a `Duration` holds.
const FIBONACCI: u32 = 150;
const CAP: Duration = Duration::from_mins(1);

/// How long to wait before the next attempt; the arithmetic saturates and does not panic.
///
/// ```
/// use std::time::Duration;
/// use workflows_runtime::Backoff;
///
/// let ms = Duration::from_millis;
/// let wait = Backoff::exponential(ms(100)).max_delay(ms(300)) + Backoff::fixed(ms(5));
/// let delays: Vec<_> = (1..=4).map(|attempts| wait.delay(attempts, 0)).collect();
/// assert_eq!(delays, [ms(105), ms(205), ms(305), ms(305)]);
/// ```
#[derive(Debug, Clone)]
pub struct Backoff {
    kind: Kind,
    max: Duration,
    jitter: Jitter,
    plus: Vec<Backoff>,
}

#[derive(Debug, Clone)]
enum Kind {
    Fixed(Duration),
    Linear(Duration, Duration),
    Exponential(Duration, f32),
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
        Self { kind, max, jitter: Jitter::None, plus: Vec::new() }
    }

    /// Always the same delay.
    #[must_use]
    pub fn fixed(delay: Duration) -> Self {
        Self::new(Kind::Fixed(delay), Duration::MAX)
    }

    /// `initial`, then longer by `increment` each time.
    #[must_use]
    pub fn linear(initial: Duration, increment: Duration) -> Self {
        Self::new(Kind::Linear(initial, increment), Duration::MAX)
    }

    /// `initial`, then twice as long (see [`factor`](Self::factor)) each time, up to 60 seconds (see
    /// [`max_delay`](Self::max_delay)).
    #[must_use]
    pub fn exponential(initial: Duration) -> Self {
        Self::new(Kind::Exponential(initial, 2.0), CAP)
    }

    /// `initial` times 1, 1, 2, 3, 5, 8, .., up to 60 seconds (see [`max_delay`](Self::max_delay)).
    #[must_use]
    pub fn fibonacci(initial: Duration) -> Self {
        Self::new(Kind::Fibonacci(initial), CAP)
    }

    /// Any delay in the range, each as likely; the bounds may stand in either order.
    #[must_use]
    pub fn random(range: RangeInclusive<Duration>) -> Self {
        let (a, b) = range.into_inner();
        Self::new(Kind::Random(a.min(b), a.max(b)), Duration::MAX)
    }

    /// The first of these after the first failure, the second after the second, and so on; the
    /// last one is repeated. An empty list does not compile. Each is asked with the number of all
    /// attempts so far.
    #[must_use]
    pub fn chain<W: Into<Self>, const N: usize>(waits: [W; N]) -> Self {
        const { assert!(N > 0, "a chain of waits needs at least one") }
        Self::new(Kind::Chain(waits.into_iter().map(Into::into).collect()), Duration::MAX)
    }

    /// By what an exponential delay is multiplied each time; 2 unless told. Less than 1, or what is
    /// not a number, counts as 1. Means nothing to other waits.
    #[must_use]
    pub fn factor(mut self, factor: f32) -> Self {
        if let Kind::Exponential(_, own) = &mut self.kind {
            *own = factor.max(1.0);
        }
        self
    }

    /// No delay is longer than this, jitter included; waits that are added do not count.
    #[must_use]
    pub fn max_delay(mut self, max: Duration) -> Self {
        self.max = max;
        self
    }

    /// Anything from nothing to the full delay, each as likely.
    #[must_use]
    pub fn jitter(mut self) -> Self {
        self.jitter = Jitter::Full;
        self
    }

    /// The delay and up to this much more, within [`max_delay`](Self::max_delay).
    #[must_use]
    pub fn jitter_up_to(mut self, most: Duration) -> Self {
        self.jitter = Jitter::UpTo(most);
        self
    }

    /// The delay after this many attempts; the same seed gives the same delay.
    #[must_use]
    pub fn delay(&self, attempts: u32, seed: u64) -> Duration {
        self.with(attempts.saturating_sub(1), &mut Rng::with_seed(seed))
    }

    fn with(&self, nth: u32, rng: &mut Rng) -> Duration {
        let full = self.kind.delay(nth, rng).min(self.max);
        let own = match self.jitter {
            Jitter::None => full,
            Jitter::Full => between(Duration::ZERO, full, rng),
            Jitter::UpTo(most) => full.saturating_add(between(Duration::ZERO, most, rng)).min(self.max),
        };
        self.plus.iter().fold(own, |sum, wait| sum.saturating_add(wait.with(nth, rng)))
    }
}

impl Kind {
    fn delay(&self, nth: u32, rng: &mut Rng) -> Duration {
        match self {
            Self::Fixed(delay) => *delay,
            Self::Linear(initial, increment) => initial.saturating_add(increment.saturating_mul(nth)),
            Self::Exponential(initial, factor) => scaled(*initial, growth(*factor, nth)),
            Self::Fibonacci(initial) => {
                let numbers = FibonacciBuilder::new().with_min_delay(*initial).without_max_delay().without_max_times();
                numbers.build().nth(nth.min(FIBONACCI) as usize).unwrap_or(Duration::MAX)
            }
            Self::Random(least, most) => between(*least, *most, rng),
            Self::Chain(waits) => {
                let last = waits.len().saturating_sub(1);
                waits.get(last.min(nth as usize)).map_or(Duration::ZERO, |wait| wait.with(nth, rng))
            }
        }
    }
}

/// `factor` to the power of `nth`, in seconds. It is a growth and not the delay that is asked for,
/// since that would be rounded to the 24 bits of an `f32`: 100 ms would become 200.000003 ms.
fn growth(factor: f32, nth: u32) -> Duration {
    let powers = ExponentialBuilder::new().with_min_delay(Duration::from_secs(1)).with_factor(factor);
    powers.without_max_delay().without_max_times().build().nth(nth.min(GROWTH) as usize).unwrap_or(Duration::MAX)
}

fn scaled(delay: Duration, seconds: Duration) -> Duration {
    delay.as_nanos().checked_mul(seconds.as_nanos()).map_or(Duration::MAX, |n| nanos(n / 1_000_000_000))
}

fn between(least: Duration, most: Duration, rng: &mut Rng) -> Duration {
    nanos(rng.u128(least.as_nanos()..=most.as_nanos()))
}

fn nanos(nanos: u128) -> Duration {
    let rest = u32::try_from(nanos % 1_000_000_000).unwrap_or(0);
    u64::try_from(nanos / 1_000_000_000).map_or(Duration::MAX, |seconds| Duration::new(seconds, rest))
}

impl From<Duration> for Backoff {
    fn from(delay: Duration) -> Self {
        Self::fixed(delay)
    }
}

/// Waits for both, one after the other.
impl<W: Into<Backoff>> Add<W> for Backoff {
    type Output = Self;

    fn add(mut self, other: W) -> Self {
        self.plus.push(other.into());
        self
    }
}

impl Sum for Backoff {
    fn sum<I: Iterator<Item = Self>>(waits: I) -> Self {
        waits.fold(Self::fixed(Duration::ZERO), Add::add)
    }
}
