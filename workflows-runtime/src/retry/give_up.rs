//! `GiveUp`: when a policy stops retrying.

use core::{
    ops::{BitAnd, BitOr},
    time::Duration,
};

/// A rule that ends retrying. Rules combine with `|` (either) and `&` (both).
///
/// ```
/// use std::time::Duration;
/// use workflows_runtime::{GiveUp, Retry};
///
/// // At least three attempts, and at least a minute.
/// let both = GiveUp::max_attempts(3) & GiveUp::max_elapsed(Duration::from_mins(1));
/// let retry = Retry::fixed(Duration::from_secs(1)).give_up(both);
/// ```
#[derive(Debug, Clone)]
pub struct GiveUp(Rule);

#[derive(Debug, Clone)]
enum Rule {
    Never,
    MaxAttempts(u32),
    MaxElapsed(Duration),
    Within(Duration),
    Any(Box<(GiveUp, GiveUp)>),
    All(Box<(GiveUp, GiveUp)>),
}

impl GiveUp {
    /// Never gives up.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::GiveUp;
    /// assert!(!GiveUp::never().holds(1_000, Duration::from_hours(24), Duration::ZERO));
    /// ```
    #[must_use]
    pub fn never() -> Self {
        Self(Rule::Never)
    }

    /// Gives up after `total` executions, the first one included. 0 and 1 both disable retries.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::GiveUp;
    /// let rule = GiveUp::max_attempts(2);
    /// assert!(!rule.holds(1, Duration::ZERO, Duration::ZERO));
    /// assert!(rule.holds(2, Duration::ZERO, Duration::ZERO));
    /// ```
    #[must_use]
    pub fn max_attempts(total: u32) -> Self {
        Self(Rule::MaxAttempts(total))
    }

    /// Gives up at the first failure that is at least `limit` after the start of the first attempt.
    ///
    /// The last attempt may start up to one delay later than `limit`; see [`within`](Self::within).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::GiveUp;
    /// let second = Duration::from_secs(1);
    /// assert!(!GiveUp::max_elapsed(3 * second).holds(1, 2 * second, 9 * second));
    /// assert!(GiveUp::max_elapsed(3 * second).holds(1, 3 * second, Duration::ZERO));
    /// ```
    #[must_use]
    pub fn max_elapsed(limit: Duration) -> Self {
        Self(Rule::MaxElapsed(limit))
    }

    /// Gives up before a delay that would end `limit` or more after the start of the first attempt. Every
    /// attempt starts within `limit`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::GiveUp;
    /// let second = Duration::from_secs(1);
    /// assert!(!GiveUp::within(3 * second).holds(1, second, second));
    /// assert!(GiveUp::within(3 * second).holds(1, 2 * second, second));
    /// ```
    #[must_use]
    pub fn within(limit: Duration) -> Self {
        Self(Rule::Within(limit))
    }

    /// Returns whether to give up after `attempts` and `elapsed`, when the next delay would be `delay`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::GiveUp;
    /// let second = Duration::from_secs(1);
    /// assert!(!GiveUp::within(3 * second).holds(1, second, second));
    /// assert!(GiveUp::within(3 * second).holds(1, second, 2 * second));
    /// ```
    #[must_use]
    pub fn holds(&self, attempts: u32, elapsed: Duration, delay: Duration) -> bool {
        match &self.0 {
            Rule::Never => false,
            Rule::MaxAttempts(total) => attempts >= *total,
            Rule::MaxElapsed(limit) => elapsed >= *limit,
            Rule::Within(limit) => elapsed.saturating_add(delay) >= *limit,
            Rule::Any(two) => two.0.holds(attempts, elapsed, delay) || two.1.holds(attempts, elapsed, delay),
            Rule::All(two) => two.0.holds(attempts, elapsed, delay) && two.1.holds(attempts, elapsed, delay),
        }
    }
}

impl BitOr for GiveUp {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(Rule::Any(Box::new((self, other))))
    }
}

impl BitAnd for GiveUp {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(Rule::All(Box::new((self, other))))
    }
}
