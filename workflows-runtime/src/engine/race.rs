//! Races: `First<E, N>` takes the first events of a batch, and cancels the rest of it.

use super::{
    batch::Batch,
    definition::Definition,
    execution::{Execution, Input, Place},
    join::Join,
    machine::Machine,
    provenance::Arrival,
    timer::Time,
};
use crate::step_event::StepPhase;

impl<D: Definition> Machine<D> {
    /// Launches the step that has won a race in `batch`, and cancels the rest of the batch.
    ///
    /// The batch is detached: it no longer holds the batch around it. It remains in the slab while
    /// anything of its own holds it: queued events, which are skipped, and the output that decided the
    /// race.
    pub(super) fn decide(
        &mut self,
        step: u16,
        input: Input<D::Event>,
        batch: u32,
        lineage: u32,
        arrival: Arrival,
        now: Time,
    ) {
        let parent =
            if batch == self.state.root_batch { self.replace_root() } else { self.state.batches[batch].parent };
        self.state.batches[parent.batch].children.remove(&batch);
        self.state.batches[batch].detached = true;
        let cancelled = self.cancel(batch, now);
        let lineage = self.state.recovery_budgets.joined(parent.lineage, lineage);
        self.enqueue(step, input, Place { lineage, ..parent }, arrival, now);
        self.release(parent.batch, 1, now);
        for execution in cancelled {
            self.release_waits(execution, now);
        }
    }

    /// Continues the run in a new root batch, since a race in the old one cancels everything else.
    /// Decided joins remain decided.
    fn replace_root(&mut self) -> Place {
        let old = &mut self.state.batches[self.state.root_batch];
        let joins = old.joins.extract_if(.., |join| join.decided).collect();
        self.state.root_batch = self.state.batches.insert(Batch { joins, ..Batch::root(1) });
        self.forget_batch(self.state.root_batch);
        self.root_place()
    }

    /// Cancels `batch` and all batches within it: drops their parked events and their executions.
    /// Returns the executions that have a history; the caller must release their waits.
    ///
    /// Takes time proportional to the number of dropped events. Queued events are skipped when their turn comes.
    fn cancel(&mut self, batch: u32, now: Time) -> Vec<Execution<D::Event>> {
        let mut batches = vec![batch];
        let mut dropped_holds = Vec::new();
        let mut executions = Vec::new();
        let mut at = 0;
        while let Some(&index) = batches.get(at) {
            let batch = &mut self.state.batches[index];
            batch.cancelled = true;
            let parked: usize = std::mem::take(&mut batch.joins).iter().map(Join::holds).sum();
            dropped_holds.push((index, parked + batch.executions.len()));
            executions.extend(&batch.executions);
            batches.extend(&batch.children);
            self.forget_parked(index);
            at += 1;
        }
        // In the order of their launch.
        executions.sort_unstable();
        let mut steps = Vec::new();
        let mut with_history = Vec::new();
        for (_, slot) in executions {
            let Some(execution) = self.state.executions.get(slot) else { continue };
            let id = execution.id(slot);
            let Some(execution) = self.remove(id) else { continue };
            steps.push(execution.step);
            self.close_prompts_of(&execution);
            if id.serial <= self.last_launched {
                self.emit_phase(execution.step, id, StepPhase::Dropped, None);
            } else {
                self.record_end(id, StepPhase::Dropped, None);
            }
            self.drop_future(id, execution.step, execution.stage);
            if execution.history.is_some() {
                with_history.push(execution);
            }
        }
        for (index, holds) in dropped_holds {
            // Without holds of its own, a batch may have drained already.
            if holds > 0 {
                self.release(index, holds, now);
            }
        }
        for step in steps {
            self.launch_queued(step, now);
        }
        for step in self.held_steps() {
            self.skip_cancelled(step, now);
        }
        with_history
    }
}
