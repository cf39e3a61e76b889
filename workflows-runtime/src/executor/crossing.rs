//! Blocking work with everything of its caller that crosses the hop.

use super::{
    Executors,
    carry::{Carried, Carry},
    scope::Origin,
};
use crate::trace::CallerSpan;
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};
use tokio::runtime::Handle;

/// The payload of a panic.
pub(crate) type Payload = Box<dyn Any + Send>;

/// The result of work, or its panic.
pub(super) type Caught<T> = Result<T, Payload>;

/// Work on its way to a thread.
pub(super) struct Crossing<F> {
    work: F,
    span: CallerSpan,
    runtime: Option<Handle>,
    carried: Option<Carried>,
}

impl<F> Crossing<F> {
    /// Captures the context of the caller of this executor.
    pub(super) fn new(executors: &Executors, executor: &str, runtime: Option<Handle>, work: F) -> Self {
        let carried = executors.0.carry.as_ref().map(Carry::capture);
        Self { work, span: CallerSpan::of_blocking_call(executor), runtime, carried }
    }

    /// Runs the work in the context of its caller. Does not unwind.
    pub(super) fn run<T>(self, origin: Option<Origin>) -> Caught<T>
    where
        F: FnOnce() -> T,
    {
        let Self { work, span, runtime, carried } = self;
        // All of this may run the user's code: the hook, the subscriber, and the destructors of what crosses.
        let result = catch_unwind(AssertUnwindSafe(move || {
            let _runtime = runtime.as_ref().map(Handle::enter);
            let _origin = origin.map(Origin::enter);
            let run = || span.in_scope(|| catch_unwind(AssertUnwindSafe(work)));
            match carried {
                Some(carried) => carried.run(run),
                None => run(),
            }
        }));
        result.unwrap_or_else(Err)
    }
}
