//! The batches of the model: contents, draining, cancellation.

use super::{Batch, CopyState, Model, ParkedCopy, Place, Recoveries, Stage};
use crate::{
    engine::tests::simulation::graph::{STEPS, number},
    graph::{EventInput, PortKind},
    step_event::StepPhase,
};

impl Batch {
    /// The root batch.
    pub(super) fn root(number: usize) -> Self {
        let home = Place { batch: number, branch: 0, recovered: [0; STEPS] };
        Self { home, opener: 0, filling: false, drained: false, cancelled: false }
    }

    /// The place of events in the root batch.
    pub(super) fn inside(&self) -> Place {
        self.home
    }
}

impl Place {
    /// The same place after these recoveries too, with the maximum of each count.
    pub(super) fn after(self, recovered: Recoveries) -> Self {
        Self { recovered: std::array::from_fn(|step| self.recovered[step].max(recovered[step])), ..self }
    }
}

impl Model {
    /// Takes the events that `step` gathers from `batch`, in the order of the branches, with their recoveries.
    pub(super) fn gather(&mut self, batch: usize, step: u16) -> (Vec<u64>, Recoveries) {
        let gathered = |parked: &ParkedCopy, leaf: &EventInput| parked.place.batch == batch && leaf.step == step;
        let leaves = self.case.table.inputs;
        let all = |parked: &mut ParkedCopy| {
            let leaf = &leaves[parked.leaf as usize];
            gathered(parked, leaf) && leaf.kind == PortKind::All
        };
        let mut taken: Vec<_> = self.parked.extract_if(.., all).collect();
        taken.sort_by_key(|parked| parked.place.branch);
        (taken.iter().map(|parked| parked.event).collect(), self.joined(&taken))
    }

    fn within(&self, batch: usize, around: usize) -> bool {
        let mut batch = batch;
        while batch != around && batch != self.batches[batch].home.batch {
            batch = self.batches[batch].home.batch;
        }
        batch == around
    }

    pub(super) fn is_cancelled(&self, batch: usize) -> bool {
        let Batch { home, cancelled, .. } = self.batches[batch];
        cancelled || (home.batch != batch && self.is_cancelled(home.batch))
    }

    /// Whether anything holds `batch`.
    pub(super) fn is_live(&self, batch: usize) -> bool {
        let parked = |parked: &ParkedCopy| parked.place.batch == batch && self.leaf(parked.leaf).kind != PortKind::All;
        self.batches[batch].filling
            || self.work.iter().any(|work| work.place.batch == batch)
            || self.parked.iter().any(parked)
            || self.batches.iter().any(|b| b.home.batch == batch && !b.drained && !b.cancelled && !self.is_root(b))
    }

    fn is_root(&self, batch: &Batch) -> bool {
        std::ptr::eq(batch, &raw const self.batches[self.root])
    }

    pub(super) fn drain(&mut self) {
        let is_open =
            |model: &Self, at: usize| !model.batches[at].drained && at != model.root && !model.is_cancelled(at);
        while let Some(batch) = (0..self.batches.len()).rev().find(|at| is_open(self, *at) && !self.is_live(*at)) {
            self.batches[batch].drained = true;
            let Batch { home, opener, .. } = self.batches[batch];
            for step in 0..number(STEPS) {
                let (events, recovered) = self.gather(batch, step);
                let joins = self.case.joins.contains(&(opener, step));
                assert!(joins || events.is_empty(), "the analysis misses that {step} gathers {opener}");
                if joins {
                    self.coverage.joins += 1;
                    self.coverage.empty_joins += u32::from(events.is_empty());
                    self.coverage.unordered_joins += u32::from(!events.is_sorted());
                    self.enqueue(step, events, home.after(recovered));
                }
            }
        }
    }

    /// Drops everything in `batch`, and returns the place of the winner.
    pub(super) fn cancel(&mut self, batch: usize) -> Place {
        let home = self.batches[batch].home;
        self.batches[batch].cancelled = true;
        let (mut gone, stays): (Vec<_>, _) =
            std::mem::take(&mut self.work).into_iter().partition(|work| self.within(work.place.batch, batch));
        self.work = stays;
        gone.sort_by_key(|work| work.id);
        for work in gone {
            if work.stage == Stage::Returning {
                self.work.push(work);
                continue;
            }
            self.launches[work.step as usize].retain(|number| *number != work.number);
            if let Some(id) = work.id {
                self.coverage.dropped_executions += 1;
                self.coverage.dropped_attempts += u32::from(!work.is_running());
                self.phases.push_back((id.serial, id.attempt, StepPhase::Dropped, None));
                self.drops.insert(id);
                if work.is_running() {
                    self.held.insert(id, work.step);
                }
            } else {
                self.coverage.dropped_queued += 1;
                work.events
                    .iter()
                    .for_each(|event| _ = self.copies.insert((*event, work.step, work.of), CopyState::Dropped));
            }
        }
        let (gone, stays): (Vec<_>, _) =
            std::mem::take(&mut self.parked).into_iter().partition(|parked| self.within(parked.place.batch, batch));
        self.parked = stays;
        for parked in gone {
            self.copies.insert((parked.event, self.leaf(parked.leaf).step, None), CopyState::Dropped);
        }
        if batch != self.root {
            return home;
        }
        self.root = self.batches.len();
        self.batches.push(Batch::root(self.root));
        self.root()
    }
}
