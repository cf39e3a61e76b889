//! The queue of a step, its workers, and the launch of an execution.
//!
//! A step has a fixed number of workers. A free worker takes, in this order,
//!
//! 1. the first execution that was launched before: woken by its last answer, or requeued after a
//!    failure or a resume;
//! 2. the first queued input.
//!
//! A worker is busy with an execution, or is [held](super::workers) by a dropped one.

use super::{
    action::{Action, Launch},
    definition::Definition,
    execution::{Execution, Input, Place, Stage},
    id::ExecutionId,
    machine::Machine,
    provenance::Arrival,
    timer::Time,
};
use crate::graph::NONE;
use crate::{
    error::StepError,
    step_event::{StepEvent, StepPhase},
};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The queue of one step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Queue<E> {
    /// The number of workers that are busy with executions.
    pub(super) running: u32,
    /// Executions that were launched before, ahead of `inputs`. Entries of ended executions are
    /// skipped.
    #[allow(clippy::box_collection, reason = "a parked run has a queue per step, and most of these have none")]
    pub(super) requeued: Option<Box<VecDeque<ExecutionId>>>,
    pub(super) inputs: VecDeque<QueuedInput<E>>,
}

/// One or several inputs of a queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum QueuedInput<E> {
    Single { input: Input<E>, place: Place },
    Branches(Box<QueuedBranches<E>>),
}

/// The inputs of consecutive branches, one event each.
///
/// One entry for all branches of an output, of which there may be millions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct QueuedBranches<E> {
    pub(super) events: VecDeque<E>,
    /// The place of the first event; the branch number increases by one per event.
    pub(super) first: Place,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self { running: 0, requeued: None, inputs: VecDeque::new() }
    }
}

impl<E> Queue<E> {
    /// Adds an execution that was launched before.
    pub(super) fn requeue(&mut self, id: ExecutionId) {
        self.requeued.get_or_insert_default().push_back(id);
    }

    pub(super) fn remove_requeued(&mut self, id: ExecutionId) {
        if let Some(requeued) = &mut self.requeued {
            requeued.retain(|other| *other != id);
        }
    }

    fn next_requeued(&mut self) -> Option<ExecutionId> {
        self.requeued.as_mut()?.pop_front()
    }

    pub(super) fn has_requeued(&self) -> bool {
        match &self.requeued {
            Some(requeued) => !requeued.is_empty(),
            None => false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.inputs.is_empty() && !self.has_requeued()
    }

    /// The place of the first queued input.
    pub(super) fn next_place(&self) -> Option<Place> {
        match self.inputs.front()? {
            QueuedInput::Single { place, .. } => Some(*place),
            QueuedInput::Branches(branches) => Some(branches.first),
        }
    }

    /// Removes the first queued input.
    pub(super) fn next_input(&mut self) -> Option<(Input<E>, Place)> {
        if let QueuedInput::Branches(branches) = self.inputs.front_mut()? {
            let event = branches.events.pop_front();
            let place = branches.first;
            branches.first.branch = place.branch.wrapping_add(1);
            if branches.events.is_empty() {
                self.inputs.pop_front();
            }
            return event.map(|event| (Input::One(event), place));
        }
        match self.inputs.pop_front()? {
            QueuedInput::Single { input, place } => Some((input, place)),
            QueuedInput::Branches(_) => None,
        }
    }
}

impl<D: Definition> Machine<D> {
    /// Launches `step` with `input`, or queues the input if no worker is free.
    pub(super) fn enqueue(&mut self, step: u16, input: Input<D::Event>, place: Place, arrival: Arrival, now: Time) {
        if D::RACES && self.state.batches[place.batch].cancelled {
            return;
        }
        self.hold(place.batch);
        let is_free = self.has_free_worker(step);
        let queue = &mut self.state.queues[step as usize];
        if is_free && queue.is_empty() {
            return self.launch(step, input, place, arrival, now);
        }
        queue.inputs.push_back(QueuedInput::Single { input, place });
        self.record_queued(step, 1, arrival);
    }

    /// As [`Self::enqueue`], for one event per branch; `place` is that of the first one.
    pub(super) fn enqueue_branches(&mut self, step: u16, events: Vec<D::Event>, mut place: Place, now: Time) {
        if D::RACES && self.state.batches[place.batch].cancelled {
            return;
        }
        let mut events = VecDeque::from(events);
        if D::BATCHED {
            self.state.batches[place.batch].holds += events.len();
        }
        loop {
            let is_free = self.has_free_worker(step);
            let queue = &mut self.state.queues[step as usize];
            if !is_free || !queue.is_empty() {
                if !events.is_empty() {
                    let inputs = events.len();
                    let branches = QueuedBranches { events, first: place };
                    queue.inputs.push_back(QueuedInput::Branches(Box::new(branches)));
                    let arrival = self.arrival();
                    self.record_queued(step, inputs, arrival);
                }
                return;
            }
            let Some(event) = events.pop_front() else { return };
            let arrival = self.arrival();
            self.launch(step, Input::One(event), place, arrival, now);
            place.branch = place.branch.wrapping_add(1);
        }
    }

    /// Gives the free workers of `step` to its queue.
    pub(super) fn launch_queued(&mut self, step: u16, now: Time) {
        loop {
            if self.state.ended || !self.has_free_worker(step) {
                return;
            }
            let queue = &mut self.state.queues[step as usize];
            if let Some(id) = queue.next_requeued() {
                self.continue_requeued(id, now);
                continue;
            }
            let Some((input, place)) = queue.next_input() else { return };
            let arrival = self.leave_queue(step);
            if D::RACES && self.state.batches[place.batch].cancelled {
                self.release(place.batch, 1, now);
                continue;
            }
            self.launch(step, input, place, arrival, now);
        }
    }

    /// Gives a worker to an execution that was launched before, unless it has ended.
    fn continue_requeued(&mut self, id: ExecutionId, now: Time) {
        let Some(execution) = self.execution(id) else { return };
        let step = execution.step;
        match execution.stage {
            Stage::Woken => {
                self.take_worker(id, step);
                self.resume(id, now);
            }
            Stage::Requeued => {
                self.take_worker(id, step);
                self.launch_requeued(id, now);
            }
            Stage::Running | Stage::Suspended | Stage::Backoff => {}
        }
    }

    pub(super) fn take_worker(&mut self, id: ExecutionId, step: u16) {
        self.state.executions[id.slot].stage = Stage::Running;
        self.state.queues[step as usize].running += 1;
    }

    /// Updates the counters for an execution that leaves this stage.
    pub(super) fn leave_stage(&mut self, step: u16, stage: Stage) {
        match stage {
            Stage::Running => self.state.queues[step as usize].running -= 1,
            Stage::Suspended => self.state.suspended -= 1,
            Stage::Woken | Stage::Requeued | Stage::Backoff => {}
        }
    }

    /// Whether `step` may be launched again with the same input.
    pub(super) fn keeps_input(&self, step: u16) -> bool {
        self.config.keeps || self.table.steps[step as usize].retries || self.table.handlers[step as usize] != NONE
    }

    /// Launches `step`, whose queue has a free worker.
    fn launch(&mut self, step: u16, input: Input<D::Event>, place: Place, arrival: Arrival, now: Time) {
        self.state.queues[step as usize].running += 1;
        self.state.launched += 1;
        let id = ExecutionId { serial: self.state.launched, slot: self.state.executions.next_index(), attempt: 1 };
        let stored = if self.keeps_input(step) { Some(input.clone()) } else { None };
        self.state.executions.insert(Execution::launched(id.serial, step, place, now, stored));
        self.record_launch(id.serial, step, place, arrival);
        self.set_launch_timer(id, step, now);
        if D::RACES {
            self.state.batches[place.batch].executions.insert((id.serial, id.slot));
        }
        self.actions.push_back(Action::Launch(Launch::first(id, step, input)));
    }

    /// Emits a step event, if the run is configured with them.
    pub(super) fn emit_phase(&mut self, step: u16, id: ExecutionId, phase: StepPhase, error: Option<&StepError>) {
        if !self.config.internal {
            return;
        }
        self.record_end(id, phase, error);
        self.actions.push_back(Action::Phase(StepEvent {
            step: self.table.steps[step as usize].name,
            execution: id.serial,
            attempt: id.attempt,
            phase,
            error: error.cloned(),
        }));
    }
}
