//! `RunInfo`: a run as it is stored, and which of them to list.

use crate::store::{OwnerId, Prompt, RunStatus};
use std::time::SystemTime;
use workflows_runtime::RunId;

/// A run as it is stored. Texts are JSON.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunInfo {
    /// The run.
    pub id: RunId,
    /// The run whose step has started it, if it is a child.
    pub parent: Option<RunId>,
    /// The name of its workflow.
    pub workflow: String,
    /// Whether it has ended, and how.
    pub status: RunStatus,
    /// The host that executes it, or has executed it until its lease ran out. `None` if it has ended.
    pub owner: Option<OwnerId>,
    /// How often it was started or claimed, and before its start its parent.
    pub epoch: u64,
    /// When it was started.
    pub started: SystemTime,
    /// When it was last recorded.
    pub updated: SystemTime,
    /// When it has ended.
    pub ended: Option<SystemTime>,
    /// When it continues by itself: a timeout expires or a delay is over.
    pub due: Option<SystemTime>,
    /// Its input.
    pub input: String,
    /// Its result.
    pub result: Option<String>,
    /// The text of its error.
    pub error: Option<String>,
    /// Its open prompts, in order of publication.
    pub prompts: Vec<Prompt>,
    /// Whether the run is parked: it waits, and is in no process.
    pub is_parked: bool,
    /// Its place in the order of starts, for [`Filter::after`].
    pub cursor: u64,
}

impl RunInfo {
    /// A run that was just started.
    pub fn new(id: impl Into<RunId>, workflow: String, input: String, started: SystemTime, cursor: u64) -> Self {
        Self {
            id: id.into(),
            parent: None,
            workflow,
            status: RunStatus::Running,
            is_parked: false,
            owner: None,
            epoch: 1,
            started,
            updated: started,
            ended: None,
            due: None,
            input,
            result: None,
            error: None,
            prompts: Vec::new(),
            cursor,
        }
    }
}

/// Which runs to list. The default: all, at most 100.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Filter {
    /// Of this workflow.
    pub workflow: Option<String>,
    /// Children of this run.
    pub parent: Option<RunId>,
    /// No children of any run.
    pub top_level: bool,
    /// With this status.
    pub status: Option<RunStatus>,
    /// Ended at this time or before.
    pub ended_until: Option<SystemTime>,
    /// Started after the one with this [`cursor`](RunInfo::cursor).
    pub after: Option<u64>,
    /// At most so many.
    pub limit: usize,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            workflow: None,
            parent: None,
            top_level: false,
            status: None,
            ended_until: None,
            after: None,
            limit: 100,
        }
    }
}
