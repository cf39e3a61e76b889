//! A step's queue and its workers.

use super::{
    action::{Action, Launch},
    definition::Definition,
    execution::{Execution, ExecutionId, Input, Place, Stage},
    machine::Machine,
    timer::{Time, Timer},
};
use crate::graph::NONE;
use crate::step_event::{StepEvent, StepPhase};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What waits for a step, first come, first served, and how many workers are busy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Queue<E> {
    pub(super) running: u32,
    /// Executions that have begun before and have to go on: they come first. Few runs have any.
    #[allow(clippy::box_collection, reason = "a parked run is to be small, and has a queue a step")]
    pub(super) again: Option<Box<VecDeque<ExecutionId>>>,
    waiting: VecDeque<Waiting<E>>,
}

/// What waits for a step.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Waiting<E> {
    One(Input<E>, Place),
    /// One event in each of so many branches, which stand in line as one: there may be very many. The
    /// place is that of the first.
    Branches(Box<(VecDeque<E>, Place)>),
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self { running: 0, again: None, waiting: VecDeque::new() }
    }
}

impl<E> Queue<E> {
    /// An execution that has begun before has to go on.
    pub(super) fn push_again(&mut self, id: ExecutionId) {
        self.again.get_or_insert_default().push_back(id);
    }

    /// It no longer waits for a worker.
    pub(super) fn leave_line(&mut self, id: ExecutionId) {
        self.again.iter_mut().for_each(|again| again.retain(|other| *other != id));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && !self.has_begun_before()
    }

    /// Where the first of what waits is, not counting what has begun before.
    pub(super) fn next_place(&self) -> Option<Place> {
        self.waiting.front().map(|waiting| match waiting {
            Waiting::One(_, place) => *place,
            Waiting::Branches(branches) => branches.1,
        })
    }

    /// Takes the first of it.
    pub(super) fn next(&mut self) -> Option<(Input<E>, Place)> {
        if let Waiting::Branches(branches) = self.waiting.front_mut()? {
            let (events, place) = &mut **branches;
            let (event, at) = (events.pop_front(), *place);
            place.branch = place.branch.wrapping_add(1);
            if events.is_empty() {
                self.waiting.pop_front();
            }
            return event.map(|event| (Input::One(event), at));
        }
        match self.waiting.pop_front()? {
            Waiting::One(input, place) => Some((input, place)),
            Waiting::Branches(_) => None,
        }
    }

    /// Whether anything in line has begun before.
    pub(super) fn has_begun_before(&self) -> bool {
        self.again.as_ref().is_some_and(|again| !again.is_empty())
    }
}

impl<D: Definition> Machine<D> {
    /// Has `step` run with `input`: now if a worker is free, else when its turn comes.
    pub(super) fn enqueue(&mut self, step: u16, input: Input<D::Event>, place: Place, now: Time) {
        if D::RACES && self.state.batches[place.batch].closed {
            return;
        }
        self.hold(place.batch);
        let queue = &mut self.state.queues[step as usize];
        let is_free = queue.running < self.table.steps[step as usize].workers;
        if is_free && queue.is_empty() {
            return self.launch(step, input, place, now);
        }
        queue.waiting.push_back(Waiting::One(input, place));
    }

    /// The same for one event in each of so many branches, the first of them at `place`.
    pub(super) fn enqueue_branches(&mut self, step: u16, events: Vec<D::Event>, mut place: Place, now: Time) {
        if D::RACES && self.state.batches[place.batch].closed {
            return;
        }
        let mut events = VecDeque::from(events);
        if D::BATCHED {
            self.state.batches[place.batch].live += events.len();
        }
        let workers = self.table.steps[step as usize].workers;
        loop {
            let queue = &mut self.state.queues[step as usize];
            if queue.running >= workers || !queue.is_empty() {
                if !events.is_empty() {
                    queue.waiting.push_back(Waiting::Branches(Box::new((events, place))));
                }
                return;
            }
            let Some(event) = events.pop_front() else { return };
            self.launch(step, Input::One(event), place, now);
            place.branch = place.branch.wrapping_add(1);
        }
    }

    /// Launches what waits for `step` as far as its workers go.
    pub(super) fn launch_queued(&mut self, step: u16, now: Time) {
        loop {
            let queue = &mut self.state.queues[step as usize];
            if self.state.ended || queue.running >= self.table.steps[step as usize].workers {
                return;
            }
            if let Some(id) = queue.again.as_mut().and_then(|again| again.pop_front()) {
                self.again(id, now);
                continue;
            }
            let Some((input, place)) = queue.next() else { return };
            if D::RACES && self.state.batches[place.batch].closed {
                self.release(place.batch, 1, now);
                continue;
            }
            self.launch(step, input, place, now);
        }
    }

    /// An execution that has begun before has a worker again, unless it is over.
    fn again(&mut self, id: ExecutionId, now: Time) {
        let Some(stage) = self.execution(id).map(|execution| execution.stage) else { return };
        let step = self.state.executions[id.slot].step;
        match stage {
            Stage::Woken => {
                self.take_worker(id, step);
                self.resume(id, now);
            }
            Stage::Again => {
                self.take_worker(id, step);
                self.begin_again(id, now);
            }
            Stage::Running | Stage::Suspended | Stage::Backoff => {}
        }
    }

    pub(super) fn take_worker(&mut self, id: ExecutionId, step: u16) {
        self.state.executions[id.slot].stage = Stage::Running;
        self.state.queues[step as usize].running += 1;
    }

    /// An execution of `step` is no longer at this stage.
    pub(super) fn leave_stage(&mut self, step: u16, stage: Stage) {
        match stage {
            Stage::Running => self.state.queues[step as usize].running -= 1,
            Stage::Suspended => self.state.suspended -= 1,
            Stage::Woken | Stage::Again | Stage::Backoff => {}
        }
    }

    /// Whether what `step` is launched with may be needed again.
    pub(super) fn keeps(&self, step: u16) -> bool {
        self.config.keeps || self.table.steps[step as usize].retries || self.table.handlers[step as usize] != NONE
    }

    fn launch(&mut self, step: u16, input: Input<D::Event>, place: Place, now: Time) {
        self.state.queues[step as usize].running += 1;
        self.state.launched += 1;
        let id = ExecutionId { serial: self.state.launched, slot: self.state.executions.next(), attempt: 1 };
        let timeout = self.table.steps[step as usize].timeout;
        let timer = timeout.map(|after| self.state.timers.set(now + after, Timer::Step { execution: id, after }));
        let execution = Execution {
            serial: id.serial,
            step,
            stage: Stage::Running,
            attempt: 1,
            place,
            started: now,
            timer,
            input: self.keeps(step).then(|| input.clone()),
            sent: 0,
            repeats: 0,
            history: None,
        };
        self.state.executions.insert(execution);
        if D::RACES {
            self.state.batches[place.batch].executions.insert((id.serial, id.slot));
        }
        self.actions.push_back(Action::Launch(Launch { execution: id, step, input, before: None }));
    }

    /// Tells what an execution has come to, if anyone wants to know.
    pub(super) fn phase(&mut self, execution: &Execution<D::Event>, phase: StepPhase) {
        self.tell((execution.step, execution.id(0)), phase);
    }

    pub(super) fn tell(&mut self, (step, id): (u16, ExecutionId), phase: StepPhase) {
        if !self.config.internal {
            return;
        }
        self.actions.push_back(Action::Phase(StepEvent {
            step: self.table.steps[step as usize].name,
            execution: id.serial,
            attempt: id.attempt,
            phase,
        }));
    }
}
