//! Batches: events that were emitted together, and everything that follows from them.
//!
//! A step that returns several events opens a batch. The events and executions that descend from them
//! belong to it until a join takes them. A join that gathers (`Vec`) is launched when the batch has
//! *drained*: when nothing holds it any more. It is held by
//!
//! * each event in a queue, and each execution;
//! * each batch opened within it;
//! * each event in a join that does not gather;
//! * the output that fills it.
//!
//! A drained batch launches its joins in the batch around it, and so on, up to the run itself: the root
//! batch. A race cancels the rest of its batch, and everything within.

use super::{definition::Definition, execution::Place, join::Join, machine::Machine, timer::Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One batch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Batch<E> {
    /// The place of the execution that opened it, where its joins are launched.
    pub(super) parent: Place,
    /// The output position that opened it, numbered over all steps; `None` for the root batch.
    pub(super) opener: Option<u16>,
    /// The number of things that keep it from draining.
    pub(super) holds: usize,
    /// A race in this batch or in one around it was decided: its queued events are dropped.
    pub(super) cancelled: bool,
    /// It does not hold the batch around it, and launches no joins when it drains.
    pub(super) detached: bool,
    /// The joins that have received an event of this batch.
    pub(super) joins: Vec<Join<E>>,
    /// The serials and slots of its executions. Empty unless the workflow has races.
    pub(super) executions: BTreeSet<(u64, u32)>,
    /// The batches opened within it. Empty unless the workflow has races.
    pub(super) children: BTreeSet<u32>,
}

impl<E> Batch<E> {
    fn new(parent: Place, opener: Option<u16>, holds: usize) -> Self {
        Self {
            parent,
            opener,
            holds,
            cancelled: false,
            detached: false,
            joins: Vec::new(),
            executions: BTreeSet::new(),
            children: BTreeSet::new(),
        }
    }

    /// A root batch, which is held `holds` times.
    pub(super) fn root(holds: usize) -> Self {
        Self::new(Place::in_batch(0), None, holds)
    }

    /// Whether it equals a new root batch.
    pub(super) fn is_pristine(&self) -> bool {
        self.holds == 0 && !self.cancelled && !self.detached && self.joins.iter().all(Join::is_pristine)
    }
}

impl<D: Definition> Machine<D> {
    /// The place of events that belong to no batch but the root.
    pub(super) fn root_place(&self) -> Place {
        Place::in_batch(self.state.root_batch)
    }

    /// Opens a batch for the output `opener` of the execution at `parent`. The output holds it.
    pub(super) fn open(&mut self, parent: Place, opener: u16) -> Place {
        let mut batch = Batch::new(parent, Some(opener), 1);
        let around = &mut self.state.batches[parent.batch];
        around.holds += 1;
        batch.cancelled = around.cancelled;
        let index = self.state.batches.insert(batch);
        self.record_batch(index);
        if D::RACES {
            self.state.batches[parent.batch].children.insert(index);
        }
        // The first branch increments it to 0.
        Place { batch: index, branch: u32::MAX, ..parent }
    }

    /// Keeps `batch` from draining until it is released.
    pub(super) fn hold(&mut self, batch: u32) {
        if D::BATCHED {
            self.state.batches[batch].holds += 1;
        }
    }

    /// Releases `count` holds. A batch that drains launches its joins and releases the batch around it.
    ///
    /// The root batch never drains here; see [`Self::drain_root`].
    pub(super) fn release(&mut self, batch: u32, count: usize, now: Time) {
        if !D::BATCHED {
            return;
        }
        let mut index = batch;
        let mut count = count;
        loop {
            let batch = &mut self.state.batches[index];
            batch.holds -= count;
            if batch.holds > 0 || index == self.state.root_batch {
                return;
            }
            let Some(mut batch) = self.state.batches.remove(index) else { return };
            if batch.detached {
                return self.forget_batch(index);
            }
            if D::RACES {
                self.state.batches[batch.parent.batch].children.remove(&index);
            }
            self.launch_joins(index, &mut batch, now);
            self.forget_batch(index);
            index = batch.parent.batch;
            count = 1;
        }
    }
}
