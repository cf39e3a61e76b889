//! The errors of steps and runs.

use core::{fmt, ops::Deref, time::Duration};
use serde::{Deserialize, Serialize};
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
pub struct StepError(Arc<dyn Error + Send + Sync>);

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

/// A [`StepError`] in a box: stands for the error inside.
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

/// The error of a run that ended without a result.
///
/// `{}` is a single line that includes the step's error. `{:?}` is the [report](Self::report), one cause
/// a line, so `fn main() -> Result<(), RunError>` ends with readable output; `{:#?}` is the structure,
/// with the variant and its fields, for logs and tests. (`anyhow::Error` follows the same convention.)
///
/// [`downcast_ref`](Self::downcast_ref), [`is`](Self::is) and [`find`](Self::find) access the error that a
/// step returned.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// use std::num::ParseIntError;
///
/// # #[workflow] struct Read;
/// #[workflow]
/// impl Read {
///     #[step]
///     async fn number(&self, Start(text): Start<String>) -> StepResult<Stop<u32>> {
///         Ok(Stop(text.parse()?))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let error = Read.run("ten".to_owned()).await.unwrap_err();
/// assert_eq!(error.to_string(), "step `number` failed: invalid digit found in string");
/// assert!(error.is::<ParseIntError>());
/// let RunError::Failed { step, attempts, .. } = error else { panic!() };
/// assert_eq!((step, attempts), ("number", 1));
/// # }
/// ```
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A step failed for good, and no [handler](crate::guide::error_handlers) took it: it returned an
    /// error, panicked, or exceeded its timeout.
    #[error("step `{step}` failed{}: {source}", tries(*attempts))]
    #[non_exhaustive]
    Failed {
        /// The step's name.
        step: &'static str,
        /// How often it was executed, 1 without a `retry`.
        attempts: u32,
        /// The time from the start of the first execution to the failure.
        elapsed: Duration,
        /// The error of the last execution.
        source: StepError,
    },
    /// The run took longer than its timeout.
    #[error("timed out after {after:?}, {}", active(active_steps))]
    #[non_exhaustive]
    TimedOut {
        /// The run's timeout.
        after: Duration,
        /// The steps that were being executed.
        active_steps: Vec<&'static str>,
    },
    /// [`RunHandle::cancel`](crate::RunHandle::cancel) was called, or the task of the run was dropped,
    /// as on shutdown of its runtime.
    #[error("cancelled")]
    Cancelled,
    /// No step of the run can make progress, and no external event can change that.
    #[error("stalled: no step can run and none has returned `Stop`{}", blocked(parked, waiting))]
    #[non_exhaustive]
    Stalled {
        /// The events that wait for others to join.
        parked: Vec<Parked>,
        /// The steps that wait for a response that can no longer be sent.
        waiting: Vec<String>,
    },
    /// The [`Snapshot`](crate::Snapshot) cannot be resumed.
    #[error("cannot resume: {0}")]
    Resume(#[source] ResumeError),
}

impl RunError {
    /// Returns the error of the failed step: the `source` of [`RunError::Failed`].
    ///
    /// ```
    /// # use workflows_runtime::RunError;
    /// assert!(RunError::Cancelled.step_error().is_none());
    /// ```
    #[must_use]
    pub fn step_error(&self) -> Option<&StepError> {
        match self {
            Self::Failed { source, .. } => Some(source),
            _ => None,
        }
    }

    /// Returns the error of the failed step if it is an `E`. See [`StepError::downcast_ref`].
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.step_error()?.downcast_ref()
    }

    /// Returns whether the error of the failed step is an `E`. See [`StepError::is`].
    #[must_use]
    pub fn is<E: Error + 'static>(&self) -> bool {
        self.downcast_ref::<E>().is_some()
    }

    /// Returns the first `E` among the error of the failed step and its causes. See [`StepError::find`].
    ///
    /// It also finds the error of a failed [child](crate::Context::run_child).
    #[must_use]
    pub fn find<E: Error + 'static>(&self) -> Option<&E> {
        self.step_error()?.find()
    }

    /// Returns a multi-line description: this error, then each cause in a line of its own.
    ///
    /// A cause whose text ends the line before it is left out.
    ///
    /// ```
    /// # use workflows_runtime::RunError;
    /// assert_eq!(RunError::Cancelled.report().to_string(), "cancelled");
    /// ```
    #[must_use]
    pub fn report(&self) -> impl fmt::Display {
        Report(self)
    }
}

struct Report<'a>(&'a RunError);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = self.0.to_string();
        f.write_str(&line)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !line.ends_with(&text) {
                write!(f, "\n  caused by: {text}")?;
                line = text;
            }
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(&Report(self), f);
        }
        match self {
            Self::Failed { step, attempts, elapsed, source } => f
                .debug_struct("Failed")
                .field("step", step)
                .field("attempts", attempts)
                .field("elapsed", elapsed)
                .field("source", source)
                .finish(),
            Self::TimedOut { after, active_steps } => {
                f.debug_struct("TimedOut").field("after", after).field("active_steps", active_steps).finish()
            }
            Self::Cancelled => f.write_str("Cancelled"),
            Self::Stalled { parked, waiting } => {
                f.debug_struct("Stalled").field("parked", parked).field("waiting", waiting).finish()
            }
            Self::Resume(error) => f.debug_tuple("Resume").field(error).finish(),
        }
    }
}

/// The events that a join holds. Part of [`RunError::Stalled`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Parked {
    /// The step whose parameter holds them.
    pub step: String,
    /// The number of events.
    pub events: usize,
}

fn tries(attempts: u32) -> String {
    if attempts == 1 { String::new() } else { format!(" after {attempts} attempts") }
}

fn active(steps: &[&str]) -> String {
    if steps.is_empty() {
        return "with no step active".to_owned();
    }
    format!("while active: {}", steps.join(", "))
}

/// Why no step can run, in parentheses.
fn blocked(parked: &[Parked], waiting: &[String]) -> String {
    let mut reasons = Vec::new();
    for Parked { step, events } in parked {
        reasons.push(format!("`{step}` is missing events, {events} parked"));
    }
    for step in waiting {
        reasons.push(format!("`{step}` waits for a response that can no longer be sent"));
    }
    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) }
}

/// The serialized form of an error: its text, and those of its causes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename = "StepError")]
struct SerializedError {
    message: String,
    // Never skipped: some formats identify a field by its position.
    #[serde(default)]
    causes: Vec<String>,
}

/// A deserialized error. It has the texts, but not the types.
#[derive(Debug)]
struct Restored {
    message: String,
    cause: Option<Box<Restored>>,
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Restored {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

/// Serializes the text of the error and the texts of its causes.
impl Serialize for StepError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut causes, mut cause) = (Vec::new(), self.0.source());
        while let Some(error) = cause {
            causes.push(error.to_string());
            cause = error.source();
        }
        SerializedError { message: self.to_string(), causes }.serialize(serializer)
    }
}

/// Deserializes an error with the same texts. The types are lost: [`StepError::is`] and
/// [`StepError::find`] return nothing.
impl<'de> Deserialize<'de> for StepError {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let SerializedError { message, causes } = SerializedError::deserialize(deserializer)?;
        let wrap = |cause, message| Some(Box::new(Restored { message, cause }));
        let cause = causes.into_iter().rev().fold(None, wrap);
        Ok(Self::from(Restored { message, cause }))
    }
}

/// The reason why a [`Snapshot`](crate::Snapshot) cannot be resumed.
///
/// [`RunError::Resume`] holds it. In a format that is not self-describing, deserializing the snapshot
/// fails with its text.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow] struct Ask;
/// # #[workflow]
/// # impl Ask {
/// #     #[step]
/// #     async fn ask(&self, Start(question): Start<String>) -> InputRequired<String> {
/// #         InputRequired(question)
/// #     }
/// #     #[step]
/// #     async fn done(&self, HumanResponse(answer): HumanResponse<bool>) -> Stop<bool> {
/// #         Stop(answer)
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let run = Ask.run("go on?".to_owned()).start();
/// let text = serde_json::to_string(&run.snapshot().await?)?;
/// // As if the step had another name when the snapshot was taken.
/// let text = text.replace("\"ask\"", "\"query\"");
///
/// let error = Ask.resume(serde_json::from_str(&text)?).await.unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "cannot resume: the snapshot is of another graph of `Ask`: step `ask` is new; there is no step `query` any more",
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// The snapshot's format is not supported by this version of the crate.
    #[error("the snapshot has version {found}, and this version of the crate reads version {known}")]
    Version {
        /// The snapshot's version.
        found: u32,
        /// The supported version.
        known: u32,
    },
    /// The snapshot is of another workflow, or of a version of this one with another graph.
    #[error("the snapshot is of another graph of `{workflow}`: {}", difference.join("; "))]
    Graph {
        /// The workflow that was resumed.
        workflow: String,
        /// The differences, as texts.
        difference: Vec<String>,
    },
}
