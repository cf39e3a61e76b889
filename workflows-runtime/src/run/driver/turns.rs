//! Whose turn it is: which executions the driver polls, in which order, and when it yields to other tasks.

use super::Driver;
use crate::{engine::ExecutionId, run::futures::CURRENT, workflow::Workflow};
use std::time::Duration;
use tokio::task::coop::has_budget_remaining;

/// After this many actions or polls, the driver yields to other tasks of its thread. Fewer if they take long.
pub(super) const YIELD_AFTER: u16 = 128;

/// How long the driver may go without yielding. Measured when it yields; the next slice is shorter or longer then.
const SLICE: Duration = Duration::from_millis(1);

/// After this many polls of executions that woke themselves, the driver yields to other tasks of its thread.
///
/// An execution that wakes itself asks to be polled after everything else that is ready, other tasks included.
pub(super) const YIELDS: u8 = 2;

impl<W: Workflow> Driver<'_, W> {
    /// Sets the budget of the driver until it yields.
    pub(super) fn begin_slice(&mut self) {
        self.actions_left = self.slice;
        self.polls_left = self.slice;
        self.yields_left = YIELDS;
        if self.slots.are_free() {
            // Polled at once, with the task's waker.
            self.has_own_waker = false;
            self.is_guarded = self.needs_origin;
            self.had_budget = true;
        } else {
            // Twice for each execution: executions that wake each other don't wait for other tasks every time.
            let polls = u16::try_from(2 * self.slots.occupied() + 2).unwrap_or(u16::MAX);
            self.polls_left = self.slice.min(polls);
            self.had_budget = has_budget_remaining();
        }
    }

    /// Makes the next slice shorter if this one took too long: steps may compute without ever being pending, and each
    /// of their polls may be within its budget.
    pub(super) fn adapt_slice(&mut self, took: Duration) {
        if took <= SLICE {
            self.slice = (self.slice * 2).min(YIELD_AFTER);
            return;
        }
        let times = took.as_nanos() / SLICE.as_nanos() + 1;
        let shrunk = u128::from(self.slice) / times;
        self.slice = u16::try_from(shrunk).unwrap_or(YIELD_AFTER).max(1);
    }

    /// Polls the executions that were woken, in the order of their wakes. Returns whether it is the turn of the
    /// current one.
    ///
    /// tokio gives a task a budget for each poll, and whatever needs it is pending once it is used up. An execution is
    /// polled only while there is some left; the next poll of the driver begins with the first one that had none.
    pub(super) fn poll_ready(&mut self) -> bool {
        if self.polls_left == 0 {
            self.postpone_turns();
            return false;
        }
        if !self.slots.has_turns() {
            let Some(shared) = self.shared.get() else { return false };
            match self.slots.turns() {
                Some(turns) => shared.take_ready(turns),
                // Wakes of slots that are gone.
                None => shared.take_ready(&mut Vec::new()),
            }
            if !self.slots.has_turns() {
                return false;
            }
        }
        let wakes_task = !self.has_own_waker && !self.slots.are_free();
        if wakes_task && self.is_current(self.execution.id) && self.is_running(self.execution.id) {
            // The current execution was polled while it was alone: it may have been woken before all others.
            self.polls_left -= 1;
            return true;
        }
        self.slots.order_turns(self.had_budget);
        while self.polls_left > 0 {
            if self.had_budget && !has_budget_remaining() {
                self.polls_left = 0;
                break;
            }
            let Some(slot) = self.slots.next_turn() else { return false };
            if !self.slots.is_notified(slot) {
                continue;
            }
            self.polls_left -= 1;
            if slot != CURRENT {
                self.poll_slot(slot);
                if self.slots.is_notified(slot) {
                    self.count_yield();
                }
            } else if self.is_current(self.execution.id) && self.is_running(self.execution.id) {
                return true;
            }
        }
        self.postpone_turns();
        false
    }

    /// Returns the turns that are left to the mailbox, for the next poll of the driver.
    fn postpone_turns(&mut self) {
        if self.slots.has_turns()
            && let Some(shared) = self.shared.get()
            && let Some(turns) = self.slots.turns()
        {
            shared.requeue_ready(turns);
            turns.clear();
        }
    }

    fn is_running(&self, execution: ExecutionId) -> bool {
        self.engine.running(execution).is_some()
    }

    /// Counts the poll of the current execution, if it woke itself.
    #[inline(never)]
    pub(super) fn count_if_yielded(&mut self) {
        if self.has_own_waker && self.slots.is_notified(CURRENT) {
            self.count_yield();
        }
    }

    /// Counts a poll of an execution that woke itself.
    fn count_yield(&mut self) {
        self.yields_left = self.yields_left.saturating_sub(1);
        if self.yields_left == 0 {
            self.polls_left = 0;
        }
    }
}
