use core::{
    ops::{BitAnd, BitOr},
    time::Duration,
};

/// When no further attempt is made; combined with `|` (either) and `&` (both).
///
/// ```
/// use std::time::Duration;
/// use workflows_runtime::{GiveUp, Retry};
///
/// // At least three attempts, and at least a minute.
/// let both = GiveUp::attempts(3) & GiveUp::elapsed(Duration::from_mins(1));
/// let retry = Retry::fixed(Duration::from_secs(1)).give_up(both);
/// ```
#[derive(Debug, Clone)]
pub struct GiveUp(Rule);

#[derive(Debug, Clone)]
enum Rule {
    Never,
    Attempts(u32),
    Elapsed(Duration),
    Overrun(Duration),
    Any(Box<(GiveUp, GiveUp)>),
    All(Box<(GiveUp, GiveUp)>),
}

impl GiveUp {
    /// Goes on for ever.
    #[must_use]
    pub fn never() -> Self {
        Self(Rule::Never)
    }

    /// After this many executions; 0 and 1 both mean that nothing is retried.
    #[must_use]
    pub fn attempts(total: u32) -> Self {
        Self(Rule::Attempts(total))
    }

    /// At the first failure this long, or longer, after the start of the first attempt.
    #[must_use]
    pub fn elapsed(limit: Duration) -> Self {
        Self(Rule::Elapsed(limit))
    }

    /// Before a wait that would end this long, or longer, after the start of the first attempt.
    #[must_use]
    pub fn overrun(limit: Duration) -> Self {
        Self(Rule::Overrun(limit))
    }

    /// Whether to stop after so many attempts and so much time, in place of waiting for `wait`.
    #[must_use]
    pub fn holds(&self, attempts: u32, elapsed: Duration, wait: Duration) -> bool {
        match &self.0 {
            Rule::Never => false,
            Rule::Attempts(total) => attempts >= *total,
            Rule::Elapsed(limit) => elapsed >= *limit,
            Rule::Overrun(limit) => elapsed.saturating_add(wait) >= *limit,
            Rule::Any(two) => two.0.holds(attempts, elapsed, wait) || two.1.holds(attempts, elapsed, wait),
            Rule::All(two) => two.0.holds(attempts, elapsed, wait) && two.1.holds(attempts, elapsed, wait),
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
