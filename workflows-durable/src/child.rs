//! `StoredChild`: a run that a step of another one has started.

use crate::store::{RunStatus, StoredRun};
use workflows_runtime::RunId;

/// The error of a run that ends because its parent has ended or does not need it any more.
pub const ENDED_BY_PARENT: &str = "cancelled: the step that has started it is over";

/// An attempt of a step, which starts children.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The run of the step.
    pub run: RunId,
    /// The epoch of that run.
    pub epoch: u64,
    /// The number of the execution in that run.
    pub execution: u64,
    /// The attempt of that execution, from 1.
    pub number: u32,
}

impl Attempt {
    /// An attempt.
    pub fn new(run: impl Into<RunId>, epoch: u64, execution: u64, number: u32) -> Self {
        Self { run: run.into(), epoch, execution, number }
    }
}

/// A child of a claimed run that is not settled.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredChild {
    /// The child.
    pub id: RunId,
    /// The name of its workflow.
    pub workflow: String,
    /// The number of the execution that has started it.
    pub execution: u64,
    /// The attempt of that execution.
    pub attempt: u32,
    /// Its input as JSON.
    pub input: String,
    /// The child, claimed with its parent, or its end.
    pub state: Result<StoredRun, ChildEnd>,
}

/// How a child has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChildEnd {
    /// Its status.
    pub status: RunStatus,
    /// Its result as JSON.
    pub result: Option<String>,
    /// Its error as JSON, as it was recorded.
    pub failure: Option<String>,
}

impl StoredChild {
    /// A child.
    pub fn new(
        (id, workflow): (impl Into<RunId>, String),
        (execution, attempt): (u64, u32),
        input: String,
        state: Result<StoredRun, ChildEnd>,
    ) -> Self {
        Self { id: id.into(), workflow, execution, attempt, input, state }
    }
}

impl ChildEnd {
    /// The end of a child.
    #[must_use]
    pub fn new(status: RunStatus, result: Option<String>, failure: Option<String>) -> Self {
        Self { status, result, failure }
    }
}
