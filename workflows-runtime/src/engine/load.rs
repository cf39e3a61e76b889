//! How much work each step has.

use super::{Engine, Phase, definition::Definition, execution::Stage, machine::Machine, queue::QueuedInput};

/// The work of one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StepWork {
    /// The inputs and executions that wait for a worker.
    pub(crate) queued: usize,
    /// The executions that have a worker.
    pub(crate) running: usize,
    /// The executions that wait for responses.
    pub(crate) suspended: usize,
    /// The executions that wait for the delay before their next attempt.
    pub(crate) backing_off: usize,
}

impl<D: Definition> Engine<D> {
    /// The work of each step, in the order of the table. Changes nothing.
    pub(crate) fn work(&self) -> Vec<StepWork> {
        let mut work = vec![StepWork::default(); self.table.steps.len()];
        match &self.phase {
            Phase::Single { single, .. } => work[usize::from(single.step)].running = 1,
            Phase::Full(machine) if !machine.state.ended => machine.count(&mut work),
            Phase::Full(_) | Phase::Idle { .. } | Phase::Ended => {}
        }
        work
    }
}

impl<D: Definition> Machine<D> {
    fn count(&self, work: &mut [StepWork]) {
        for execution in self.state.executions.iter() {
            let step = &mut work[usize::from(execution.step)];
            match execution.stage {
                Stage::Running => step.running += 1,
                Stage::Suspended => step.suspended += 1,
                Stage::Woken | Stage::Requeued => step.queued += 1,
                Stage::Backoff => step.backing_off += 1,
            }
        }
        for (step, queue) in work.iter_mut().zip(&self.state.queues) {
            for input in &queue.inputs {
                let (place, inputs) = match input {
                    QueuedInput::Single { place, .. } => (*place, 1),
                    QueuedInput::Branches(branches) => (branches.first, branches.events.len()),
                };
                // Those of a race that is decided are removed when they are the next.
                if !self.state.batches[place.batch].cancelled {
                    step.queued += inputs;
                }
            }
        }
    }
}
