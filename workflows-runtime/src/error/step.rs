//! `StepError`, and the errors that the crate puts into one.

use core::{fmt, ops::Deref, time::Duration};
use std::{error::Error, sync::Arc};

/// The error of a step: any [`std::error::Error`], shared.
///
/// Every error type converts into it, so `?` works in a step that returns [`StepResult`]. Clones share
/// the error: the run reports it, a [`RetryPolicy`](crate::RetryPolicy) inspects it, and a
/// [`#[catch_error]`](macro@crate::catch_error) step receives it.
///
/// Like `anyhow::Error` it does not implement [`Error`] itself. It dereferences to the error inside, and
/// [`as_error`](Self::as_error) borrows that. Values of other catch-all types convert through a box:
/// `StepError::from_boxed(error.into())`.
///
/// ```
/// use workflows_runtime::prelude::*;
///
/// fn port(text: &str) -> StepResult<u16> {
///     Ok(text.parse()?)
/// }
/// let error = port("http").unwrap_err();
/// assert_eq!(error.to_string(), "invalid digit found in string");
/// assert!(error.is::<std::num::ParseIntError>());
/// ```
#[derive(Clone)]
pub struct StepError(pub(super) Arc<dyn Error + Send + Sync>);

/// The result of a step that can fail.
///
/// `StepResult<T>` has a [`StepError`]; `StepResult<T, E>` is the same as [`Result<T, E>`](Result).
pub type StepResult<T, E = StepError> = Result<T, E>;

impl StepError {
    /// Creates an error from a message.
    ///
    /// ```
    /// # use workflows_runtime::StepError;
    /// assert_eq!(StepError::msg("no route").to_string(), "no route");
    /// ```
    #[must_use]
    pub fn msg(text: impl Into<String>) -> Self {
        Self::from(Message(text.into()))
    }

    /// Creates an error from a boxed one. The box's error is the error inside.
    ///
    /// ```
    /// # use workflows_runtime::StepError;
    /// let boxed = Box::<dyn std::error::Error + Send + Sync>::from("no route");
    /// assert_eq!(StepError::from_boxed(boxed).to_string(), "no route");
    /// ```
    #[must_use]
    pub fn from_boxed(error: Box<dyn Error + Send + Sync>) -> Self {
        Self(error.into())
    }

    /// Borrows the error inside.
    ///
    /// ```
    /// # use workflows_runtime::StepError;
    /// let error = StepError::from("http".parse::<u16>().unwrap_err());
    /// let inside: &dyn std::error::Error = error.as_error();
    /// assert!(inside.is::<std::num::ParseIntError>());
    /// ```
    #[must_use]
    pub fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }

    /// Returns the cause of the error inside, if it has one. Equivalent to [`Error::source`] of
    /// [`as_error`](Self::as_error).
    ///
    /// ```
    /// # use workflows_runtime::StepError;
    /// let error = StepError::from("http".parse::<u16>().unwrap_err());
    /// assert!(error.source().is_none());
    /// ```
    #[must_use]
    pub fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }

    /// Returns the error inside if it is an `E`. Does not inspect causes; see [`find`](Self::find).
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }

    /// Returns whether the error inside is an `E`. Does not inspect causes; see [`find`](Self::find).
    #[must_use]
    pub fn is<E: Error + 'static>(&self) -> bool {
        self.0.is::<E>()
    }

    /// Iterates over the error inside, its cause, the cause of that, and so on.
    ///
    /// ```
    /// # use workflows_runtime::StepError;
    /// let error = StepError::from(std::io::Error::other("no route"));
    /// let texts: Vec<_> = error.chain().map(ToString::to_string).collect();
    /// assert_eq!(texts, ["no route"]);
    /// ```
    pub fn chain(&self) -> impl Iterator<Item = &(dyn Error + 'static)> {
        let first: &(dyn Error + 'static) = self.as_error();
        core::iter::successors(Some(first), |&error| error.source())
    }

    /// Returns the first `E` in the [chain](Self::chain): the error inside, or one of its causes.
    ///
    /// ```
    /// # use workflows_runtime::StepError;
    /// let error = StepError::from("http".parse::<u16>().unwrap_err());
    /// assert!(error.find::<std::num::ParseIntError>().is_some());
    /// assert!(error.find::<std::io::Error>().is_none());
    /// ```
    #[must_use]
    pub fn find<E: Error + 'static>(&self) -> Option<&E> {
        self.chain().find_map(|error| error.downcast_ref())
    }

    pub(crate) fn panicked(payload: &(dyn core::any::Any + Send)) -> Self {
        // A `#[blocking]` function that returns no `Result` reports an error by a panic with that error.
        if let Some(error) = payload.downcast_ref::<Self>() {
            return error.clone();
        }
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Self::from(Panicked(text.unwrap_or("a value that is not text").to_owned()))
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for StepError {
    fn from(error: E) -> Self {
        Self(Arc::new(error))
    }
}

impl Deref for StepError {
    type Target = dyn Error + Send + Sync + 'static;

    fn deref(&self) -> &Self::Target {
        self.as_error()
    }
}

impl AsRef<dyn Error + Send + Sync> for StepError {
    fn as_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
        self.as_error()
    }
}

impl From<StepError> for Box<dyn Error + Send + Sync> {
    fn from(error: StepError) -> Self {
        Box::new(Shared(error))
    }
}

impl From<StepError> for Box<dyn Error> {
    fn from(error: StepError) -> Self {
        Box::new(Shared(error))
    }
}

impl fmt::Debug for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A [`StepError`] that implements [`Error`]: its message and its source are those of the inner error.
struct Shared(StepError);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Error for Shared {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Message(String);

/// A step panicked. Found inside a [`StepError`].
///
/// A panic of a step is a failure like any other: it is retried, handled, and ends no other step.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// use workflows_runtime::Panicked;
///
/// # #[workflow] struct Divide;
/// #[workflow]
/// impl Divide {
///     #[step]
///     async fn divide(&self, Start(n): Start<u32>) -> Stop<u32> {
///         Stop(100_u32.checked_div(n).expect("cannot divide by zero"))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let error = Divide.run(0).await.unwrap_err();
/// assert_eq!(error.downcast_ref(), Some(&Panicked("cannot divide by zero".to_owned())));
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("panicked: {0}")]
pub struct Panicked(
    /// The panic's message.
    pub String,
);

/// One execution of a step took longer than the step's `timeout`. Found inside a [`StepError`].
///
/// It is retried and handled like any other failure.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// use workflows_runtime::StepTimedOut;
///
/// # #[workflow] struct Hang;
/// #[workflow]
/// impl Hang {
///     #[step(timeout = "1s")]
///     async fn hang(&self, _: Start<()>) -> Stop<()> {
///         std::future::pending().await
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// let error = Hang.run(()).await.unwrap_err();
/// assert_eq!(error.downcast_ref(), Some(&StepTimedOut(Duration::from_secs(1))));
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("took longer than {0:?}")]
pub struct StepTimedOut(
    /// The step's timeout.
    pub Duration,
);
