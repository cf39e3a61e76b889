//! Batches: what belongs together since it was sent together, and the joins that wait for it.
//!
//! A batch lives as long as anything in it does: an event, an execution, a batch within, or an
//! event that a join other than a `Vec` keeps. Its opener holds it while it is being filled.

use super::{Action, Core, ExecutionId, Graph, Input, Place, StepPhase, Time};
use crate::{
    Parked,
    graph::{Leaf, PortKind},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Events sent together and what they led to, down to the next join.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Batch<E> {
    /// Where its joins emit: the place of the execution that opened it.
    pub(super) home: Place,
    /// Which output opened it, among all that can; none for the run itself.
    opener: Option<u16>,
    /// How much keeps it from having drained.
    pub(super) live: usize,
    /// A race has been decided in it: what is left of it is dropped.
    closed: bool,
    /// It no longer keeps the batch around it from draining.
    detached: bool,
    /// What its joins keep, by step.
    kept: Vec<Kept<E>>,
}

/// What one join of a batch keeps, parameter by parameter.
#[derive(Debug, Serialize, Deserialize)]
struct Kept<E> {
    step: u16,
    kind: PortKind,
    ports: Vec<VecDeque<(u32, E)>>,
    /// A race has been decided here.
    decided: bool,
}

impl<E> Kept<E> {
    fn len(&self) -> usize {
        self.ports.iter().map(VecDeque::len).sum()
    }

    /// How much of it keeps the batch from draining.
    fn live(&self) -> usize {
        if self.kind == PortKind::All { 0 } else { self.len() }
    }

    /// Takes `n` events off each parameter, and the lowest of their branches.
    fn take(&mut self, n: usize) -> (u32, Input<E>) {
        let taken: Vec<_> = self.ports.iter_mut().flat_map(|port| port.drain(..n)).collect();
        let branch = taken.iter().map(|(branch, _)| *branch).min().unwrap_or(0);
        (branch, Input::Many(taken.into_iter().map(|(_, event)| event).collect()))
    }

    /// Takes everything, in the order in which the batch was sent.
    fn take_sorted(&mut self) -> Input<E> {
        let mut all = Vec::from(std::mem::take(&mut self.ports[0]));
        all.sort_by_key(|(branch, _)| *branch);
        Input::Many(all.into_iter().map(|(_, event)| event).collect())
    }
}

impl<E> Batch<E> {
    /// The run itself.
    pub(super) fn root() -> Self {
        Self { home: Place::ROOT, opener: None, live: 0, closed: false, detached: false, kept: Vec::new() }
    }

    fn kept(&mut self, step: u16, kind: PortKind, ports: u16) -> &mut Kept<E> {
        let at = self.kept.iter().position(|kept| kept.step == step).unwrap_or_else(|| {
            let ports = (0..ports).map(|_| VecDeque::new()).collect();
            self.kept.push(Kept { step, kind, ports, decided: false });
            self.kept.len() - 1
        });
        &mut self.kept[at]
    }
}

impl<G: Graph> Core<G> {
    /// Opens a batch for the output `opener` of the execution at `home`.
    pub(super) fn open(&mut self, home: Place, opener: u16) -> Place {
        self.state.batches[home.batch as usize].live += 1;
        let batch = Batch { home, opener: Some(opener), live: 1, ..Batch::root() };
        let batch = u32::try_from(self.state.batches.insert(batch)).expect("fewer batches at once than 2^32");
        // The first `Branch` makes it 0.
        Place { batch, branch: u32::MAX }
    }

    /// Keeps `event` for a join, and launches the join if it is complete.
    pub(super) fn park(&mut self, taker: &Leaf, event: G::Event, place: Place, now: Time) {
        if G::RACES && self.is_closed(place.batch) {
            return;
        }
        let ports = self.table.steps[taker.step as usize].ports;
        let batch = &mut self.state.batches[place.batch as usize];
        let kept = batch.kept(taker.step, taker.kind, ports);
        if kept.decided {
            return;
        }
        kept.ports[taker.port as usize].push_back((place.branch, event));
        let complete = match taker.kind {
            PortKind::All => return,
            PortKind::One => kept.ports.iter().all(|port| !port.is_empty()).then_some(1),
            PortKind::Every(n) | PortKind::First(n) => (kept.ports[0].len() == n).then_some(n),
        };
        let Some(each) = complete else {
            batch.live += 1;
            return;
        };
        let (branch, input) = kept.take(each);
        if let PortKind::First(_) = taker.kind {
            kept.decided = true;
            batch.live -= each - 1;
            return self.decide(taker.step, input, place.batch, now);
        }
        // All but the one that has just come were counted.
        let counted = each * usize::from(ports) - 1;
        self.enqueue(taker.step, input, Place { branch, ..place }, now);
        self.state.batches[place.batch as usize].live -= counted;
    }

    /// Lets go of one thing that kept `batch` from draining.
    pub(super) fn release(&mut self, batch: u32, now: Time) {
        if !G::BATCHED {
            return;
        }
        let mut batch = batch;
        loop {
            let this = &mut self.state.batches[batch as usize];
            this.live -= 1;
            if this.live > 0 || batch == 0 {
                return;
            }
            let dead = G::RACES && self.is_closed(batch);
            let mut this = self.state.batches.remove(batch as usize);
            if this.detached {
                return;
            }
            if !dead {
                self.launch_joins(&mut this, now);
            }
            batch = this.home.batch;
        }
    }

    /// Launches the joins of a batch that has drained: all that its opener can lead to, also
    /// those that nothing reached.
    fn launch_joins(&mut self, batch: &mut Batch<G::Event>, now: Time) {
        let steps = self.table.steps.len();
        let first = usize::from(batch.opener.unwrap_or_default()) * steps;
        for step in 0..steps {
            let number = u16::try_from(step).expect("checked at compile time");
            let kept = batch.kept.iter_mut().find(|kept| kept.step == number && kept.kind == PortKind::All);
            if kept.is_none() && !self.table.joins[first + step] {
                continue;
            }
            let input = kept.map_or(Input::Many(Vec::new()), Kept::take_sorted);
            self.enqueue(number, input, batch.home, now);
        }
    }

    /// The outermost batch drains when nothing else is left; its joins stay in it.
    pub(super) fn drain_root(&mut self, now: Time) {
        let root = &mut self.state.batches[0];
        if root.live > 0 {
            return;
        }
        let all = root.kept.iter_mut().filter(|kept| kept.kind == PortKind::All && kept.len() > 0);
        let mut joins: Vec<_> = all.map(|kept| (kept.step, kept.take_sorted())).collect();
        joins.sort_by_key(|(step, _)| *step);
        for (step, input) in joins {
            self.enqueue(step, input, Place::ROOT, now);
        }
    }

    /// Whether a race has been decided in this batch or one around it.
    pub(super) fn is_closed(&self, batch: u32) -> bool {
        let mut batch = batch;
        while batch != 0 {
            let this = &self.state.batches[batch as usize];
            if this.closed {
                return true;
            }
            batch = this.home.batch;
        }
        false
    }

    /// Launches the step that has won a race in `batch`, and cancels the rest of it.
    fn decide(&mut self, step: u16, input: Input<G::Event>, batch: u32, now: Time) {
        if batch == 0 {
            self.state.batches.iter_mut().for_each(|(key, batch)| batch.closed = key != 0);
            self.cancel_queued(now);
            self.cancel_within(None, now);
            return self.enqueue(step, input, Place::ROOT, now);
        }
        let this = &mut self.state.batches[batch as usize];
        (this.closed, this.detached) = (true, true);
        let home = this.home;
        self.enqueue(step, input, home, now);
        self.cancel_within(Some(batch), now);
        self.release(home.batch, now);
    }

    /// Drops what is being executed in `batch` and those within it, or anywhere.
    fn cancel_within(&mut self, batch: Option<u32>, now: Time) {
        let within = |core: &Self, place: Place| batch.is_none() || core.is_closed(place.batch);
        let executions = self.state.executions.iter().filter(|(_, e)| within(self, e.place));
        let dropped: Vec<_> = executions.map(|(slot, e)| (slot, e.serial)).collect();
        let mut steps = Vec::new();
        for (slot, serial) in dropped {
            let id = ExecutionId { slot: u32::try_from(slot).expect("it was one"), serial };
            let Some(execution) = self.remove(id) else { continue };
            // It may not have been started yet.
            self.actions.retain(|action| !matches!(action, Action::Launch(launch) if launch.execution == id));
            self.phase(&execution, StepPhase::Dropped);
            self.actions.push_back(Action::Drop { execution: id });
            self.release(execution.place.batch, now);
            steps.push(execution.step);
        }
        let all: Vec<_> = self.state.batches.iter().map(|(key, _)| key).collect();
        for key in all {
            let number = u32::try_from(key).expect("it was one");
            if self.state.batches.contains(key) && (batch.is_none() || self.is_closed(number)) {
                let kept = &mut self.state.batches[key].kept;
                let live = kept.iter().map(Kept::live).sum();
                kept.iter_mut().for_each(|kept| kept.ports.iter_mut().for_each(VecDeque::clear));
                (0..live).for_each(|_| self.release(number, now));
            }
        }
        for step in steps {
            self.launch_queued(step, now);
        }
    }

    fn cancel_queued(&mut self, now: Time) {
        for step in 0..self.state.queues.len() {
            for (_, place) in std::mem::take(&mut self.state.queues[step].waiting) {
                self.release(place.batch, now);
            }
        }
    }

    /// How many events each join keeps, in the order of the steps.
    pub(super) fn parked(&self) -> Vec<Parked> {
        let mut parked = BTreeMap::<u16, usize>::new();
        for kept in self.state.batches.iter().flat_map(|(_, batch)| &batch.kept) {
            *parked.entry(kept.step).or_default() += kept.len();
        }
        let name = |step: u16| self.table.steps[step as usize].name.to_owned();
        let filled = parked.into_iter().filter(|(_, events)| *events > 0);
        filled.map(|(step, events)| Parked { step: name(step), events }).collect()
    }
}
