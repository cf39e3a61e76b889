//! The run and the execution that the polled code belongs to. A `#[blocking]` function finds the run's executors by
//! it.

use super::Executors;
use crate::step_event::StepEvent;
use std::{cell::RefCell, sync::Arc};

/// What blocking code needs of its run.
pub(crate) trait Scope: Send + Sync {
    /// The executors of the run, if it has its own.
    fn executors(&self) -> Option<&Executors>;
    /// Reports blocking code that is still running although its future was dropped.
    fn abandoned(&self, event: StepEvent);
}

/// The execution that blocking code belongs to.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(crate) scope: Arc<dyn Scope>,
    pub(crate) step: &'static str,
    pub(crate) execution: u64,
    pub(crate) attempt: u32,
}

thread_local! {
    static CURRENT: RefCell<Option<Origin>> = const { RefCell::new(None) };
}

impl Origin {
    /// The execution whose future is being polled on this thread, if it is one.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Makes this execution the [current](Self::current) one until the guard is dropped.
    // A guard and not a closure: a closure over a step's future is one more type per step.
    pub(crate) fn enter(self) -> Entered {
        Entered { outer: CURRENT.replace(Some(self)) }
    }
}

/// Restores the execution around the one that was entered, also when a poll panics.
#[must_use = "the execution is current only until this is dropped"]
pub(crate) struct Entered {
    outer: Option<Origin>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.outer.take());
    }
}
