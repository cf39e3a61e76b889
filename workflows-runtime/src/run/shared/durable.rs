//! The journal of a durable run.

use super::Shared;
use crate::{
    run::{
        collect::{Collected, RecordedCall},
        event_log::StoredEvent,
        journal::RunJournal,
        message::Message,
    },
    workflow::Workflow,
};

impl<W: Workflow> Shared<W> {
    /// The journal of the run, if it is durable.
    #[inline]
    pub(in crate::run) fn journal(&self) -> Option<&RunJournal<W>> {
        self.extras.as_ref()?.journal.as_deref()
    }

    /// Whether the run has a journal.
    #[inline]
    pub(in crate::run) fn is_journaled(&self) -> bool {
        self.journal().is_some()
    }

    /// The calls since the last record that have collected an event.
    pub(in crate::run) fn take_recorded_calls(&self) -> Vec<RecordedCall<W::Event>> {
        if !self.has_cold_state() {
            return Vec::new();
        }
        self.collected(|collected| match collected {
            Some(collected) => collected.record.as_mut().map(std::mem::take).unwrap_or_default(),
            None => Vec::new(),
        })
    }

    /// The collected events, for a snapshot. The calls until now are no part of the next record.
    pub(in crate::run) fn collected_for_record(&self) -> Collected<W::Event> {
        if !self.has_cold_state() {
            return Collected::default();
        }
        self.collected(|collected| match collected {
            Some(collected) => {
                if let Some(calls) = &mut collected.record {
                    calls.clear();
                }
                Collected::clone(collected)
            }
            None => Collected::default(),
        })
    }

    /// A durable run that is dropped without an end continues from its last record, and its children with it.
    #[cold]
    pub(in crate::run) fn release_dropped(&self) {
        if let Some(journal) = self.journal() {
            journal.set_released();
        }
    }

    /// Holds an event of a durable run until it is durable. Returns one that is published now.
    #[inline]
    pub(super) fn hold_event(&self, event: StoredEvent<W>) -> Option<StoredEvent<W>> {
        match self.journal() {
            Some(journal) => journal.hold(event),
            None => Some(event),
        }
    }

    /// Publishes an event that is durable.
    pub(in crate::run) fn publish_durable(&self, event: StoredEvent<W>) {
        let mut locked = self.locked();
        if let StoredEvent::InputRequired { id, .. } = &event {
            locked.prompts.publish(*id);
        }
        let publication = locked.event_log.publish(event);
        drop(locked);
        if let Some(publication) = publication {
            publication.wake_readers();
        }
    }

    /// Queues a message that is stored under this number. Returns whether the run has ended.
    pub(in crate::run) fn push_taken_message(&self, message: Message<W>, number: u64) -> bool {
        let mut locked = self.locked();
        if self.is_over() {
            drop(locked);
            drop(message);
            return true;
        }
        let driver = self.queue_message(&mut locked.mailbox, message);
        // Under the same lock: a record contains both or neither.
        let later = self.queue_message(&mut locked.mailbox, Message::Taken(number));
        drop(locked);
        for driver in driver.into_iter().chain(later) {
            driver.wake();
        }
        false
    }
}
