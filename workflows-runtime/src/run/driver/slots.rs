//! Executions next to the current one, in slots.

use super::Driver;
use crate::{
    engine::{ExecutionId, Launch, Tick},
    error::Panicked,
    run::dispatch::{Outcome, boxed::BoxedExecution},
    step_event::StepPhase,
    workflow::Workflow,
};
use core::task::Poll;

impl<W: Workflow> Driver<'_, W> {
    /// Starts an execution next to the current one.
    pub(super) fn launch_in_slot(&mut self, launch: Launch<W>) {
        let (id, step) = (launch.execution, launch.step);
        self.report_phase(step, id, StepPhase::Running);
        let shared = self.shared.get_or_init();
        let execution = BoxedExecution::new(launch, shared);
        let origin = if self.needs_origin { Some(Box::new(execution.origin())) } else { None };
        self.last_step = step;
        self.is_guarded = true;
        let polled = self.slots.start(self.workflow, shared, id, origin, execution);
        self.slot_polled(id, step, polled);
    }

    /// Polls the execution in `slot`, unless the engine has dropped it: none of its effects may be seen then.
    pub(super) fn poll_slot(&mut self, slot: u32) {
        let Some(id) = self.slots.occupant(slot) else { return };
        let Some(step) = self.engine.running(id) else { return };
        self.last_step = step;
        if let Some(polled) = self.slots.poll(slot) {
            self.slot_polled(id, step, polled);
        }
    }

    /// Drops the future of an execution in a slot. Its worker is held until its code has ended.
    pub(super) fn drop_slot(&mut self, execution: ExecutionId) {
        let dropping = self.shared.get_or_init().dropping(execution, true);
        let step = self.slots.drop(execution);
        drop(dropping);
        if let Some(step) = step {
            self.count_drop(Some(execution), step);
        }
    }

    /// Handles the result of a poll of an execution in a slot.
    pub(super) fn slot_polled(&mut self, id: ExecutionId, step: u16, polled: Poll<Outcome<W>>) {
        let overrun = self.count_poll(Some(id), step);
        let panicked = matches!(&polled, Poll::Ready(Err(error)) if error.is::<Panicked>());
        if let Some(overrun) = overrun
            && !panicked
        {
            self.apply(Tick::Outlived { execution: id });
            self.drop_slot(id);
            return self.fail_overrun(id, *overrun);
        }
        if let Poll::Ready(outcome) = polled {
            self.returned(id, outcome);
        }
    }
}
