//! What is in a batch, when it has drained, and what becomes of it once a race is decided.

use super::{Batch, Fate, Kept, Model, Place};
use crate::{
    core::simulation::graph::{STEPS, number},
    graph::{Leaf, PortKind},
};

impl Model {
    /// All that `step` keeps of `batch`, in the order of the branches.
    pub(super) fn gather(&mut self, batch: usize, step: u16) -> Vec<u64> {
        let gathered = |kept: &Kept, leaf: &Leaf| kept.place.batch == batch && leaf.step == step;
        let leaves = self.case.table.leaves;
        let all = |kept: &mut Kept| {
            let leaf = &leaves[kept.leaf as usize];
            gathered(kept, leaf) && leaf.kind == PortKind::All
        };
        let mut taken: Vec<_> = self.kept.extract_if(.., all).map(|kept| (kept.place.branch, kept.event)).collect();
        taken.sort_by_key(|(branch, _)| *branch);
        taken.into_iter().map(|(_, event)| event).collect()
    }

    fn within(&self, batch: usize, around: usize) -> bool {
        let mut batch = batch;
        while batch != around && batch != self.batches[batch].parent {
            batch = self.batches[batch].parent;
        }
        batch == around
    }

    pub(super) fn is_cancelled(&self, batch: usize) -> bool {
        let Batch { parent, cancelled, .. } = self.batches[batch];
        cancelled || (parent != batch && self.is_cancelled(parent))
    }

    /// Whether anything that is not gathered keeps `batch` from having drained.
    pub(super) fn is_live(&self, batch: usize) -> bool {
        let kept = |kept: &Kept| kept.place.batch == batch && self.leaf(kept.leaf).kind != PortKind::All;
        self.batches[batch].filling
            || self.work.iter().any(|work| work.place.batch == batch)
            || self.kept.iter().any(kept)
            || self.batches.iter().any(|b| b.parent == batch && !b.drained && !b.cancelled && !self.is_root(b))
    }

    fn is_root(&self, batch: &Batch) -> bool {
        std::ptr::eq(batch, &raw const self.batches[self.root])
    }

    pub(super) fn drain(&mut self) {
        let stands =
            |model: &Self, at: usize| !model.batches[at].drained && at != model.root && !model.is_cancelled(at);
        while let Some(batch) = (0..self.batches.len()).rev().find(|at| stands(self, *at) && !self.is_live(*at)) {
            self.batches[batch].drained = true;
            let Batch { parent, branch, opener, .. } = self.batches[batch];
            for step in 0..number(STEPS) {
                let events = self.gather(batch, step);
                let joins = self.case.joins.contains(&(opener, step));
                assert!(joins || events.is_empty(), "the analysis does not know that {step} gathers {opener}");
                if joins {
                    self.tally.joins += 1;
                    self.tally.empty_joins += u32::from(events.is_empty());
                    self.tally.unordered_joins += u32::from(!events.is_sorted());
                    self.enqueue(step, events, Place { batch: parent, branch });
                }
            }
        }
    }

    /// Drops all that is in `batch`, and says where its winner goes on.
    pub(super) fn cancel(&mut self, batch: usize) -> Place {
        let home = Place { batch: self.batches[batch].parent, branch: self.batches[batch].branch };
        self.batches[batch].cancelled = true;
        let (gone, stays): (Vec<_>, _) =
            std::mem::take(&mut self.work).into_iter().partition(|work| self.within(work.place.batch, batch));
        self.work = stays;
        for work in gone {
            match (work.id, work.returning) {
                (_, true) => self.work.push(work),
                (Some(id), _) => {
                    self.tally.dropped_executions += 1;
                    self.drops.insert(id);
                }
                (None, _) => {
                    self.tally.dropped_queued += 1;
                    self.launches[work.step as usize].retain(|number| *number != work.number);
                    work.events.iter().for_each(|event| _ = self.fates.insert((*event, work.step), Fate::Dropped));
                }
            }
        }
        let (gone, stays): (Vec<_>, _) =
            std::mem::take(&mut self.kept).into_iter().partition(|kept| self.within(kept.place.batch, batch));
        self.kept = stays;
        for kept in gone {
            self.fates.insert((kept.event, self.leaf(kept.leaf).step), Fate::Dropped);
        }
        if batch != self.root {
            return home;
        }
        self.root = self.batches.len();
        let parent = self.root;
        self.batches.push(Batch { parent, branch: 0, opener: 0, filling: false, drained: false, cancelled: false });
        self.root()
    }
}
