//! The engine's core: a state machine without clock, randomness or I/O.
//!
//! [`Tick`]s go in, with the time; [`Action`]s come out. The same ticks give the same state and
//! the same actions. No tick's cost grows with the amount of queued work: joins and races cost
//! as much as they take or cancel.

mod action;
mod arena;
mod batch;
mod effect;
mod execution;
mod join;
mod queue;
mod race;
mod relay;
mod route;
#[cfg(test)]
mod simulation;
mod tick;
mod timer;

pub use self::action::{StepEvent, StepPhase};
pub(crate) use self::{
    action::{Action, Ending, Launch},
    effect::{Effect, Effects},
    execution::{ExecutionId, Input},
    tick::Tick,
    timer::Time,
};

use self::{
    arena::Arena,
    batch::Batch,
    execution::{Execution, Place},
    queue::Queue,
    timer::{Timer, Timers},
};
use crate::graph::Table;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The types of one workflow, and how its events are told apart.
pub trait Graph: 'static {
    /// An event on its way to a step.
    type Event: Clone;
    /// The run's result.
    type Output;
    /// What is asked of the outside.
    type Prompt;
    /// Whether any step keeps events back until others have come; else batches cost nothing.
    const BATCHED: bool;
    /// Whether any step has the rest of a batch cancelled.
    const RACES: bool;
    /// The number of the first leaf that takes this type of event.
    fn slot(event: &Self::Event) -> u16;
}

/// All that a run is at one moment, but for the step futures.
#[derive(Debug, Serialize, Deserialize)]
struct State<E> {
    queues: Box<[Queue<E>]>,
    executions: Arena<Execution<E>>,
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
    actions: VecDeque<Action<G>>,
    /// What to launch before all of these: most steps lead to one other, which needs no queue.
    next: Option<Launch<G>>,
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
}

impl<G: Graph> Core<G> {
    pub(crate) fn new(table: &'static Table, config: Config) -> Self {
        let mut batches = Arena::default();
        if G::BATCHED {
            batches.insert(Batch::root(0));
        }
        let state = State {
            queues: table.steps.iter().map(|_| Queue::default()).collect(),
            executions: Arena::default(),
            batches,
            root: 0,
            timers: Timers::default(),
            launched: 0,
            ended: false,
        };
        Self { table, state, actions: VecDeque::new(), next: None, handed: 0, config }
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
                self.bring(event, self.root(), now);
                self.settle(now);
            }
            Tick::External(event) => {
                self.bring(event, self.root(), now);
                self.settle(now);
            }
            Tick::Sent { from, event } => {
                if let Some(execution) = self.execution(from) {
                    self.bring(event, execution.place, now);
                }
            }
            Tick::Done { execution, effects } => self.done(execution, effects, now),
            Tick::Failed { execution, error } => self.failed(execution, error, now),
            Tick::Time => self.timers(now),
            Tick::Cancel => self.finish(Ending::Cancelled),
            Tick::Stalled if self.is_idle() => {
                let parked = self.parked();
                self.finish(Ending::Stalled { parked });
            }
            Tick::Stalled => {}
        }
    }

    /// The next thing to do.
    pub(crate) fn action(&mut self) -> Option<Action<G>> {
        if let Some(launch) = self.next.take() {
            self.handed = self.handed.max(launch.execution.serial);
            return Some(Action::Launch(launch));
        }
        loop {
            let action = self.actions.pop_front()?;
            if let Action::Launch(Launch { execution, .. }) = action {
                if G::RACES && self.execution(execution).is_none() {
                    // Cancelled before it was started.
                    continue;
                }
                self.handed = self.handed.max(execution.serial);
            }
            return Some(action);
        }
    }

    /// How many actions have not been asked for yet.
    #[cfg(test)]
    fn waiting_actions(&self) -> usize {
        self.actions.len() + usize::from(self.next.is_some())
    }

    /// When the next [`Tick::Time`] is due.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.state.timers.next()
    }

    /// Whether nothing is queued or being executed.
    pub(crate) fn is_idle(&self) -> bool {
        self.state.executions.is_empty()
    }

    /// Whether an execution still counts: neither it nor the run has ended, nor was it dropped.
    pub(crate) fn is_running(&self, id: ExecutionId) -> bool {
        !self.state.ended && self.execution(id).is_some()
    }

    /// The step that an execution is of, and its attempt.
    pub(crate) fn step_of(&self, id: ExecutionId) -> Option<(u16, u32)> {
        self.execution(id).map(|execution| (execution.step, execution.attempt))
    }

    /// The steps with a running execution, in declaration order.
    pub(crate) fn active_steps(&self) -> Vec<&'static str> {
        let running = |(step, queue): (usize, &Queue<_>)| (queue.running > 0).then(|| self.table.steps[step].name);
        self.state.queues.iter().enumerate().filter_map(running).collect()
    }

    fn execution(&self, id: ExecutionId) -> Option<&Execution<G::Event>> {
        self.state.executions.get(id.slot).filter(|e| e.serial == id.serial)
    }

    fn remove(&mut self, id: ExecutionId) -> Option<Execution<G::Event>> {
        self.execution(id)?;
        let execution = self.state.executions.remove(id.slot)?;
        self.state.queues[execution.step as usize].running -= 1;
        if let Some(timer) = execution.timer {
            self.state.timers.clear(timer);
        }
        if G::RACES {
            self.state.batches[execution.place.batch].executions.remove(&id);
        }
        Some(execution)
    }

    /// Routes what no output brings. It may close the batch that it comes to, which has to be
    /// there until the last taker has its copy.
    fn bring(&mut self, event: G::Event, place: Place, now: Time) {
        self.hold(place.batch);
        self.route(event, place, now);
        self.release(place.batch, 1, now);
    }

    fn done(&mut self, id: ExecutionId, mut effects: Effects<G>, now: Time) {
        if self.relay(id, &mut effects, now) {
            return;
        }
        let Some(execution) = self.remove(id) else { return };
        self.phase(&execution, StepPhase::Done);
        self.perform(effects, &execution, now);
        if self.state.ended {
            return;
        }
        self.launch_queued(execution.step, now);
        self.release(execution.place.batch, 1, now);
        self.settle(now);
    }

    fn failed(&mut self, id: ExecutionId, error: crate::StepError, now: Time) {
        let Some(execution) = self.remove(id) else { return };
        self.phase(&execution, StepPhase::Failed);
        self.finish(Ending::Failed {
            step: self.table.steps[execution.step as usize].name,
            attempts: execution.attempt,
            elapsed: now - execution.started,
            source: error,
        });
    }

    /// Has the driver drop the future of an execution, unless it has never heard of it.
    fn drop_future(&mut self, execution: ExecutionId) {
        if execution.serial <= self.handed {
            self.actions.push_back(Action::Drop { execution });
        }
    }

    fn timers(&mut self, now: Time) {
        while !self.state.ended
            && let Some(timer) = self.state.timers.due(now)
        {
            match timer {
                Timer::Run { after } => {
                    let active_steps = self.active_steps();
                    self.finish(Ending::TimedOut { after, active_steps });
                }
                Timer::Step { execution, after } => {
                    self.drop_future(execution);
                    self.failed(execution, crate::StepTimedOut(after).into(), now);
                }
            }
        }
    }

    /// Ends the run: what was still to be launched is not.
    fn finish(&mut self, end: Ending<G>) {
        self.state.ended = true;
        self.next = None;
        self.actions.retain(|action| !matches!(action, Action::Launch(_) | Action::Idle));
        self.actions.push_back(Action::Finish(end));
    }

    /// When nothing else is left, the outermost batch has drained too.
    fn settle(&mut self, now: Time) {
        if G::BATCHED && self.is_idle() {
            self.drain_root(now);
        }
        if self.is_idle() {
            self.actions.push_back(Action::Idle);
        }
    }
}
