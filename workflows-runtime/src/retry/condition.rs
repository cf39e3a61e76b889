//! `Condition`: which errors are retried.

use crate::error::StepError;
use core::{
    error::Error,
    fmt,
    ops::{BitAnd, BitOr, Not},
};
use std::sync::Arc;

type Test = dyn Fn(&StepError) -> bool + Send + Sync;

/// A condition on the error of an attempt. Conditions combine with `|`, `&` and `!`.
///
/// [`Retry`](crate::Retry) has a method of the same name for each constructor.
///
/// ```
/// use std::{io, num::ParseIntError};
/// use workflows_runtime::{Condition, StepError};
///
/// let transient = Condition::on::<io::Error>() & !Condition::on_message_containing("denied");
/// assert!(transient.holds(&io::Error::other("reset").into()));
/// assert!(!transient.holds(&io::Error::other("access denied").into()));
/// assert!(!transient.holds(&StepError::msg("reset")));
/// ```
#[derive(Clone)]
pub struct Condition(Arc<Test>);

impl Condition {
    /// Holds if the closure returns `true`.
    ///
    /// ```
    /// # use workflows_runtime::{Condition, StepError};
    /// let short = Condition::when(|error| error.to_string().len() < 10);
    /// assert!(short.holds(&StepError::msg("busy")));
    /// ```
    #[must_use]
    pub fn when(test: impl Fn(&StepError) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(test))
    }

    /// Holds for every error.
    ///
    /// ```
    /// # use workflows_runtime::{Condition, StepError};
    /// assert!(Condition::always().holds(&StepError::msg("busy")));
    /// ```
    #[must_use]
    pub fn always() -> Self {
        Self::when(|_| true)
    }

    /// Holds for no error.
    ///
    /// ```
    /// # use workflows_runtime::{Condition, StepError};
    /// assert!(!Condition::never().holds(&StepError::msg("busy")));
    /// ```
    #[must_use]
    pub fn never() -> Self {
        Self::when(|_| false)
    }

    /// Holds if the error or one of its causes is an `E`.
    ///
    /// ```
    /// # use workflows_runtime::{Condition, StepError};
    /// let io = Condition::on::<std::io::Error>();
    /// assert!(io.holds(&std::io::Error::other("reset").into()));
    /// assert!(!io.holds(&StepError::msg("reset")));
    /// ```
    #[must_use]
    pub fn on<E: Error + Send + Sync + 'static>() -> Self {
        Self::when(|error| error.find::<E>().is_some())
    }

    /// Holds if one of the causes of the error is an `E`, but not if only the error itself is.
    ///
    /// ```
    /// # use workflows_runtime::{Condition, StepError};
    /// #[derive(Debug, thiserror::Error)]
    /// #[error("cannot fetch")]
    /// struct Fetch(#[source] std::io::Error);
    ///
    /// let io = Condition::caused_by::<std::io::Error>();
    /// assert!(io.holds(&Fetch(std::io::Error::other("reset")).into()));
    /// assert!(!io.holds(&std::io::Error::other("reset").into()));
    /// ```
    #[must_use]
    pub fn caused_by<E: Error + Send + Sync + 'static>() -> Self {
        Self::when(|error| error.find_cause::<E>().is_some())
    }

    /// Holds if the text of the error equals `text`.
    ///
    /// ```
    /// # use workflows_runtime::{Condition, StepError};
    /// let busy = Condition::on_message("busy");
    /// assert!(busy.holds(&StepError::msg("busy")));
    /// assert!(!busy.holds(&StepError::msg("too busy")));
    /// ```
    #[must_use]
    pub fn on_message(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::when(move |error| error.to_string() == text)
    }

    /// Holds if the text of the error contains `part`. For patterns, use [`when`](Self::when).
    ///
    /// ```
    /// # use workflows_runtime::{Condition, StepError};
    /// assert!(Condition::on_message_containing("busy").holds(&StepError::msg("too busy")));
    /// ```
    #[must_use]
    pub fn on_message_containing(part: impl Into<String>) -> Self {
        let part = part.into();
        Self::when(move |error| error.to_string().contains(&part))
    }

    /// Returns whether the condition holds for this error.
    ///
    /// ```
    /// # use workflows_runtime::{Condition, StepError};
    /// let not_busy = !Condition::on_message("busy");
    /// assert!(not_busy.holds(&StepError::msg("no route")));
    /// ```
    #[must_use]
    pub fn holds(&self, error: &StepError) -> bool {
        (self.0)(error)
    }
}

impl BitOr for Condition {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self::when(move |error| self.holds(error) || other.holds(error))
    }
}

impl BitAnd for Condition {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self::when(move |error| self.holds(error) && other.holds(error))
    }
}

impl Not for Condition {
    type Output = Self;

    fn not(self) -> Self {
        Self::when(move |error| !self.holds(error))
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condition(..)")
    }
}
