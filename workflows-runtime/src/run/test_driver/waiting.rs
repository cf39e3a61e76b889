//! What a run waits for, if no move is possible now.

use super::TestDriver;
use crate::workflow::Workflow;

impl<W: Workflow> TestDriver<W> {
    /// Whether time has stopped at a wait with a timeout: the next move may be that of its timer.
    pub(crate) fn has_paused(&self) -> bool {
        self.has_paused
    }

    /// Whether time stops now: every execution waits for a response, and one of them has a timeout.
    pub(super) fn pauses_now(&self) -> bool {
        let waits = self.engine.is_idle() && self.engine.has_waits() && !self.engine.is_stuck();
        self.pauses && !self.has_paused && waits
    }

    /// Whether the run waits for a response that the test does not send, until its timeout.
    pub(super) fn waits_for_timeout(&self) -> bool {
        let is_answerable = const { W::TABLE.starts_on_responses() } || self.engine.has_waits();
        self.leaves_open && is_answerable && self.engine.deadline().is_some()
    }

    /// A step that a fault keeps from returning, if nothing else can happen in the run.
    pub(crate) fn hung(&self) -> Option<&'static str> {
        let mut hung = None;
        for task in self.tasks.iter().flatten() {
            if !task.hangs {
                return None;
            }
            hung = Some(W::TABLE.steps[task.step as usize].name);
        }
        if self.engine.deadline().is_some() || self.shared.has_messages() { None } else { hung }
    }
}
