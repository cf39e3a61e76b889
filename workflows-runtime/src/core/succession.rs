//! The short way of a branch that ends in a gathering: its worker goes on with the next one in line.

use super::{Action, Effects, ExecutionId, Graph, Launch, Machine, Time};
use crate::graph::{NONE, PortKind};

impl<G: Graph> Machine<G> {
    /// Ends the execution `id`, which has returned `effects`, if that is one event to be gathered and the
    /// next of its batch waits for its worker. Gives back what is to be started first: the same as to
    /// end the one and launch the other, where nothing else is to be done.
    #[inline(never)]
    pub(super) fn succeed(&mut self, id: ExecutionId, effects: &mut Effects<G>, now: Time) -> Option<Launch<G>> {
        if !G::BATCHED || G::RACES || self.config.internal {
            return None;
        }
        // What is still to be launched comes before; anything else takes the long way.
        match self.actions.front() {
            Some(Action::Launch(launch)) if self.execution(launch.execution).is_some() => {}
            None => {}
            Some(_) => return None,
        }
        let slot = G::slot(effects.only_event()?) as usize;
        let leaf = &self.table.leaves[slot];
        if leaf.kind != PortKind::All || self.table.next[slot] != NONE {
            return None;
        }
        let execution = self.state.executions.get_mut(id.slot).filter(|e| e.is_plainly(id))?;
        let (step, from) = (execution.step, execution.place);
        let queue = &mut self.state.queues[step as usize];
        if queue.has_begun_before() || queue.next_place().is_none_or(|place| place.batch != from.batch) {
            return None;
        }
        let (input, place) = queue.next()?;
        let event = effects.take_event()?;
        let ports = self.table.steps[leaf.step as usize].ports;
        let batch = &mut self.state.batches[from.batch];
        batch.gather(leaf, ports, from, event);
        // The next one keeps it from draining.
        batch.live -= 1;
        self.state.launched += 1;
        let keeps = self.config.keeps || execution.input.is_some();
        execution.place = place;
        execution.becomes(self.state.launched, now, keeps.then(|| input.clone()));
        let execution = execution.id(id.slot);
        let next = Launch { execution, step, input, before: None };
        let launch = match self.actions.pop_front() {
            Some(Action::Launch(first)) => {
                self.actions.push_back(Action::Launch(next));
                first
            }
            _ => next,
        };
        self.handed = self.handed.max(launch.execution.serial);
        Some(launch)
    }
}
