//! Which errors a [`Retry`] retries.

use super::{condition::Condition, policy::Retry};
use crate::error::StepError;
use core::error::Error;

impl Retry {
    /// Retries errors for which the closure returns `true`. See [`Condition::when`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// let retry = Retry::immediate().when(|error| error.to_string().len() < 10);
    /// let retries = |error: StepError| retry.next(&FailedAttempt::new(&error, 1)).is_some();
    /// assert!(retries(StepError::msg("busy")));
    /// assert!(!retries(StepError::msg("no route to host")));
    /// ```
    #[must_use]
    pub fn when(self, test: impl Fn(&StepError) -> bool + Send + Sync + 'static) -> Self {
        self.retry_if(Condition::when(test))
    }

    /// Retries errors that are, or are caused by, an `E`. See [`Condition::on`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// let retry = Retry::immediate().on::<std::io::Error>();
    /// let retries = |error: StepError| retry.next(&FailedAttempt::new(&error, 1)).is_some();
    /// assert!(retries(std::io::Error::other("reset").into()));
    /// assert!(!retries(StepError::msg("reset")));
    /// ```
    #[must_use]
    pub fn on<E: Error + Send + Sync + 'static>(self) -> Self {
        self.retry_if(Condition::on::<E>())
    }

    /// Retries errors that are caused by an `E`. See [`Condition::caused_by`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// #[derive(Debug, thiserror::Error)]
    /// #[error("cannot fetch")]
    /// struct Fetch(#[source] std::io::Error);
    ///
    /// let retry = Retry::immediate().caused_by::<std::io::Error>();
    /// let retries = |error: StepError| retry.next(&FailedAttempt::new(&error, 1)).is_some();
    /// assert!(retries(Fetch(std::io::Error::other("reset")).into()));
    /// assert!(!retries(std::io::Error::other("reset").into()));
    /// ```
    #[must_use]
    pub fn caused_by<E: Error + Send + Sync + 'static>(self) -> Self {
        self.retry_if(Condition::caused_by::<E>())
    }

    /// Retries errors with this text. See [`Condition::on_message`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// let retry = Retry::immediate().on_message("busy");
    /// let retries = |error: StepError| retry.next(&FailedAttempt::new(&error, 1)).is_some();
    /// assert!(retries(StepError::msg("busy")));
    /// assert!(!retries(StepError::msg("too busy")));
    /// ```
    #[must_use]
    pub fn on_message(self, text: impl Into<String>) -> Self {
        self.retry_if(Condition::on_message(text))
    }

    /// Retries errors whose text contains `part`. See [`Condition::on_message_containing`].
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// let retry = Retry::immediate().on_message_containing("busy");
    /// let retries = |error: StepError| retry.next(&FailedAttempt::new(&error, 1)).is_some();
    /// assert!(retries(StepError::msg("too busy")));
    /// assert!(!retries(StepError::msg("no route")));
    /// ```
    #[must_use]
    pub fn on_message_containing(self, part: impl Into<String>) -> Self {
        self.retry_if(Condition::on_message_containing(part))
    }

    /// Retries errors for which this condition holds, or one that was added before.
    ///
    /// ```
    /// use workflows_runtime::Condition;
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// let retry = Retry::immediate().retry_if(Condition::on::<std::io::Error>() & !Condition::on_message("denied"));
    /// let retries = |error: StepError| retry.next(&FailedAttempt::new(&error, 1)).is_some();
    /// assert!(retries(std::io::Error::other("reset").into()));
    /// assert!(!retries(std::io::Error::other("denied").into()));
    /// ```
    #[must_use]
    pub fn retry_if(self, condition: Condition) -> Self {
        Self { conditions: Some(either(self.conditions, condition)), ..self }
    }

    /// Does not retry errors that are, or are caused by, an `E`. Overrides all conditions.
    ///
    /// ```
    /// # use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
    /// let retry = Retry::immediate().not_on::<std::io::Error>();
    /// let retries = |error: StepError| retry.next(&FailedAttempt::new(&error, 1)).is_some();
    /// assert!(retries(StepError::msg("busy")));
    /// assert!(!retries(std::io::Error::other("reset").into()));
    /// ```
    #[must_use]
    pub fn not_on<E: Error + Send + Sync + 'static>(self) -> Self {
        Self { exceptions: Some(either(self.exceptions, Condition::on::<E>())), ..self }
    }

    /// Returns whether the conditions allow a retry after this error.
    pub(super) fn retries(&self, error: &StepError) -> bool {
        if let Some(exceptions) = &self.exceptions
            && exceptions.holds(error)
        {
            return false;
        }
        match &self.conditions {
            Some(conditions) => conditions.holds(error),
            None => true,
        }
    }
}

/// Returns a condition that holds if one of both does.
fn either(one: Option<Condition>, other: Condition) -> Condition {
    match one {
        Some(one) => one | other,
        None => other,
    }
}
