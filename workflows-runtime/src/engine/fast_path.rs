//! The fast paths: a run with one execution, and short ways from one execution to the next.
//!
//! [`Tick::Done`] is the long way to end an execution: remove it, route its output, release its batch,
//! launch the queued events. The functions here do the same in fewer steps for the common cases. Each
//! checks its conditions first, and returns `None` without any effect if they do not hold:
//!
//! | function             | phase    | the execution has returned                                    |
//! |----------------------|----------|---------------------------------------------------------------|
//! | [`Engine::hop`]      | `Single` | one event, which exactly one step takes                       |
//! | [`Engine::stop`]     | `Single` | the output of the run                                         |
//! | `take_next_branch`   | `Full`   | one event to gather, and the next branch waits for the worker |
//! | `forward`            | `Full`   | one event, which exactly one step takes, whose worker is free |
//!
//! [`Engine::forward`] tries the last two. At most one row applies, so the order of the attempts does
//! not affect the result: the driver and [`Engine::done`] try the most frequent first, and the long way
//! last.
//!
//! Invariant: a fast path leaves the same state as the long way. It returns the launch that would be the
//! next action; the driver starts it at once, or [postpones](Engine::postpone) it. The simulation takes
//! every path through [`Engine::done`] and compares it with the model.
//!
//! None of them applies if step events are emitted, since these need every phase in order, or if actions pass a
//! gate, since each of them must.

use super::{
    Engine, Phase,
    action::{Action, Ending, Launch},
    definition::Definition,
    effects::{Effect, Effects},
    execution::{Execution, Input, Place},
    id::ExecutionId,
    machine::Machine,
    tick::Tick,
    timer::Time,
};
use crate::graph::{NONE, PortKind};
use std::{mem, time::Duration};

/// The execution of a run in [`Phase::Single`]: the fields of an [`Execution`] that differ from those of
/// [`Execution::launched`].
// Not an `Execution`: with one, a run in place takes 12 % more instructions, and a hop 6 %.
#[derive(Debug, Clone)]
pub(super) struct SingleExecution<E> {
    pub(super) serial: u64,
    /// Its slot in the machine's slab, once it is moved there.
    slot: u32,
    pub(super) step: u16,
    place: Place,
    started: Time,
    /// A copy of its input, if it may be launched again; else possibly that of an earlier execution.
    input: Option<E>,
    /// Its input, until it is launched.
    pub(super) due: Option<E>,
}

impl<E> SingleExecution<E> {
    fn id(&self) -> ExecutionId {
        ExecutionId { serial: self.serial, slot: self.slot, attempt: 1 }
    }

    #[cfg(feature = "engine")]
    pub(super) fn started(&self) -> Time {
        self.started
    }

    /// The launch of the execution, unless that was taken before.
    pub(super) fn take_launch<D: Definition<Event = E>>(&mut self) -> Option<Launch<D>> {
        let event = self.due.take()?;
        Some(Launch::first(self.id(), self.step, Input::One(event)))
    }
}

impl<D: Definition> Engine<D> {
    /// Starts the run. If exactly one step becomes runnable, returns its index, writes its id to
    /// `execution` and its input to `taken`; the caller must start it immediately.
    // Out-parameters instead of a returned struct: returning one through memory doubles the cost of a
    // short run (benches/run.rs).
    #[inline]
    pub(crate) fn begin(
        &mut self,
        event: D::Event,
        timeout: Option<Duration>,
        now: Time,
        execution: &mut ExecutionId,
        taken: &mut Effects<D>,
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

    /// Enters [`Phase::Single`] if nothing is running and exactly one step takes `event`. Returns its
    /// index and writes its id to `execution`; the caller must start it or postpone it.
    #[inline]
    pub(super) fn try_single(&mut self, event: &D::Event, now: Time, execution: &mut ExecutionId) -> Option<u16> {
        let route = self.table.routes[D::slot(event) as usize];
        if self.config.machine_only || !route.is_plain {
            return None;
        }
        let keeps_input = self.config.keeps || route.is_kept;
        let single = |serial, slot, place| {
            let input = if keeps_input { Some(event.clone()) } else { None };
            SingleExecution { serial, slot, step: route.step, place, started: now, input, due: None }
        };
        match &self.phase {
            &Phase::Idle { launched } => {
                let serial = launched + 1;
                // Constructed in place.
                self.phase = Phase::Single { single: single(serial, 0, Place::in_batch(0)), machine: None };
                *execution = ExecutionId { serial, slot: 0, attempt: 1 };
            }
            Phase::Full(machine) if machine.is_free() => {
                let serial = machine.state.launched + 1;
                let slot = machine.state.executions.next_index();
                let single = single(serial, slot, machine.root_place());
                self.enter_single(single);
                *execution = ExecutionId { serial, slot, attempt: 1 };
            }
            _ => return None,
        }
        Some(route.step)
    }

    /// Ends the single execution and launches the next one. Returns its serial and its step; its input
    /// remains in `effects`. The caller must start it immediately.
    // Returns two numbers in registers and leaves the event in place: each move of an event costs as much
    // as the rest of a hop.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "measured: a hop takes 50 % longer without it")]
    pub(crate) fn hop(&mut self, id: ExecutionId, effects: &Effects<D>, now: Time) -> Option<(u64, u16)> {
        let Phase::Single { single, .. } = &mut self.phase else { return None };
        if single.serial != id.serial {
            return None;
        }
        let event = effects.only_event()?;
        let route = self.table.routes[D::slot(event) as usize];
        if !route.is_plain {
            return None;
        }
        single.serial += 1;
        single.step = route.step;
        single.started = now;
        // Both are loaded: one branch less.
        if self.config.keeps | route.is_kept {
            single.input = Some(event.clone());
        }
        Some((single.serial, route.step))
    }

    /// Moves from [`Phase::Full`] to [`Phase::Single`]; the single execution holds the root batch.
    #[inline(never)]
    fn enter_single(&mut self, single: SingleExecution<D::Event>) {
        if let Phase::Full(mut machine) = mem::replace(&mut self.phase, Phase::Ended) {
            machine.hold(single.place.batch);
            self.phase = Phase::Single { single, machine: Some(machine) };
        }
    }

    /// Ends the run, if the single execution has returned its output.
    #[inline]
    pub(crate) fn stop(&mut self, id: ExecutionId, effects: &mut Effects<D>) -> Option<D::Output> {
        let Phase::Single { single, machine } = &mut self.phase else { return None };
        if single.serial != id.serial {
            return None;
        }
        let output = effects.take_stop()?;
        self.phase = match machine.take() {
            // Its timers and responses are dropped by `clear`, where a panic is caught.
            Some(mut machine) => {
                machine.state.ended = true;
                Phase::Full(machine)
            }
            None => Phase::Ended,
        };
        Some(output)
    }

    /// Ends the execution `id`, which has returned `effects`, and returns the launch of the next one.
    /// Enters [`Phase::Single`] if that is the only execution.
    #[inline(never)]
    pub(crate) fn forward(&mut self, id: ExecutionId, effects: &mut Effects<D>, now: Time) -> Option<Launch<D>> {
        let launch = self.next_launch(id, effects, now)?;
        if let Phase::Full(machine) = &mut self.phase {
            machine.last_launched = machine.last_launched.max(launch.execution.serial);
        }
        Some(launch)
    }

    /// As [`Self::forward`], for a launch that the driver may not have started when something cancels it.
    #[inline]
    fn next_launch(&mut self, id: ExecutionId, effects: &mut Effects<D>, now: Time) -> Option<Launch<D>> {
        let Phase::Full(machine) = &mut self.phase else { return None };
        if let Some(launch) = machine.take_next_branch(id, effects, now) {
            return Some(launch);
        }
        let launch = machine.forward(id, effects, now)?;
        if machine.state.executions.len() == 1
            && machine.actions.is_empty()
            && let Phase::Full(mut machine) = mem::replace(&mut self.phase, Phase::Ended)
        {
            match machine.take_single(launch.execution) {
                Some(single) => self.phase = Phase::Single { single, machine: Some(machine) },
                None => self.phase = Phase::Full(machine),
            }
        }
        Some(launch)
    }

    /// Handles [`Tick::Done`] by the first way that applies.
    pub(super) fn done(&mut self, id: ExecutionId, mut effects: Effects<D>, now: Time) {
        if let Some((serial, step)) = self.hop(id, &effects, now)
            && let Some(event) = effects.take_event()
        {
            self.postpone(Launch::first(ExecutionId { serial, ..id }, step, Input::One(event)));
        } else if let Some(output) = self.stop(id, &mut effects) {
            self.materialize().finish(Ending::Completed(output));
        } else if let Some(launch) = self.next_launch(id, &mut effects, now) {
            self.postpone(launch);
        } else {
            self.materialize().apply(Tick::Done { execution: id, effects }, now);
        }
    }

    /// Makes an execution that the caller cannot start immediately the next action.
    ///
    /// In [`Phase::Single`] it is a first attempt with one event; else it may be a further attempt.
    pub(crate) fn postpone(&mut self, launch: Launch<D>) {
        match (&mut self.phase, launch) {
            (Phase::Single { single, .. }, Launch { input: Input::One(event), .. }) => single.due = Some(event),
            (_, launch) => self.materialize().actions.push_front(Action::Launch(launch)),
        }
    }

    /// Enters [`Phase::Full`] and returns the machine.
    pub(super) fn materialize(&mut self) -> &mut Machine<D> {
        if !matches!(self.phase, Phase::Full(_)) {
            self.phase = Phase::Full(self.take_machine());
        }
        let Phase::Full(machine) = &mut self.phase else { unreachable!("the phase is `Full`") };
        machine
    }

    #[inline(never)]
    fn take_machine(&mut self) -> Box<Machine<D>> {
        match mem::replace(&mut self.phase, Phase::Ended) {
            Phase::Full(machine) => machine,
            Phase::Idle { launched } => {
                let machine = Machine::new(self.table, self.config, launched, self.prompts);
                Box::new(machine.recorded(self.recording.as_ref()))
            }
            Phase::Single { single, machine } => {
                let mut machine = if let Some(machine) = machine {
                    machine
                } else {
                    let mut machine = Box::new(Machine::new(self.table, self.config, single.serial - 1, self.prompts));
                    machine.hold(single.place.batch);
                    machine
                };
                machine.insert_single(single);
                machine
            }
            Phase::Ended => {
                let mut machine = Box::new(Machine::new(self.table, self.config, 0, self.prompts));
                machine.state.ended = true;
                machine
            }
        }
    }
}

impl<D: Definition> Machine<D> {
    /// Whether there are no executions, held workers or actions.
    fn is_free(&self) -> bool {
        self.state.executions.len() == 0 && self.actions.is_empty() && self.offloads.is_none()
    }

    /// Removes the only execution, which was just launched. It still holds its batch.
    fn take_single(&mut self, id: ExecutionId) -> Option<SingleExecution<D::Event>> {
        let execution = self.state.executions.remove(id.slot)?;
        self.state.queues[execution.step as usize].running -= 1;
        if D::RACES {
            self.state.batches[execution.place.batch].executions.remove(&(execution.serial, id.slot));
        }
        let input = match execution.input {
            Some(Input::One(event)) => Some(event),
            Some(Input::Many(_)) | None => None,
        };
        let Execution { serial, step, place, started, .. } = execution;
        Some(SingleExecution { serial, slot: id.slot, step, place, started, input, due: None })
    }

    /// Inserts a single execution, which holds its batch already.
    #[cold]
    fn insert_single(&mut self, mut single: SingleExecution<D::Event>) {
        let launch = single.take_launch();
        let SingleExecution { serial, slot, step, place, started, mut input, .. } = single;
        if !self.keeps_input(step) {
            // It may be that of an earlier execution.
            input = None;
        }
        self.state.launched = serial;
        self.state.queues[step as usize].running += 1;
        if D::RACES {
            self.state.batches[place.batch].executions.insert((serial, slot));
        }
        self.state.executions.insert(Execution::launched(serial, step, place, started, input.map(Input::One)));
        self.last_launched = serial;
        if let Some(launch) = launch {
            self.last_launched = serial - 1;
            self.actions.push_front(Action::Launch(launch));
        }
    }

    /// Ends the execution `id`, which has returned one event, and launches the only step that takes it in
    /// its slot.
    fn forward(&mut self, id: ExecutionId, effects: &mut Effects<D>, now: Time) -> Option<Launch<D>> {
        let event = effects.only_event()?;
        if self.config.machine_only || !self.actions.is_empty() {
            return None;
        }
        let route = self.table.routes[D::slot(event) as usize];
        let execution = self.state.executions.get_mut(id.slot)?;
        if !route.is_plain || !execution.is_plain(id) {
            return None;
        }
        let place = execution.place;
        let from = execution.step as usize;
        let to = route.step as usize;
        if self.offloads.is_some() {
            return None;
        }
        let queues = &mut self.state.queues;
        if from == to {
            // The returned execution leaves its worker to the next one, behind whatever is queued.
            if !queues[to].is_empty() {
                return None;
            }
        } else {
            // Without offloads, no number of workers is overridden.
            let is_free = queues[to].running < self.table.steps[to].workers;
            if !is_free || !queues[to].is_empty() || !queues[from].is_empty() {
                return None;
            }
            queues[from].running -= 1;
            queues[to].running += 1;
        }
        let input = Input::One(effects.take_event()?);
        let keeps_input = self.config.keeps || route.is_kept;
        let stored = if keeps_input { Some(input.clone()) } else { None };
        self.state.launched += 1;
        let serial = self.state.launched;
        if D::RACES {
            let executions = &mut self.state.batches[place.batch].executions;
            executions.remove(&(id.serial, id.slot));
            executions.insert((serial, id.slot));
        }
        execution.relaunch(serial, route.step, place, now, stored);
        Some(Launch::first(execution.id(id.slot), route.step, input))
    }

    /// Ends the execution `id`, which has returned one event to gather, and launches the next branch of
    /// its batch, which is the first in the queue, with its worker and in its slot.
    ///
    /// Returns the launch that is due first: another branch may be, or a retry.
    #[inline(never)]
    fn take_next_branch(&mut self, id: ExecutionId, effects: &mut Effects<D>, now: Time) -> Option<Launch<D>> {
        if !D::BATCHED || D::RACES || self.config.machine_only || self.offloads.is_some() {
            return None;
        }
        match self.actions.front() {
            None => {}
            Some(Action::Launch(launch)) if self.execution(launch.execution).is_some() => {}
            Some(_) => return None,
        }
        let slot = D::slot(effects.only_event()?) as usize;
        let leaf = &self.table.inputs[slot];
        if leaf.kind != PortKind::All || self.table.next[slot] != NONE {
            return None;
        }
        let execution = self.state.executions.get_mut(id.slot)?;
        if !execution.is_plain(id) {
            return None;
        }
        let step = execution.step;
        let place = execution.place;
        let keeps_input = self.config.keeps || execution.input.is_some();
        let queue = &mut self.state.queues[step as usize];
        if queue.has_requeued() || queue.next_place()?.batch != place.batch {
            return None;
        }
        let (input, next_place) = queue.next_input()?;
        let event = effects.take_event()?;
        let ports = self.table.steps[leaf.step as usize].ports;
        let batch = &mut self.state.batches[place.batch];
        batch.gather(leaf, ports, place, event);
        // The next branch holds the batch, so it does not drain.
        batch.holds -= 1;
        let stored = if keeps_input { Some(input.clone()) } else { None };
        self.state.launched += 1;
        execution.relaunch(self.state.launched, step, next_place, now, stored);
        let next = Launch::first(execution.id(id.slot), step, input);
        match self.actions.pop_front() {
            Some(Action::Launch(first)) => {
                self.actions.push_back(Action::Launch(next));
                Some(first)
            }
            _ => Some(next),
        }
    }
}
