//! `Origin`: the run and the execution of the code that is being polled. `#[blocking]` functions use it to find
//! the executors of the run.

use super::{
    Executors,
    call_queue::{CallQueue, CountedCall, ObservedCall},
};
use crate::{
    engine::ExecutionId,
    run_trace::{RecordedCall, Recording},
    step_event::StepEvent,
    sync::thread_local,
    trace::{CallerSpan, EnteredSpan},
};
use std::{any::Any, cell::RefCell, sync::Arc};

/// The part of a run that blocking code uses.
pub(crate) trait Scope: Send + Sync {
    /// Returns the executors of the run, or `None` for the default ones.
    fn executors(&self) -> Option<&Executors>;
    /// Returns the span of an execution, if the run is traced.
    fn span(&self, execution: ExecutionId) -> Option<CallerSpan>;
    /// Returns the recording of the run, if it is recorded.
    fn recording(&self) -> Option<&Recording>;
    /// Returns the count of the calls that wait for a thread, if the run publishes its phases.
    fn call_queue(&self) -> Option<&Arc<CallQueue>>;
    /// Reports blocking code that is still running although its future was dropped.
    fn abandoned(&self, event: StepEvent);
    /// Reports that a blocking step has its resources, and waits for its thread.
    fn queued(&self, execution: ExecutionId);
    /// Reports that the code of a blocking step begins on its thread.
    fn began(&self, execution: ExecutionId);
}

/// The execution that blocking code belongs to.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(crate) scope: Arc<dyn Scope>,
    pub(crate) step: &'static str,
    pub(crate) execution: ExecutionId,
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

    /// Reports that a call of blocking code is queued, if the run is recorded or publishes its phases.
    pub(crate) fn observe_call(&self) -> Option<Box<ObservedCall>> {
        let Self { scope, step, execution } = self;
        let record =
            |recording: &Recording| RecordedCall::queued(recording.clone(), execution.serial, execution.attempt);
        let count = |queue: &Arc<CallQueue>| CountedCall::queued(Arc::clone(queue), step, *execution);
        ObservedCall::new(scope.recording().map(record), scope.call_queue().map(count))
    }

    /// Makes this execution the [current](Self::current) one until the guard is dropped.
    // A guard and not a closure: a closure over a step's future is one more type per step.
    pub(crate) fn enter(self) -> Entered {
        self.enter_in(None)
    }

    /// Like [`enter`](Self::enter), and enters the span of the execution, if the run is traced.
    pub(crate) fn enter_span(self) -> Entered {
        let span = self.scope.span(self.execution).map(CallerSpan::enter);
        self.enter_in(span)
    }

    fn enter_in(self, span: Option<EnteredSpan>) -> Entered {
        Entered { outer: CURRENT.with(|current| current.replace(Some(self))), _span: span }
    }
}

/// Restores the execution around the one that was entered, also when a poll panics.
#[must_use = "the execution is current only until this is dropped"]
pub(crate) struct Entered {
    outer: Option<Origin>,
    _span: Option<EnteredSpan>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.with(|current| current.replace(self.outer.take()));
    }
}

/// Held by what still runs of a dropped execution. Its worker is free once all clones are dropped.
pub(crate) type Hold = Arc<dyn Any + Send + Sync>;

thread_local! {
    static HOLD: RefCell<Option<Hold>> = const { RefCell::new(None) };
}

/// The hold of the execution that is being dropped on this thread.
pub(super) fn current_hold() -> Option<Hold> {
    HOLD.with(|hold| hold.borrow().clone())
}

/// Gives this hold to all blocking code that is withdrawn on this thread, until the guard is dropped.
pub(crate) fn hold_withdrawn(hold: Hold) -> Holding {
    Holding { outer: HOLD.with(|current| current.replace(Some(hold))) }
}

/// See [`hold_withdrawn`].
#[must_use = "the hold is given only until this is dropped"]
pub(crate) struct Holding {
    outer: Option<Hold>,
}

impl Drop for Holding {
    fn drop(&mut self) {
        // Dropped after the replacement: it sends a message.
        let hold = HOLD.with(|hold| hold.replace(self.outer.take()));
        drop(hold);
    }
}
