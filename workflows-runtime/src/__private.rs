//! The names that generated code uses. Not public API: it changes with any version. The macros depend on exactly
//! this version of the runtime, so the two never differ.

pub use crate::{
    __call_step as call_step, __dispatch as dispatch, __events as events, __graph as graph,
    __hidden_list as hidden_list, __step_names as step_names, __take_events as take_events, __takes as takes,
    context::StepContext,
    engine::unreachable_event,
    event::{HumanResponse, Keyed, Never, Start, Stop},
    executor::{Branch, FromResidual, Hop, Kind, Passed, leave, stay},
    graph::{
        ConfigDetails, Details, EventInput, EventKey, Graph, InjectedNode, ResourceDetails, RunsOn, Step, StepDetails,
        Table, UnmarkedMethod, count_batch_sources, count_edges, write_generic, write_graph,
    },
    instances::Instances,
    one_of::OneOf,
    resource::{Cache, Check, File, Injected, ResourceError, Scope, SharedSlots, Slot, make_blocking},
    retry::FailedAttempt,
    run::{Dispatcher, EmitOutput, Outcome, StoreOutcome, next, placed, run},
    sealed::Sealed,
    signature::{
        Absent, Accepted, Checkable, Checked, CloneConfig, ConfigType, CopiedConfig, Declared, FactoryOutput, Failing,
        Failure, Fallback, HiddenList, IfAccepted, IfRejected, Implements, InHumanResponse, InInputRequired, InStart,
        InStop, Lends, Lent, LentBy, LentType, List, Listed, MakeContext, MakeValue, NotAContext, NotAPrompt,
        NotAStart, NotATuple, NotAnOption, NotLent, Placeholder, Present, Proof, RefusedState, Rejected, Role,
        RunState, RunStream, Same, Shareable, StartEvent, StateOf, StepInput, StepOutput, TakeInput, TakenByValue,
        Type, Value, VisibleList, WorkflowField, awaited, call, call_with_context, event_input, failed_input,
        no_known_blocking, port, refuse_listed, shape,
    },
    step_failed::StepFailed,
    workflow::{
        Asks, Awaits, Borrowed, EventEnum, Generic, Held, Hold, Instance, Prompts, Response, SendPosition, Settings,
        StepNames, StepOptions, StreamPosition, Taken, Takes, Untaken, Workflow, check_max_recoveries, check_max_runs,
        check_timeout, check_workers, count, deserialize_event, is_large, serialize_variant,
    },
};
pub use core::{
    default::Default, marker::PhantomData, ops::ControlFlow, option::Option, result::Result, time::Duration,
};
pub use serde;
pub use std::boxed::Box;
pub use std::sync::Arc;

/// Steps and functions in processes of their own.
#[cfg(feature = "isolated")]
pub mod isolated {
    pub use crate::{
        executor::Isolation,
        isolated::{IsolatedCall, IsolatedFuture, call},
        process::{ValueCodec, isolated_value},
        workflow::{calls, time_limit},
    };
}

/// Recognizes calls that block.
pub mod blocking {
    pub use crate::blocking::*;
}

use crate::{retry::RetryPolicy, sealed::SEAL};
use core::fmt;

/// Completes an expression that ends with a dot, after rustc has reported it.
pub trait Unfinished {
    /// Has any type, so nothing else is reported about the expression.
    fn __unfinished(&self) -> ! {
        unreachable!("a syntax error")
    }
}

#[diagnostic::do_not_recommend]
impl<T: ?Sized> Unfinished for T {}

/// Requires that the future of a step is `Send`, so the error is at the step's name and nowhere else.
pub fn send<F: Future + Send>(step: F) -> impl Future<Output = F::Output> + Send {
    step
}

/// The same for a step that may block, which `cargo workflows check` does not report.
pub fn send_allowed<F: Future + Send>(step: F) -> impl Future<Output = F::Output> + Send {
    step
}

/// The outcome of a step that does not exist. Not of type `!`: the lint `unreachable_code` may be forbidden, and reports what
/// is behind it if no step is called.
///
/// # Panics
///
/// Always.
#[cold]
#[must_use]
pub fn no_step<T>() -> T {
    unreachable!("the engine launches only steps of the workflow")
}

/// The field of an event for its `Debug` output.
pub fn debugged<T: fmt::Debug>(field: &T) -> &dyn fmt::Debug {
    field
}

/// Asks the retry policy of a step.
pub fn retry<P: RetryPolicy>(policy: &P, failure: &FailedAttempt<'_>) -> Option<Duration> {
    policy.next(failure)
}

/// Runs a blocking step on its executor.
///
/// # Errors
///
/// The step's own failure, its panic, or the executor's refusal.
// Not an `async fn`: its future would also store the work, and copy it.
pub fn blocking<W: Workflow, F: FnOnce() -> Outcome<W> + Send + 'static>(
    offload: crate::run::Offload,
    work: F,
) -> impl Future<Output = Outcome<W>> + Send + use<W, F> {
    let offloaded = offload.run(work);
    async move { offloaded.await? }
}

/// Runs the body of a `#[blocking]` function or statement on its executor.
///
/// # Panics
///
/// When it is polled, if the body panics or the executor rejects it. In a step, the panic fails the step.
pub const fn offload<T, F>(kind: Kind, work: F) -> Hop<T, F>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    Hop::new(kind, work)
}

/// Shares the workflow with code on another thread.
pub fn share<W: Workflow>(workflow: &Instance<W>) -> Arc<W> {
    Arc::clone(workflow.workflow())
}

/// Reports a `struct` whose `impl` lacks `#[workflow]`.
pub const fn assert_workflow<W: Workflow>() {}

/// Converts a prompt into the workflow's prompt type.
pub fn hold<O: crate::one_of::Holds<T, Index>, T, Index>(prompt: T) -> O {
    O::hold(prompt, SEAL)
}

/// Returns 0 for the first of several implementations for one type and `number` for a further one; `earlier`
/// says for each implementation before whether it is for the same type.
#[must_use]
pub const fn duplicate_index(number: usize, earlier: &[bool]) -> usize {
    let mut i = 0;
    while i < earlier.len() {
        if earlier[i] {
            return number;
        }
        i += 1;
    }
    0
}
