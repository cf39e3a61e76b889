//! Joins: steps that are launched with several events of one batch.

use super::{
    batch::Batch,
    execution::{Input, Place},
    graph::Graph,
    machine::Machine,
    recovery_budget::RecoveryBudgets,
    timer::Time,
};
use crate::{
    error::Parked,
    graph::{EventInput, PortKind},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// What one step keeps of a batch, parameter by parameter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Join<E> {
    step: u16,
    /// It takes all there is once the batch has drained.
    gathers: bool,
    /// A race has been decided here.
    pub(super) decided: bool,
    ports: Vec<Port<E>>,
}

/// The events of one parameter, each with its branch and its lineage.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Port<E> {
    needs: usize,
    events: VecDeque<(u32, u32, E)>,
}

impl<E> Join<E> {
    fn new(step: u16, ports: u16) -> Self {
        let ports = (0..ports).map(|_| Port { needs: 1, events: VecDeque::new() }).collect();
        Self { step, gathers: false, decided: false, ports }
    }

    fn len(&self) -> usize {
        self.ports.iter().map(|port| port.events.len()).sum()
    }

    /// Whether it is as if it had never been.
    pub(super) fn is_pristine(&self) -> bool {
        !self.decided && self.len() == 0
    }

    /// How much of it keeps the batch from draining.
    pub(super) fn live(&self) -> usize {
        if self.gathers { 0 } else { self.len() }
    }

    fn is_complete(&self) -> bool {
        self.ports.iter().all(|port| port.events.len() >= port.needs)
    }

    /// Takes what each parameter needs, first come, first served, and tells the lowest of its branches.
    fn take(&mut self, recovery_budgets: &mut RecoveryBudgets) -> (u32, u32, Vec<E>) {
        let (mut branch, mut lineage) = (u32::MAX, 0);
        let taken = self.ports.iter_mut().flat_map(|port| port.events.drain(..port.needs));
        let events = taken.map(|(of, line, event)| {
            branch = branch.min(of);
            lineage = recovery_budgets.joined(lineage, line);
            event
        });
        let events = events.collect();
        (branch, lineage, events)
    }

    /// Takes everything, parameter by parameter, in the order in which the batch was sent.
    fn take_all(&mut self, recovery_budgets: &mut RecoveryBudgets) -> (u32, Input<E>) {
        let mut events = Vec::with_capacity(self.len());
        let mut lineage = 0;
        for port in &mut self.ports {
            let mut all = Vec::from(std::mem::take(&mut port.events));
            all.sort_by_key(|(branch, ..)| *branch);
            events.extend(all.into_iter().map(|(_, line, event)| {
                lineage = recovery_budgets.joined(lineage, line);
                event
            }));
        }
        (lineage, Input::Many(events))
    }
}

impl<E> Batch<E> {
    fn join(&mut self, step: u16, ports: u16) -> &mut Join<E> {
        let at = self.joins.iter().position(|join| join.step == step).unwrap_or_else(|| {
            self.joins.push(Join::new(step, ports));
            self.joins.len() - 1
        });
        &mut self.joins[at]
    }

    /// Keeps `event` for the step that gathers the batch.
    pub(super) fn gather(&mut self, taker: &EventInput, ports: u16, place: Place, event: E) {
        let join = self.join(taker.step, ports);
        join.gathers = true;
        join.ports[taker.port as usize].events.push_back((place.branch, place.lineage, event));
    }
}

impl<G: Graph> Machine<G> {
    /// Keeps `event` for a join, and launches the join if it is complete.
    pub(super) fn park(&mut self, taker: &EventInput, event: G::Event, place: Place, now: Time) {
        let batch = &mut self.state.batches[place.batch];
        if batch.closed {
            return;
        }
        let join = batch.join(taker.step, self.table.steps[taker.step as usize].ports);
        if join.decided {
            return;
        }
        let port = &mut join.ports[taker.port as usize];
        port.events.push_back((place.branch, place.lineage, event));
        port.needs = match taker.kind {
            PortKind::One => 1,
            PortKind::Every(n) | PortKind::First(n) => n,
            PortKind::All => {
                join.gathers = true;
                return;
            }
        };
        if !join.is_complete() {
            batch.live += 1;
            return;
        }
        let (branch, lineage, events) = join.take(&mut self.state.recovery_budgets);
        let race = matches!(taker.kind, PortKind::First(_));
        join.decided = race;
        // All but the one that has just come kept the batch from draining. Something still does:
        // whoever brings this event holds the batch.
        batch.live -= events.len() - 1;
        if race {
            self.decide(taker.step, Input::Many(events), place.batch, lineage, now);
        } else {
            self.enqueue(taker.step, Input::Many(events), Place { branch, lineage, ..place }, now);
        }
    }

    /// Launches the joins of a batch that has drained: all that its opener can lead to, also
    /// those that nothing reached.
    pub(super) fn launch_joins(&mut self, batch: &mut Batch<G::Event>, now: Time) {
        let steps = self.table.steps.len();
        let first = usize::from(batch.opener.unwrap_or_default()) * steps;
        for (step, joins) in (0..).zip(&self.table.joins[first..first + steps]) {
            let join = batch.joins.iter_mut().find(|join| join.step == step && join.gathers);
            if join.is_some() || *joins {
                let recovery_budgets = &mut self.state.recovery_budgets;
                let (line, input) = join.map_or((0, Input::Many(Vec::new())), |join| join.take_all(recovery_budgets));
                let lineage = recovery_budgets.joined(batch.home.lineage, line);
                self.enqueue(step, input, Place { lineage, ..batch.home }, now);
            }
        }
    }

    /// The outermost batch drains when nothing else is left; its joins stay in it.
    pub(super) fn drain_root(&mut self, now: Time) {
        let root = &mut self.state.batches[self.state.root];
        if root.live > 0 {
            return;
        }
        // Anything that other joins kept would keep it from draining.
        let filled = root.joins.iter_mut().filter(|join| join.len() > 0);
        let recovery_budgets = &mut self.state.recovery_budgets;
        let mut joins: Vec<_> = filled.map(|join| (join.step, join.take_all(recovery_budgets))).collect();
        joins.sort_by_key(|(step, _)| *step);
        for (step, (lineage, input)) in joins {
            self.enqueue(step, input, Place { lineage, ..self.root() }, now);
        }
    }

    /// How many events each join keeps, in the order of the steps.
    pub(super) fn parked(&self) -> Vec<Parked> {
        let mut parked = BTreeMap::<u16, usize>::new();
        for join in self.state.batches.iter().flat_map(|batch| &batch.joins) {
            *parked.entry(join.step).or_default() += join.len();
        }
        let name = |step: u16| self.table.steps[step as usize].name.to_owned();
        let filled = parked.into_iter().filter(|(_, events)| *events > 0);
        filled.map(|(step, events)| Parked { step: name(step), events }).collect()
    }
}
