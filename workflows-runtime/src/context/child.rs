//! Running another workflow in a step.

use super::Context;
use crate::{
    run::{Run, WorkflowExt},
    workflow::Workflow,
};

impl<W: Workflow, List> Context<W, List> {
    /// Creates a run of another workflow that ends with this step at the latest. Await it for its result.
    ///
    /// The child has its own name, state, stream and timeout, and uses this run's executors. It is driven in
    /// this step and dropped with it. To read its events or to respond to it, [`start`](Run::start) it; the
    /// handle belongs to this step, and dropping it cancels the child. A child that is moved into another task or
    /// thread is cancelled when the attempt of the step ends.
    ///
    /// A child is not part of its parent's [`Snapshot`](crate::Snapshot): after a resume the step starts again,
    /// and so does the child. The child of a durable run is durable as well, if its workflow is hosted; then it is a task
    /// also when it is awaited in place. See [`guide::children`](crate::guide::children).
    ///
    /// # Errors
    ///
    /// Awaiting it returns the child's [`RunError`](crate::RunError). A child that asks and is awaited in
    /// place ends as [stalled](crate::RunError::Stalled), as no response can be sent. After the end of the
    /// attempt a child ends as [cancelled](crate::RunError::Cancelled), without executing a step.
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
        #[cfg(feature = "durable")]
        let durable_parent = self.shared.durable_parent(self.execution.serial, self.execution.attempt, &input);
        let child = workflow.run(input).belonging_to_a_step();
        // Also without a clone of the context: the child itself may be moved into a task.
        let child = if self.counts() { child.ending_with(Box::pin(self.ended())) } else { child.canceled() };
        #[cfg(feature = "durable")]
        let child = match durable_parent {
            Some(parent) => child.offered_by(parent),
            None => child,
        };
        let child = match self.shared.recording() {
            Some(recording) => child.recorded_with(recording, self.execution.serial, self.execution.attempt),
            None => child,
        };
        match self.shared.given_executors() {
            Some(executors) => child.executors(executors),
            None => child,
        }
    }
}
