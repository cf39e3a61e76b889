//! Which run and which execution the code that is being polled belongs to, so that a `#[blocking]`
//! function finds the run's executors without being handed them.

use super::Executors;
use crate::step_event::StepEvent;
use std::{cell::RefCell, sync::Arc};

/// What a hop needs to know of the run that it belongs to.
pub(crate) trait Scope: Send + Sync {
    /// The executors that the run was given.
    fn executors(&self) -> Option<&Executors>;
    /// Tells that blocking code has outlived its execution.
    fn abandoned(&self, event: StepEvent);
}

/// An execution, as a hop from it remembers it.
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

    /// Polls something for this execution.
    pub(crate) fn enter<T>(self, poll: impl FnOnce() -> T) -> T {
        /// Puts the one around it back, also when the poll panics.
        struct Restore(Option<Origin>);

        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.set(self.0.take());
            }
        }

        let _restore = Restore(CURRENT.replace(Some(self)));
        poll()
    }
}
