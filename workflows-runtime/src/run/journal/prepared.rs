//! A run that is about to start, and is journaled.

use super::{
    Durable, Journal,
    book::{RunJournal, item_to_json},
    json::{content_to_json, graph_to_json, not_journaled},
    tail::LastRecord,
};
use crate::{
    error::RunError,
    run::{
        builder::{NewRun, Run, launch},
        child::{ParentEnd, launch_child},
        driver::finish::CompletionGuard,
        handle::RunHandle,
        id::RunId,
        poll_budget::PollBudget,
        shared::{Setup, Shared},
        start::{StartFrom, StartSpec, Timeout},
        workflow_ext::WorkflowExt,
    },
    sealed::SEAL,
    sync::atomic::AtomicBool,
    workflow::Workflow,
};
use core::fmt;
use std::{sync::Arc, time::Duration};

/// A run that is journaled from its start on. It begins with [`start`](Self::start).
///
/// Store its first [`snapshot`](Self::snapshot) before that.
pub struct Prepared<W: Workflow> {
    handle: RunHandle<W>,
    guard: CompletionGuard<W>,
    spec: StartSpec<W>,
    /// Ends a child.
    parent_end: Option<ParentEnd>,
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
        Self::of(run, journal, None)
    }

    /// As [`new`](Self::new). With a parent it is a child; the flag is set when the parent is released.
    pub(super) fn of(run: Run<W>, journal: Arc<dyn Journal>, parent: Option<Arc<AtomicBool>>) -> Result<Self, RunError>
    where
        W: Durable,
    {
        let NewRun { workflow, mut first, mut options } = run.into_new();
        if let StartFrom::Resume(resumed) = &mut first {
            resumed.count_away();
        }
        if let Some(error) = first.refusal() {
            return Err(error);
        }
        let is_child = parent.is_some();
        let parent_end = options.as_mut().and_then(|options| options.parent.take()).filter(|_| is_child);
        let (timeout, poll_budget, mut setup) = match options {
            None => {
                let setup = Setup::new(RunId::random(), true);
                (Timeout::Declared, PollBudget::default(), setup)
            }
            Some(options) => (options.timeout, options.poll_budget, options.setup(true)),
        };
        setup.journal = Some(Box::new(RunJournal::new(journal, item_to_json::<W>, &setup.prompts, parent)));
        let shared = Arc::new(Shared::new(setup.traced()));
        let spec = StartSpec { workflow, first, timeout, poll_budget };
        let handle = if is_child {
            RunHandle::of_durable_child(&shared, false)
        } else {
            RunHandle::new(Arc::clone(&shared), false)
        };
        Ok(Self { handle, guard: CompletionGuard::new(shared), spec, parent_end })
    }

    /// The handle of the step that starts it.
    pub(super) fn step_handle(&self) -> RunHandle<W> {
        RunHandle::of_durable_child(self.guard.shared(), true)
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
    pub fn snapshot(&self) -> Result<String, String> {
        content_to_json(&self.spec.content(self.guard.shared(), &[]))
    }

    /// Records what happens behind the last record of the run, which was [read](super::read) with the snapshot that the run is
    /// resumed from. Without this, the first record has a snapshot.
    ///
    /// The run must be as the snapshot has it: with its options, and with its timeout.
    pub fn continue_behind(&self, last: LastRecord) {
        if matches!(self.spec.timeout, Timeout::Declared)
            && let Some(journal) = self.guard.shared().journal()
        {
            journal.set_last(last);
        }
    }

    /// The timeout of a run that starts: it begins with the run, before its first record.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        match self.spec.timeout {
            Timeout::Declared => W::TIMEOUT,
            Timeout::Given(timeout) => timeout,
        }
    }

    /// Starts the run.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    #[must_use]
    pub fn start(self) -> RunHandle<W> {
        let Self { handle, guard, spec, parent_end } = self;
        match parent_end {
            Some(parent_end) => launch_child(spec, guard, parent_end),
            None => launch(spec, guard),
        }
        handle
    }

    /// Ends the run instead of starting it, because its start cannot be stored.
    pub fn refuse(self, reason: &str) {
        self.guard.refuse(not_journaled(W::TABLE.steps[0].name, "the start", reason));
    }

    /// Gives the run up instead of starting it, as [`release`](super::release) does.
    pub fn release(self) {
        if let Some(journal) = self.guard.shared().journal() {
            journal.set_released();
        }
        self.guard.refuse(RunError::Cancelled);
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
