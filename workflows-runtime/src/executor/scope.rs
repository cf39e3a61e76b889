//! `Origin`: the run and the execution of the code that is being polled. `#[blocking]` functions use it to find
//! the executors of the run.

use super::Executors;
use crate::step_event::StepEvent;
use std::{cell::RefCell, sync::Arc};

/// The part of a run that blocking code uses.
pub(crate) trait Scope: Send + Sync {
    /// Returns the executors of the run, or `None` for the default ones.
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
    /// Returns the execution whose future is being polled on this thread, if there is one.
    pub(crate) fn current() -> Option<Self> {
        // Destructors of thread-locals may call blocking functions as well.
        CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
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
