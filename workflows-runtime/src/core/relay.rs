//! The shortest way through the core: a step that has returned one event, for one step with a free
//! worker.

use super::{Core, Effects, ExecutionId, Graph, Input, Launch, Stage, Time};
use crate::graph::{NONE, PortKind};

impl<G: Graph> Core<G> {
    /// Lets the execution `id`, which has returned `effects`, become that of the step that takes
    /// them, and tells whether it has: the same as to end the one and launch the other, where
    /// nothing else is to be done.
    pub(super) fn relay(&mut self, id: ExecutionId, effects: &mut Effects<G>, now: Time) -> bool {
        if G::RACES || self.config.internal || self.next.is_some() || !self.actions.is_empty() {
            return false;
        }
        let Some(leaf) = effects.only_event().map(G::slot) else { return false };
        let taker = &self.table.leaves[leaf as usize];
        let step = &self.table.steps[taker.step as usize];
        let is_alone = self.table.next[leaf as usize] == NONE && taker.port != NONE;
        let is_plain = taker.kind == PortKind::One && step.ports == 1 && step.timeout.is_none();
        let keeps = self.keeps(taker.step);
        let Some(execution) = self.state.executions.get_mut(id.slot).filter(|e| e.serial == id.serial) else {
            return false;
        };
        let (from, to) = (execution.step as usize, taker.step as usize);
        let queues = &mut self.state.queues;
        // Its own worker is free by then.
        let is_free = from == to || queues[to].running < step.workers;
        let is_empty = queues[from].is_empty() && queues[to].is_empty();
        let is_ordinary = execution.stage == Stage::Running && execution.history.is_none() && execution.timer.is_none();
        if !is_alone || !is_plain || !is_free || !is_empty || !is_ordinary || execution.attempt != id.attempt {
            return false;
        }
        let Some(event) = effects.take_event() else { return false };
        queues[from].running -= 1;
        queues[to].running += 1;
        self.state.launched += 1;
        let input = Input::One(event);
        execution.serial = self.state.launched;
        execution.step = taker.step;
        execution.attempt = 1;
        execution.started = now;
        (execution.sent, execution.repeats) = (0, 0);
        execution.input = keeps.then(|| input.clone());
        let execution = execution.id(id.slot);
        self.next = Some(Launch { execution, step: taker.step, input, before: None });
        true
    }
}
