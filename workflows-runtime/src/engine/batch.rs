//! Batches: what belongs together since it was sent together.
//!
//! A batch lives as long as anything in it does: an event, an execution, a batch within, or an
//! event that a join other than a `Vec` keeps. Its opener holds it while it is being filled.

use super::{definition::Definition, execution::Place, join::Join, machine::Machine, timer::Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Events sent together and what they led to, down to the next join.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Batch<E> {
    /// Where its joins emit: the place of the execution that opened it.
    pub(super) home: Place,
    /// Which output opened it, among all that can; none for the run itself.
    pub(super) opener: Option<u16>,
    /// How much keeps it from having drained.
    pub(super) live: usize,
    /// A race has been decided in it or around it: what is left of it is dropped.
    pub(super) closed: bool,
    /// It no longer keeps the batch around it from draining.
    pub(super) detached: bool,
    /// What its joins keep.
    pub(super) joins: Vec<Join<E>>,
    /// What is being executed in it, by number and slot. Only known where a race may cancel it.
    pub(super) executions: BTreeSet<(u64, u32)>,
    /// The batches opened in it. Only known where a race may cancel them.
    pub(super) within: BTreeSet<u32>,
}

impl<E> Batch<E> {
    fn new(home: Place, opener: Option<u16>, live: usize) -> Self {
        Self {
            home,
            opener,
            live,
            closed: false,
            detached: false,
            joins: Vec::new(),
            executions: BTreeSet::new(),
            within: BTreeSet::new(),
        }
    }

    /// The run itself, held `live` times.
    pub(super) fn root(live: usize) -> Self {
        Self::new(Place::in_batch(0), None, live)
    }

    /// Whether nothing has happened in it that still counts.
    pub(super) fn is_pristine(&self) -> bool {
        let Self { live, closed, detached, joins, .. } = self;
        *live == 0 && !closed && !detached && joins.iter().all(Join::is_pristine)
    }
}

impl<D: Definition> Machine<D> {
    /// The place of what belongs to no batch but the run itself.
    pub(super) fn root(&self) -> Place {
        Place::in_batch(self.state.root)
    }

    /// Opens a batch for the output `opener` of the execution at `home`.
    pub(super) fn open(&mut self, home: Place, opener: u16) -> Place {
        let mut batch = Batch::new(home, Some(opener), 1);
        let around = &mut self.state.batches[home.batch];
        around.live += 1;
        batch.closed = around.closed;
        let number = self.state.batches.insert(batch);
        if D::RACES {
            self.state.batches[home.batch].within.insert(number);
        }
        // The first branch makes it 0.
        Place { batch: number, branch: u32::MAX, ..home }
    }

    /// Keeps `batch` from draining until it is released.
    pub(super) fn hold(&mut self, batch: u32) {
        if D::BATCHED {
            self.state.batches[batch].live += 1;
        }
    }

    /// Lets go of `count` things that kept `batch` from draining.
    pub(super) fn release(&mut self, batch: u32, count: usize, now: Time) {
        if !D::BATCHED {
            return;
        }
        let (mut number, mut count) = (batch, count);
        loop {
            let batch = &mut self.state.batches[number];
            batch.live -= count;
            if batch.live > 0 || number == self.state.root {
                return;
            }
            let Some(mut batch) = self.state.batches.remove(number) else { return };
            if batch.detached {
                return;
            }
            if D::RACES {
                self.state.batches[batch.home.batch].within.remove(&number);
            }
            self.launch_joins(&mut batch, now);
            (number, count) = (batch.home.batch, 1);
        }
    }
}
