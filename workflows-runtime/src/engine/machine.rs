//! The whole state machine of a run, in which any number of executions go on at once.

use super::{
    Config,
    action::{Action, Ending, Launch},
    batch::Batch,
    definition::Definition,
    effects::Effects,
    execution::{Execution, ExecutionId, Place},
    queue::Queue,
    recovery_budget::RecoveryBudgets,
    slab::Slab,
    tick::Tick,
    timer::{Time, Timer, Timers},
    wait::Wanted,
    waiters::WaitRegistry,
};
use crate::step_event::StepPhase;
use crate::{error::StepTimedOut, graph::Table};
use serde::{Deserialize, Serialize};
use std::{collections::VecDeque, time::SystemTime};

/// All that a run is at one moment, but for the step futures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EngineState<E> {
    pub(super) queues: Box<[Queue<E>]>,
    pub(super) executions: Slab<Execution<E>>,
    /// How many of these only wait for the outside.
    pub(super) suspended: u32,
    /// What few runs have takes no room in the others.
    pub(super) waits: Option<Box<WaitRegistry<E>>>,
    pub(super) recovery_budgets: RecoveryBudgets,
    pub(super) batches: Slab<Batch<E>>,
    /// The outermost batch: the run itself.
    pub(super) root: u32,
    pub(super) timers: Timers,
    /// How many executions there have been.
    pub(super) launched: u64,
    pub(super) ended: bool,
}

/// A run's state, and what it asks for.
pub(super) struct Machine<D: Definition> {
    pub(super) table: &'static Table,
    pub(super) config: Config,
    pub(super) state: EngineState<D::Event>,
    pub(super) actions: VecDeque<Action<D>>,
    /// The last execution that the driver has been told to start.
    pub(super) last_launched: u64,
}

impl<D: Definition> Machine<D> {
    /// Nothing goes on yet, and there have been so many executions.
    pub(super) fn new(table: &'static Table, config: Config, launched: u64) -> Self {
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
            root: 0,
            timers: Timers::default(),
            launched,
            ended: false,
        };
        Self { table, config, state, actions: VecDeque::new(), last_launched: launched }
    }

    pub(super) fn apply(&mut self, tick: Tick<D>, now: Time) {
        match tick {
            Tick::External(event) => {
                self.external(event, now);
                self.drain_if_idle(now);
            }
            Tick::Done { execution, effects } => self.end_execution(execution, effects, now),
            Tick::Resume => {
                for (step, _) in (0..).zip(self.table.steps) {
                    self.launch_queued(step, now);
                }
                self.drain_if_idle(now);
            }
            Tick::Sent { from, event } => {
                if let Some(place) = self.is_new(from) {
                    self.bring(event, place, now);
                }
            }
            Tick::Asked { from, prompt } => {
                if self.is_new(from).is_some() {
                    self.actions.push_back(Action::Prompt(prompt));
                }
            }
            Tick::Wait { from, slot, prompt, matcher, timeout } => {
                self.wait(from, Wanted { slot, prompt, matcher, timeout }, now);
            }
            Tick::Unwait { from, wait } => self.unwait(from, wait, now),
            Tick::Failed { execution, error, at } => {
                self.failed(execution, error, at, now);
            }
            Tick::Time { at } => self.timers(at, now),
            Tick::Quiet => self.quiet(now),
            Tick::Cancel => self.finish(Ending::Cancelled),
            Tick::Stalled if self.is_stuck() => {
                let (parked, waiting) = (self.parked(), self.waiting());
                self.finish(Ending::Stalled { parked, waiting });
            }
            Tick::Stalled => {}
        }
    }

    /// The run begins.
    pub(super) fn start(&mut self, event: D::Event, now: Time) {
        self.bring(event, self.root(), now);
        self.drain_if_idle(now);
    }

    /// The next thing to do.
    pub(super) fn action(&mut self) -> Option<Action<D>> {
        loop {
            let action = self.actions.pop_front()?;
            if let Action::Launch(Launch { execution, .. }) | Action::Wake { execution, .. } = action {
                if self.execution(execution).is_none() {
                    // Cancelled or failed before it was started or woken.
                    continue;
                }
                self.last_launched = self.last_launched.max(execution.serial);
            }
            if let Action::Wake { execution, wait, .. } = action {
                self.mark_woken(execution, wait);
            }
            return Some(action);
        }
    }

    /// Whether all that there is to it is how many executions there have been.
    pub(super) fn is_at_rest(&self) -> bool {
        let EngineState { queues, executions, waits, batches, root, recovery_budgets, timers, .. } = &self.state;
        let is_at_rest = |queue: &Queue<_>| queue.running == 0 && queue.is_empty();
        let is_kept = !D::BATCHED || *root == 0 && batches.len() == 1 && batches[0].is_pristine();
        self.actions.is_empty()
            && executions.len() == 0
            && waits.is_none()
            && recovery_budgets.is_empty()
            && timers.next().is_none()
            && is_kept
            && queues.iter().all(is_at_rest)
    }

    /// How many executions there have been.
    pub(super) fn launched(&self) -> u64 {
        self.state.launched
    }

    /// How many actions have not been asked for yet.
    #[cfg(test)]
    pub(super) fn waiting_actions(&self) -> usize {
        self.actions.len()
    }

    pub(super) fn state(&self) -> EngineState<D::Event> {
        self.state.clone()
    }

    /// When the next [`Tick::Time`] is due.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.state.timers.next()
    }

    /// Whether the run is over, and only its last actions are left.
    pub(super) fn has_ended(&self) -> bool {
        self.state.ended
    }

    /// Whether nothing goes on or is about to: all that is left waits for the outside.
    pub(super) fn is_idle(&self) -> bool {
        self.state.executions.len() == self.state.suspended && !self.is_replaying()
    }

    /// Whether nothing will go on by itself, be it in the course of time.
    pub(super) fn is_stuck(&self) -> bool {
        self.is_idle() && !self.state.timers.any_but_run()
    }

    /// The step of an execution that still counts: neither it nor the run has ended, nor was it
    /// dropped.
    pub(super) fn running(&self, id: ExecutionId) -> Option<u16> {
        self.execution(id).filter(|_| !self.state.ended).map(|execution| execution.step)
    }

    /// Whether an execution will not come back, in this attempt or another one.
    pub(super) fn is_over(&self, id: ExecutionId) -> bool {
        self.any_attempt(id).is_none()
    }

    /// The steps with a running execution, in declaration order.
    pub(super) fn active_steps(&self) -> Vec<&'static str> {
        let running = |(step, queue): (usize, &Queue<_>)| (queue.running > 0).then(|| self.table.steps[step].name);
        self.state.queues.iter().enumerate().filter_map(running).collect()
    }

    pub(super) fn execution(&self, id: ExecutionId) -> Option<&Execution<D::Event>> {
        self.any_attempt(id).filter(|execution| execution.attempt == id.attempt)
    }

    pub(super) fn any_attempt(&self, id: ExecutionId) -> Option<&Execution<D::Event>> {
        self.state.executions.get(id.slot).filter(|execution| execution.serial == id.serial)
    }

    /// Takes an execution out. What it has waited for is to be handed on afterwards: see
    /// [`Self::release_waits`].
    pub(super) fn remove(&mut self, id: ExecutionId) -> Option<Execution<D::Event>> {
        self.execution(id)?;
        let execution = self.state.executions.remove(id.slot)?;
        self.leave_stage(execution.step, execution.stage);
        if let Some(timer) = execution.timer {
            self.state.timers.clear(timer);
        }
        if D::RACES {
            self.state.batches[execution.place.batch].executions.remove(&(id.serial, id.slot));
        }
        if let Some(history) = &execution.history {
            self.unlist(&history.waits);
        }
        Some(execution)
    }

    /// Where what an execution sends or asks belongs, unless it has done so before: it began again
    /// after a resume.
    pub(super) fn is_new(&mut self, from: ExecutionId) -> Option<Place> {
        self.execution(from)?;
        let execution = self.state.executions.get_mut(from.slot)?;
        if execution.repeats > 0 {
            execution.repeats -= 1;
            return None;
        }
        execution.sent += 1;
        Some(execution.place)
    }

    #[inline(never)]
    fn end_execution(&mut self, id: ExecutionId, effects: Effects<D>, now: Time) {
        let Some(execution) = self.remove(id) else { return };
        self.phase(&execution, StepPhase::Done);
        self.perform(effects, &execution, now);
        if self.state.ended {
            return;
        }
        let (step, batch) = (execution.step, execution.place.batch);
        self.release_waits(execution, now);
        self.launch_queued(step, now);
        self.release(batch, 1, now);
        self.drain_if_idle(now);
    }

    /// Has the driver drop the future of an execution, unless it has never heard of it.
    pub(super) fn drop_future(&mut self, execution: ExecutionId) {
        if execution.serial <= self.last_launched {
            self.actions.push_back(Action::Drop { execution });
        }
    }

    fn timers(&mut self, at: SystemTime, now: Time) {
        while !self.state.ended
            && let Some(timer) = self.state.timers.due(now)
        {
            match timer {
                Timer::Run { after } => {
                    let active_steps = self.active_steps();
                    // Whoever goes on with it gives it as much time again.
                    self.state.timers.set(now + after, Timer::Run { after });
                    self.finish(Ending::TimedOut { after, active_steps });
                }
                Timer::Step { execution, after } => {
                    self.drop_future(execution);
                    self.failed(execution, StepTimedOut(after).into(), at, now);
                }
                Timer::Retry { execution } => self.try_again(execution, now),
                Timer::Wait { execution, wait } => self.wait_timed_out(execution, wait, now),
            }
        }
    }

    /// Ends the run: what was still to be launched is not.
    pub(super) fn finish(&mut self, end: Ending<D>) {
        self.state.ended = true;
        self.actions.retain(|action| !matches!(action, Action::Launch(_) | Action::Wake { .. } | Action::Idle));
        self.actions.push_back(Action::Finish(end));
    }

    /// When nothing else is left, the outermost batch has drained too.
    pub(super) fn drain_if_idle(&mut self, now: Time) {
        if self.state.ended {
            return;
        }
        if D::BATCHED && self.is_idle() {
            self.drain_root(now);
        }
        if self.is_idle() {
            self.state.executions.rest();
            self.actions.push_back(Action::Idle);
        }
    }
}
