//! Whether a run may leave the memory though steps are running.

use super::{Engine, Phase, definition::Definition, execution::Stage};

impl<D: Definition> Engine<D> {
    /// Whether nothing happens but in these executions, in ascending order: every other one is suspended, and no input is
    /// due. An attempt with a timeout has its whole time again when it begins again, so it must not be one of these.
    pub(crate) fn waits_in(&self, executions: &[u64]) -> bool {
        match &self.phase {
            Phase::Idle { .. } | Phase::Ended => true,
            Phase::Single { .. } => false,
            Phase::Full(machine) => {
                machine.state.executions.iter().all(|execution| match execution.stage {
                    Stage::Suspended => true,
                    Stage::Running => execution.timer.is_none() && executions.binary_search(&execution.serial).is_ok(),
                    Stage::Woken | Stage::Requeued | Stage::Backoff => false,
                }) && !machine.is_replaying()
                    && !machine.has_inputs_behind_held()
            }
        }
    }
}
