//! Batches: their tree, what holds them, and the events that are parked in joins.

use super::{Checked, Validator, ensure};
use crate::{
    engine::{
        batch::Batch,
        definition::Definition,
        join::{Join, Port},
        queue::QueuedInput,
    },
    graph::PortKind,
};
use std::collections::BTreeSet;

/// What refers to a batch, counted over the whole state.
#[derive(Default)]
struct References {
    holds: usize,
    executions: BTreeSet<(u64, u32)>,
    children: BTreeSet<u32>,
}

impl<D: Definition> Validator<'_, D> {
    pub(super) fn batches(&self) -> Checked {
        let state = self.state;
        if !D::BATCHED {
            ensure!(state.batches.len() == 0, "there are batches, but no step joins events");
            return Ok(());
        }
        let root = state.root_batch;
        ensure!(state.batches.get(root).is_some(), "the batch of the run does not exist");
        let references = self.references()?;
        for (index, batch) in state.batches.iter_indexed() {
            self.batch(index, batch, &references[index as usize])?;
        }
        self.batch_tree()
    }

    /// Counts what refers to each batch.
    ///
    /// Invariant: the places of queued inputs and executions are valid.
    fn references(&self) -> Result<Vec<References>, String> {
        let state = self.state;
        let mut references = Vec::new();
        references.resize_with(state.batches.slots(), References::default);
        for queued in state.queues.iter().flat_map(|queue| &queue.inputs) {
            match queued {
                QueuedInput::Single { place, .. } => references[place.batch as usize].holds += 1,
                QueuedInput::Branches(branches) => {
                    references[branches.first.batch as usize].holds += branches.events.len();
                }
            }
        }
        for (slot, execution) in state.executions.iter_indexed() {
            let of = &mut references[execution.place.batch as usize];
            of.holds += 1;
            if D::RACES {
                of.executions.insert((execution.serial, slot));
            }
        }
        for (index, batch) in state.batches.iter_indexed() {
            references[index as usize].holds += batch.joins.iter().map(Join::holds).sum::<usize>();
            if self.has_parent(index, batch) {
                let parent = batch.parent.batch;
                ensure!(
                    state.batches.get(parent).is_some(),
                    "batch {index} is in batch {parent}, which does not exist"
                );
                let of = &mut references[parent as usize];
                of.holds += 1;
                if D::RACES {
                    of.children.insert(index);
                }
            }
        }
        Ok(references)
    }

    /// Whether a batch holds the batch around it.
    fn has_parent(&self, index: u32, batch: &Batch<D::Event>) -> bool {
        index != self.state.root_batch && !batch.detached
    }

    fn batch(&self, index: u32, batch: &Batch<D::Event>, references: &References) -> Checked {
        let References { holds, executions, children } = references;
        ensure!(batch.holds == *holds, "batch {index} is held {holds} times, not {}", batch.holds);
        ensure!(batch.executions == *executions, "batch {index} lists other executions than it has");
        ensure!(batch.children == *children, "batch {index} lists other batches than are opened in it");
        self.lineage(batch.parent.lineage)?;
        if index == self.state.root_batch {
            let is_open = !batch.detached && !batch.cancelled;
            ensure!(is_open && batch.opener.is_none(), "the batch of the run has been opened or closed by a step");
        } else {
            ensure!(*holds > 0, "batch {index} is open, but nothing is left in it");
        }
        if self.has_parent(index, batch) {
            let opener = batch.opener.map_or(usize::MAX, usize::from);
            let openers = self.table.joins.len() / self.table.steps.len();
            ensure!(opener < openers, "batch {index} was opened by an output that does not exist");
            let is_cancelled = self.state.batches[batch.parent.batch].cancelled;
            ensure!(batch.cancelled == is_cancelled, "batch {index} and the one around it are not cancelled together");
        }
        if batch.detached {
            ensure!(D::RACES && batch.cancelled, "batch {index} is detached, but no race was decided in it");
        }
        if batch.cancelled {
            let is_empty = batch.joins.iter().all(Join::is_pristine) && batch.executions.is_empty();
            ensure!(is_empty, "batch {index} is cancelled, but steps in it continue");
        }
        let mut steps = BTreeSet::new();
        for join in &batch.joins {
            ensure!(steps.insert(join.step), "batch {index} has two joins of one step");
            self.join(join)?;
        }
        Ok(())
    }

    fn join(&self, join: &Join<D::Event>) -> Checked {
        let name = self.step(join.step)?;
        let ports = self.inputs.ports(join.step);
        ensure!(join.ports.len() == ports.len(), "the join of `{name}` has {} parameters", join.ports.len());
        let gathers = ports.contains(&PortKind::All);
        ensure!(join.gathers == gathers, "the join of `{name}` waits for the wrong moment");
        if join.decided {
            let races = ports.iter().any(|kind| matches!(kind, PortKind::First(_)));
            ensure!(races && join.is_empty(), "`{name}` has won a race, but still takes events");
        }
        for ((port, kind), parked) in (0..).zip(ports).zip(&join.ports) {
            let Port { required, events } = parked;
            let expected = match kind {
                PortKind::One | PortKind::All => 1,
                PortKind::Every(n) | PortKind::First(n) => *n,
            };
            // The number is set by the first event.
            let is_right = *required == expected || events.is_empty() && *required == 1;
            ensure!(is_right, "the join of `{name}` requires {required} events");
            for event in events {
                ensure!(
                    self.takes(join.step, port, &event.event),
                    "an event is parked at `{name}`, which does not take it"
                );
                self.lineage(event.lineage)?;
            }
        }
        ensure!(gathers || !join.is_complete(), "the join of `{name}` is complete, but was not launched");
        Ok(())
    }

    /// Checks that no batch is opened inside itself.
    fn batch_tree(&self) -> Checked {
        let batches = &self.state.batches;
        // The walk from which a batch was reached first.
        let mut reached_from = vec![None; batches.slots()];
        for (start, _) in batches.iter_indexed() {
            let mut index = start;
            while let Some(batch) = batches.get(index) {
                match reached_from[index as usize] {
                    None => reached_from[index as usize] = Some(start),
                    Some(of) => {
                        ensure!(of != start, "batch {index} is opened inside itself");
                        break;
                    }
                }
                if !self.has_parent(index, batch) {
                    break;
                }
                index = batch.parent.batch;
            }
        }
        Ok(())
    }
}
