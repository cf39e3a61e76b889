//! `StepError`, and the errors that the crate puts into one.

use super::{
    inner::{self, Inner},
    run::RunError,
};
use core::{fmt, ops::Deref};
use std::{error::Error, sync::Arc};

/// The error of a step: any [`std::error::Error`], shared.
///
/// Clones share the error: the run reports it, a [`RetryPolicy`](crate::RetryPolicy) inspects it, and a
/// [`#[catch_error]`](macro@crate::catch_error) step receives it.
///
/// ```
/// use workflows_runtime::prelude::*;
///
/// fn port(text: &str) -> StepResult<u16> {
///     if text.is_empty() {
///         return Err("no port".into());
///     }
///     Ok(text.parse()?)
/// }
/// let error = port("http").unwrap_err();
/// assert_eq!(error.to_string(), "invalid digit found in string");
/// assert!(error.is::<std::num::ParseIntError>());
/// ```
///
/// # Conversions
///
/// `?` converts into a `StepError`, and a step may return a `Result` with any of these errors:
///
/// | error | the error inside |
/// |---|---|
/// | a type that implements [`Error`], `Send` and `Sync`, and owns its data | that error |
/// | `String`, `&'static str` | a message |
/// | `Box<dyn Error + Send + Sync>` | the error in the box |
/// | `anyhow::Error`, `eyre::Report` | the error in the report, if the feature `anyhow` (a default feature) or `eyre` is enabled |
///
/// Without its feature, a report converts as well, with all texts and causes. But the outermost error and the
/// contexts lose their types, as in the conversion of a report into a box.
///
/// Like `anyhow::Error`, a `StepError` does not implement [`Error`] itself. It dereferences to the error inside.
/// `?` converts it into a `Box<dyn Error>`, and with the features also into an `anyhow::Error` or `eyre::Report`.
/// For any other function, [`into_error`](Self::into_error) returns a type that implements [`Error`].
#[derive(Clone)]
pub struct StepError(Arc<Inner>);

/// The result of a step that can fail.
///
/// `StepResult<T>` has a [`StepError`]; `StepResult<T, E>` is the same as [`Result<T, E>`](Result).
///
/// ```
/// use workflows_runtime::StepResult;
///
/// fn parse(text: &str) -> StepResult<u64> {
///     Ok(text.trim().parse()?)
/// }
/// assert_eq!(parse(" 7 ").unwrap(), 7);
/// assert_eq!(parse("x").unwrap_err().to_string(), "invalid digit found in string");
/// ```
pub type StepResult<T, E = StepError> = Result<T, E>;

impl StepError {
    pub(super) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// Creates an error from a message.
    ///
    /// ```
    /// # use workflows_runtime::StepError;
    /// assert_eq!(StepError::msg("no route").to_string(), "no route");
    /// ```
    #[must_use]
    pub fn msg(text: impl Into<String>) -> Self {
        Self::new(Inner::new(Box::new(Message(text.into())), None))
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
        inner::from_boxed(error)
    }

    /// Converts into a type that implements [`Error`], for functions that require one.
    ///
    /// Its text and its source are those of the error inside. Converting it back, also through a box or a
    /// report, returns this `StepError`.
    ///
    /// ```
    /// use std::error::Error;
    /// use workflows_runtime::StepError;
    ///
    /// fn connect() -> Result<(), Box<dyn Error + Send + Sync>> {
    ///     Err(StepError::msg("no route").into_error())?
    /// }
    /// assert_eq!(connect().unwrap_err().to_string(), "no route");
    /// ```
    #[must_use]
    pub fn into_error(self) -> impl Error + Clone + Send + Sync + 'static {
        Shared(self)
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
        self.0.as_error()
    }

    /// Returns the name of the error's type, with its path, for logs and for decisions after a resume.
    ///
    /// It is part of a [`Snapshot`](crate::Snapshot), so it is also available after a
    /// [resume](crate::WorkflowExt::resume), when [`is`](Self::is) and [`find`](Self::find) return nothing. It is
    /// [`type_name`](core::any::type_name) of the converted type: not stable between versions of the compiler, and
    /// `None` for a message and for an error that was boxed.
    ///
    /// ```
    /// # use workflows_runtime::{Panicked, StepError};
    /// let error = StepError::from(Panicked("index out of bounds".to_owned()));
    /// assert_eq!(error.type_name(), Some("workflows_runtime::Panicked"));
    /// assert_eq!(StepError::msg("no route").type_name(), None);
    /// ```
    #[must_use]
    pub fn type_name(&self) -> Option<&str> {
        self.0.type_name.as_deref()
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
        self.as_error().source()
    }

    /// Returns the error inside if it is an `E`, a `Box<E>` or an `Arc<E>`. Does not inspect causes; see
    /// [`find`](Self::find).
    ///
    /// A report of `anyhow` or `eyre` downcasts as in its own crate: to its error, also if it has contexts, and to
    /// each of the contexts.
    ///
    /// ```
    /// # use workflows_runtime::StepError;
    /// let error = StepError::from(std::io::Error::other("reset"));
    /// assert_eq!(error.downcast_ref::<std::io::Error>().unwrap().kind(), std::io::ErrorKind::Other);
    /// assert!(error.downcast_ref::<std::fmt::Error>().is_none());
    /// ```
    #[must_use]
    pub fn downcast_ref<E: Error + Send + Sync + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }

    /// Returns whether [`downcast_ref`](Self::downcast_ref) returns an `E`.
    ///
    /// ```
    /// # use workflows_runtime::StepError;
    /// assert!(StepError::from(std::io::Error::other("reset")).is::<std::io::Error>());
    /// assert!(!StepError::msg("reset").is::<std::io::Error>());
    /// ```
    #[must_use]
    pub fn is<E: Error + Send + Sync + 'static>(&self) -> bool {
        self.downcast_ref::<E>().is_some()
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
        core::iter::successors(Some(first), |&error| error.source().map(Shared::inside))
    }

    /// Returns the first `E` in the [chain](Self::chain): the error inside, or one of its causes. Also finds the
    /// cause of a [`ResourceError`](crate::ResourceError), and the error of a failed
    /// [child](crate::Context::run_child).
    ///
    /// ```
    /// # use workflows_runtime::StepError;
    /// let error = StepError::from("http".parse::<u16>().unwrap_err());
    /// assert!(error.find::<std::num::ParseIntError>().is_some());
    /// assert!(error.find::<std::io::Error>().is_none());
    /// ```
    #[must_use]
    pub fn find<E: Error + Send + Sync + 'static>(&self) -> Option<&E> {
        if let Some(error) = self.downcast_ref() {
            return Some(error);
        }
        self.chain().find_map(|error| {
            // The chain does not contain the contexts of the child's report.
            if let Some(failed) = error.downcast_ref::<RunError>().and_then(RunError::step_error)
                && let Some(error) = failed.downcast_ref()
            {
                return Some(error);
            }
            inner::downcast(error)
        })
    }

    /// Returns the first `E` among the causes.
    pub(crate) fn find_cause<E: Error + Send + Sync + 'static>(&self) -> Option<&E> {
        self.chain().skip(1).find_map(inner::downcast)
    }

    /// Returns the report that was converted into this error. Returns the error itself if it is no report, or is
    /// shared.
    #[cfg(any(feature = "anyhow", feature = "eyre"))]
    fn into_report<R>(self) -> Result<R, Self>
    where
        inner::Report<R>: Error + 'static,
    {
        let inner = Arc::try_unwrap(self.0).map_err(Self)?;
        inner.into_report().map_err(Self::new)
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

impl<E: Into<Box<dyn Error + Send + Sync>> + 'static> From<E> for StepError {
    fn from(error: E) -> Self {
        inner::convert(error)
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

impl From<StepError> for Box<dyn Error> {
    fn from(error: StepError) -> Self {
        Box::new(Shared(error))
    }
}

/// Returns the report that this error was converted from, unless it has clones.
#[cfg(feature = "anyhow")]
impl From<StepError> for anyhow::Error {
    fn from(error: StepError) -> Self {
        error.into_report().unwrap_or_else(|error| Self::new(Shared(error)))
    }
}

/// Returns the report that this error was converted from, unless it has clones.
#[cfg(feature = "eyre")]
impl From<StepError> for eyre::Report {
    fn from(error: StepError) -> Self {
        error.into_report().unwrap_or_else(|error| Self::new(Shared(error)))
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
#[derive(Clone)]
pub(super) struct Shared(pub(super) StepError);

impl Shared {
    /// The error inside, if `error` is shared.
    fn inside<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
        match error.downcast_ref::<Self>() {
            Some(shared) => shared.0.as_error(),
            None => error,
        }
    }
}

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
