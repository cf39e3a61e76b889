//! What generated code names. Not public API: it changes with any version.

pub use crate::{
    __carried as carried, __cpu_kind as cpu_kind, __failure as failure, __is_made as is_made, __made as made,
    __maker as maker, __read as read, __returned as returned, __taken as taken, __takes as takes, __value as value,
    context::StepContext,
    engine::unreachable_event,
    event::{Keyed, Never, Start, Stop},
    executor::{Hop, Kind},
    graph::{
        Catches, EventKey, Graph, Leaf, LeafKey, Port, Same, Shape, Step, Table, count_edges, count_openers, same,
    },
    instances::Instances,
    one_of::OneOf,
    resource::{Cache, Check, File, Injected, ResourceError, Scope, Slot, make_blocking},
    retry::FailedAttempt,
    run::{Dispatcher, Outcome, next, run},
    sealed::Sealed,
    signature::{
        Absent, Begin, Carried, Carry, ConfigType, Copied, CopiedConfig, Doubtful, Failing, Flag, Given,
        InHumanResponse, InInputRequired, InStart, InStop, Input, Is, Known, Lend, List, Listed, Make, Maker,
        NotAContext, NotAPrompt, NotAStart, NotATuple, NotAnOption, Output, Parts, Present, RefusedState, Role,
        RunState, Shareable, StateOf, StepInput, StepOutput, TakenByValue, Unknown, awaited, is_no_state, is_not,
        no_known_blocking, refuse_listed,
    },
    step_failed::StepFailed,
    workflow::{Asks, Awaits, Instance, Prompts, Settings, Takes, Workflow},
};
pub use core::{default::Default, ops::ControlFlow, option::Option, result::Result, time::Duration};
pub use serde;
pub use std::boxed::Box;
pub use std::sync::Arc;

/// How calls that block are recognised.
pub mod blocking {
    pub use crate::blocking::*;
}

use crate::{executor, retry::RetryPolicy, sealed::SEAL};

/// The step's future, which must be `Send`: its error stands at the step's name, and nowhere else.
pub fn send<F: Future + Send>(step: F) -> impl Future<Output = F::Output> + Send {
    step
}

/// Asks the policy of a step.
pub fn retry<P: RetryPolicy>(policy: &P, failure: &FailedAttempt<'_>) -> Option<Duration> {
    policy.next(failure)
}

/// Runs a blocking step where it belongs.
///
/// # Errors
///
/// The step's own failure, its panic, or the executor's refusal.
pub async fn blocking<W: Workflow>(
    offload: crate::run::Offload,
    work: impl FnOnce() -> Outcome<W> + Send + 'static,
) -> Outcome<W> {
    let (origin, kind) = offload.into_parts();
    executor::offload(Some(origin), kind, work).await?
}

/// Runs the body of a `#[blocking]` function or statement where it belongs.
///
/// # Panics
///
/// When it is polled, if the body does, or the executor refuses it: inside a step that is the step's failure.
pub const fn offload<T, F>(kind: Kind, work: F) -> Hop<T, F>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    Hop::new(kind, work)
}

/// What `?` does to a value, inside a `#[blocking]` statement.
pub trait Branch {
    /// What it goes on with.
    type Output;
    /// What it returns early.
    type Residual;
    /// Tells the one from the other.
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

/// What an async step may return early from a `?`.
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

impl<T> FromResidual<Option<Never>> for Option<T> {
    fn from_residual(_: Option<Never>) -> Self {
        None
    }
}

/// The workflow, for code that runs elsewhere.
pub fn share<W: Workflow>(workflow: &Instance<W>) -> Arc<W> {
    Arc::clone(workflow.workflow())
}

/// For a `struct` whose `impl` may lack `#[workflow]`.
pub const fn assert_workflow<W: Workflow>() {}

/// Puts a prompt into the workflow's prompt type.
pub fn hold<O: crate::one_of::Holds<T, Index>, T, Index>(prompt: T) -> O {
    O::hold(prompt, SEAL)
}

/// A workflow takes the events of one leaf, in one variant of its event enum; `$known` says
/// whether they are events at all.
#[doc(hidden)]
#[macro_export]
macro_rules! __takes {
    ($workflow:ty, $enum:ident::$variant:ident, $leaf:ty, $known:expr, $rank:expr) => {
        impl $crate::__private::Takes<$leaf, $rank> for $workflow {
            #[inline]
            fn wrap(event: $leaf) -> $enum {
                $enum::$variant(<$crate::__private::Flag<$known> as $crate::__private::Carry<$leaf>>::carry(event))
            }

            #[inline]
            fn is(event: &$enum) -> bool {
                ::core::matches!(event, $enum::$variant(_))
            }

            #[inline]
            fn take(event: $enum) -> $leaf {
                match event {
                    $enum::$variant(event) => {
                        <$crate::__private::Flag<$known> as $crate::__private::Carry<$leaf>>::restore(event)
                    }
                    other => $crate::__private::unreachable_event(other),
                }
            }
        }
    };
}

/// Where computing code runs. Refuses it without the feature `cpu-pool`.
#[cfg(feature = "cpu-pool")]
#[doc(hidden)]
#[macro_export]
macro_rules! __cpu_kind {
    ($($kind:tt)+) => { $crate::__private::Kind::$($kind)+ };
}

/// Where computing code runs. Refuses it without the feature `cpu-pool`.
#[cfg(not(feature = "cpu-pool"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __cpu_kind {
    ($($kind:tt)+) => {{
        ::core::compile_error!(
            "`#[blocking(cpu)]` needs a feature that is disabled: enable `cpu-pool` of `workflows-runtime`"
        );
        $crate::__private::Kind::Io
    }};
}
