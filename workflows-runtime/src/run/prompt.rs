//! Prompts and the answers to them, as a caller sees them.

use crate::workflow::Workflow;
use core::{error::Error, fmt, str::FromStr};
use serde::{Deserialize, Serialize};

/// Identifies a prompt within its run.
///
/// The number of the prompt in the order of publication, from 1. It stays the same after a
/// [resume](crate::WorkflowExt::resume), and serializes as a number.
///
/// ```
/// use workflows_runtime::PromptId;
///
/// let id: PromptId = "7".parse().unwrap();
/// assert_eq!(id.to_string(), "7");
/// assert_eq!(serde_json::to_string(&id).unwrap(), "7");
/// assert!("seven".parse::<PromptId>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PromptId(pub(super) u32);

#[cfg(feature = "engine")]
impl PromptId {
    pub(super) fn of(number: u32) -> Self {
        Self(number)
    }
}

impl fmt::Display for PromptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PromptId {
    type Err = ParsePromptIdError;

    fn from_str(text: &str) -> Result<Self, ParsePromptIdError> {
        text.parse().map(Self).map_err(|_| ParsePromptIdError(()))
    }
}

/// The text is not a [`PromptId`].
///
/// ```
/// use workflows_runtime::PromptId;
///
/// let error = "seven".parse::<PromptId>().unwrap_err();
/// assert_eq!(error.to_string(), "the id of a prompt is a number");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the id of a prompt is a number")]
pub struct ParsePromptIdError(());

/// A prompt that has no response yet. Returned by [`RunHandle::open_prompts`](crate::RunHandle::open_prompts).
#[non_exhaustive]
pub struct OpenPrompt<W: Workflow> {
    /// Identifies the prompt, for [`RunHandle::answer`](crate::RunHandle::answer).
    pub id: PromptId,
    /// The prompt.
    pub prompt: W::Prompt,
}

impl<W: Workflow> Clone for OpenPrompt<W> {
    fn clone(&self) -> Self {
        Self { id: self.id, prompt: self.prompt.clone() }
    }
}

impl<W: Workflow<Prompt: fmt::Debug>> fmt::Debug for OpenPrompt<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenPrompt").field("id", &self.id).field("prompt", &self.prompt).finish()
    }
}

/// Why a prompt does not accept a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerErrorKind {
    /// The prompt is not open: it has been answered, its step no longer waits, or there never was one with this
    /// id.
    Closed,
    /// The step waits for a response of another type.
    OtherType,
    /// The [`matching`](crate::Wait::matching) of the wait rejects the response. The prompt remains open.
    Rejected,
    /// The run has ended.
    Ended,
}

/// A prompt does not accept a response. Returned by [`RunHandle::answer`](crate::RunHandle::answer).
///
/// ```
/// # use workflows_runtime::{AnswerErrorKind, prelude::*};
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
/// let run = Ask.run("continue?".to_owned()).start();
/// run.events().next().await;
/// let id = run.open_prompts()[0].id;
/// run.answer(id, true)?;
///
/// let error = run.answer(id, false).unwrap_err();
/// assert_eq!(error.kind(), AnswerErrorKind::Closed);
/// assert_eq!(error.to_string(), "prompt 1 is closed");
/// assert!(!error.into_inner());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AnswerError<T> {
    pub(super) id: PromptId,
    pub(super) kind: AnswerErrorKind,
    pub(super) response: T,
}

impl<T> AnswerError<T> {
    /// Returns the reason.
    #[must_use]
    pub fn kind(&self) -> AnswerErrorKind {
        self.kind
    }

    /// Returns the response that was not accepted.
    pub fn into_inner(self) -> T {
        self.response
    }
}

impl<T> fmt::Debug for AnswerError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerError").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl<T> fmt::Display for AnswerError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id;
        match self.kind {
            AnswerErrorKind::Closed => write!(f, "prompt {id} is closed"),
            AnswerErrorKind::OtherType => write!(f, "prompt {id} expects a response of another type"),
            AnswerErrorKind::Rejected => write!(f, "the response does not match prompt {id}"),
            AnswerErrorKind::Ended => f.write_str("the run has ended"),
        }
    }
}

impl<T> Error for AnswerError<T> {}
