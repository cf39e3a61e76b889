use crate::error::StepError;
use core::{
    error::Error,
    fmt,
    ops::{BitAnd, BitOr, Not},
};
use std::sync::Arc;

type Test = dyn Fn(&StepError) -> bool + Send + Sync;

/// Which errors are retried; combined with `|`, `&` and `!`.
///
/// ```
/// use std::{io, num::ParseIntError};
/// use workflows_runtime::{Condition, StepError};
///
/// let passing = Condition::is::<io::Error>() & !Condition::message_contains("denied");
/// assert!(passing.holds(&io::Error::other("reset").into()));
/// assert!(!passing.holds(&io::Error::other("access denied").into()));
/// assert!(!passing.holds(&StepError::msg("reset")));
/// ```
#[derive(Clone)]
pub struct Condition(Arc<Test>);

impl Condition {
    /// Holds if the closure says so.
    pub fn new(test: impl Fn(&StepError) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(test))
    }

    /// Holds for every error.
    #[must_use]
    pub fn always() -> Self {
        Self::new(|_| true)
    }

    /// Holds for no error.
    #[must_use]
    pub fn never() -> Self {
        Self::new(|_| false)
    }

    /// Holds if the error or one of its causes is an `E`.
    #[must_use]
    pub fn is<E: Error + 'static>() -> Self {
        Self::new(|error| error.find::<E>().is_some())
    }

    /// Holds if one of the error's causes is an `E`; the error itself does not count.
    #[must_use]
    pub fn caused_by<E: Error + 'static>() -> Self {
        Self::new(|error| error.chain().skip(1).any(<dyn Error>::is::<E>))
    }

    /// Holds if the error's text is exactly this one.
    pub fn message(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::new(move |error| error.to_string() == text)
    }

    /// Holds if the error's text contains this one. For patterns, see [`new`](Self::new).
    pub fn message_contains(part: impl Into<String>) -> Self {
        let part = part.into();
        Self::new(move |error| error.to_string().contains(&part))
    }

    /// Whether it holds for this error.
    #[must_use]
    pub fn holds(&self, error: &StepError) -> bool {
        (self.0)(error)
    }
}

impl BitOr for Condition {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self::new(move |error| self.holds(error) || other.holds(error))
    }
}

impl BitAnd for Condition {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self::new(move |error| self.holds(error) && other.holds(error))
    }
}

impl Not for Condition {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(move |error| !self.holds(error))
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condition(..)")
    }
}
