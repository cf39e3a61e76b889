//! Races: the first arrivals win, and what is left of their batch is cancelled.

use super::{
    batch::Batch,
    definition::Definition,
    execution::{Execution, Input, Place},
    join::Join,
    machine::Machine,
    timer::Time,
};
use crate::step_event::StepPhase;

impl<D: Definition> Machine<D> {
    /// Launches the step that has won a race in `batch`, and cancels the rest of the batch.
    ///
    /// The batch is closed and let go at once; it stays until what is queued of it has been
    /// skipped, and until the output that decided the race has been gone through.
    pub(super) fn decide(&mut self, step: u16, input: Input<D::Event>, batch: u32, lineage: u32, now: Time) {
        let home = if batch == self.state.root { self.replace_root() } else { self.state.batches[batch].home };
        self.state.batches[home.batch].within.remove(&batch);
        self.state.batches[batch].detached = true;
        let gone = self.cancel(batch, now);
        let lineage = self.state.recovery_budgets.joined(home.lineage, lineage);
        self.enqueue(step, input, Place { lineage, ..home }, now);
        self.release(home.batch, 1, now);
        for execution in gone {
            self.release_waits(execution, now);
        }
    }

    /// A race in the outermost batch cancels all else in the run, which goes on with the winner
    /// in a new outermost batch; what is decided stays decided.
    fn replace_root(&mut self) -> Place {
        let old = &mut self.state.batches[self.state.root];
        let joins = old.joins.extract_if(.., |join| join.decided).collect();
        self.state.root = self.state.batches.insert(Batch { joins, ..Batch::root(1) });
        self.root()
    }

    /// Closes `batch` and those within it, and drops what they keep and what is being executed
    /// in them; gives out the executions that have waited. Costs as much as there is to be
    /// dropped.
    fn cancel(&mut self, batch: u32, now: Time) -> Vec<Execution<D::Event>> {
        let (mut all, mut replaying, mut executions) = (vec![batch], Vec::new(), Vec::new());
        let mut at = 0;
        while let Some(&number) = all.get(at) {
            let batch = &mut self.state.batches[number];
            batch.closed = true;
            let kept: usize = std::mem::take(&mut batch.joins).iter().map(Join::live).sum();
            replaying.push((number, kept + batch.executions.len()));
            executions.append(&mut batch.executions.iter().copied().collect());
            all.extend(&batch.within);
            at += 1;
        }
        executions.sort_unstable();
        let (mut steps, mut gone) = (Vec::new(), Vec::new());
        for (_, slot) in executions {
            let Some(id) = self.state.executions.get(slot).map(|execution| execution.id(slot)) else { continue };
            let Some(execution) = self.remove(id) else { continue };
            steps.push(execution.step);
            if id.serial <= self.last_launched {
                self.phase(&execution, StepPhase::Dropped);
            }
            self.drop_future(id);
            gone.extend(execution.history.is_some().then_some(execution));
        }
        // A batch is still there if anything of its own holds it.
        for (number, count) in replaying.into_iter().filter(|(_, count)| *count > 0) {
            self.release(number, count, now);
        }
        for step in steps {
            self.launch_queued(step, now);
        }
        gone
    }
}
