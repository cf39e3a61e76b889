//! The names that generated code uses. Not public API: it changes with any version. The macros depend on exactly
//! this version of the runtime, so the two never differ.

pub use crate::{
    __call_step as call_step, __dispatch as dispatch, __events as events, __graph as graph,
    __hidden_list as hidden_list, __step_names as step_names, __take_events as take_events, __takes as takes,
    context::StepContext,
    engine::unreachable_event,
    event::{HumanResponse, Keyed, Never, Start, Stop},
    executor::{Hop, Kind},
    graph::{
        ConfigDetails, Details, EventInput, EventKey, Graph, InjectedNode, ResourceDetails, RunsOn, Step, StepDetails,
        Table, count_batch_sources, count_edges, write_generic, write_graph,
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
        StepNames, StepOptions, StreamPosition, Taken, Takes, Untaken, Workflow, deserialize_event, is_large,
        serialize_variant,
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
    };
    use core::time::Duration;

    /// The value of `recycle_after`, if it is a constant.
    ///
    /// # Panics
    ///
    /// Panics at compile time if it is 0 or too large.
    #[must_use]
    #[track_caller]
    #[allow(clippy::cast_possible_truncation, reason = "checked")]
    pub const fn calls(count: usize) -> u32 {
        assert!(count > 0, "W018: `recycle_after` is 0\n  help: write a number of at least 1, or remove the option");
        assert!(count <= u32::MAX as usize, "W018: `recycle_after` is too large\n  help: write a smaller number");
        count as u32
    }

    /// The value of `timeout`, if it is a constant.
    ///
    /// # Panics
    ///
    /// Panics at compile time if it is 0.
    #[must_use]
    #[track_caller]
    pub const fn time_limit(after: Duration) -> Duration {
        super::check_timeout(after);
        after
    }
}

/// Recognizes calls that block.
pub mod blocking {
    pub use crate::blocking::*;
}

use crate::{retry::RetryPolicy, sealed::SEAL};
use core::{
    cell::Cell,
    fmt,
    pin::pin,
    task::{Context, Poll, Waker},
};

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

/// The value of a `#[blocking]` statement, set unless the statement is left by `return` or `?`.
#[allow(missing_debug_implementations)]
pub struct Passed<T>(Cell<Option<T>>);

impl<T> Default for Passed<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Passed<T> {
    /// Creates one without a value.
    pub const fn new() -> Self {
        Self(Cell::new(None))
    }

    /// Sets the value at the end of the statement.
    pub fn set(&self, value: T) {
        self.0.set(Some(value));
    }
}

/// Runs a `#[blocking]` statement: `Break` if its code returns early, `Continue` if it sets a value.
///
/// The statement is an async block, because `return` and `?` leave that wherever they are, also in the
/// expansion of a macro. It does not await anything before it sets the value.
///
/// # Panics
///
/// If the code awaits, in the expansion of a macro.
pub fn leave<T, R>(passed: &Passed<T>, statement: impl Future<Output = R>) -> ControlFlow<R, T> {
    match pin!(statement).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => ControlFlow::Break(result),
        Poll::Pending => ControlFlow::Continue(passed.0.take().expect("a `#[blocking]` statement cannot await")),
    }
}

/// Ends a `#[blocking]` statement that does not return early, in a function that returns `R`.
pub fn stay<R>() -> core::future::Pending<R> {
    core::future::pending()
}

/// What `?` does with a value inside a `#[blocking]` statement.
pub trait Branch {
    /// The value to continue with.
    type Output;
    /// The value to return early.
    type Residual;
    /// Whether to continue or to return.
    fn branch(self) -> ControlFlow<Self::Residual, Self::Output>;
}

impl<T, E> Branch for Result<T, E> {
    type Output = T;
    type Residual = Result<Never, E>;

    fn branch(self) -> ControlFlow<Self::Residual, T> {
        match self {
            Ok(value) => ControlFlow::Continue(value),
            Err(error) => ControlFlow::Break(Err(error)),
        }
    }
}

impl<T> Branch for Option<T> {
    type Output = T;
    type Residual = Option<Never>;

    fn branch(self) -> ControlFlow<Self::Residual, T> {
        self.map_or(ControlFlow::Break(None), ControlFlow::Continue)
    }
}

impl<B, C> Branch for ControlFlow<B, C> {
    type Output = C;
    type Residual = ControlFlow<B, Never>;

    fn branch(self) -> ControlFlow<Self::Residual, C> {
        match self {
            Self::Continue(value) => ControlFlow::Continue(value),
            Self::Break(value) => ControlFlow::Break(ControlFlow::Break(value)),
        }
    }
}

/// A type that an async step may return early from a `?`.
#[diagnostic::on_unimplemented(
    message = "W038: `?` in a `#[blocking]` statement returns from the step, whose `{Self}` cannot hold the error",
    label = "does not convert to `{Self}`",
    note = "let the step return a `StepResult<..>`, or handle the error in the statement"
)]
pub trait FromResidual<R> {
    /// The early return.
    fn from_residual(residual: R) -> Self;
}

impl<T, E, F: From<E>> FromResidual<Result<Never, E>> for Result<T, F> {
    fn from_residual(residual: Result<Never, E>) -> Self {
        match residual {
            Err(error) => Err(error.into()),
        }
    }
}

impl<B, C> FromResidual<ControlFlow<B, Never>> for ControlFlow<B, C> {
    fn from_residual(residual: ControlFlow<B, Never>) -> Self {
        match residual {
            ControlFlow::Break(value) => Self::Break(value),
        }
    }
}

impl<T> FromResidual<Option<Never>> for Option<T> {
    fn from_residual(_: Option<Never>) -> Self {
        None
    }
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

/// The value of a count that is a constant. One that is refused is replaced.
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "replaced")]
pub const fn count(count: usize) -> u32 {
    if count == 0 || count > u32::MAX as usize { 1 } else { count as u32 }
}

/// Checks a count that is a constant.
///
/// # Panics
///
/// Panics at compile time if it is 0 or too large.
#[track_caller]
pub const fn check_workers(count: usize) {
    assert!(count > 0, "W019: `workers` is 0\n  help: write a number of at least 1, or remove the option");
    assert!(count <= u32::MAX as usize, "W019: `workers` is too large\n  help: write a smaller number");
}

/// As [`check_workers`], of another option.
///
/// # Panics
///
/// Panics at compile time if it is 0 or too large.
#[track_caller]
pub const fn check_max_recoveries(count: usize) {
    assert!(count > 0, "W018: `max_recoveries` is 0\n  help: write a number of at least 1, or remove the option");
    assert!(count <= u32::MAX as usize, "W018: `max_recoveries` is too large\n  help: write a smaller number");
}

/// As [`check_workers`], of another option.
///
/// # Panics
///
/// Panics at compile time if it is 0.
#[track_caller]
pub const fn check_max_runs(count: usize) {
    assert!(count > 0, "W018: `max_runs` is 0\n  help: write a number of at least 1, or remove the option");
}

/// Checks a duration that is a constant.
///
/// # Panics
///
/// Panics at compile time if it is 0.
#[track_caller]
pub const fn check_timeout(after: Duration) {
    assert!(!after.is_zero(), "W018: this timeout is 0\n  help: write a longer duration, or remove the option");
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

/// Builds and proves the graph from `__STEPS` and `__INPUTS`, arrays with these lengths: if an array is an error, its
/// own length is one, too. `ends` says for each step whether its output has the result type.
///
/// The graph depends on the implementation for `this`. If there are two of them, that is the only error.
#[doc(hidden)]
#[macro_export]
macro_rules! __graph {
    ($workflow:literal $(of $this:ty)?, [$steps:literal, $inputs:literal], $start:literal => $stop:literal, [$($ends:expr),*]) => {
        // Not a `const`, which rustc evaluates once more for the implementations with bounds.
        static __GRAPH: $crate::__private::Graph<
            $steps,
            $inputs,
            { $crate::__private::count_edges(&__STEPS) },
            { $crate::__private::count_batch_sources(&__STEPS) },
        > = {
            $(let _ = <$this as $crate::__private::Workflow>::NAME;)?
            $crate::__private::Graph::new(__STEPS, __INPUTS).named($workflow, $start, $stop)
        };
        type __Proof = $crate::__private::Proof<{ __GRAPH.is_valid(&[$($ends),*]) }>;
    };
}

/// Implements `Takes`: the workflow takes the events of one input, in one variant of its event enum.
#[doc(hidden)]
#[macro_export]
macro_rules! __takes {
    ($workflow:ty, $event:ty, $enum:ident::$variant:ident($checked:ty), $index:expr) => {
        $crate::__private::takes!(
            $workflow, $event, $enum::$variant($checked), $index, [] [where __This: $crate::__private::Settings]
        );
    };
    (
        $workflow:ty, $event:ty, $enum:ident::$variant:ident($checked:ty), $index:expr,
        [$($parameters:tt)*] [$($bounds:tt)*]
    ) => {
        impl $($parameters)* $crate::__private::Takes<$event, $index> for $workflow $($bounds)* {
            type Listed = $crate::__private::Taken;

            #[inline]
            fn wrap(event: $event) -> $enum {
                $enum::$variant($crate::__private::Held::hold(
                    <$checked as $crate::__private::Checkable>::accept(event),
                ))
            }

            #[inline]
            fn is(event: &$enum) -> bool {
                // Without `matches!`, because of which rustc checks the function again after each edit above it.
                match *event {
                    $enum::$variant(_) => true,
                    _ => false,
                }
            }

            #[inline]
            fn take(event: $enum) -> $event {
                match event {
                    $enum::$variant(event) => {
                        <$checked as $crate::__private::Checkable>::restore($crate::__private::Held::release(event))
                    }
                    other => $crate::__private::unreachable_event(other),
                }
            }
        }
    };
}

/// Implements what a list of a context behind an alias might need, for no list that is accepted.
#[doc(hidden)]
#[macro_export]
macro_rules! __hidden_list {
    ($workflow:ty, $list:ty, $index:ident) => {
        impl<__T> $crate::__private::Asks<$list, __T, $index> for $workflow
        where
            __This: $crate::__private::Settings,
        {
            fn asked(_: __T) -> Self::Prompt {
                ::core::unreachable!()
            }
        }

        impl<__T> $crate::__private::Awaits<$list, __T, $index> for $workflow
        where
            __This: $crate::__private::Settings,
        {
            type Response = $crate::__private::Untaken;
            const SLOT: u16 = 0;
        }
    };
}
