//! `RunError`: how a run ends without a result.

use super::{resume::ResumeError, step::StepError};
use core::{fmt, time::Duration};
use serde::{Deserialize, Serialize};
use std::error::Error;

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
        /// The waits for a response that can no longer be sent.
        waiting: Vec<Waiting>,
    },
    /// The run needs a timer, and it is not driven by a tokio runtime with time enabled.
    ///
    /// A run with a timeout, or with a step that has one, ends with this error before its first step. The delay of a
    /// retry and the timeout of a wait are only known when they begin; a run that has none of them needs no timer.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Fetch;
    /// #[workflow]
    /// impl Fetch {
    ///     #[step]
    ///     async fn fetch(&self, _: Start<()>) -> Stop<u32> {
    ///         Stop(1)
    ///     }
    /// }
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// assert_eq!(runtime.block_on(Fetch.run(()).into_future()).unwrap(), 1);
    ///
    /// let run = Fetch.run(()).timeout(Duration::from_secs(5)).into_future();
    /// assert!(matches!(runtime.block_on(run), Err(RunError::NoTimer)));
    /// ```
    #[error(
        "needs a tokio runtime with time enabled, for a timeout or the delay of a retry; use `#[tokio::main]`, or `enable_time` on the runtime's builder"
    )]
    NoTimer,
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
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Parse;
    /// #[workflow]
    /// impl Parse {
    ///     #[step]
    ///     async fn parse(&self, Start(text): Start<String>) -> StepResult<Stop<u64>> {
    ///         Ok(Stop(text.parse()?))
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// let error = Parse.run("x".to_owned()).await.unwrap_err();
    /// let parse: &std::num::ParseIntError = error.downcast_ref().unwrap();
    /// assert_eq!(parse.kind(), &std::num::IntErrorKind::InvalidDigit);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn downcast_ref<E: Error + Send + Sync + 'static>(&self) -> Option<&E> {
        self.step_error()?.downcast_ref()
    }

    /// Returns whether the error of the failed step is an `E`. See [`StepError::is`].
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Parse;
    /// # #[workflow]
    /// # impl Parse {
    /// #     #[step]
    /// #     async fn parse(&self, Start(text): Start<String>) -> StepResult<Stop<u64>> {
    /// #         Ok(Stop(text.parse()?))
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// let error = Parse.run("x".to_owned()).await.unwrap_err();
    /// assert!(error.is::<std::num::ParseIntError>());
    /// assert!(!RunError::Cancelled.is::<std::num::ParseIntError>());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is<E: Error + Send + Sync + 'static>(&self) -> bool {
        self.downcast_ref::<E>().is_some()
    }

    /// Returns the first `E` among the error of the failed step and its causes. See [`StepError::find`].
    ///
    /// It also finds the error of a failed [child](crate::Context::run_child).
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Fetch;
    /// #[derive(Debug, thiserror::Error)]
    /// #[error("cannot fetch")]
    /// struct FetchError(#[source] std::io::Error);
    ///
    /// #[workflow]
    /// impl Fetch {
    ///     #[step]
    ///     async fn fetch(&self, Start(_): Start<String>) -> StepResult<Stop<u64>> {
    ///         Err(FetchError(std::io::Error::other("reset")).into())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// let error = Fetch.run("/news".to_owned()).await.unwrap_err();
    /// assert!(!error.is::<std::io::Error>());
    /// assert_eq!(error.find::<std::io::Error>().unwrap().to_string(), "reset");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn find<E: Error + Send + Sync + 'static>(&self) -> Option<&E> {
        self.step_error()?.find()
    }

    /// Returns a multi-line description: this error, then each cause in a line of its own.
    ///
    /// A cause whose text ends a line of the text before it is left out.
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
            let repeated = line.ends_with(&text) || line.lines().any(|line| line.ends_with(&text));
            if !repeated {
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
            Self::NoTimer => f.write_str("NoTimer"),
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
    /// The types of the events that have not arrived, without their paths.
    pub missing: Vec<String>,
}

/// A step that waits for a response. Part of [`RunError::Stalled`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Waiting {
    /// The step's name.
    pub step: String,
    /// The type of the response, such as `HumanResponse<bool>`, without its path.
    pub missing: String,
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
fn blocked(parked: &[Parked], waiting: &[Waiting]) -> String {
    let mut reasons = Vec::new();
    for Parked { step, events, missing } in parked {
        let missing = if missing.is_empty() { "events".to_owned() } else { format!("`{}`", missing.join("`, `")) };
        reasons.push(format!("`{step}` is missing {missing}, {events} parked"));
    }
    for Waiting { step, missing } in waiting {
        reasons.push(format!("`{step}` waits for a response that can no longer be sent: `{missing}`"));
    }
    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) }
}
