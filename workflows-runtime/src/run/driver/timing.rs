//! Times the polls of steps, and reports those that took too long.

use super::Driver;
use crate::{
    engine::ExecutionId,
    run::poll_budget::{Overrun, PollOverrun},
    step_event::StepPhase,
    workflow::Workflow,
};

impl<W: Workflow> Driver<'_, W> {
    /// Counts a poll of `step`. Reports one that took longer than the budget, and returns it if the step must
    /// fail. `id` is the polled execution, `None` the current one.
    // A hop has just written the id of the current execution, and reading it back at once would stall.
    #[inline]
    pub(super) fn count_poll(&mut self, id: Option<ExecutionId>, step: u16) -> Option<Box<PollOverrun>> {
        if self.poll_timer.polled(step) { self.check_poll(id, step) } else { None }
    }

    #[inline(never)]
    fn check_poll(&mut self, id: Option<ExecutionId>, step: u16) -> Option<Box<PollOverrun>> {
        let (overrun, steps) = self.poll_timer.check()?;
        let id = id.unwrap_or(self.execution.id);
        self.shared.get_or_init().report_overrun(&overrun, steps);
        self.report_phase(step, id, StepPhase::Overrun);
        if self.poll_timer.reaction == Overrun::Fail { Some(Box::new(overrun)) } else { None }
    }

    /// Checks the polls since the last check. Too late to fail a step, but an overrun is reported.
    #[inline]
    pub(super) fn check_polls(&mut self) {
        if self.poll_timer.is_on()
            && let Some((overrun, steps)) = self.poll_timer.check()
        {
            self.shared.get_or_init().report_overrun(&overrun, steps);
        }
    }

    /// Counts the drop of a step's future as a poll: a destructor that blocks is not the fault of the step that is
    /// polled next. Too late to fail the step.
    #[cold]
    #[inline(never)]
    pub(super) fn count_drop(&mut self, id: Option<ExecutionId>, step: u16) {
        if self.poll_timer.is_on() {
            let _overrun = self.count_poll(id, step);
        }
    }
}
