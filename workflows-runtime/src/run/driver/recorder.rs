//! The code of a run that only durable runs need.

use super::{Driver, commit::Journaling};
use crate::{
    engine::Tick,
    run::{event_log::Ended, journal::journal_end, shared::Shared},
    workflow::Workflow,
};
use core::{future::Future, pin::Pin, task::Context};
use std::sync::Arc;

/// Resolves to the end of a run once it is durable.
pub(in crate::run) type JournalingEnd<W> = Pin<Box<dyn Future<Output = Ended<W>> + Send>>;

/// What serializes the contents of a run. As pointers, so a workflow that no host records compiles none of it: it is half
/// of the code of a small workflow.
pub(in crate::run) struct Recorder<W: Workflow> {
    poll: fn(&mut Driver<'_, W>, &mut Context<'_>) -> Journaling,
    apply: fn(&mut Driver<'_, W>, Tick<W>),
    end: fn(Arc<Shared<W>>, Ended<W>) -> JournalingEnd<W>,
}

impl<W: Workflow> Recorder<W> {
    /// Only for a run that a host records.
    pub(in crate::run) const NEW: &'static Self = &Self {
        poll: |driver, cx| driver.poll_records(cx),
        apply: |driver, tick| driver.apply_and_record(tick),
        end: |shared, ended| Box::pin(journal_end(shared, ended)),
    };
}

impl<W: Workflow> Driver<'_, W> {
    /// Records the run if there is anything to record, and no record is being stored. All actions that may be taken
    /// have been.
    #[cold]
    #[inline(never)]
    pub(super) fn poll_journal(&mut self, cx: &mut Context<'_>) -> Journaling {
        match self.recorder() {
            Some(recorder) => (recorder.poll)(self, cx),
            None => Journaling::UpToDate,
        }
    }

    /// Passes a tick to the engine, and to the journal.
    #[cold]
    #[inline(never)]
    pub(super) fn apply_recorded(&mut self, tick: Tick<W>) {
        match self.recorder() {
            Some(recorder) => (recorder.apply)(self, tick),
            None => self.engine.apply(tick, self.now),
        }
    }

    fn recorder(&self) -> Option<&'static Recorder<W>> {
        Some(self.shared.get()?.journal()?.recorder)
    }
}

impl<W: Workflow> Shared<W> {
    /// Returns the end of a run without a journal, else a future that resolves to it once it is durable. Boxed, so the
    /// task of a run without a journal has no room for it.
    pub(in crate::run) fn journal_end(self: &Arc<Self>, ended: Ended<W>) -> Result<Ended<W>, JournalingEnd<W>> {
        match self.journal() {
            Some(journal) => Err((journal.recorder.end)(Arc::clone(self), ended)),
            None => Ok(ended),
        }
    }
}
