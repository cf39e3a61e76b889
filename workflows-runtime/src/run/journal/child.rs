//! Children of a durable run: runs that its steps start, and that a host records as well.

use super::{Durable, Journal, Prepared, failure::read_failure, to_json};
use crate::{
    error::RunError,
    run::{
        builder::{NewRun, Run, Stage},
        driver::finish::CompletionGuard,
        handle::RunHandle,
        id::RunId,
        options::Options,
        shared::{Setup, Shared},
        snapshot::Snapshot,
        start::StartFrom,
    },
    sync::atomic::{AtomicBool, Ordering},
    workflow::Workflow,
};
use core::fmt;
use std::{any::Any, sync::Arc};

/// The durable run whose step creates a child.
pub(crate) struct DurableParent {
    pub(super) journal: Arc<dyn Journal>,
    /// Set when the parent is released: its children continue elsewhere, too.
    pub(super) is_released: Arc<AtomicBool>,
    pub(super) execution: u64,
    pub(super) attempt: u32,
    /// The input of the child as JSON.
    pub(super) input: Result<String, String>,
}

/// A run that a step of a durable run starts. [`of`](Self::of) returns it with its type.
pub struct Child {
    /// A `Run<W>`.
    run: Box<dyn Any + Send>,
    workflow: &'static str,
    id: Option<RunId>,
    parent: Box<DurableParent>,
}

/// A [`Child`] with its type.
pub struct ChildOf<W: Workflow> {
    run: Run<W>,
    parent: Box<DurableParent>,
}

/// The handle of a child, for the step that starts it.
pub struct StartedChild(Box<dyn Any + Send>);

impl Child {
    /// The name of its workflow.
    #[must_use]
    pub fn workflow(&self) -> &'static str {
        self.workflow
    }

    /// The id that the step has set.
    #[must_use]
    pub fn id(&self) -> Option<&RunId> {
        self.id.as_ref()
    }

    /// The number of the execution that starts it, unique in the parent.
    #[must_use]
    pub fn execution(&self) -> u64 {
        self.parent.execution
    }

    /// The attempt of that execution, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.parent.attempt
    }

    /// Its input as JSON.
    ///
    /// # Errors
    ///
    /// Why it cannot be stored.
    pub fn input(&self) -> Result<&str, &str> {
        match &self.parent.input {
            Ok(input) => Ok(input),
            Err(reason) => Err(reason),
        }
    }

    /// The child with its type.
    ///
    /// # Errors
    ///
    /// It is of another workflow.
    pub fn of<W: Workflow>(self) -> Result<ChildOf<W>, Self> {
        let Self { run, workflow, id, parent } = self;
        match run.downcast::<Run<W>>() {
            Ok(run) => Ok(ChildOf { run: *run, parent }),
            Err(run) => Err(Self { run, workflow, id, parent }),
        }
    }
}

impl<W: Durable> ChildOf<W> {
    /// Prepares a new run with this id.
    ///
    /// # Errors
    ///
    /// It is resumed from a snapshot that is refused, and has failed.
    pub fn prepare(self, id: RunId, journal: Arc<dyn Journal>) -> Result<(Prepared<W>, StartedChild), StartedChild> {
        let Self { run, parent } = self;
        prepared(run.id(id.clone()), id, &parent, journal)
    }

    /// Prepares the run from its last record. It has the executors and the buffers that the step has set, and everything
    /// else is as it was.
    ///
    /// # Errors
    ///
    /// The snapshot is damaged, or of another version of the workflow, and the run has failed.
    pub fn resume(
        self,
        snapshot: Snapshot<W>,
        journal: Arc<dyn Journal>,
    ) -> Result<(Prepared<W>, StartedChild), StartedChild> {
        let Self { run, parent } = self;
        let id = snapshot.run_id().cloned().unwrap_or_else(RunId::random);
        let NewRun { workflow, options, .. } = run.into_new();
        let mut resumed = Run::resumed(workflow, snapshot);
        if let Some(options) = options {
            let Options { executors, step_events, event_buffer, event_history, poll_budget, parent, record, .. } =
                *options;
            let of = resumed.options();
            *of = Options {
                executors,
                step_events,
                event_buffer,
                event_history,
                poll_budget,
                parent,
                record,
                ..std::mem::take(of)
            };
        }
        prepared(resumed, id, &parent, journal)
    }

    /// The handle of a run that has ended with this result or [failure](super::Record::failure), as JSON.
    #[must_use]
    pub fn ended(self, id: RunId, result: Result<&str, &str>) -> StartedChild {
        let ended = match result {
            Ok(output) => serde_json::from_str(output).map_err(|error| {
                let step = W::TABLE.steps[0].name;
                super::not_journaled(step, "the result", &format!("it cannot be read: {error}"))
            }),
            Err(failure) => Err(read_failure::<W>(failure)),
        };
        finished::<W>(id, ended)
    }

    /// The handle of a run that cannot be recorded, and why. It has failed.
    #[must_use]
    pub fn refused(self, id: RunId, reason: &str) -> StartedChild {
        finished::<W>(id, Err(super::not_journaled(W::TABLE.steps[0].name, "the start", reason)))
    }
}

fn finished<W: Workflow>(id: RunId, ended: Result<W::HeldOutput, RunError>) -> StartedChild {
    let setup = Setup::<W>::new(id, true);
    let shared = Arc::new(Shared::new(setup));
    let handle = RunHandle::new(Arc::clone(&shared), true);
    shared.close();
    CompletionGuard::new(shared).complete(ended.map_err(Box::new));
    StartedChild(Box::new(handle))
}

fn prepared<W: Durable>(
    run: Run<W>,
    id: RunId,
    parent: &DurableParent,
    journal: Arc<dyn Journal>,
) -> Result<(Prepared<W>, StartedChild), StartedChild> {
    let prepared = Prepared::of(run, journal, Some(Arc::clone(&parent.is_released)));
    let prepared = prepared.map_err(|error| finished::<W>(id, Err(error)))?;
    let handle = prepared.step_handle();
    Ok((prepared, StartedChild(Box::new(handle))))
}

impl<W: Workflow> Run<W> {
    /// Offers a child to the host of the durable run whose step creates it.
    pub(crate) fn offered_by(mut self, parent: DurableParent) -> Self {
        self.options().durable_parent = Some(Box::new(parent));
        self
    }

    /// Starts the run as a durable child if it is one and the host takes it over. Otherwise it is as before, and no child of a
    /// durable run.
    #[cold]
    pub(in crate::run) fn start_durable(&mut self) -> Option<RunHandle<W>> {
        let new = self.as_new();
        let options = new.options.as_mut()?;
        let parent = options.durable_parent.take()?;
        let id = options.id.clone();
        if !matches!(new.first, StartFrom::Input(_)) {
            // It does not start, or is resumed from a snapshot that the step has.
            return None;
        }
        let journal = Arc::clone(&parent.journal);
        let run = Self(std::mem::replace(&mut self.0, Stage::Moved));
        let child = Child { run: Box::new(run), workflow: W::NAME, id, parent };
        match journal.child(child) {
            Ok(StartedChild(handle)) => match handle.downcast::<RunHandle<W>>() {
                Ok(handle) => Some(*handle),
                Err(_) => unreachable!("`Child` makes handles of its own workflow"),
            },
            Err(child) => {
                match child.of::<W>() {
                    Ok(ChildOf { run, .. }) => *self = run,
                    Err(_) => unreachable!("a child is of its own workflow"),
                }
                None
            }
        }
    }
}

impl<W: Workflow> Stage<W> {
    /// Whether a step of a durable run has created it, and no host was asked yet.
    #[inline]
    pub(in crate::run) fn has_durable_parent(&self) -> bool {
        let Self::New(NewRun { options: Some(options), .. }) = self else { return false };
        options.durable_parent.is_some()
    }

    /// Starts a run that is polled, and whose parent is durable, if the host takes it over.
    #[cold]
    pub(in crate::run) fn start_in_task(&mut self) {
        let mut run = Run(std::mem::replace(self, Self::Moved));
        *self = match run.start_durable() {
            Some(handle) => Self::Driven(Box::pin(handle.into_future())),
            None => run.0,
        };
    }
}

impl<W: Workflow> Shared<W> {
    /// What a child needs of this run to be durable. `None` if the run itself is not.
    pub(crate) fn durable_parent<I: serde::Serialize>(
        &self,
        execution: u64,
        attempt: u32,
        input: &I,
    ) -> Option<DurableParent> {
        let journal = self.journal()?;
        let input = to_json(input);
        Some(DurableParent {
            journal: Arc::clone(&journal.journal),
            is_released: Arc::clone(&journal.is_released),
            execution,
            attempt,
            input,
        })
    }

    /// The parent of this run does not want it any more. Returns whether the run continues elsewhere: the parent is
    /// released.
    pub(in crate::run) fn is_left_by_parent(&self) -> bool {
        let Some(journal) = self.journal() else { return false };
        let Some(parent) = &journal.parent else { return false };
        if parent.load(Ordering::Acquire) {
            journal.set_released();
            return true;
        }
        journal.journal.dropped();
        false
    }

    /// Whether this is a child that has no end here, so the step that waits for it must not continue.
    pub(in crate::run) fn is_released_child(&self) -> bool {
        self.journal().is_some_and(|journal| journal.parent.is_some() && journal.is_released())
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("workflow", &self.workflow).field("id", &self.id).finish_non_exhaustive()
    }
}

impl<W: Workflow> fmt::Debug for ChildOf<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildOf").field("run", &self.run).finish_non_exhaustive()
    }
}

impl fmt::Debug for StartedChild {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartedChild").finish_non_exhaustive()
    }
}
