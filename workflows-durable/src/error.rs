//! The errors of a host.

use crate::{
    id::{InvalidId, quoted},
    store::{RunStatus, StoreError},
};
use workflows_runtime::{AnswerErrorKind, RunError, RunId};

/// Why a host cannot do what it was asked to.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The store cannot be read or written. Nothing has changed; try again later.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The id of a new run is taken.
    #[error("run `{0}` exists")]
    Exists(RunId),
    /// A new run cannot have this id.
    #[error(
        "a run cannot have the id {}: {reason}\n  help: pass 1 to 256 bytes without control characters to `.id(..)`",
        quoted(id)
    )]
    InvalidId {
        /// The id.
        id: RunId,
        /// Why.
        reason: InvalidId,
    },
    /// The store has no run with this id.
    #[error("there is no run `{0}`")]
    NotFound(RunId),
    /// The run has ended.
    #[error("run `{0}` has ended")]
    Ended(RunId),
    /// The host does not execute this workflow.
    #[error("workflow `{0}` is not hosted\n  help: add `.workflow(..)` to the host's builder")]
    NotHosted(&'static str),
    /// The run has not ended.
    #[error("run `{0}` has not ended")]
    Running(RunId),
    /// The input or the state cannot be stored.
    #[error("run `{run}` cannot be stored: {reason}")]
    Unstorable {
        /// The run.
        run: RunId,
        /// Why.
        reason: String,
    },
    /// The run cannot start.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The host has stopped.
    #[error("the host has stopped")]
    Stopped,
}

/// Why a run does not take a message.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// The store cannot be read or written. The message does not count; send it again later, with the same key.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The prompt is closed, or expects something else.
    #[error("the run refuses the message: {}", refusal(*.0))]
    Refused(AnswerErrorKind),
    /// The run has ended.
    #[error("the run has ended")]
    Ended,
    /// The store has no run with this id: it was never started, or was purged.
    #[error("there is no run `{0}`")]
    NotFound(RunId),
    /// The run is of another workflow than the message.
    #[error("run `{run}` is of workflow `{workflow}`, and the message is for `{expected}`")]
    OtherWorkflow {
        /// The run.
        run: RunId,
        /// The workflow of the run.
        workflow: String,
        /// The workflow of the message.
        expected: &'static str,
    },
    /// The host has stopped, or another one has taken the run over.
    #[error("the run continues elsewhere: its host has stopped, or another one has taken it over")]
    Released,
}

fn refusal(kind: AnswerErrorKind) -> &'static str {
    match kind {
        AnswerErrorKind::Closed => "the prompt is closed",
        AnswerErrorKind::OtherType => "the prompt expects a response of another type",
        AnswerErrorKind::Rejected => "the response does not match the prompt",
        AnswerErrorKind::Ended => "the run has ended",
        _ => "it is not accepted",
    }
}

impl From<AnswerErrorKind> for MessageError {
    fn from(kind: AnswerErrorKind) -> Self {
        if kind == AnswerErrorKind::Ended { Self::Ended } else { Self::Refused(kind) }
    }
}

/// Why an item of a stream is missing.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ItemError {
    /// The store cannot be read. Try again later.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The item is damaged, or is not what the workflow publishes.
    #[error("item {number} cannot be read: {reason}")]
    Unreadable {
        /// The number of the item.
        number: u64,
        /// Why.
        reason: String,
    },
}

/// Why there is no result of a run.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ResultError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run has ended in another life than the one that the handle knows, such as after it was parked. The text is
    /// that of [`RunInfo::error`](crate::RunInfo::error).
    #[error("the run is {status}: {error}")]
    Ended {
        /// How it has ended.
        status: RunStatus,
        /// The text of its error.
        error: String,
    },
    /// The run has ended without a result.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The run has not ended. The host has stopped, or another host has taken the run over.
    #[error("the run continues elsewhere: its host has stopped, or another one has taken it over")]
    Released,
}
