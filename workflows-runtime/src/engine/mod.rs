//! The engine's core: a state machine without clock, randomness or I/O.
//!
//! [`Tick`]s go in, with the time; [`Action`]s come out. The same ticks give the same state and
//! the same actions. No tick's cost grows with the amount of queued work: joins and races cost
//! as much as they take or cancel.

mod action;
mod batch;
mod definition;
mod effects;
mod execution;
mod failure;
mod fast_path;
mod history;
mod join;
mod machine;
mod queue;
mod race;
mod recovery_budget;
mod response;
mod resume;
mod route;
mod slab;
#[cfg(test)]
mod tests;
mod tick;
mod timer;
mod wait;
mod waiters;

pub use self::effects::unreachable_event;
pub(crate) use self::{
    action::{Action, Before, Ending, Launch},
    definition::{Definition, FailedExecution},
    effects::{Effect, Effects, Events},
    execution::{ExecutionId, Input},
    machine::EngineState,
    tick::Tick,
    timer::Time,
    wait::Matcher,
};

use self::{fast_path::SingleExecution, machine::Machine};
use crate::graph::Table;
use std::time::Duration;

/// The state machine of one run.
///
/// Most runs are one execution after the other: such a one is held here, and all else is in a
/// [`Machine`] that is there once it is needed.
pub(crate) struct Engine<D: Definition> {
    table: &'static Table,
    config: Config,
    /// The only execution that goes on, if nothing else is to be done. The machine, if there is one,
    /// knows nothing of it, but for what holds its batch.
    single: Option<SingleExecution<D::Event>>,
    machine: Option<Box<Machine<D>>>,
    /// How many executions there have been, if there is neither of them.
    launched: u64,
    /// The only execution has ended the run.
    ended: bool,
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

impl<D: Definition> Engine<D> {
    pub(crate) fn new(table: &'static Table, config: Config) -> Self {
        Self { table, config, single: None, machine: None, launched: 0, ended: false }
    }

    /// Goes on with a run of which nothing was left but that there have been so many executions.
    pub(crate) fn at_rest(table: &'static Table, config: Config, launched: u64) -> Self {
        Self { launched, ..Self::new(table, config) }
    }

    /// Applies one tick at the time `now`; what is to be done follows from [`Self::action`].
    ///
    /// A tick of an execution that is over, and any tick after the end, changes nothing.
    pub(crate) fn apply(&mut self, tick: Tick<D>, now: Time) {
        if self.has_ended() {
            return;
        }
        match tick {
            Tick::External(event) => {
                let mut execution = ExecutionId::DETACHED;
                match self.try_single(&event, now, &mut execution) {
                    Some(step) => self.postpone(execution, step, Input::One(event)),
                    None => self.materialize().apply(Tick::External(event), now),
                }
            }
            Tick::Done { execution, effects } => self.done(execution, effects, now),
            tick => self.materialize().apply(tick, now),
        }
    }

    /// The next thing to do.
    pub(crate) fn action(&mut self) -> Option<Action<D>> {
        if let Some(launch) = self.single_launch() {
            return Some(Action::Launch(launch));
        }
        self.machine.as_mut()?.action()
    }

    /// Gives back what room it does not need while nothing is to be done; tells whether all that is left
    /// of the run is how much there has been: see [`Self::at_rest`].
    pub(crate) fn rest(&mut self) -> bool {
        if let Some(machine) = self.machine.as_mut().filter(|_| self.single.is_none()) {
            if !machine.is_at_rest() {
                return false;
            }
            self.launched = machine.launched();
            self.machine = None;
        }
        self.single.is_none()
    }

    /// How many executions there have been in a run of which nothing else is left.
    pub(crate) fn launched(&self) -> u64 {
        self.launched
    }

    /// Whether nothing is queued or kept.
    pub(crate) fn is_clear(&self) -> bool {
        self.single.is_none() && self.machine.is_none()
    }

    /// Drops all that is queued or kept, of a run that has ended.
    pub(crate) fn clear(&mut self) {
        self.ended = true;
        drop((self.single.take(), self.machine.take()));
    }

    /// How many actions have not been asked for yet.
    #[cfg(test)]
    fn waiting_actions(&self) -> usize {
        let is_due = self.single.as_ref().is_some_and(SingleExecution::is_due);
        self.machine.as_ref().map_or(0, |machine| machine.waiting_actions()) + usize::from(is_due)
    }

    /// When the next [`Tick::Time`] is due.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.machine.as_ref()?.deadline()
    }

    /// Whether the run is over, and only its last actions are left.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended || self.machine.as_ref().is_some_and(|machine| machine.has_ended())
    }

    /// Whether nothing goes on or is about to: all that is left waits for the outside.
    pub(crate) fn is_idle(&self) -> bool {
        self.single.is_none() && self.machine.as_ref().is_none_or(|machine| machine.is_idle())
    }

    /// Whether nothing will go on by itself, be it in the course of time.
    pub(crate) fn is_stuck(&self) -> bool {
        self.single.is_none() && self.machine.as_ref().is_none_or(|machine| machine.is_stuck())
    }

    /// Whether a wait takes nothing for the moment, since its body may come to what it has had.
    pub(crate) fn is_replaying(&self) -> bool {
        self.machine.as_ref().is_some_and(|machine| machine.is_replaying())
    }

    /// The step of an execution that still counts: neither it nor the run has ended, nor was it
    /// dropped.
    pub(crate) fn running(&self, id: ExecutionId) -> Option<u16> {
        match &self.single {
            Some(single) => (single.serial == id.serial).then_some(single.step),
            None => self.machine.as_ref()?.running(id),
        }
    }

    /// Whether an execution will not come back, in this attempt or another one.
    pub(crate) fn is_over(&self, id: ExecutionId) -> bool {
        self.single.as_ref().is_none_or(|single| single.serial != id.serial)
            && self.machine.as_ref().is_none_or(|machine| machine.is_over(id))
    }

    /// Which of its waits an execution comes to that waits for this now.
    pub(crate) fn next_wait(
        &mut self,
        id: ExecutionId,
        slot: u16,
        matcher: Option<&Matcher<D::Event>>,
        has_timeout: bool,
    ) -> Option<usize> {
        self.materialize().next_wait(id, slot, matcher, has_timeout)
    }

    /// All that the run is at, apart from the step futures; what is to be told to the outside
    /// comes first.
    pub(crate) fn snapshot(&mut self) -> EngineState<D::Event> {
        self.materialize().state()
    }

    /// What is still to be told to the outside: it would be missing after a resume, which launches
    /// by itself what was still to be launched.
    pub(crate) fn take_told(&mut self) -> Vec<Action<D>> {
        self.machine.as_mut().map_or_else(Vec::new, |machine| machine.take_told())
    }

    /// Goes on with `state`, after `away` without a run. Work in progress begins again, each in its
    /// turn, before what was queued.
    pub(crate) fn restore(&mut self, state: EngineState<D::Event>, away: Duration) {
        self.materialize().restore(state, away);
    }

    /// Ends the run after so much time, in place of what was said before.
    pub(crate) fn set_timeout(&mut self, timeout: Option<Duration>, now: Time) {
        self.materialize().set_timeout(timeout, now);
    }
}
