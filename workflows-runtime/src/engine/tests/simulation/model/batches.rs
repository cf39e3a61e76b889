//! What is in a batch, when it has drained, and what becomes of it once a race is decided.

use super::{Batch, BufferedResponse, Fate, Model, Place, Recoveries, Stage};
use crate::{
    engine::tests::simulation::graph::{STEPS, number},
    graph::{EventInput, PortKind},
    step_event::StepPhase,
};

impl Batch {
    /// The run itself.
    pub(super) fn root(number: usize) -> Self {
        let home = Place { batch: number, branch: 0, recovered: [0; STEPS] };
        Self { home, opener: 0, filling: false, drained: false, cancelled: false }
    }

    /// In the run itself.
    pub(super) fn inside(&self) -> Place {
        self.home
    }
}

impl Place {
    /// The same place, after these recoveries too: no budget is had twice.
    pub(super) fn after(self, recovered: Recoveries) -> Self {
        Self { recovered: std::array::from_fn(|step| self.recovered[step].max(recovered[step])), ..self }
    }
}

impl Model {
    /// All that `step` keeps of `batch`, in the order of the branches, and after which recoveries.
    pub(super) fn gather(&mut self, batch: usize, step: u16) -> (Vec<u64>, Recoveries) {
        let gathered = |kept: &BufferedResponse, leaf: &EventInput| kept.place.batch == batch && leaf.step == step;
        let leaves = self.case.table.inputs;
        let all = |kept: &mut BufferedResponse| {
            let leaf = &leaves[kept.leaf as usize];
            gathered(kept, leaf) && leaf.kind == PortKind::All
        };
        let mut taken: Vec<_> = self.kept.extract_if(.., all).collect();
        taken.sort_by_key(|kept| kept.place.branch);
        (taken.iter().map(|kept| kept.event).collect(), self.joined(&taken))
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

    /// Whether anything that is not gathered keeps `batch` from having drained.
    pub(super) fn is_live(&self, batch: usize) -> bool {
        let kept = |kept: &BufferedResponse| kept.place.batch == batch && self.leaf(kept.leaf).kind != PortKind::All;
        self.batches[batch].filling
            || self.work.iter().any(|work| work.place.batch == batch)
            || self.kept.iter().any(kept)
            || self.batches.iter().any(|b| b.home.batch == batch && !b.drained && !b.cancelled && !self.is_root(b))
    }

    fn is_root(&self, batch: &Batch) -> bool {
        std::ptr::eq(batch, &raw const self.batches[self.root])
    }

    pub(super) fn drain(&mut self) {
        let stands =
            |model: &Self, at: usize| !model.batches[at].drained && at != model.root && !model.is_cancelled(at);
        while let Some(batch) = (0..self.batches.len()).rev().find(|at| stands(self, *at) && !self.is_live(*at)) {
            self.batches[batch].drained = true;
            let Batch { home, opener, .. } = self.batches[batch];
            for step in 0..number(STEPS) {
                let (events, recovered) = self.gather(batch, step);
                let joins = self.case.joins.contains(&(opener, step));
                assert!(joins || events.is_empty(), "the analysis does not know that {step} gathers {opener}");
                if joins {
                    self.tally.joins += 1;
                    self.tally.empty_joins += u32::from(events.is_empty());
                    self.tally.unordered_joins += u32::from(!events.is_sorted());
                    self.enqueue(step, events, home.after(recovered));
                }
            }
        }
    }

    /// Drops all that is in `batch`, and says where its winner goes on.
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
                self.tally.dropped_executions += 1;
                self.tally.dropped_attempts += u32::from(!work.is_running());
                self.phases.push_back((id.serial, id.attempt, StepPhase::Dropped));
                self.drops.insert(id);
            } else {
                self.tally.dropped_queued += 1;
                work.events.iter().for_each(|event| _ = self.fates.insert((*event, work.step, work.of), Fate::Dropped));
            }
        }
        let (gone, stays): (Vec<_>, _) =
            std::mem::take(&mut self.kept).into_iter().partition(|kept| self.within(kept.place.batch, batch));
        self.kept = stays;
        for kept in gone {
            self.fates.insert((kept.event, self.leaf(kept.leaf).step, None), Fate::Dropped);
        }
        if batch != self.root {
            return home;
        }
        self.root = self.batches.len();
        self.batches.push(Batch::root(self.root));
        self.root()
    }
}
