//! A run in which one execution goes on and nothing else does. It needs neither queues nor tables,
//! and most runs are never anything else: what a loop or a chain of steps costs is what is here.

use super::{
    Engine,
    action::{Action, Ending, Launch},
    effects::{Effect, Effects},
    execution::{Execution, ExecutionId, Input, Place, Stage},
    graph::Graph,
    machine::Machine,
    tick::Tick,
    timer::Time,
};
use crate::graph::{NONE, PortKind};
use std::time::Duration;

/// The one execution of a run in which nothing else goes on.
#[derive(Debug, Clone)]
pub(super) struct SingleExecution<E> {
    pub(super) serial: u64,
    /// Its place in the machine's table, if it comes there.
    slot: u32,
    pub(super) step: u16,
    place: Place,
    started: Time,
    /// A copy of what it was launched with, where that may be needed again.
    input: Option<E>,
    /// It has not been launched yet, with this.
    launch: Option<E>,
}

impl<E> SingleExecution<E> {
    fn id(&self) -> ExecutionId {
        ExecutionId { serial: self.serial, slot: self.slot, attempt: 1 }
    }

    /// Whether it is still to be launched.
    #[cfg(test)]
    pub(super) fn is_due(&self) -> bool {
        self.launch.is_some()
    }
}

impl<G: Graph> Engine<G> {
    /// Begins the run with `event`. If that launches one step, it is told which, and the event is left in
    /// `taken`: it is to be started at once, as this `execution`.
    // Told where it is needed: what is given back through memory costs as much as all the rest.
    #[inline]
    pub(crate) fn begin(
        &mut self,
        event: G::Event,
        timeout: Option<Duration>,
        now: Time,
        execution: &mut ExecutionId,
        taken: &mut Effects<G>,
    ) -> Option<u16> {
        if timeout.is_some() {
            self.set_timeout(timeout, now);
        }
        let step = self.try_single(&event, now, execution);
        match step {
            Some(_) => taken.push(Effect::Event(event)),
            None => self.materialize().start(event, now),
        }
        step
    }

    /// Has the one step that takes `event` run, if that is all there is to it and nothing else goes on.
    /// It is to be started at once, as this `execution`.
    #[inline]
    pub(super) fn try_single(&mut self, event: &G::Event, now: Time, execution: &mut ExecutionId) -> Option<u16> {
        let hop = self.table.routes[G::slot(event) as usize];
        let is_alone = self.single.is_none() && self.machine.as_ref().is_none_or(|machine| machine.is_free());
        if self.config.internal || !is_alone || !hop.is_plain {
            return None;
        }
        let (launched, slot, place) = match &mut self.machine {
            Some(machine) => machine.reserve_single(),
            None => (self.launched, 0, Place::in_batch(0)),
        };
        let serial = launched + 1;
        self.single = Some(SingleExecution {
            serial,
            slot,
            step: hop.step,
            place,
            started: now,
            input: (self.config.keeps || hop.is_kept).then(|| event.clone()),
            launch: None,
        });
        *execution = ExecutionId { serial, slot, attempt: 1 };
        Some(hop.step)
    }

    /// The one step, if it is still to be started.
    pub(super) fn single_launch(&mut self) -> Option<Launch<G>> {
        let single = self.single.as_mut()?;
        let event = single.launch.take()?;
        Some(Launch { execution: single.id(), step: single.step, input: Input::One(event), before: None })
    }

    /// Lets the one execution become that of the step that takes what it has returned, if there is no more
    /// to it. Tells its number and the step, which is to be started at once with the event in `effects`.
    // What is given back stays in registers, and the event where it is.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "measured: a hop costs half as much again without it")]
    pub(crate) fn hop(&mut self, id: ExecutionId, effects: &Effects<G>, now: Time) -> Option<(u64, u16)> {
        let single = self.single.as_mut().filter(|single| single.serial == id.serial)?;
        let event = effects.only_event()?;
        let hop = self.table.routes[G::slot(event) as usize];
        if !hop.is_plain {
            return None;
        }
        single.serial += 1;
        single.step = hop.step;
        single.started = now;
        if self.config.keeps || hop.is_kept {
            single.input = Some(event.clone());
        }
        Some((single.serial, hop.step))
    }

    /// Ends the run, if that is what the one execution has returned.
    #[inline]
    pub(crate) fn stop(&mut self, id: ExecutionId, effects: &mut Effects<G>) -> Option<G::Output> {
        self.single.as_ref().filter(|single| single.serial == id.serial)?;
        let output = effects.take_stop()?;
        self.single = None;
        self.ended = true;
        Some(output)
    }

    /// The same among others: ends the execution `id`, which has returned `effects`, if there is no more to
    /// it than what its worker, or the one step that takes them, goes on with at once. An execution that is
    /// alone from then on is taken out.
    #[inline(never)]
    pub(crate) fn forward(&mut self, id: ExecutionId, effects: &mut Effects<G>, now: Time) -> Option<Launch<G>> {
        let machine = self.machine.as_mut().filter(|_| self.single.is_none())?;
        if let Some(launch) = machine.take_next_branch(id, effects, now) {
            return Some(launch);
        }
        let launch = machine.forward(id, effects, now)?;
        self.single = machine.take_single(launch.execution);
        Some(launch)
    }

    /// The same as [`Tick::Done`], by the short ways as far as there is one.
    pub(super) fn done(&mut self, id: ExecutionId, mut effects: Effects<G>, now: Time) {
        if let Some((serial, step)) = self.hop(id, &effects, now)
            && let Some(event) = effects.take_event()
        {
            self.postpone(ExecutionId { serial, ..id }, step, Input::One(event));
        } else if let Some(output) = self.stop(id, &mut effects) {
            self.materialize().finish(Ending::Completed(output));
        } else if let Some(Launch { execution, step, input, .. }) = self.forward(id, &mut effects, now) {
            self.postpone(execution, step, input);
        } else {
            self.materialize().apply(Tick::Done { execution: id, effects }, now);
        }
    }

    /// What was to be started at once is started when its turn comes.
    pub(crate) fn postpone(&mut self, execution: ExecutionId, step: u16, input: Input<G::Event>) {
        match (&mut self.single, input) {
            (Some(single), Input::One(event)) => single.launch = Some(event),
            (_, input) => {
                let launch = Launch { execution, step, input, before: None };
                self.materialize().actions.push_front(Action::Launch(launch));
            }
        }
    }

    /// The machine, with all that goes on.
    pub(super) fn materialize(&mut self) -> &mut Machine<G> {
        let Self { table, config, single, machine, launched, .. } = self;
        let machine = machine.get_or_insert_with(|| {
            let launched = single.as_ref().map_or(*launched, |single| single.serial - 1);
            let mut machine = Box::new(Machine::new(table, *config, launched));
            if single.is_some() {
                machine.reserve_single();
            }
            machine
        });
        if let Some(single) = single.take() {
            machine.insert_single(single);
        }
        machine
    }
}

impl<G: Graph> Machine<G> {
    /// Whether nothing goes on in it or is to be done.
    fn is_free(&self) -> bool {
        self.state.executions.len() == 0 && self.actions.is_empty()
    }

    /// Another execution goes on elsewhere: how many there were before, and where it would be here.
    fn reserve_single(&mut self) -> (u64, u32, Place) {
        let place = self.root();
        self.hold(place.batch);
        (self.state.launched, self.state.executions.next(), place)
    }

    /// Gives an execution out that has just been launched, if it is the only one.
    fn take_single(&mut self, id: ExecutionId) -> Option<SingleExecution<G::Event>> {
        if self.state.executions.len() > 1 || !self.actions.is_empty() {
            return None;
        }
        let Execution { serial, step, place, started, input, .. } = self.state.executions.remove(id.slot)?;
        self.state.queues[step as usize].running -= 1;
        if G::RACES {
            self.state.batches[place.batch].executions.remove(&(serial, id.slot));
        }
        let input = match input {
            Some(Input::One(event)) => Some(event),
            Some(Input::Many(_)) | None => None,
        };
        Some(SingleExecution { serial, slot: id.slot, step, place, started, input, launch: None })
    }

    /// Goes on with an execution that was alone.
    #[cold]
    fn insert_single(&mut self, single: SingleExecution<G::Event>) {
        let execution = single.id();
        let SingleExecution { serial, slot, step, place, started, input, launch } = single;
        self.state.launched = serial;
        self.state.queues[step as usize].running += 1;
        if G::RACES {
            self.state.batches[place.batch].executions.insert((serial, slot));
        }
        self.state.executions.insert(Execution {
            serial,
            step,
            stage: Stage::Running,
            attempt: 1,
            place,
            started,
            timer: None,
            input: input.map(Input::One),
            sent: 0,
            repeats: 0,
            history: None,
        });
        self.last_launched = serial;
        if let Some(event) = launch {
            self.last_launched -= 1;
            self.actions.push_front(Action::Launch(Launch { execution, step, input: Input::One(event), before: None }));
        }
    }
}

impl<G: Graph> Machine<G> {
    /// Ends the execution `id`, which has returned `effects`, if there is no more to it than the one step
    /// that takes them.
    pub(super) fn forward(&mut self, id: ExecutionId, effects: &mut Effects<G>, now: Time) -> Option<Launch<G>> {
        let event = effects.only_event().filter(|_| !self.config.internal && self.actions.is_empty())?;
        let hop = self.table.routes[G::slot(event) as usize];
        let execution = self.state.executions.get_mut(id.slot).filter(|e| hop.is_plain && e.is_plainly(id))?;
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
        if G::RACES {
            let executions = &mut self.state.batches[execution.place.batch].executions;
            executions.remove(&(id.serial, id.slot));
            executions.insert((self.state.launched, id.slot));
        }
        execution.step = hop.step;
        let kept = (self.config.keeps || hop.is_kept).then(|| input.clone());
        execution.becomes(self.state.launched, now, kept);
        let execution = execution.id(id.slot);
        self.last_launched = execution.serial;
        Some(Launch { execution, step: hop.step, input, before: None })
    }
}

impl<G: Graph> Machine<G> {
    /// Ends the execution `id`, which has returned `effects`, if that is one event to be gathered and the
    /// next of its batch waits for its worker. Gives back what is to be started first: the same as to
    /// end the one and launch the other, where nothing else is to be done.
    #[inline(never)]
    pub(super) fn take_next_branch(
        &mut self,
        id: ExecutionId,
        effects: &mut Effects<G>,
        now: Time,
    ) -> Option<Launch<G>> {
        if !G::BATCHED || G::RACES || self.config.internal {
            return None;
        }
        // What is still to be launched comes before; anything else takes the long way.
        match self.actions.front() {
            Some(Action::Launch(launch)) if self.execution(launch.execution).is_some() => {}
            None => {}
            Some(_) => return None,
        }
        let slot = G::slot(effects.only_event()?) as usize;
        let leaf = &self.table.inputs[slot];
        if leaf.kind != PortKind::All || self.table.next[slot] != NONE {
            return None;
        }
        let execution = self.state.executions.get_mut(id.slot).filter(|e| e.is_plainly(id))?;
        let (step, from) = (execution.step, execution.place);
        let queue = &mut self.state.queues[step as usize];
        if queue.has_begun_before() || queue.next_place().is_none_or(|place| place.batch != from.batch) {
            return None;
        }
        let (input, place) = queue.next()?;
        let event = effects.take_event()?;
        let ports = self.table.steps[leaf.step as usize].ports;
        let batch = &mut self.state.batches[from.batch];
        batch.gather(leaf, ports, from, event);
        // The next one keeps it from draining.
        batch.live -= 1;
        self.state.launched += 1;
        let keeps = self.config.keeps || execution.input.is_some();
        execution.place = place;
        execution.becomes(self.state.launched, now, keeps.then(|| input.clone()));
        let execution = execution.id(id.slot);
        let next = Launch { execution, step, input, before: None };
        let launch = match self.actions.pop_front() {
            Some(Action::Launch(first)) => {
                self.actions.push_back(Action::Launch(next));
                first
            }
            _ => next,
        };
        self.last_launched = self.last_launched.max(launch.execution.serial);
        Some(launch)
    }
}
