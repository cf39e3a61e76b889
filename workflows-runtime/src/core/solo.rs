//! A run in which one execution goes on and nothing else does. It needs neither queues nor tables,
//! and most runs are never anything else: what a loop or a chain of steps costs is what is here.

use super::{
    Action, Arena, Core, Effects, Ending, Execution, ExecutionId, Graph, Input, Launch, Place, Queue, Stage, State,
    Time,
};
use crate::graph::Table;

/// The one execution of a run without queues.
pub(super) struct Solo<E> {
    pub(super) serial: u64,
    pub(super) step: u16,
    started: Time,
    /// A copy of what it was launched with, where that may be needed again.
    input: Option<E>,
    /// It has not been launched yet, with this.
    launch: Option<E>,
}

/// What comes of an execution that has returned.
pub(crate) enum Relayed<G: Graph> {
    /// Its step leads straight to this one.
    Launched(Launch<G>),
    /// It was the last one.
    Ended(Ending<G>),
    /// More than that: the execution has not ended yet.
    No,
}

impl<E> Solo<E> {
    fn id(&self) -> ExecutionId {
        ExecutionId { serial: self.serial, slot: 0, attempt: 1 }
    }

    /// Whether it is still to be launched.
    #[cfg(test)]
    pub(super) fn is_due(&self) -> bool {
        self.launch.is_some()
    }
}

impl<E: Clone> State<E> {
    /// Makes queues and tables, with what goes on alone.
    fn open(&mut self, table: &Table, solo: Option<&Solo<E>>) {
        self.queues = table.steps.iter().map(|_| Queue::default()).collect();
        let Some(Solo { serial, step, started, input, .. }) = solo else { return };
        self.queues[*step as usize].running = 1;
        self.executions.insert(Execution {
            serial: *serial,
            step: *step,
            stage: Stage::Running,
            attempt: 1,
            place: Place::in_batch(self.root),
            started: *started,
            timer: None,
            input: input.clone().map(Input::One),
            sent: 0,
            repeats: 0,
            history: None,
        });
    }
}

impl<G: Graph> Core<G> {
    /// Has the one step that takes `event` run, if that is all there is to it and nothing else goes on;
    /// else gives the event back.
    pub(super) fn go_solo(&mut self, event: G::Event, now: Time) -> Result<(), G::Event> {
        let hop = self.table.hops[G::slot(&event) as usize];
        let is_alone = self.state.queues.is_empty() && self.solo.is_none() && self.actions.is_empty();
        if G::BATCHED || self.config.internal || !is_alone || !hop.is_plain {
            return Err(event);
        }
        self.state.launched += 1;
        self.solo = Some(Solo {
            serial: self.state.launched,
            step: hop.step,
            started: now,
            input: self.config.keeps.then(|| event.clone()),
            launch: Some(event),
        });
        Ok(())
    }

    /// The one step, if it is still to be started.
    pub(crate) fn solo_launch(&mut self) -> Option<Launch<G>> {
        let solo = self.solo.as_mut()?;
        let event = solo.launch.take()?;
        self.handed = solo.serial;
        Some(Launch { execution: solo.id(), step: solo.step, input: Input::One(event), before: None })
    }

    /// Lets the one execution become that of the step that takes what it has returned. Inlined, so that
    /// what is launched stays in registers.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "measured: a hop costs half as much again without it")]
    pub(super) fn relay_solo(&mut self, id: ExecutionId, effects: &mut Effects<G>, now: Time) -> Relayed<G> {
        let Some(solo) = self.solo.as_mut().filter(|solo| solo.serial == id.serial) else { return Relayed::No };
        let Some(event) = effects.only_event() else {
            let Some(output) = effects.take_stop() else { return Relayed::No };
            self.solo = None;
            self.state.ended = true;
            return Relayed::Ended(Ending::Completed(output));
        };
        let hop = self.table.hops[G::slot(event) as usize];
        if !hop.is_plain {
            return Relayed::No;
        }
        let Some(event) = effects.take_event() else { return Relayed::No };
        self.state.launched += 1;
        solo.serial = self.state.launched;
        solo.step = hop.step;
        solo.started = now;
        if self.config.keeps {
            solo.input = Some(event.clone());
        }
        self.handed = solo.serial;
        Relayed::Launched(Launch { execution: solo.id(), step: hop.step, input: Input::One(event), before: None })
    }

    /// A relayed step is not started now.
    pub(super) fn postpone(&mut self, launch: Launch<G>) {
        match (&mut self.solo, launch.input) {
            (Some(solo), Input::One(event)) => solo.launch = Some(event),
            (_, input) => self.actions.push_front(Action::Launch(Launch { input, ..launch })),
        }
    }

    /// Makes the queues and tables that a run needs in which more goes on than one execution.
    pub(crate) fn unfold(&mut self) {
        if self.state.queues.is_empty() {
            self.make_queues();
        }
    }

    #[cold]
    fn make_queues(&mut self) {
        let solo = self.solo.take();
        self.state.open(self.table, solo.as_ref());
        let Some(Solo { serial, step, launch: Some(event), .. }) = solo else { return };
        self.handed = serial - 1;
        let (execution, input) = (ExecutionId { serial, slot: 0, attempt: 1 }, Input::One(event));
        self.actions.push_front(Action::Launch(Launch { execution, step, input, before: None }));
    }

    /// The state with the queues and tables that it may do without.
    #[cfg(test)]
    pub(super) fn whole_state(&self) -> std::borrow::Cow<'_, State<G::Event>> {
        if !self.state.queues.is_empty() {
            return std::borrow::Cow::Borrowed(&self.state);
        }
        let mut state = self.state.clone();
        state.open(self.table, self.solo.as_ref());
        std::borrow::Cow::Owned(state)
    }

    /// The other way round, where nothing goes on any more: a run that waits takes little room. Tells whether
    /// nothing but [`Self::launched`] is to be remembered.
    pub(super) fn fold(&mut self) -> bool {
        let is_at_rest = |queue: &Queue<_>| queue.running == 0 && queue.is_empty();
        if G::BATCHED || self.state.executions.len() > 0 || !self.state.queues.iter().all(is_at_rest) {
            return false;
        }
        self.state.queues = Box::default();
        self.state.executions = Arena::default();
        let State { waits, lineages, timers, .. } = &self.state;
        self.solo.is_none() && waits.is_none() && lineages.are_none() && timers.next().is_none()
    }

    /// How many executions there have been.
    pub(crate) fn launched(&self) -> u64 {
        self.state.launched
    }

    /// Goes on with a run of which nothing else was left.
    pub(crate) fn wake_up(&mut self, launched: u64) {
        (self.state.launched, self.handed) = (launched, launched);
    }
}
