//! What a `#[catch_error]` step takes.

use crate::{
    engine::{Failed, Input},
    error::StepError,
    sealed::Sealed,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::{Duration, SystemTime};

/// A step has failed for good: what a [`#[catch_error]`](macro@crate::catch_error) step takes. See
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
    /// What went wrong the last time. After a [resume](crate::WorkflowExt::resume) it has its texts, and no
    /// type.
    pub error: StepError,
    /// How often the step was executed, for this input: 1 without a `retry`.
    pub attempts: u32,
    /// The time from the start of the first attempt to the last failure.
    pub elapsed: Duration,
    /// When it failed the last time.
    pub failed_at: SystemTime,
    /// The events with which it was executed, as JSON text: a value would not go through formats
    /// that say nothing about themselves.
    pub(crate) inputs: Vec<String>,
}

impl Sealed for StepFailed {}

impl StepFailed {
    pub(crate) fn from_failed<E: Serialize>(failed: &Failed<'_, E>) -> Self {
        // Each is written down as the name of its kind, and what it holds.
        let content = |event: &E| match serde_json::to_value(event) {
            Ok(serde_json::Value::Object(named)) => named.into_iter().next().map(|(_, content)| content.to_string()),
            _ => None,
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

    /// The failure of the named step in its first attempt, now: for a unit test that calls a
    /// [`#[catch_error]`](macro@crate::catch_error) step. What else it says can be set on it.
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

    /// The same failure, of a step that was executed with this event too: what
    /// [`input`](Self::input) then finds, unless JSON cannot hold it.
    #[must_use]
    pub fn with_input<E: Serialize>(mut self, event: &E) -> Self {
        self.inputs.extend(serde_json::to_value(event).ok().map(|event| event.to_string()));
        self
    }

    /// The first of the events with which the step was executed that is an `E`, if any is: `E` is
    /// one of the types that the step takes, such as `Query` or `Start<Question>`.
    ///
    /// It is read back from its written form, so that anything that reads like an `E` is taken
    /// for one.
    #[must_use]
    pub fn input<E: DeserializeOwned>(&self) -> Option<E> {
        self.inputs.iter().find_map(|event| serde_json::from_str(event).ok())
    }
}
