//! The full state machine of a run, with any number of concurrent executions.
//!
//! [`Machine::apply`] is the entry for every tick; each kind of tick is handled in the file named after
//! it. A tick changes the [`EngineState`] and appends to the list of actions, which the driver takes one
//! at a time.
//!
//! After each tick that may leave nothing to do, [`Machine::drain_if_idle`] launches the joins of the
//! root batch or reports that the run is idle.

use super::{
    Config,
    action::{Action, Ending, Launch},
    batch::Batch,
    definition::Definition,
    effects::Effects,
    execution::{Execution, Place},
    id::ExecutionId,
    provenance::Provenance,
    queue::Queue,
    recovery_budget::RecoveryBudgets,
    slab::Slab,
    state::EngineState,
    tick::{Tick, WaitRequest},
    timer::{Time, Timer, Timers},
    workers::Offloads,
};
#[cfg(feature = "durable")]
use super::{decisions::Decision, gate::Gate};
use crate::{
    error::{QueueTimedOut, StepError, StepTimedOut},
    graph::{NONE, Table},
    run_trace::Recording,
    step_event::StepPhase,
};
use std::{collections::VecDeque, time::SystemTime};

/// The state of a run, and the actions that the driver has not taken yet.
pub(super) struct Machine<D: Definition> {
    pub(super) table: &'static Table,
    pub(super) config: Config,
    pub(super) state: EngineState<D::Event>,
    pub(super) actions: VecDeque<Action<D>>,
    /// The highest serial that the driver has started. Later executions have no future to drop.
    pub(super) last_launched: u64,
    /// Boxed, since most runs have none.
    pub(super) offloads: Option<Box<Offloads>>,
    /// `None` in a run that is not recorded.
    pub(super) provenance: Option<Box<Provenance>>,
    /// Boxed, since most runs have none.
    #[cfg(feature = "durable")]
    pub(super) gate: Option<Box<Gate>>,
}

impl<D: Definition> Machine<D> {
    /// A machine without any work, in a run that has launched `launched` executions and published `prompts` prompts.
    pub(super) fn new(table: &'static Table, config: Config, launched: u64, prompts: u32) -> Self {
        let mut batches = Slab::default();
        if D::BATCHED {
            batches.insert(Batch::root(0));
        }
        let state = EngineState {
            queues: table.steps.iter().map(|_| Queue::default()).collect(),
            executions: Slab::default(),
            suspended: 0,
            waits: None,
            recovery_budgets: RecoveryBudgets::default(),
            batches,
            root_batch: 0,
            timers: Timers::default(),
            launched,
            failed: None,
            prompts,
            overrides: None,
            ended: false,
        };
        Self {
            table,
            config,
            state,
            actions: VecDeque::new(),
            last_launched: launched,
            offloads: None,
            provenance: None,
            #[cfg(feature = "durable")]
            gate: if config.gated { Some(Box::new(Gate::new(config.opens_at_once))) } else { None },
        }
    }

    /// Records what happens from now on.
    pub(super) fn recorded(mut self, recording: Option<&Recording>) -> Self {
        if let Some(recording) = recording {
            self.provenance = Some(Box::new(Provenance::new(recording.clone(), self.table.steps.len())));
        }
        self
    }

    pub(super) fn apply(&mut self, tick: Tick<D>, now: Time) {
        #[cfg(feature = "durable")]
        if self.gate.is_some() {
            self.note_change(&tick, now);
        }
        match tick {
            Tick::External(event) => {
                self.external(event, now);
                self.drain_if_idle(now);
            }
            Tick::Done { execution, effects } => self.end_execution(execution, effects, now),
            Tick::Resume => {
                let failed = self.failed_execution().map(|execution| execution.step);
                self.state.failed = None;
                if let Some(step) = failed {
                    self.launch_queued(step, now);
                }
                for (step, _) in (0..).zip(self.table.steps) {
                    self.launch_queued(step, now);
                }
                self.drain_if_idle(now);
            }
            Tick::Sent { from, event } => {
                if let Some(place) = self.count_send(from) {
                    if let Some(execution) = self.execution(from) {
                        self.attribute_to(from.serial, execution.step);
                    }
                    self.bring(event, place, NONE, now);
                    self.attribute_to_none();
                }
            }
            Tick::Asked { from, prompt } => {
                if self.count_send(from).is_some()
                    && let Some(step) = self.execution(from).map(|execution| execution.step)
                {
                    self.prompt(prompt, step, from.serial);
                }
            }
            Tick::Wait { from, slot, prompt, matcher, timeout } => {
                let request = WaitRequest {
                    slot,
                    prompt,
                    matcher,
                    timeout,
                    #[cfg(feature = "engine")]
                    remote: None,
                };
                self.wait(from, request, now);
            }
            Tick::Answer { prompt, wait, event } => {
                self.answer(prompt, wait, event, now);
                self.drain_if_idle(now);
            }
            Tick::Unwait { from, wait } => self.unwait(from, wait, now),
            Tick::Failed { execution, error, at } => self.failed(execution, error, at, now),
            Tick::Queued { execution } => self.queued(execution, now),
            Tick::Began { execution } => self.began(execution, now),
            Tick::Outlived { execution } => self.outlived(execution, now),
            Tick::Vacated { execution } => self.vacated(execution, now),
            Tick::Time { at } => self.expire_timers(at, now),
            Tick::Quiet => self.quiet(now),
            Tick::Cancel => self.finish(Ending::Cancelled),
            Tick::Stalled => {
                if self.is_stuck() {
                    let parked = self.parked();
                    let waiting = self.waiting();
                    self.finish(Ending::Stalled { parked, waiting });
                }
            }
        }
    }

    /// Starts the run.
    pub(super) fn start(&mut self, event: D::Event, now: Time) {
        self.bring(event, self.root_place(), NONE, now);
        self.drain_if_idle(now);
    }

    /// See [`Engine::action`](super::Engine::action).
    pub(super) fn action(&mut self) -> Option<Action<D>> {
        loop {
            #[cfg(feature = "durable")]
            if self.gate.is_some() && !self.pass_gate() {
                return None;
            }
            let action = self.actions.pop_front()?;
            match action {
                Action::Launch(Launch { execution, .. }) => {
                    if self.execution(execution).is_none() {
                        // Cancelled before it was started.
                        continue;
                    }
                    self.last_launched = self.last_launched.max(execution.serial);
                }
                Action::Wake { execution, wait, .. } => {
                    if self.execution(execution).is_none() {
                        // Cancelled or failed before it was woken.
                        continue;
                    }
                    self.last_launched = self.last_launched.max(execution.serial);
                    self.mark_woken(execution, wait);
                }
                _ => {}
            }
            return Some(action);
        }
    }

    /// Whether [`Self::new`] with [`EngineState::launched`] would return an equal machine.
    pub(super) fn is_at_rest(&self) -> bool {
        let EngineState { queues, executions, waits, batches, root_batch, recovery_budgets, timers, .. } = &self.state;
        let has_pristine_root =
            !D::BATCHED || *root_batch == 0 && batches.len() == 1 && batches[*root_batch].is_pristine();
        self.actions.is_empty()
            && self.offloads.is_none()
            && executions.len() == 0
            && waits.is_none()
            && recovery_budgets.is_empty()
            && timers.next().is_none()
            && has_pristine_root
            && queues.iter().all(|queue| queue.running == 0 && queue.is_empty())
    }

    /// See [`Engine::is_idle`](super::Engine::is_idle).
    pub(super) fn is_idle(&self) -> bool {
        self.state.executions.len() == self.state.suspended && !self.is_replaying() && !self.has_inputs_behind_held()
    }

    /// See [`Engine::is_stuck`](super::Engine::is_stuck).
    pub(super) fn is_stuck(&self) -> bool {
        self.is_idle() && !self.state.timers.any_but_run()
    }

    /// The steps with a running execution, in declaration order.
    fn active_steps(&self) -> Vec<&'static str> {
        let mut active = Vec::new();
        for (step, queue) in self.table.steps.iter().zip(&self.state.queues) {
            if queue.running > 0 {
                active.push(step.name);
            }
        }
        active
    }

    /// The execution of this attempt, unless the attempt has ended.
    pub(super) fn execution(&self, id: ExecutionId) -> Option<&Execution<D::Event>> {
        self.any_attempt(id).filter(|execution| execution.attempt == id.attempt)
    }

    /// The execution, in any attempt.
    pub(super) fn any_attempt(&self, id: ExecutionId) -> Option<&Execution<D::Event>> {
        self.state.executions.get(id.slot).filter(|execution| execution.serial == id.serial)
    }

    /// The execution whose failure has ended the run.
    pub(super) fn failed_execution(&self) -> Option<&Execution<D::Event>> {
        self.state.failed_execution()
    }

    /// Removes an execution. It still holds its batch, and the caller must
    /// [release its waits](Self::release_waits).
    pub(super) fn remove(&mut self, id: ExecutionId) -> Option<Execution<D::Event>> {
        self.execution(id)?;
        let execution = self.state.executions.remove(id.slot)?;
        self.leave_stage(execution.step, execution.stage);
        self.forget_thread(id);
        if let Some(timer) = execution.timer {
            self.state.timers.clear(timer);
        }
        if D::RACES {
            self.state.batches[execution.place.batch].executions.remove(&(id.serial, id.slot));
        }
        if let Some(history) = &execution.history {
            self.deregister(&history.waits);
        }
        Some(execution)
    }

    /// Counts an event or prompt that a running execution sends. Returns its place, or `None` if it must
    /// be ignored: the execution has ended, or the same attempt sent it before a resume.
    fn count_send(&mut self, from: ExecutionId) -> Option<Place> {
        self.execution(from)?;
        let execution = self.state.executions.get_mut(from.slot)?;
        if execution.duplicates > 0 {
            execution.duplicates -= 1;
            return None;
        }
        execution.sent += 1;
        Some(execution.place)
    }

    /// Handles [`Tick::Done`] where no [fast path](super::fast_path) applies.
    #[inline(never)]
    fn end_execution(&mut self, id: ExecutionId, effects: Effects<D>, now: Time) {
        let Some(execution) = self.remove(id) else { return };
        let step = execution.step;
        let batch = execution.place.batch;
        self.emit_phase(step, id, StepPhase::Done, None);
        self.attribute_to(id.serial, step);
        self.perform(effects, &execution, now);
        self.attribute_to_none();
        if self.state.ended {
            return;
        }
        self.release_waits(execution, now);
        self.launch_queued(step, now);
        self.release(batch, 1, now);
        self.drain_if_idle(now);
    }

    fn expire_timers(&mut self, at: SystemTime, now: Time) {
        while !self.state.ended {
            #[cfg(feature = "durable")]
            if let Some(timed_out) = self.replayed_timeout() {
                self.expired(timed_out.execution, timed_out.error(), timed_out.at, now);
                continue;
            }
            let Some(timer) = self.state.timers.pop_expired(now) else { return };
            match timer {
                Timer::RunTimeout { timeout } => {
                    let active_steps = self.active_steps();
                    // A resumed run has the same time again.
                    self.state.timers.set(now + timeout, Timer::RunTimeout { timeout });
                    self.finish(Ending::TimedOut { after: timeout, active_steps });
                }
                Timer::StepTimeout { execution, timeout } => {
                    let error = StepTimedOut { after: timeout, queued: self.time_in_queue(execution) };
                    self.attempt_timed_out(execution, error.into(), at, now);
                }
                Timer::QueueTimeout { execution, timeout } => {
                    self.attempt_timed_out(execution, QueueTimedOut { after: timeout }.into(), at, now);
                }
                Timer::Retry { execution } => {
                    #[cfg(feature = "durable")]
                    self.decided(Decision::Timer);
                    self.requeue_after_backoff(execution, now);
                }
                Timer::WaitTimeout { execution, wait } => {
                    #[cfg(feature = "durable")]
                    self.decided(Decision::Timer);
                    self.wait_timed_out(execution, wait, now);
                }
            }
        }
    }

    /// The timer of an attempt has expired.
    fn attempt_timed_out(&mut self, id: ExecutionId, error: StepError, at: SystemTime, now: Time) {
        // A replay has only the timeouts that were recorded.
        #[cfg(feature = "durable")]
        let Some(error) = self.record_timeout(id, error, at, now) else { return };
        self.expired(id, error, at, now);
    }

    /// A timeout of an attempt has expired.
    fn expired(&mut self, id: ExecutionId, error: StepError, at: SystemTime, now: Time) {
        let Some(execution) = self.execution(id) else { return };
        let step = execution.step;
        self.drop_future(id, step, execution.stage);
        self.skip_cancelled(step, now);
        self.failed(id, error, at, now);
    }

    /// Ends the run. Executions that the driver has not started yet are not launched.
    pub(super) fn finish(&mut self, ending: Ending<D>) {
        self.state.ended = true;
        // The gate is open from now on, so the marks in the queue no longer matter.
        self.actions.retain(|action| !matches!(action, Action::Launch(_) | Action::Wake { .. } | Action::Idle));
        self.actions.push_back(Action::Finish(ending));
    }

    /// Drains the root batch if the run is idle, and reports [`Action::Idle`] if it still is.
    pub(super) fn drain_if_idle(&mut self, now: Time) {
        if self.state.ended {
            return;
        }
        if D::BATCHED && self.is_idle() {
            self.drain_root(now);
        }
        if self.is_idle() {
            self.state.executions.shrink_if_empty();
            self.actions.push_back(Action::Idle);
        }
    }
}
