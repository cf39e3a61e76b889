//! What generated code names. Not public API: it changes with any version.

pub use crate::{
    __takes as takes,
    context::StepContext,
    event::{Never, Start, Stop},
    executor::Kind,
    graph::{EventKey, Graph, Leaf, LeafKey, Port, Same, Shape, Step, Table, count_edges, count_openers, same},
    input::{Absent, Role, StepInput},
    one_of::OneOf,
    output::StepOutput,
    run::{Instances, Job, Outcome},
    workflow::{Begin, Flag, Input, Output, Prompts, Settings, Takes, Workflow},
};
pub use core::{option::Option, result::Result, time::Duration};
pub use serde;
pub use std::sync::Arc;

/// The step's future, which must be `Send`: its error stands at the step's name, and nowhere else.
pub fn send<F: Future + Send>(step: F) -> impl Future<Output = F::Output> + Send {
    step
}

/// Runs a blocking step where it belongs.
///
/// # Errors
///
/// The step's own failure, its panic, or the executor's refusal.
pub async fn blocking<W: Workflow>(
    offload: crate::executor::Offload<W>,
    work: impl FnOnce() -> Outcome<W> + Send + 'static,
) -> Outcome<W> {
    offload.run(work).await?
}

/// For a `struct` whose `impl` may lack `#[workflow]`.
pub const fn assert_workflow<W: Workflow>() {}

/// Puts a prompt into the workflow's prompt type.
pub fn hold<O: crate::one_of::Holds<T, At>, T, At>(prompt: T) -> O {
    O::hold(prompt)
}

/// A workflow takes the events of one leaf, in one variant of its event enum.
#[doc(hidden)]
#[macro_export]
macro_rules! __takes {
    ($workflow:ty, $enum:ident::$variant:ident, $leaf:ty, $rank:expr) => {
        impl $crate::__private::Takes<$leaf, $rank> for $workflow {
            fn wrap(event: $leaf) -> $enum {
                $enum::$variant(event)
            }

            fn take(event: $enum) -> $crate::__private::Result<$leaf, $enum> {
                match event {
                    $enum::$variant(event) => $crate::__private::Result::Ok(event),
                    other => $crate::__private::Result::Err(other),
                }
            }
        }
    };
}
