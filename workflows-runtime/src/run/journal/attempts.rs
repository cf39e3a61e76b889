//! `Attempts`: which attempts of steps are over, and which begin again.

use crate::{engine::ExecutionId, run::snapshot::Snapshot, workflow::Workflow};

/// The attempts of a recorded run. See [`attempts`].
#[derive(Debug, Clone, Default)]
pub struct Attempts {
    /// The last number of an execution.
    launched: u64,
    /// The executions that have not ended, and the last attempt of each.
    open: Vec<(u64, u32)>,
    again: Vec<StepAttempt>,
}

/// An attempt of a step: one that begins again when its run is resumed, or that has published an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepAttempt {
    /// The name of the step.
    pub step: &'static str,
    /// The number of the execution, unique in the run.
    pub execution: u64,
    /// The attempt of that execution, from 1.
    pub attempt: u32,
}

impl StepAttempt {
    pub(crate) fn of<W: Workflow>(step: u16, id: ExecutionId) -> Self {
        Self { step: W::TABLE.steps[step as usize].name, execution: id.serial, attempt: id.attempt }
    }
}

impl Attempts {
    /// Whether an attempt of an execution has ended. One that has not begun may begin.
    #[must_use]
    pub fn is_over(&self, execution: u64, attempt: u32) -> bool {
        let is_open = self.open.iter().any(|(open, last)| *open == execution && *last <= attempt);
        execution <= self.launched && !is_open
    }

    /// The attempts that begin again, in the order of their executions.
    #[must_use]
    pub fn begun_again(&self) -> &[StepAttempt] {
        &self.again
    }
}

/// Which attempts of steps were over when a run was recorded, and which begin again: a host finds children of those that are
/// not over.
///
/// A run that continues [before](super::Commit::Behind) its records are durable may have children of attempts that had not
/// begun by then.
#[must_use]
pub fn attempts<W: Workflow>(snapshot: &Snapshot<W>) -> Attempts {
    // One that is refused is not continued.
    let Ok(content) = &snapshot.0 else { return Attempts::default() };
    let mut attempts = Attempts { launched: content.engine.launched(), ..Attempts::default() };
    for (step, execution, attempt, begins_again) in content.engine.attempts() {
        attempts.open.push((execution, attempt));
        if begins_again && let Some(step) = W::TABLE.steps.get(step as usize) {
            attempts.again.push(StepAttempt { step: step.name, execution, attempt });
        }
    }
    attempts.again.sort_unstable_by_key(|again| again.execution);
    attempts
}
