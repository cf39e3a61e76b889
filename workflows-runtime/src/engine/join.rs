//! Joins: steps that are launched with several events of one batch.
//!
//! A step is a join if it has several parameters, or one that collects: `[E; N]`, `First<E, N>` or
//! `Vec<E>`. Its events are parked in the batch, per parameter in order of arrival. The step is
//! launched once each parameter has enough: with `Vec`, when the batch has drained; else with the event
//! that completes it.

use super::{
    batch::Batch,
    definition::Definition,
    execution::{Input, Place},
    machine::Machine,
    provenance::Taking,
    recovery_budget::RecoveryBudgets,
    timer::Time,
};
use crate::{
    error::Parked,
    graph::{EventInput, PortKind},
};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The parked events of one step in one batch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Join<E> {
    pub(super) step: u16,
    /// It is launched when the batch has drained, with all of its events.
    pub(super) gathers: bool,
    /// The step has won a race in this batch, and takes no further events.
    pub(super) decided: bool,
    pub(super) ports: Vec<Port<E>>,
}

/// The parked events of one parameter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Port<E> {
    /// The number of events that one launch takes.
    pub(super) required: usize,
    pub(super) events: VecDeque<ParkedEvent<E>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ParkedEvent<E> {
    pub(super) branch: u32,
    pub(super) lineage: u32,
    pub(super) event: E,
}

/// The input of a join.
struct Taken<E> {
    /// The lowest branch of the events.
    branch: u32,
    lineage: u32,
    events: Vec<E>,
}

impl<E> Join<E> {
    fn new(step: u16, ports: u16) -> Self {
        let ports = (0..ports).map(|_| Port { required: 1, events: VecDeque::new() }).collect();
        Self { step, gathers: false, decided: false, ports }
    }

    fn len(&self) -> usize {
        self.ports.iter().map(|port| port.events.len()).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it equals a new join.
    pub(super) fn is_pristine(&self) -> bool {
        !self.decided && self.is_empty()
    }

    /// How many times it holds its batch.
    pub(super) fn holds(&self) -> usize {
        if self.gathers { 0 } else { self.len() }
    }

    /// Whether it waits for more events of this input.
    fn lacks(&self, input: &EventInput) -> bool {
        match self.ports.get(input.port as usize) {
            Some(port) => port.events.len() < input.kind.required(),
            None => false,
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.ports.iter().all(|port| port.events.len() >= port.required)
    }

    /// Takes the events of one launch: for each parameter the first ones that arrived.
    fn take(&mut self, recovery_budgets: &mut RecoveryBudgets) -> Taken<E> {
        let mut taken = Taken { branch: u32::MAX, lineage: 0, events: Vec::new() };
        for port in &mut self.ports {
            for parked in port.events.drain(..port.required) {
                taken.branch = taken.branch.min(parked.branch);
                taken.lineage = recovery_budgets.joined(taken.lineage, parked.lineage);
                taken.events.push(parked.event);
            }
        }
        taken
    }

    /// Takes all events, for each parameter in the order of their branches: the order in which the
    /// batch was emitted.
    fn take_all(&mut self, recovery_budgets: &mut RecoveryBudgets) -> (u32, Input<E>) {
        let mut events = Vec::with_capacity(self.len());
        let mut lineage = 0;
        for port in &mut self.ports {
            let mut parked = Vec::from(std::mem::take(&mut port.events));
            parked.sort_by_key(|parked| parked.branch);
            for parked in parked {
                lineage = recovery_budgets.joined(lineage, parked.lineage);
                events.push(parked.event);
            }
        }
        (lineage, Input::Many(events))
    }
}

impl<E> Batch<E> {
    /// The join of `step`, created on first use.
    fn join_mut(&mut self, step: u16, ports: u16) -> &mut Join<E> {
        let at = if let Some(at) = self.joins.iter().position(|join| join.step == step) {
            at
        } else {
            self.joins.push(Join::new(step, ports));
            self.joins.len() - 1
        };
        &mut self.joins[at]
    }

    /// Parks `event` for a step that gathers the batch.
    pub(super) fn gather(&mut self, taker: &EventInput, ports: u16, place: Place, event: E) {
        let join = self.join_mut(taker.step, ports);
        join.gathers = true;
        let parked = ParkedEvent { branch: place.branch, lineage: place.lineage, event };
        join.ports[taker.port as usize].events.push_back(parked);
    }
}

impl<D: Definition> Machine<D> {
    /// Parks `event` for a join, and launches the join if it is complete.
    pub(super) fn park(&mut self, taker: &EventInput, event: D::Event, place: Place, now: Time) {
        let batch = &mut self.state.batches[place.batch];
        if batch.cancelled {
            return;
        }
        let join = batch.join_mut(taker.step, self.table.steps[taker.step as usize].ports);
        if join.decided {
            return;
        }
        let port = &mut join.ports[taker.port as usize];
        port.events.push_back(ParkedEvent { branch: place.branch, lineage: place.lineage, event });
        port.required = match taker.kind {
            PortKind::One => 1,
            PortKind::Every(n) | PortKind::First(n) => n,
            PortKind::All => {
                join.gathers = true;
                return self.record_parked(place.batch, taker);
            }
        };
        if !join.is_complete() {
            batch.holds += 1;
            return self.record_parked(place.batch, taker);
        }
        let Taken { branch, lineage, events } = join.take(&mut self.state.recovery_budgets);
        let is_race = matches!(taker.kind, PortKind::First(_));
        join.decided = is_race;
        // The last event has never held the batch. The batch does not drain: the caller holds it.
        batch.holds -= events.len() - 1;
        self.record_parked(place.batch, taker);
        let arrival = self.arrival_of_join(place.batch, taker.step, Taking::Required);
        if is_race {
            self.decide(taker.step, Input::Many(events), place.batch, lineage, arrival, now);
        } else {
            self.enqueue(taker.step, Input::Many(events), Place { branch, lineage, ..place }, arrival, now);
        }
    }

    /// Launches the joins of a drained batch: all that its opener can lead to, including those that
    /// have received no event. `index` was the index of the batch.
    pub(super) fn launch_joins(&mut self, index: u32, batch: &mut Batch<D::Event>, now: Time) {
        let steps = self.table.steps.len();
        let first = usize::from(batch.opener.unwrap_or_default()) * steps;
        for (step, is_reachable) in (0..).zip(&self.table.joins[first..first + steps]) {
            let recovery_budgets = &mut self.state.recovery_budgets;
            let (lineage, input) = match batch.joins.iter_mut().find(|join| join.step == step && join.gathers) {
                Some(join) => join.take_all(recovery_budgets),
                None if *is_reachable => (0, Input::Many(Vec::new())),
                None => continue,
            };
            let lineage = recovery_budgets.joined(batch.parent.lineage, lineage);
            let arrival = self.arrival_of_join(index, step, Taking::All);
            self.enqueue(step, input, Place { lineage, ..batch.parent }, arrival, now);
        }
    }

    /// Launches the joins of the root batch that have received an event. The batch remains open.
    ///
    /// Invariant: the run is idle, so the root batch is held by incomplete joins only.
    pub(super) fn drain_root(&mut self, now: Time) {
        let root = &mut self.state.batches[self.state.root_batch];
        if root.holds > 0 {
            return;
        }
        let recovery_budgets = &mut self.state.recovery_budgets;
        let mut launches = Vec::<(u16, _, _)>::new();
        for join in &mut root.joins {
            if !join.is_empty() {
                let (lineage, input) = join.take_all(recovery_budgets);
                // In order of the steps. Not sorted afterwards: a program would contain the code of the sort.
                let at = launches.partition_point(|(step, ..)| *step <= join.step);
                launches.insert(at, (join.step, lineage, input));
            }
        }
        for (step, lineage, input) in launches {
            let place = self.root_place();
            let arrival = self.arrival_of_join(place.batch, step, Taking::All);
            self.enqueue(step, input, Place { lineage, ..place }, arrival, now);
        }
    }

    /// The number of parked events per join, in declaration order of the steps, and the events that they miss.
    pub(super) fn parked(&self) -> Vec<Parked> {
        let mut parked = Vec::new();
        for (number, step) in (0..).zip(self.table.steps) {
            let joins = self.state.batches.iter().flat_map(|batch| &batch.joins);
            let joins: Vec<_> = joins.filter(|join| join.step == number && !join.is_empty()).collect();
            if joins.is_empty() {
                continue;
            }
            let inputs = self.table.inputs.iter().filter(|input| input.step == number);
            let missing = inputs.filter(|input| joins.iter().any(|join| join.lacks(input)));
            parked.push(Parked {
                step: step.name.to_owned(),
                events: joins.iter().map(|join| join.len()).sum(),
                missing: missing.map(|input| input.key.name()).collect(),
            });
        }
        parked
    }
}
