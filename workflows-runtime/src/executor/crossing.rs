//! Blocking work with everything of its caller that crosses the hop.

use super::{
    Executors,
    call_queue::ObservedCall,
    carry::{Carried, Carry},
    scope::Origin,
};
use crate::{panics::discard, trace::CallerSpan};
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
    reports_beginning: bool,
    runtime: Option<Handle>,
    /// `None` for most work.
    extras: Option<Box<Extras>>,
}

/// What crosses with some work. In a box, to keep a [`JobCell`](super::job::JobCell) small.
#[derive(Default)]
struct Extras {
    span: CallerSpan,
    carried: Option<Carried>,
    /// `None` unless the run of the caller reports its calls. Dropped at the end of the work, or with it.
    observed: Option<Box<ObservedCall>>,
}

impl<F> Crossing<F> {
    /// Captures the context of the caller of this executor.
    pub(super) fn new(
        executors: &Executors,
        executor: &str,
        runtime: Option<Handle>,
        reports_beginning: bool,
        observed: Option<Box<ObservedCall>>,
        work: F,
    ) -> Self {
        let carried = executors.0.carry.as_ref().map(Carry::capture);
        let span = CallerSpan::of_blocking_call(executor);
        let extras = if span.is_some() || carried.is_some() || observed.is_some() {
            Some(Box::new(Extras { span, carried, observed }))
        } else {
            None
        };
        Self { work, reports_beginning, runtime, extras }
    }

    /// Runs the work in the context of its caller, and calls `store` with its output. Does not unwind.
    pub(super) fn run<T>(self, origin: Option<Origin>, store: impl Fn(T)) -> Result<(), Payload>
    where
        F: FnOnce() -> T,
    {
        let Self { work, reports_beginning, runtime, extras } = self;
        let Extras { span, carried, mut observed } = match extras {
            Some(extras) => *extras,
            None => Extras::default(),
        };
        // Work and output may be large: only the innermost closure moves them, so they are not copied in each frame.
        let mut work = Some(work);
        let mut begins = if reports_beginning { origin.clone() } else { None };
        let mut call = || {
            if let Some(Origin { scope, execution, .. }) = begins.take() {
                scope.began(execution);
            }
            // Dropped here, where the clock is that of the caller's runtime.
            let mut observed = observed.take();
            if let Some(observed) = &mut observed {
                observed.began();
            }
            if let Some(work) = work.take() {
                store(work());
            }
        };
        let result = run_in_context(span, runtime, carried, origin, &mut call);
        if work.is_some() {
            // The hook has panicked, or has not run the job.
            discard(work);
        }
        result
    }
}

/// Not generic, so it is compiled once.
fn run_in_context(
    span: CallerSpan,
    runtime: Option<Handle>,
    carried: Option<Carried>,
    origin: Option<Origin>,
    call: &mut dyn FnMut(),
) -> Result<(), Payload> {
    // All of this may run the user's code: the hook, the subscriber, and the destructors of what crosses.
    let result = catch_unwind(AssertUnwindSafe(move || {
        let _runtime = runtime.as_ref().map(Handle::enter);
        let _origin = origin.map(Origin::enter);
        let run = || span.in_scope(|| catch_unwind(AssertUnwindSafe(call)));
        match carried {
            Some(carried) => carried.run(run),
            None => run(),
        }
    }));
    result.unwrap_or_else(Err)
}
