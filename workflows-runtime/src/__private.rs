//! What generated code names. Not public API: it changes with any version.

pub use crate::{
    __carried as carried, __failure as failure, __is_made as is_made, __made as made, __maker as maker, __read as read,
    __returned as returned, __taken as taken, __takes as takes, __value as value,
    context::{Asks, Awaits, StepContext},
    core::other,
    diagnostics::{
        InHumanResponse, InInputRequired, InStart, InStop, NotAnOption, RefusedState, RunState, StateOf, TakenByValue,
        awaited, is_no_state, no_known_blocking, refuse_listed,
    },
    event::{Never, Start, Stop},
    executor::{Hop, Kind},
    failed::StepFailed,
    graph::{
        Carried, Carry, Catches, Doubtful, EventKey, Failing, Graph, Is, Known, Leaf, LeafKey, List, Listed,
        NotAContext, NotAPrompt, NotAStart, NotATuple, Port, Same, Shape, Step, Table, Unknown, count_edges,
        count_openers, is_not, same,
    },
    input::{Absent, Present, Role, StepInput},
    one_of::OneOf,
    output::StepOutput,
    resource::{
        Cache, Check, ConfigType, Copied, CopiedConfig, File, Injected, Lend, Make, Maker, Parts, ResourceError, Scope,
        Shareable, Slot, make_blocking,
    },
    retry::FailedAttempt,
    run::{Instance, Instances, Line, Outcome, next, run},
    workflow::{Begin, Flag, Given, Input, Output, Prompts, Settings, Takes, Workflow},
};
pub use core::{default::Default, ops::ControlFlow, option::Option, result::Result, time::Duration};
pub use serde;
pub use std::boxed::Box;
pub use std::sync::Arc;

/// How calls that block are recognised.
pub mod blocking {
    pub use crate::blocking::*;
}

use crate::{executor, retry::RetryPolicy};

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
pub fn share<W: Workflow>(flow: &Instance<W>) -> Arc<W> {
    Arc::clone(flow.flow())
}

/// For a `struct` whose `impl` may lack `#[workflow]`.
pub const fn assert_workflow<W: Workflow>() {}

/// Puts a prompt into the workflow's prompt type.
pub fn hold<O: crate::one_of::Holds<T, At>, T, At>(prompt: T) -> O {
    O::hold(prompt)
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
                    other => $crate::__private::other(other),
                }
            }
        }
    };
}
