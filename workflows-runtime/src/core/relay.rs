//! The shortest way through the core: a step that has returned one event, for one step with a free
//! worker.

use super::{Core, Effects, ExecutionId, Graph, Input, Launch, Stage, Time, solo::Relayed};

impl<G: Graph> Core<G> {
    /// Ends the execution `id`, which has returned `effects`, if there is no more to it than the one step
    /// that takes them or the end of the run: the same as [`Tick::Done`](super::Tick::Done), where
    /// nothing else is to be done. What is launched is to be started at once.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "measured: a hop costs half as much again without it")]
    pub(crate) fn relay(&mut self, id: ExecutionId, effects: &mut Effects<G>, now: Time) -> Relayed<G> {
        if self.state.ended {
            return Relayed::No;
        }
        match self.relay_solo(id, effects, now) {
            Relayed::No => {
                let launch = self.relay_among_others(id, effects, now);
                let launch = launch.or_else(|| self.succeed(id, effects, now));
                launch.map_or(Relayed::No, Relayed::Launched)
            }
            relayed => relayed,
        }
    }

    #[inline(never)]
    fn relay_among_others(&mut self, id: ExecutionId, effects: &mut Effects<G>, now: Time) -> Option<Launch<G>> {
        let is_busy = self.solo.is_some() || !self.actions.is_empty();
        let event = effects.only_event().filter(|_| !G::RACES && !self.config.internal && !is_busy)?;
        let hop = self.table.hops[G::slot(event) as usize];
        let execution = self.state.executions.get_mut(id.slot).filter(|e| e.serial == id.serial)?;
        let is_ordinary = execution.stage == Stage::Running && execution.history.is_none() && execution.timer.is_none();
        if !hop.is_plain || !is_ordinary || execution.attempt != id.attempt {
            return None;
        }
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
        execution.serial = self.state.launched;
        execution.step = hop.step;
        execution.attempt = 1;
        execution.started = now;
        (execution.sent, execution.repeats) = (0, 0);
        execution.input = self.config.keeps.then(|| input.clone());
        let execution = execution.id(id.slot);
        self.handed = execution.serial;
        Some(Launch { execution, step: hop.step, input, before: None })
    }
}
