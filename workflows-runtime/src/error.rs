//! What can go wrong in a step and in a run.

use core::{fmt, time::Duration};
use serde::{Deserialize, Serialize};
use std::{error::Error, sync::Arc};

/// Why a step failed: any error, shared, so that it can be kept, retried on and reported.
///
/// Every [`std::error::Error`] converts into it, so that `?` works in a step that returns
/// [`StepResult`]. Like other catch-all errors it does not implement `Error` itself; use
/// [`source`](Self::source) to get at the error inside.
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

/// What a step that can fail returns.
pub type StepResult<T, E = StepError> = Result<T, E>;

impl StepError {
    /// An error that is only a message.
    pub fn msg(text: impl Into<String>) -> Self {
        Self::from(Message(text.into()))
    }

    /// Shares a boxed error.
    #[must_use]
    pub fn from_boxed(error: Box<dyn Error + Send + Sync>) -> Self {
        Self(error.into())
    }

    /// The error inside.
    #[must_use]
    pub fn source(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }

    /// The error inside, if it is an `E`.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }

    /// Whether the error inside is an `E`.
    #[must_use]
    pub fn is<E: Error + 'static>(&self) -> bool {
        self.0.is::<E>()
    }

    /// The error inside, its source, the source of that, and so on.
    ///
    /// A [`Failure`] is passed over in favour of the error that it stands for.
    ///
    /// ```
    /// # use workflows_runtime::StepError;
    /// let error = StepError::from(std::io::Error::other("no route"));
    /// let texts: Vec<_> = error.chain().map(ToString::to_string).collect();
    /// assert_eq!(texts, ["no route"]);
    /// ```
    pub fn chain(&self) -> impl Iterator<Item = &(dyn Error + 'static)> {
        let first: &(dyn Error + 'static) = self.source();
        core::iter::successors(Some(first), |&error| error.source()).map(|mut error| {
            while let Some(Failure(inner)) = error.downcast_ref() {
                error = inner.source();
            }
            error
        })
    }

    /// The first `E` in the [chain](Self::chain): the error inside, or one of its causes.
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
        // An error that a `#[blocking]` function had no other way to hand on.
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

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Message(String);

/// A step panicked; the text is the panic's message. Found inside a [`StepError`].
#[derive(Debug, Clone, thiserror::Error)]
#[error("panicked: {0}")]
pub struct Panicked(
    /// The panic's message.
    pub String,
);

/// One execution of a step took longer than the step's `timeout`. Found inside a [`StepError`]; it is
/// tried again and handled like any other failure.
#[derive(Debug, Clone, thiserror::Error)]
#[error("took longer than {0:?}")]
pub struct StepTimedOut(
    /// The step's timeout.
    pub Duration,
);

/// Why a run ended without a result.
///
/// Its `Debug` form is its text with the causes below it, one a line, so that a
/// `fn main() -> Result<(), RunError>` ends with something to read.
///
/// ```
/// # use workflows_runtime::prelude::*;
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
/// let RunError::Failed { step, source, .. } = error else { panic!() };
/// assert_eq!(step, "number");
/// assert!(source.0.is::<std::num::ParseIntError>());
/// # }
/// ```
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A step failed for good, and no [handler](crate::guide::error_handlers) took it: an error, a panic, or its
    /// timeout.
    #[error("step `{step}` failed{}: {source}", tries(*attempts))]
    Failed {
        /// The step's name.
        step: &'static str,
        /// How often it was executed.
        attempts: u32,
        /// The time from the start of the first execution to the failure.
        elapsed: Duration,
        /// What went wrong.
        #[source]
        source: Failure,
    },
    /// The run took longer than its timeout.
    #[error("timed out after {after:?}, {}", active(active_steps))]
    TimedOut {
        /// The run's timeout.
        after: Duration,
        /// The steps that were being executed.
        active_steps: Vec<&'static str>,
    },
    /// [`RunHandle::cancel`](crate::RunHandle::cancel) was called, or the task of the run was dropped,
    /// as when its runtime is shut down.
    #[error("cancelled")]
    Cancelled,
    /// Nothing goes on in the run, and nothing from outside could make it go on.
    #[error(
        "stalled: nothing is left to do, and no step has returned `Stop`{}{}",
        parked_text(parked),
        waiting_text(waiting)
    )]
    Stalled {
        /// What still waits for other events to join.
        parked: Vec<Parked>,
        /// The steps whose bodies wait for an answer that nobody can send any more.
        waiting: Vec<String>,
    },
    /// The [`Snapshot`](crate::Snapshot) cannot be resumed.
    #[error("cannot go on: {0}")]
    Resume(#[source] ResumeError),
}

/// Events that a join keeps back. Part of [`RunError::Stalled`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// The step whose parameter keeps them.
    pub step: String,
    /// How many events it has.
    pub events: usize,
}

/// A [`StepError`] as a source in an error chain.
#[derive(Clone)]
pub struct Failure(pub StepError);

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source().source()
    }
}

impl fmt::Debug for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        // The first one stands in the text.
        let mut cause = self.source().and_then(Error::source);
        while let Some(error) = cause {
            write!(f, "\n  caused by: {error}")?;
            cause = error.source();
        }
        Ok(())
    }
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

fn parked_text(parked: &[Parked]) -> String {
    let list: Vec<_> = parked
        .iter()
        .map(|p| {
            format!("`{}` keeps {} event{} and waits for more", p.step, p.events, if p.events == 1 { "" } else { "s" })
        })
        .collect();
    if list.is_empty() { String::new() } else { format!("; {}", list.join(", ")) }
}

fn waiting_text(waiting: &[String]) -> String {
    let list: Vec<_> = waiting.iter().map(|step| format!("`{step}`")).collect();
    if list.is_empty() { String::new() } else { format!("; nobody can answer {} any more", list.join(", ")) }
}

/// How an error is written down: its text, and those of its causes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename = "StepError")]
struct Written {
    message: String,
    // Always written: some formats find a field by its place.
    #[serde(default)]
    causes: Vec<String>,
}

/// An error that was read back: text is all that is left of it.
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

/// Written down as its text and the texts of its causes.
impl Serialize for StepError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut causes, mut cause) = (Vec::new(), self.0.source());
        while let Some(error) = cause {
            causes.push(error.to_string());
            cause = error.source();
        }
        Written { message: self.to_string(), causes }.serialize(serializer)
    }
}

/// What is read back has the texts, and not the types: [`StepError::is`] finds nothing in it.
impl<'de> Deserialize<'de> for StepError {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { message, causes } = Written::deserialize(deserializer)?;
        let wrap = |cause, message| Some(Box::new(Restored { message, cause }));
        let cause = causes.into_iter().rev().fold(None, wrap);
        Ok(Self::from(Restored { message, cause }))
    }
}

/// Why a run cannot go on from a [`Snapshot`]. Found in [`RunError::Resume`](crate::RunError::Resume), or as
/// the text of the format's own error where a format does not describe itself.
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
/// // As if the step had another name when it was written down.
/// let text = text.replace("\"ask\"", "\"query\"");
///
/// let error = Ask.resume(serde_json::from_str(&text)?).await.unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "cannot go on: the snapshot is of another graph of `Ask`: step `ask` is new; there is no step `query` any more",
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// It was written by a version of this crate that this one does not know.
    #[error("the snapshot has version {found}, and this version of the crate reads version {known}")]
    Version {
        /// The snapshot's version.
        found: u32,
        /// The version that can be read.
        known: u32,
    },
    /// It is of another workflow, or of another version of this one.
    #[error("the snapshot is of another graph of `{workflow}`: {}", difference.join("; "))]
    Graph {
        /// The workflow that was to go on.
        workflow: String,
        /// What differs, in words.
        difference: Vec<String>,
    },
}
