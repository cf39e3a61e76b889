//! The routing of the model: the steps that take an event, and the events that complete a join.

use super::{CopyState, Model, ParkedCopy, Place};
use crate::{engine::tests::simulation::graph::Token, graph::PortKind};
use std::collections::BTreeMap;

impl Model {
    pub(super) fn route(&mut self, event: &Token, place: Place) {
        for leaf in self.case.takers[event.slot as usize].clone() {
            let taker = self.leaf(leaf);
            let copy = (event.id, taker.step, None);
            assert_eq!(self.copies.insert(copy, CopyState::Parked), None, "a step receives an event once");
            let race = if place.batch == self.root { None } else { Some(place.batch) };
            if self.is_cancelled(place.batch) || self.decided.contains(&(race, taker.step)) {
                self.copies.insert(copy, CopyState::Dropped);
                self.coverage.dropped_events += 1;
                continue;
            }
            self.parked.push(ParkedCopy { event: event.id, place, leaf });
            match taker.kind {
                PortKind::All => {}
                PortKind::First(n) => {
                    if self.parked_for(place.batch, leaf).len() == n {
                        let won = self.take(place.batch, leaf, n);
                        let events = won.iter().map(|parked| parked.event).collect();
                        let recovered = self.joined(&won);
                        self.coverage.races += u32::from(race.is_some());
                        self.coverage.root_races += u32::from(race.is_none());
                        let home = self.cancel(place.batch);
                        self.decided.insert((race, taker.step));
                        self.enqueue(taker.step, events, home.after(recovered));
                    }
                }
                PortKind::One | PortKind::Every(_) => self.pair(taker.step, place.batch),
            }
        }
    }

    /// Launches `step` if `batch` has enough for each of its parameters.
    fn pair(&mut self, step: u16, batch: usize) {
        let ports: BTreeMap<u16, (u16, usize)> = (0..)
            .zip(self.case.table.inputs)
            .filter(|(_, leaf)| leaf.step == step)
            .map(|(at, leaf)| (leaf.port, (at, if let PortKind::Every(n) = leaf.kind { n } else { 1 })))
            .collect();
        if ports.values().all(|(leaf, n)| self.parked_for(batch, *leaf).len() >= *n) {
            let mut taken = Vec::new();
            for (leaf, n) in ports.into_values() {
                taken.extend(self.take(batch, leaf, n));
            }
            self.coverage.sets += u32::from(taken.len() > 1);
            let branch = taken.iter().map(|parked| parked.place.branch).min().expect("a step has a parameter");
            let recovered = self.joined(&taken);
            self.enqueue(step, taken.iter().map(|parked| parked.event).collect(), Place { batch, branch, recovered });
        }
    }

    /// The indices in `parked` of the events of one parameter, in the order of arrival.
    fn parked_for(&self, batch: usize, leaf: u16) -> Vec<usize> {
        let of = |leaf: u16| (self.leaf(leaf).step, self.leaf(leaf).port);
        let same = |parked: &ParkedCopy| parked.place.batch == batch && of(parked.leaf) == of(leaf);
        self.parked.iter().enumerate().filter(|(_, parked)| same(parked)).map(|(at, _)| at).collect()
    }

    fn take(&mut self, batch: usize, leaf: u16, n: usize) -> Vec<ParkedCopy> {
        let at = self.parked_for(batch, leaf);
        at[..n].iter().enumerate().map(|(before, at)| self.parked.remove(at - before)).collect()
    }

    pub(super) fn enqueue(&mut self, step: u16, events: Vec<u64>, place: Place) {
        for event in &events {
            let was = self.copies.insert((*event, step, None), CopyState::Queued);
            assert_eq!(was, Some(CopyState::Parked), "an event is taken once");
        }
        self.add_work(step, events, None, place);
    }
}
