//! `Attempts`: which attempts of steps are over.

use crate::{run::snapshot::Snapshot, workflow::Workflow};

/// The attempts of a recorded run. See [`attempts`].
#[derive(Debug, Clone, Default)]
pub struct Attempts {
    /// The last number of an execution.
    launched: u64,
    /// The executions that have not ended, and the last attempt of each.
    open: Vec<(u64, u32)>,
}

impl Attempts {
    /// Whether an attempt of an execution has ended. One that has not begun may begin.
    #[must_use]
    pub fn is_over(&self, execution: u64, attempt: u32) -> bool {
        let is_open = self.open.iter().any(|(open, last)| *open == execution && *last <= attempt);
        execution <= self.launched && !is_open
    }
}

/// Which attempts of steps were over when a run was recorded: a host finds children of all others again.
///
/// A run that continues [before](super::Commit::Behind) its records are durable may have children of attempts that had not
/// begun by then.
#[must_use]
pub fn attempts<W: Workflow>(snapshot: &Snapshot<W>) -> Attempts {
    match &snapshot.0 {
        Ok(content) => Attempts { launched: content.engine.launched(), open: content.engine.attempts().collect() },
        // It is not continued.
        Err(_) => Attempts::default(),
    }
}
