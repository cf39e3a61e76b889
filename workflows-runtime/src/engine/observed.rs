//! Questions that only tests of workflows ask.

use super::{Engine, Phase, definition::Definition, effects::Effects, queue::QueuedInput};

impl<D: Definition> Engine<D> {
    /// The number of inputs and executions that wait for a worker of `step`.
    pub(crate) fn queued(&self, step: u16) -> usize {
        let Phase::Full(machine) = &self.phase else { return 0 };
        let queue = &machine.state.queues[step as usize];
        let mut queued = queue.requeued.as_ref().map_or(0, |requeued| requeued.len());
        for input in &queue.inputs {
            queued += match input {
                QueuedInput::Single { .. } => 1,
                QueuedInput::Branches(branches) => branches.events.len(),
            };
        }
        queued
    }
}

impl<D: Definition> Effects<D> {
    /// The events, in order.
    pub(crate) fn events(&self) -> Vec<&D::Event> {
        let mut events = Vec::new();
        self.visit_events(&mut |event| events.push(event));
        events
    }
}
