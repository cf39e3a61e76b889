//! Where inputs come from, and since when they wait: what the trace of a recorded run needs.
//!
//! The engine's state has none of it, so it costs nothing in a run that is not recorded, and is in no snapshot. This
//! file mirrors the queues and the parked events of the state, entry by entry.
//!
//! Invariant: `queued` has as many inputs of each step as its [`Queue`](super::queue::Queue), and `parked` as many
//! events of each port as its [`Port`](super::join::Port).

use super::{
    definition::Definition,
    execution::{Place, Stage},
    id::ExecutionId,
    machine::Machine,
    queue::{Queue, QueuedInput},
    state::EngineState,
};
use crate::{
    error::StepError,
    graph::{EventInput, NONE, Table},
    run_trace::{BatchPlace, Launched, Parents, Recording},
    step_event::StepPhase,
};
use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

/// The engine's part of a recording. `None` in a run that is not recorded.
pub(super) struct Provenance {
    pub(super) recording: Recording,
    /// The execution whose output or send is performed, and its step.
    cause: Option<(u64, u16)>,
    /// By step.
    queued: Vec<VecDeque<QueuedEntry>>,
    /// The executions that emitted the parked events, by batch and step, for each port. 0 is unknown.
    parked: HashMap<(u32, u16), Vec<VecDeque<u64>>>,
    /// The open batches, by index: their numbers, and the executions that opened them.
    batches: HashMap<u32, (u64, Option<u64>)>,
}

/// Consecutive inputs of a queue that arrived together.
struct QueuedEntry {
    inputs: usize,
    arrival: ArrivalData,
}

/// The arrival of an input. Boxed and `None` in a run that is not recorded.
#[derive(Clone, Default)]
pub(super) struct Arrival(Option<Box<ArrivalData>>);

/// Which parked events a join takes.
#[derive(Clone, Copy)]
pub(super) enum Taking {
    /// Those that it requires of each port.
    Required,
    All,
}

#[derive(Clone)]
struct ArrivalData {
    at: Duration,
    parents: Parents,
}

impl Provenance {
    pub(super) fn new(recording: Recording, steps: usize) -> Self {
        Self {
            recording,
            cause: None,
            queued: (0..steps).map(|_| VecDeque::new()).collect(),
            parked: HashMap::new(),
            batches: HashMap::new(),
        }
    }

    fn batch_of(&mut self, place: Place, root: u32) -> Option<BatchPlace> {
        if place.batch == root {
            return None;
        }
        let recording = &self.recording;
        let entry = self.batches.entry(place.batch);
        // A batch from before a resume has no number yet.
        let (batch, opened_by) = *entry.or_insert_with(|| (recording.next_batch(), None));
        Some(BatchPlace { batch, branch: place.branch, opened_by })
    }
}

impl<D: Definition> Machine<D> {
    /// Begins to attribute events to an execution.
    #[inline]
    pub(super) fn attribute_to(&mut self, execution: u64, step: u16) {
        if let Some(provenance) = &mut self.provenance {
            provenance.cause = Some((execution, step));
        }
    }

    /// Ends what [`Self::attribute_to`] began.
    #[inline]
    pub(super) fn attribute_to_none(&mut self) {
        if let Some(provenance) = &mut self.provenance {
            provenance.cause = None;
        }
    }

    /// The arrival of an input that the current execution has emitted.
    #[inline]
    pub(super) fn arrival(&self) -> Arrival {
        match &self.provenance {
            Some(provenance) => provenance
                .arrival(provenance.cause.map_or(Parents::default(), |(execution, _)| Parents::one(execution))),
            None => Arrival(None),
        }
    }

    /// The arrival of an input that this execution has caused by its failure.
    pub(super) fn arrival_from(&self, execution: u64) -> Arrival {
        match &self.provenance {
            Some(provenance) => provenance.arrival(Parents::one(execution)),
            None => Arrival(None),
        }
    }

    /// Counts an event that the current execution has emitted; `leaf` is the first one that takes it, or `None` for the
    /// end of the run.
    #[inline]
    pub(super) fn record_emitted(&self, leaf: Option<u16>, events: usize) {
        if let Some(provenance) = &self.provenance
            && let Some((_, step)) = provenance.cause
        {
            provenance.recording.emitted(step, leaf, events);
        }
    }

    /// Counts events that are given to a leaf.
    #[inline]
    pub(super) fn record_taken(&self, leaf: u16, events: usize) {
        if let Some(provenance) = &self.provenance {
            provenance.recording.taken(leaf, events);
        }
    }

    /// Counts a prompt that a step has published.
    pub(super) fn record_asked(&self, step: u16) {
        if let Some(provenance) = &self.provenance {
            provenance.recording.asked(step);
        }
    }

    /// Counts a response of the type `slot` that a wait of `step` has received.
    pub(super) fn record_answered(&self, step: u16, slot: u16) {
        let Some(provenance) = &self.provenance else { return };
        let mut leaf = slot;
        while leaf != NONE {
            let input = &self.table.inputs[usize::from(leaf)];
            if input.step == step && input.port == NONE {
                return provenance.recording.taken(leaf, 1);
            }
            leaf = self.table.next[usize::from(leaf)];
        }
    }

    /// Mirrors a parked event.
    #[inline]
    pub(super) fn record_parked(&mut self, batch: u32, taker: &EventInput) {
        if let Some(provenance) = &mut self.provenance {
            let execution = provenance.cause.map_or(0, |(execution, _)| execution);
            let parked = provenance.parked.entry((batch, taker.step)).or_default();
            parked.resize_with(usize::from(self.table.steps[usize::from(taker.step)].ports), VecDeque::new);
            if let Some(port) = parked.get_mut(usize::from(taker.port)) {
                port.push_back(execution);
            }
        }
    }

    /// The arrival of a join that takes these events.
    #[inline]
    pub(super) fn arrival_of_join(&mut self, batch: u32, step: u16, taking: Taking) -> Arrival {
        match &mut self.provenance {
            Some(provenance) => provenance.join(batch, step, taking, self.table),
            None => Arrival(None),
        }
    }

    /// The parked events of a batch were dropped.
    pub(super) fn forget_parked(&mut self, batch: u32) {
        if let Some(provenance) = &mut self.provenance {
            provenance.parked.retain(|(of, _), _| *of != batch);
        }
    }

    /// Mirrors inputs that are queued for `step`.
    #[inline]
    pub(super) fn record_queued(&mut self, step: u16, inputs: usize, arrival: Arrival) {
        if let (Some(provenance), Arrival(Some(arrival))) = (&mut self.provenance, arrival) {
            provenance.recording.queued(step, inputs);
            provenance.queued[usize::from(step)].push_back(QueuedEntry { inputs, arrival: *arrival });
        }
    }

    /// Mirrors an input that has left the queue of `step`.
    #[inline]
    pub(super) fn leave_queue(&mut self, step: u16) -> Arrival {
        match &mut self.provenance {
            Some(provenance) => provenance.leave_queue(step),
            None => Arrival(None),
        }
    }

    #[inline]
    pub(super) fn record_launch(&mut self, execution: u64, step: u16, place: Place, arrival: Arrival) {
        let root = self.state.root_batch;
        if let (Some(provenance), Arrival(Some(arrival))) = (&mut self.provenance, arrival) {
            let batch = if D::BATCHED { provenance.batch_of(place, root) } else { None };
            let ArrivalData { at, parents } = *arrival;
            provenance.recording.launched(Launched { step, execution, parents, batch, queued_at: at });
        }
    }

    /// The batch at `index` was opened.
    pub(super) fn record_batch(&mut self, index: u32) {
        if let Some(provenance) = &mut self.provenance {
            let number = provenance.recording.next_batch();
            provenance.batches.insert(index, (number, provenance.cause.map(|(execution, _)| execution)));
        }
    }

    /// The batch at `index` was removed, or is a new one that no output has opened.
    #[inline]
    pub(super) fn forget_batch(&mut self, index: u32) {
        if let Some(provenance) = &mut self.provenance {
            provenance.batches.remove(&index);
        }
    }

    /// Records a further attempt that waits for a worker.
    pub(super) fn record_requeued(&mut self, id: ExecutionId) {
        if self.provenance.is_none() {
            return;
        }
        let Some(execution) = self.execution(id) else { return };
        let (step, place) = (execution.step, execution.place);
        let root = self.state.root_batch;
        if let Some(provenance) = &mut self.provenance {
            let batch = if D::BATCHED { provenance.batch_of(place, root) } else { None };
            provenance.recording.requeued(step, id.serial, id.attempt, batch);
        }
    }

    /// Records the end of an attempt.
    #[inline]
    pub(super) fn record_end(&self, id: ExecutionId, phase: StepPhase, error: Option<&StepError>) {
        if let Some(provenance) = &self.provenance {
            provenance.recording.ended(id.serial, phase, error);
        }
    }

    /// Records that an execution enters this stage because of its waits.
    pub(super) fn record_stage(&self, id: ExecutionId, stage: Stage) {
        let Some(Provenance { recording, .. }) = self.provenance.as_deref() else { return };
        match stage {
            Stage::Running => recording.resumed(id.serial, id.attempt),
            Stage::Suspended => recording.suspended(id.serial, id.attempt),
            Stage::Woken => recording.woken(id.serial, id.attempt),
            Stage::Requeued | Stage::Backoff => {}
        }
    }

    /// Mirrors a state that was restored: its inputs arrive now, from unknown executions.
    pub(super) fn record_restored(&mut self) {
        let Some(provenance) = &mut self.provenance else { return };
        provenance.mirror(&self.state);
        let mut requeued = Vec::new();
        for (slot, execution) in self.state.executions.iter_mut() {
            if execution.stage != Stage::Backoff {
                requeued.push(execution.id(slot));
            }
        }
        requeued.sort_unstable();
        for id in requeued {
            self.record_requeued(id);
        }
    }
}

impl Provenance {
    fn arrival(&self, parents: Parents) -> Arrival {
        Arrival(Some(Box::new(ArrivalData { at: self.recording.now(), parents })))
    }

    fn join(&mut self, batch: u32, step: u16, taking: Taking, table: &Table) -> Arrival {
        let mut taken = Vec::new();
        if let Some(ports) = self.parked.get_mut(&(batch, step)) {
            for (number, port) in (0..).zip(&mut *ports) {
                let is_it = |input: &&EventInput| input.step == step && input.port == number;
                let required = table.inputs.iter().find(is_it).map_or(1, |input| input.kind.required());
                let events = match taking {
                    Taking::Required => required.min(port.len()),
                    Taking::All => port.len(),
                };
                taken.extend(port.drain(..events));
            }
            if ports.iter().all(VecDeque::is_empty) {
                self.parked.remove(&(batch, step));
            }
        }
        if taken.is_empty() {
            // A batch without branches comes from its opener.
            taken.extend(self.batches.get(&batch).and_then(|(_, opened_by)| *opened_by));
        }
        self.arrival(Parents::of(taken))
    }

    fn leave_queue(&mut self, step: u16) -> Arrival {
        self.recording.left_queue(step);
        let queue = &mut self.queued[usize::from(step)];
        let Some(first) = queue.front_mut() else { return self.arrival(Parents::default()) };
        let arrival = first.arrival.clone();
        first.inputs = first.inputs.saturating_sub(1);
        if first.inputs == 0 {
            queue.pop_front();
        }
        Arrival(Some(Box::new(arrival)))
    }

    fn mirror<E>(&mut self, state: &EngineState<E>) {
        let arrival = ArrivalData { at: self.recording.now(), parents: Parents::default() };
        for (step, queue) in (0..).zip(&state.queues) {
            let inputs = inputs(queue);
            let mirrored = &mut self.queued[usize::from(step)];
            mirrored.clear();
            if inputs > 0 {
                self.recording.queued(step, inputs);
                mirrored.push_back(QueuedEntry { inputs, arrival: arrival.clone() });
            }
        }
        self.parked.clear();
        for (index, batch) in state.batches.iter_indexed() {
            for join in &batch.joins {
                let ports = join.ports.iter().map(|port| port.events.iter().map(|_| 0).collect()).collect();
                self.parked.insert((index, join.step), ports);
            }
        }
    }
}

/// The number of queued inputs.
fn inputs<E>(queue: &Queue<E>) -> usize {
    let mut inputs = 0;
    for input in &queue.inputs {
        inputs += match input {
            QueuedInput::Single { .. } => 1,
            QueuedInput::Branches(branches) => branches.events.len(),
        };
    }
    inputs
}
