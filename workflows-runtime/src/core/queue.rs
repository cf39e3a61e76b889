//! A step's queue and its workers.

use super::{Action, Core, Execution, ExecutionId, Graph, Input, Launch, Place, StepEvent, StepPhase, Time, Timer};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What waits for a step, first come, first served, and how many workers are busy.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Queue<E> {
    pub(super) running: u32,
    pub(super) waiting: VecDeque<(Input<E>, Place)>,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self { running: 0, waiting: VecDeque::new() }
    }
}

impl<G: Graph> Core<G> {
    /// Has `step` run with `input`: now if a worker is free, else when its turn comes.
    pub(super) fn enqueue(&mut self, step: u16, input: Input<G::Event>, place: Place, now: Time) {
        if G::RACES && self.state.batches[place.batch].closed {
            return;
        }
        self.hold(place.batch);
        let queue = &mut self.state.queues[step as usize];
        if queue.running < self.table.steps[step as usize].workers && queue.waiting.is_empty() {
            return self.launch(step, input, place, now);
        }
        queue.waiting.push_back((input, place));
    }

    /// Launches what waits for `step` as far as its workers go.
    pub(super) fn launch_queued(&mut self, step: u16, now: Time) {
        loop {
            let queue = &mut self.state.queues[step as usize];
            if self.state.ended || queue.running >= self.table.steps[step as usize].workers {
                return;
            }
            let Some((input, place)) = queue.waiting.pop_front() else { return };
            if G::RACES && self.state.batches[place.batch].closed {
                self.release(place.batch, 1, now);
                continue;
            }
            self.launch(step, input, place, now);
        }
    }

    fn launch(&mut self, step: u16, input: Input<G::Event>, place: Place, now: Time) {
        self.state.queues[step as usize].running += 1;
        self.state.launched += 1;
        let id = ExecutionId { serial: self.state.launched, slot: self.state.executions.next() };
        let timeout = self.table.steps[step as usize].timeout;
        let timer = timeout.map(|after| self.state.timers.set(now + after, Timer::Step { execution: id, after }));
        let input_kept = self.config.keeps.then(|| input.clone());
        let execution =
            Execution { serial: id.serial, step, attempt: 1, place, started: now, timer, input: input_kept };
        self.state.executions.insert(execution);
        if G::RACES {
            self.state.batches[place.batch].executions.insert(id);
        }
        self.actions.push_back(Action::Launch(Launch { execution: id, attempt: 1, step, input }));
    }

    /// Tells what an execution has come to, if anyone wants to know.
    pub(super) fn phase(&mut self, execution: &Execution<G::Event>, phase: StepPhase) {
        if !self.config.internal {
            return;
        }
        self.actions.push_back(Action::Phase(StepEvent {
            step: self.table.steps[execution.step as usize].name,
            execution: execution.serial,
            attempt: execution.attempt,
            phase,
        }));
    }
}
