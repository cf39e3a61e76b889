//! A run that is about to start, and is journaled.

use super::{
    Durable, Journal,
    book::{RunJournal, item_to_json},
    json::{content_to_json, graph_to_json},
};
use crate::{
    error::RunError,
    run::{
        builder::{NewRun, Run, launch},
        driver::finish::CompletionGuard,
        handle::RunHandle,
        id::RunId,
        poll_budget::PollBudget,
        shared::{Setup, Shared},
        start::{StartFrom, StartSpec, Timeout},
        workflow_ext::WorkflowExt,
    },
    sealed::SEAL,
    workflow::Workflow,
};
use core::fmt;
use std::sync::Arc;

/// A run that is journaled from its start on. It begins with [`start`](Self::start).
///
/// Store its first [`snapshot`](Self::snapshot) before that.
pub struct Prepared<W: Workflow> {
    handle: RunHandle<W>,
    guard: CompletionGuard<W>,
    spec: StartSpec<W>,
}

impl<W: Workflow> Prepared<W> {
    /// Prepares a run that is journaled in `journal`. It does not belong to a step, whatever it was created by.
    ///
    /// # Errors
    ///
    /// The run is resumed from a snapshot that is damaged, or of another version of the workflow.
    pub fn new(run: Run<W>, journal: Arc<dyn Journal>) -> Result<Self, RunError>
    where
        W: Durable,
    {
        let NewRun { workflow, mut first, options } = run.into_new();
        if let StartFrom::Resume(resumed) = &mut first {
            resumed.count_away();
        }
        if let Some(error) = first.refusal() {
            return Err(error);
        }
        let (timeout, poll_budget, mut setup) = match options {
            None => {
                let setup = Setup::with_defaults(RunId::random(), W::State::default(), true);
                (Timeout::Declared, PollBudget::default(), setup)
            }
            Some(options) => (options.timeout, options.poll_budget, options.setup(true)),
        };
        setup.journal = Some(Box::new(RunJournal::new(journal, item_to_json::<W>, &setup.prompts)));
        let shared = Arc::new(Shared::new(setup.traced()));
        let handle = RunHandle::new(Arc::clone(&shared), false);
        let spec = StartSpec { workflow, first, timeout, poll_budget };
        Ok(Self { handle, guard: CompletionGuard::new(shared), spec })
    }

    /// The id of the run.
    #[must_use]
    pub fn id(&self) -> &RunId {
        self.handle.id()
    }

    /// The graph of the workflow as JSON, for [`read`](super::read). It is the same for all records of the run.
    #[must_use]
    pub fn graph(&self) -> String {
        graph_to_json::<W>()
    }

    /// The snapshot of the run before its first step, as JSON without the [graph](Self::graph).
    ///
    /// # Errors
    ///
    /// Why the input or the state cannot be stored: it does not serialize, or could not be read again.
    pub fn snapshot(&self) -> Result<Vec<u8>, String> {
        content_to_json(&self.spec.content(self.guard.shared(), &[]))
    }

    /// Starts the run.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    #[must_use]
    pub fn start(self) -> RunHandle<W> {
        launch(self.spec, self.guard);
        self.handle
    }
}

/// The id that a run was given, or a random one.
#[must_use]
pub fn id_of<W: Workflow>(run: &Run<W>) -> RunId {
    run.given_id().cloned().unwrap_or_else(RunId::random)
}

/// The workflow as the `Arc` that all runs of it share.
pub fn shared<F: WorkflowExt>(workflow: F) -> Arc<F::Workflow> {
    workflow.into_shared(SEAL)
}

impl<W: Workflow> fmt::Debug for Prepared<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("workflow", &W::NAME)
            .field("run", &format_args!("{}", self.handle.id()))
            .finish_non_exhaustive()
    }
}
