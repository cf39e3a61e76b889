//! A failure whose retry was decided where the types of its error are.

use super::step::StepError;
use core::{error::Error, fmt, time::Duration};

/// An error that comes from another process, with the decision of the step's retry policy.
///
/// Only on its way to the engine, which takes the error out of it: an error that a step sees again must not decide
/// another failure.
#[derive(Debug)]
struct Decided {
    error: StepError,
    retry: Option<Duration>,
}

/// The decision of a retry policy: the delay before the next attempt, or `None` to give up.
pub(crate) struct Decision(pub(crate) Option<Duration>);

impl fmt::Display for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl Error for Decided {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

impl StepError {
    /// Attaches the decision of the retry policy: the delay before the next attempt, or `None` to give up.
    #[cfg(feature = "engine")]
    pub(crate) fn decided(self, retry: Option<Duration>) -> Self {
        Self::from_boxed(Box::new(Decided { error: self, retry }))
    }

    /// Whether a decision is attached.
    #[cfg(feature = "durable")]
    pub(crate) fn is_decided(&self) -> bool {
        self.downcast_ref::<Decided>().is_some()
    }

    /// The attached delay before the next attempt.
    #[cfg(feature = "durable")]
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.downcast_ref::<Decided>()?.retry
    }

    /// Takes off the decision of the retry policy, if it was made elsewhere.
    pub(crate) fn take_decision(self) -> (Self, Option<Decision>) {
        match self.downcast_ref::<Decided>() {
            Some(Decided { error, retry }) => (error.clone(), Some(Decision(*retry))),
            None => (self, None),
        }
    }
}
