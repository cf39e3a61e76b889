//! The engine's core: a state machine without clock, randomness or I/O.
//!
//! [`Tick`]s go in, with the time; [`Action`]s come out. The same ticks give the same state and
//! the same actions. No tick's cost grows with the amount of queued work: joins and races cost
//! as much as they take or cancel.

mod action;
mod answer;
mod arena;
mod batch;
mod effect;
mod execution;
mod failure;
mod graph;
mod history;
mod join;
mod line;
mod lineage;
mod queue;
mod race;
mod relay;
mod resume;
mod route;
#[cfg(test)]
mod simulation;
mod solo;
mod succession;
mod tick;
mod timer;
mod wait;

pub use self::action::{StepEvent, StepPhase};
pub(crate) use self::{
    action::{Action, Before, Ending, Launch},
    effect::{Effect, Effects},
    execution::{ExecutionId, Input},
    graph::{Failed, Graph},
    solo::Relayed,
    tick::Tick,
    timer::Time,
    wait::Matcher,
};

use self::{
    arena::Arena,
    batch::Batch,
    execution::{Execution, LastFailure, Place, Stage},
    line::Waits,
    lineage::Lineages,
    queue::Queue,
    solo::Solo,
    timer::{Timer, Timers},
    wait::Wanted,
};
use crate::{StepTimedOut, graph::Table};
use serde::{Deserialize, Serialize};
use std::{collections::VecDeque, mem::take, time::SystemTime};

/// All that a run is at one moment, but for the step futures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State<E> {
    /// None at all where one execution goes on at most: see [`solo`].
    queues: Box<[Queue<E>]>,
    executions: Arena<Execution<E>>,
    /// How many of these only wait for the outside.
    suspended: u32,
    /// What few runs have takes no room in the others.
    waits: Option<Box<Waits<E>>>,
    lineages: Lineages,
    batches: Arena<Batch<E>>,
    /// The outermost batch: the run itself.
    root: u32,
    timers: Timers,
    /// How many executions there have been.
    launched: u64,
    ended: bool,
}

/// The state machine of one run.
pub(crate) struct Core<G: Graph> {
    table: &'static Table,
    state: State<G::Event>,
    /// The only execution, if there are no queues.
    solo: Option<Solo<G::Event>>,
    actions: VecDeque<Action<G>>,
    /// The last execution that the driver has been told to start.
    handed: u64,
    config: Config,
}

/// What a run asks of its core.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Config {
    /// Keep what executions were launched with, for a later attempt or a snapshot.
    pub(crate) keeps: bool,
    /// Tell every phase of every execution.
    pub(crate) internal: bool,
    /// Where the chance in delays comes from: the same for one run, whenever it goes on.
    pub(crate) seed: u64,
}

impl<G: Graph> Core<G> {
    pub(crate) fn new(table: &'static Table, config: Config) -> Self {
        let mut batches = Arena::default();
        if G::BATCHED {
            batches.insert(Batch::root(0));
        }
        let state = State {
            queues: Box::default(),
            executions: Arena::default(),
            suspended: 0,
            waits: None,
            lineages: Lineages::default(),
            batches,
            root: 0,
            timers: Timers::default(),
            launched: 0,
            ended: false,
        };
        Self { table, state, solo: None, actions: VecDeque::new(), handed: 0, config }
    }

    /// Applies one tick at the time `now`; what is to be done follows from [`Self::action`].
    ///
    /// A tick of an execution that is over, and any tick after the end, changes nothing.
    pub(crate) fn apply(&mut self, tick: Tick<G>, now: Time) {
        if self.state.ended {
            return;
        }
        match tick {
            Tick::Start { event, timeout } => {
                if let Some(after) = timeout {
                    self.state.timers.set(now + after, Timer::Run { after });
                }
                if let Err(event) = self.go_solo(event, now) {
                    self.unfold();
                    self.bring(event, self.root(), now);
                    self.settle(now);
                }
            }
            Tick::External(event) => {
                if let Err(event) = self.go_solo(event, now) {
                    self.unfold();
                    self.external(event, now);
                    self.settle(now);
                }
            }
            Tick::Done { execution, mut effects } => match self.relay(execution, &mut effects, now) {
                Relayed::Launched(launch) => self.postpone(launch),
                Relayed::Ended(end) => self.actions.push_back(Action::Finish(end)),
                Relayed::No => self.end_execution(execution, effects, now),
            },
            tick => {
                self.unfold();
                self.apply_other(tick, now);
            }
        }
    }

    fn apply_other(&mut self, tick: Tick<G>, now: Time) {
        match tick {
            Tick::Resume => {
                for (step, _) in (0..).zip(self.table.steps) {
                    self.launch_queued(step, now);
                }
                self.settle(now);
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
            Tick::Stalled | Tick::Start { .. } | Tick::External(_) | Tick::Done { .. } => {}
        }
    }

    /// The next thing to do.
    pub(crate) fn action(&mut self) -> Option<Action<G>> {
        if let Some(launch) = self.solo_launch() {
            return Some(Action::Launch(launch));
        }
        loop {
            let action = self.actions.pop_front()?;
            if let Action::Launch(Launch { execution, .. }) | Action::Wake { execution, .. } = action {
                if self.execution(execution).is_none() {
                    // Cancelled or failed before it was started or woken.
                    continue;
                }
                self.handed = self.handed.max(execution.serial);
            }
            if let Action::Wake { execution, wait, .. } = action {
                self.woken(execution, wait);
            }
            return Some(action);
        }
    }

    /// Gives back what room it does not need while nothing is to be done; tells whether all that is left
    /// of the run is how much there has been: see [`Self::wake_up`].
    pub(crate) fn rest(&mut self) -> bool {
        if !self.actions.is_empty() {
            return false;
        }
        self.actions = VecDeque::new();
        self.fold()
    }

    /// Drops all that is queued or kept, of a run that has ended.
    pub(crate) fn clear(&mut self) {
        let State { queues, executions, waits, batches, .. } = &mut self.state;
        if !queues.is_empty() {
            drop((take(&mut self.actions), take(queues), take(executions), take(waits), take(batches)));
        }
    }

    /// How many actions have not been asked for yet.
    #[cfg(test)]
    fn waiting_actions(&self) -> usize {
        self.actions.len() + usize::from(self.solo.as_ref().is_some_and(Solo::is_due))
    }

    /// When the next [`Tick::Time`] is due.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.state.timers.next()
    }

    /// Whether the run is over, and only its last actions are left.
    pub(crate) fn has_ended(&self) -> bool {
        self.state.ended
    }

    /// Whether nothing goes on or is about to: all that is left waits for the outside.
    pub(crate) fn is_idle(&self) -> bool {
        self.solo.is_none() && self.state.executions.len() == self.state.suspended && !self.holds()
    }

    /// Whether nothing will go on by itself, be it in the course of time.
    pub(crate) fn is_stuck(&self) -> bool {
        self.is_idle() && !self.state.timers.any_but_run()
    }

    /// The step of an execution that still counts: neither it nor the run has ended, nor was it
    /// dropped.
    pub(crate) fn running(&self, id: ExecutionId) -> Option<u16> {
        if let Some(solo) = &self.solo {
            return (solo.serial == id.serial).then_some(solo.step);
        }
        self.execution(id).filter(|_| !self.state.ended).map(|execution| execution.step)
    }

    /// Whether an execution will not come back, in this attempt or another one.
    pub(crate) fn is_over(&self, id: ExecutionId) -> bool {
        self.solo.as_ref().is_none_or(|solo| solo.serial != id.serial) && self.any_attempt(id).is_none()
    }

    /// The steps with a running execution, in declaration order.
    pub(crate) fn active_steps(&self) -> Vec<&'static str> {
        let running = |(step, queue): (usize, &Queue<_>)| (queue.running > 0).then(|| self.table.steps[step].name);
        self.state.queues.iter().enumerate().filter_map(running).collect()
    }

    fn execution(&self, id: ExecutionId) -> Option<&Execution<G::Event>> {
        self.any_attempt(id).filter(|execution| execution.attempt == id.attempt)
    }

    fn any_attempt(&self, id: ExecutionId) -> Option<&Execution<G::Event>> {
        self.state.executions.get(id.slot).filter(|execution| execution.serial == id.serial)
    }

    /// Takes an execution out. What it has waited for is to be handed on afterwards: see
    /// [`Self::let_go`].
    fn remove(&mut self, id: ExecutionId) -> Option<Execution<G::Event>> {
        self.execution(id)?;
        let execution = self.state.executions.remove(id.slot)?;
        self.leave_stage(execution.step, execution.stage);
        if let Some(timer) = execution.timer {
            self.state.timers.clear(timer);
        }
        if G::RACES {
            self.state.batches[execution.place.batch].executions.remove(&(id.serial, id.slot));
        }
        if let Some(history) = &execution.history {
            self.unlist(&history.waits);
        }
        Some(execution)
    }

    /// Where what an execution sends or asks belongs, unless it has done so before: it began again
    /// after a resume.
    fn is_new(&mut self, from: ExecutionId) -> Option<Place> {
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
    fn end_execution(&mut self, id: ExecutionId, effects: Effects<G>, now: Time) {
        self.unfold();
        let Some(execution) = self.remove(id) else { return };
        self.phase(&execution, StepPhase::Done);
        self.perform(effects, &execution, now);
        if self.state.ended {
            return;
        }
        let (step, batch) = (execution.step, execution.place.batch);
        self.let_go(execution, now);
        self.launch_queued(step, now);
        self.release(batch, 1, now);
        self.settle(now);
    }

    /// Has the driver drop the future of an execution, unless it has never heard of it.
    fn drop_future(&mut self, execution: ExecutionId) {
        if execution.serial <= self.handed {
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
    fn finish(&mut self, end: Ending<G>) {
        self.state.ended = true;
        self.actions.retain(|action| !matches!(action, Action::Launch(_) | Action::Wake { .. } | Action::Idle));
        self.actions.push_back(Action::Finish(end));
    }

    /// When nothing else is left, the outermost batch has drained too.
    fn settle(&mut self, now: Time) {
        if self.state.ended {
            return;
        }
        if G::BATCHED && self.is_idle() {
            self.drain_root(now);
        }
        if self.is_idle() {
            self.state.executions.rest();
            self.actions.push_back(Action::Idle);
        }
    }
}
