//! The short way from step to step among others: a step that has returned one event, for one step with a free
//! worker.

use super::{Effects, ExecutionId, Graph, Input, Launch, Machine, Time};

impl<G: Graph> Machine<G> {
    /// Ends the execution `id`, which has returned `effects`, if there is no more to it than the one step
    /// that takes them.
    pub(super) fn relay(&mut self, id: ExecutionId, effects: &mut Effects<G>, now: Time) -> Option<Launch<G>> {
        let event = effects.only_event().filter(|_| !self.config.internal && self.actions.is_empty())?;
        let hop = self.table.hops[G::slot(event) as usize];
        let execution = self.state.executions.get_mut(id.slot).filter(|e| hop.is_plain && e.is_plainly(id))?;
        let (from, to) = (execution.step as usize, hop.step as usize);
        let queues = &mut self.state.queues;
        if from == to {
            // Its own worker is free by then.
            if !queues[to].is_empty() {
                return None;
            }
        } else {
            let is_free = queues[to].running < self.table.steps[to].workers;
            if !is_free || !queues[to].is_empty() || !queues[from].is_empty() {
                return None;
            }
            queues[from].running -= 1;
            queues[to].running += 1;
        }
        let event = effects.take_event()?;
        self.state.launched += 1;
        let input = Input::One(event);
        if G::RACES {
            let executions = &mut self.state.batches[execution.place.batch].executions;
            executions.remove(&(id.serial, id.slot));
            executions.insert((self.state.launched, id.slot));
        }
        execution.step = hop.step;
        let kept = (self.config.keeps || hop.is_kept).then(|| input.clone());
        execution.becomes(self.state.launched, now, kept);
        let execution = execution.id(id.slot);
        self.handed = execution.serial;
        Some(Launch { execution, step: hop.step, input, before: None })
    }
}
