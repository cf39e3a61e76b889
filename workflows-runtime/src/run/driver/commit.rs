//! Journaling: the driver holds back what follows from a state until that state is durable.

use super::{Driver, End};
use crate::{
    run::{
        journal::{Record, content_to_json, not_journaled},
        snapshot::Content,
    },
    workflow::Workflow,
};
use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};
use std::{sync::Arc, time::SystemTime};

/// The state of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Journaling {
    /// Everything is durable.
    UpToDate,
    /// A record has become durable, and actions may be taken.
    Opened,
    /// A record is being stored.
    Waiting,
    /// The run has ended: it was released, or cannot be journaled.
    Ended,
}

impl<W: Workflow> Driver<'_, W> {
    /// Records the run if there is anything to record, and no record is being stored. All actions that may be taken
    /// have been.
    #[cold]
    #[inline(never)]
    pub(super) fn poll_journal(&mut self, cx: &mut Context<'_>) -> Journaling {
        if let Some(storing) = &mut self.storing {
            let Poll::Ready(stored) = Pin::new(storing).poll(cx) else { return Journaling::Waiting };
            self.storing = None;
            if stored.is_err() {
                return self.release();
            }
            self.engine.open_marked();
            if let Some(shared) = self.shared.get()
                && let Some(journal) = shared.journal()
            {
                journal.publish_stored(shared);
            }
            return Journaling::Opened;
        }
        match self.next_record() {
            Ok(None) => Journaling::UpToDate,
            Ok(Some(record)) => {
                let Some(journal) = self.shared.get().and_then(|shared| shared.journal()) else {
                    return Journaling::UpToDate;
                };
                self.storing = Some(journal.record(record));
                // Registers the waker.
                self.poll_journal(cx)
            }
            Err((what, reason)) => {
                let step = W::TABLE.steps[self.last_step as usize].name;
                self.close();
                self.end = Some(End::Panicked(Box::new(not_journaled(step, what, &reason))));
                Journaling::Ended
            }
        }
    }

    /// What must be stored now, or what of it does not serialize, with the reason.
    fn next_record(&mut self) -> Result<Option<Record>, (&'static str, String)> {
        // They become a part of the record.
        self.publish_pending();
        let shared = Arc::clone(self.shared.get_or_init());
        let Some(journal) = shared.journal() else { return Ok(None) };
        let is_changed = self.engine.is_unmarked() || journal.has_taken();
        if !is_changed && !journal.holds_new() {
            return Ok(None);
        }
        // Clones and serialization are not the time of a step.
        self.check_polls();
        let mut record = Record::default();
        if is_changed {
            let engine = self.engine.snapshot();
            let content = Content::of(&shared, self.now, engine, &[]);
            record.prompts = journal.changed_prompts(&content.prompts).map_err(|reason| ("a prompt", reason))?;
            record.due = self.due(content.taken_at);
            record.taken = journal.take_taken();
            record.snapshot = Some(content_to_json(&content).map_err(|reason| ("the run", reason))?);
            self.engine.mark_actions();
        }
        record.items = journal.take_items().map_err(|reason| ("an item of the stream", reason))?;
        self.poll_timer.begin();
        Ok(Some(record))
    }

    /// When the run continues by itself.
    fn due(&self, taken_at: SystemTime) -> Option<SystemTime> {
        let at = self.engine.deadline()?;
        taken_at.checked_add(at - self.now)
    }

    /// Ends the run without an end: it is resumed elsewhere.
    pub(super) fn release(&mut self) -> Journaling {
        if let Some(shared) = self.shared.get()
            && let Some(journal) = shared.journal()
        {
            journal.set_released();
        }
        self.close();
        self.end = Some(End::Released);
        Journaling::Ended
    }
}
