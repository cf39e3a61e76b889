//! `StepFailed`: the event of `#[catch_error]` steps.

use crate::{
    engine::{FailedExecution, Input},
    error::StepError,
    sealed::Sealed,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::{Duration, SystemTime};

/// The final failure of a step, which a [`#[catch_error]`](macro@crate::catch_error) step takes. See
/// [`guide::error_handlers`](crate::guide::error_handlers).
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[event] struct Page { text: String }
/// # #[workflow] struct Read;
/// #[workflow]
/// impl Read {
///     #[step(retry = Retry::immediate().max_attempts(2))]
///     async fn fetch(&self, Start(path): Start<String>) -> StepResult<Page> {
///         Err(StepError::msg("no route"))
///     }
///
///     #[step]
///     async fn show(&self, page: Page) -> Stop<String> {
///         Stop(page.text)
///     }
///
///     #[catch_error]
///     async fn explain(&self, failed: StepFailed) -> Option<Page> {
///         let Start(path) = failed.input::<Start<String>>()?;
///         Some(Page { text: format!("{path}: `{}` failed {} times: {}", failed.step, failed.attempts, failed.error) })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), RunError> {
/// assert_eq!(Read.run("/news".to_owned()).await?, "/news: `fetch` failed 2 times: no route");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepFailed {
    /// The step's name.
    pub step: String,
    /// The error of the last attempt. After a [resume](crate::WorkflowExt::resume) it has the texts and the
    /// [name](StepError::type_name) of its type, but not the types.
    pub error: StepError,
    /// The number of attempts: 1 without a `retry`.
    pub attempts: u32,
    /// The time from the start of the first attempt to the last failure.
    pub elapsed: Duration,
    /// When the last attempt failed.
    pub failed_at: SystemTime,
    /// The inputs of the execution, as JSON. A JSON value would not survive binary formats, which are not
    /// self-describing.
    pub(crate) inputs: Vec<String>,
}

#[diagnostic::do_not_recommend]
impl Sealed for StepFailed {}

impl StepFailed {
    pub(crate) fn from_failed<E: Serialize>(failed: &FailedExecution<'_, E>) -> Self {
        // An event serializes as an object with one entry: the variant, which is an identifier, and its content. Not
        // through a JSON value, which has no integers of 128 bits.
        let content = |event: &E| {
            let text = serde_json::to_string(event).ok()?;
            let (_, content) = text.strip_suffix('}')?.split_once(':')?;
            Some(content.to_owned())
        };
        Self {
            step: failed.step.to_owned(),
            error: failed.error.clone(),
            attempts: failed.attempts,
            elapsed: failed.elapsed,
            failed_at: failed.at,
            inputs: failed.input.map_or(&[][..], Input::events).iter().filter_map(content).collect(),
        }
    }

    /// Creates a failure of the named step in its first attempt, for unit tests of
    /// [`#[catch_error]`](macro@crate::catch_error) steps. The other fields can be set.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[event] struct Page { text: String }
    /// # #[workflow] struct Read;
    /// # #[workflow]
    /// # impl Read {
    /// #     #[step]
    /// #     async fn fetch(&self, Start(path): Start<String>) -> StepResult<Page> {
    /// #         Err(StepError::msg("no route"))
    /// #     }
    /// #     #[step]
    /// #     async fn show(&self, page: Page) -> Stop<String> {
    /// #         Stop(page.text)
    /// #     }
    /// #     #[catch_error]
    /// #     async fn explain(&self, failed: StepFailed) -> Option<Page> {
    /// #         let Start(path) = failed.input::<Start<String>>()?;
    /// #         Some(Page { text: format!("{path}: `{}` failed {} times: {}", failed.step, failed.attempts, failed.error) })
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let mut failed = StepFailed::new("fetch", StepError::msg("no route")).with_input(&Start("/news".to_owned()));
    /// failed.attempts = 2;
    /// let page = Read.explain(failed).await.unwrap();
    /// assert_eq!(page.text, "/news: `fetch` failed 2 times: no route");
    /// # }
    /// ```
    #[must_use]
    pub fn new(step: impl Into<String>, error: impl Into<StepError>) -> Self {
        Self {
            step: step.into(),
            error: error.into(),
            attempts: 1,
            elapsed: Duration::ZERO,
            failed_at: SystemTime::now(),
            inputs: Vec::new(),
        }
    }

    /// Adds an input for [`input`](Self::input) to find. An event that cannot be represented as JSON is
    /// ignored.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// let failed = StepFailed::new("fetch", StepError::msg("no route")).with_input(&Start("/news".to_owned()));
    /// assert_eq!(failed.input::<Start<String>>(), Some(Start("/news".to_owned())));
    /// ```
    #[must_use]
    pub fn with_input<E: Serialize>(mut self, event: &E) -> Self {
        self.inputs.extend(serde_json::to_value(event).ok().map(|event| event.to_string()));
        self
    }

    /// Returns the first input of the failed execution that deserializes as an `E`: one of the types that the
    /// step takes, such as `Query` or `Start<Question>`.
    ///
    /// Inputs are stored in their serialized form, so any input with the same structure as `E` is returned
    /// as one.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # let failed = StepFailed::new("fetch", StepError::msg("no route")).with_input(&Start("/news".to_owned()));
    /// assert_eq!(failed.input::<Start<String>>(), Some(Start("/news".to_owned())));
    /// assert_eq!(failed.input::<Start<u64>>(), None);
    /// ```
    #[must_use]
    pub fn input<E: DeserializeOwned>(&self) -> Option<E> {
        self.inputs.iter().find_map(|event| serde_json::from_str(event).ok())
    }
}
