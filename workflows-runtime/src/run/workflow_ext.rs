//! `WorkflowExt`: the methods that run a workflow.

use super::{builder::Run, snapshot::Snapshot, start::StartFrom};
use crate::{
    sealed::{SEAL, Seal},
    workflow::Workflow,
};
use std::sync::Arc;

/// Runs a workflow. Implemented for every workflow, by value and in an [`Arc`]. This trait is sealed.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// #[workflow]
/// struct Double;
///
/// #[workflow]
/// impl Double {
///     #[step]
///     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
///         Stop(n * 2)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), RunError> {
/// assert_eq!(Double.run(21).await?, 42);
///
/// let shared = std::sync::Arc::new(Double);
/// assert_eq!(shared.clone().run(1).await?, 2);
/// assert_eq!(shared.run(2).await?, 4);
/// # Ok(())
/// # }
/// ```
pub trait WorkflowExt: Sized {
    /// The workflow itself.
    type Workflow: Workflow;

    /// Creates a run of this workflow with an input. It does nothing until it is awaited or
    /// [started](Run::start).
    fn run(self, input: <Self::Workflow as Workflow>::Input) -> Run<Self::Workflow> {
        let event = Self::Workflow::start_event(input);
        Run::new(self.into_shared(SEAL), StartFrom::Input(Some(event)))
    }

    /// Resumes a run from a snapshot. It does nothing until it is awaited or [started](Run::start).
    ///
    /// Queued events, joins, waits and timers continue where they were. Open prompts are published again, once, with
    /// the same ids. Executions that had not returned
    /// start again, before all others. The run keeps its name, its state and the rest of its timeout, unless
    /// [`id`](Run::id), [`state`](Run::state) or [`timeout`](Run::timeout) override them. Deadlines of waits
    /// and delays of retries also elapse between the snapshot and the resume. Other options, such as executors, are not part of a
    /// snapshot. A snapshot may be resumed more than once; each is a run of its own.
    ///
    /// [`Snapshot`] has an example; see [`guide::snapshots`](crate::guide::snapshots).
    ///
    /// # Errors
    ///
    /// Awaiting the run returns [`RunError::Resume`](crate::RunError::Resume) if the snapshot is of another graph or of an
    /// unsupported version, or if it is damaged. See [`ResumeError`](crate::ResumeError).
    fn resume(self, snapshot: Snapshot<Self::Workflow>) -> Run<Self::Workflow> {
        Run::resumed(self.into_shared(SEAL), snapshot)
    }

    #[doc(hidden)]
    fn into_shared(self, seal: Seal) -> Arc<Self::Workflow>;
}

impl<W: Workflow> WorkflowExt for W {
    type Workflow = W;

    fn into_shared(self, _: Seal) -> Arc<W> {
        Arc::new(self)
    }
}

impl<W: Workflow> WorkflowExt for Arc<W> {
    type Workflow = W;

    fn into_shared(self, _: Seal) -> Self {
        self
    }
}

impl<W: Workflow> WorkflowExt for &Arc<W> {
    type Workflow = W;

    fn into_shared(self, _: Seal) -> Arc<W> {
        Arc::clone(self)
    }
}
