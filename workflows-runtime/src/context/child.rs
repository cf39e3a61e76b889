//! Running another workflow inside a step.

use super::Context;
use crate::{
    run::{Run, WorkflowExt},
    workflow::Workflow,
};

impl<W: Workflow, List> Context<W, List> {
    /// A run of another workflow that ends with this step at the latest: await it for its result.
    ///
    /// It has its own name, state, stream and timeout, and its blocking steps run on this run's
    /// executors. It is driven inside this step, and dropped with it: when this run is cancelled, times out or
    /// ends, so does the child. To read its events, [`start`](Run::start) it: the handle belongs to this
    /// step, and cancels the child when it is dropped. If it fails, that is an error here, to be
    /// handled or handed on with `?`. [`guide::children`](crate::guide::children) tells more.
    ///
    /// # Errors
    ///
    /// Awaiting it gives the child's own [`RunError`](crate::RunError). Awaited in place it cannot be
    /// answered, so that one that asks ends as [stalled](crate::RunError::Stalled).
    ///
    /// A child is no part of its parent's [`Snapshot`](crate::Snapshot): a step that was waiting for
    /// one begins again after the resume, and so does the child.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Double;
    /// # #[workflow]
    /// # impl Double {
    /// #     #[step]
    /// #     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
    /// #         Stop(n * 2)
    /// #     }
    /// # }
    /// #[workflow]
    /// struct Parent {
    ///     double: Arc<Double>,
    /// }
    ///
    /// #[workflow]
    /// impl Parent {
    ///     #[step]
    ///     async fn ask(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> StepResult<Stop<u64>> {
    ///         Ok(Stop(ctx.run_child(&self.double, n).await? + 1))
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// assert_eq!(Parent { double: Arc::new(Double) }.run(4).await?, 9);
    /// # Ok(())
    /// # }
    /// ```
    pub fn run_child<F: WorkflowExt>(&self, workflow: F, input: <F::Workflow as Workflow>::Input) -> Run<F::Workflow> {
        let child = workflow.run(input).belonging_to_a_step();
        match self.shared.given_executors() {
            Some(executors) => child.executors(executors),
            None => child,
        }
    }
}
