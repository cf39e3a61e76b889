//! `Fault`: what happens to an attempt of a step instead of the step.

use crate::{error::StepError, run};
use core::{fmt, ops};
use std::time::Duration;

/// What happens to an attempt of a step instead of the step, or before it. Set by [`Test::fault`](super::Test::fault).
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow] struct Fetch;
/// use workflows_runtime::testing::Fault;
///
/// #[workflow]
/// impl Fetch {
///     #[step(timeout = "5s", retry = Retry::fixed(Duration::from_secs(1)).max_attempts(3))]
///     async fn fetch(&self, Start(url): Start<String>) -> StepResult<Stop<usize>> {
///         Ok(Stop(url.len()))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let record = Fetch
///     .run("/news".to_owned())
///     .test()
///     .fault("fetch", 1, Fault::error("no route"))
///     .fault("fetch", 2, Fault::hang())
///     .await;
/// assert_eq!(record.output(), &5);
/// assert_eq!(record.attempts("fetch"), 3);
/// // One delay, the timeout of the second attempt, and another delay.
/// assert_eq!(record.elapsed(), Duration::from_secs(1 + 5 + 1));
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Fault {
    pub(super) kind: run::Fault,
    pub(super) execution: Option<usize>,
}

impl Fault {
    fn new(kind: run::Fault) -> Self {
        Self { kind, execution: None }
    }

    /// The attempt fails with this error.
    #[must_use]
    pub fn error(error: impl Into<StepError>) -> Self {
        Self::new(run::Fault::Error(error.into()))
    }

    /// The attempt panics with this message.
    #[must_use]
    pub fn panic(message: impl Into<String>) -> Self {
        Self::new(run::Fault::Panic(message.into()))
    }

    /// The attempt begins after this time. It counts against the timeout of the step.
    #[must_use]
    pub fn delay(delay: Duration) -> Self {
        Self::new(run::Fault::Delay(delay))
    }

    /// The attempt never returns. Without a timeout of the step or of the run, the run never ends, so the test fails.
    #[must_use]
    pub fn hang() -> Self {
        Self::new(run::Fault::Hang)
    }

    /// Affects only one execution of the step, the first one if `number` is 1. Default: every execution.
    ///
    /// # Panics
    ///
    /// Panics if `number` is 0.
    #[must_use]
    #[track_caller]
    pub fn of_execution(mut self, number: usize) -> Self {
        assert!(number > 0, "there is no execution 0\nhelp: executions of a step are numbered from 1");
        self.execution = Some(number);
        self
    }
}

/// The attempts of a step that a [`Fault`] affects: a number from 1, or a range such as `1..=3` or `..`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    pub(super) first: u32,
    pub(super) last: u32,
}

impl From<u32> for Attempts {
    fn from(attempt: u32) -> Self {
        Self { first: attempt, last: attempt }
    }
}

impl From<ops::RangeInclusive<u32>> for Attempts {
    fn from(attempts: ops::RangeInclusive<u32>) -> Self {
        Self { first: *attempts.start(), last: *attempts.end() }
    }
}

impl From<ops::RangeToInclusive<u32>> for Attempts {
    fn from(attempts: ops::RangeToInclusive<u32>) -> Self {
        Self { first: 1, last: attempts.end }
    }
}

impl From<ops::RangeFrom<u32>> for Attempts {
    fn from(attempts: ops::RangeFrom<u32>) -> Self {
        Self { first: attempts.start, last: u32::MAX }
    }
}

impl From<ops::RangeFull> for Attempts {
    fn from(_: ops::RangeFull) -> Self {
        Self { first: 1, last: u32::MAX }
    }
}

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first, self.last) {
            (first, last) if first == last => write!(f, "{first}"),
            (first, u32::MAX) => write!(f, "{first}.."),
            (first, last) => write!(f, "{first}..={last}"),
        }
    }
}
