//! The shared side of a journaled run: what is published once it is durable.

use super::{
    Commit, Journal, Receipt, Record, RecordedItem, StepAttempt,
    json::to_json,
    parking::Awaited,
    tail::{LastRecord, PromptChanges, Tail, TailHeader},
};
use crate::{
    engine::ExecutionId,
    run::{driver::recorder::Recorder, event_log::StoredEvent, open_prompts::StoredPrompt, shared::Shared},
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
        oneshot,
    },
    workflow::Workflow,
};
use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, PoisonError},
    time::SystemTime,
};

/// The journal of a run, and what waits for it.
pub(in crate::run) struct RunJournal<W: Workflow> {
    pub(super) journal: Arc<dyn Journal>,
    /// Serializes an item. As a pointer, since only workflows that are stored need serializable items.
    item_to_json: fn(&W::Stream) -> Result<String, String>,
    pub(in crate::run) recorder: &'static Recorder<W>,
    is_behind: bool,
    /// The host has given the run up: nothing of it is stored any more.
    pub(super) is_released: Arc<AtomicBool>,
    /// Whether the parent is released, if the run is a child.
    pub(super) parent: Option<Arc<AtomicBool>>,
    pub(super) awaited: Awaited,
    book: Mutex<Book<W>>,
}

struct Book<W: Workflow> {
    /// What is published once it is durable, in order.
    held: VecDeque<Held<W>>,
    /// So many events at the front of `held` are in the record that is being stored.
    stored: usize,
    /// The messages that the driver has handled since the last record.
    taken: Vec<u64>,
    /// The open prompts of the last record.
    prompts: BTreeSet<u32>,
    /// Those that may have been opened or closed since then.
    touched_prompts: BTreeSet<u32>,
    tail: Tail,
    /// The last record of a run that is about to be resumed.
    last: Option<LastRecord>,
}

struct Held<W: Workflow> {
    event: StoredEvent<W>,
    /// The attempt that has published it, if it is an item.
    by: Option<StepAttempt>,
}

/// Serializes an item of a workflow whose items are serializable.
pub(super) fn item_to_json<W: super::Durable>(item: &W::Stream) -> Result<String, String> {
    to_json(item)
}

impl<W: Workflow> RunJournal<W> {
    pub(super) fn new(
        journal: Arc<dyn Journal>,
        item_to_json: fn(&W::Stream) -> Result<String, String>,
        prompts: &[StoredPrompt<W>],
        parent: Option<Arc<AtomicBool>>,
    ) -> Self {
        let prompts = prompts.iter().map(|prompt| prompt.id).collect();
        let book = Mutex::new(Book {
            held: VecDeque::new(),
            stored: 0,
            taken: Vec::new(),
            prompts,
            touched_prompts: BTreeSet::new(),
            tail: Tail::default(),
            last: None,
        });
        let is_behind = journal.commit() == Commit::Behind;
        Self {
            journal,
            item_to_json,
            recorder: Recorder::NEW,
            is_behind,
            is_released: Arc::new(AtomicBool::new(false)),
            parent,
            awaited: Awaited::default(),
            book,
        }
    }

    fn book(&self) -> MutexGuard<'_, Book<W>> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the run continues before its records are durable.
    pub(in crate::run) fn is_behind(&self) -> bool {
        self.is_behind
    }

    pub(in crate::run) fn set_released(&self) {
        self.is_released.store(true, Ordering::Release);
    }

    pub(in crate::run) fn is_released(&self) -> bool {
        self.is_released.load(Ordering::Acquire)
    }

    /// Holds an item until it is durable.
    pub(in crate::run) fn hold_item(&self, item: W::Stream, by: StepAttempt) {
        self.book().held.push_back(Held { event: StoredEvent::Published(item), by: Some(by) });
    }

    /// Holds an event that is no item until it is durable. Returns one that need not wait: what happens to executions is not
    /// stored, and only kept in order with the rest.
    #[must_use = "publish what need not wait"]
    pub(in crate::run) fn hold(&self, event: StoredEvent<W>) -> Option<StoredEvent<W>> {
        let mut book = self.book();
        if !matches!(event, StoredEvent::InputRequired { .. }) && book.held.is_empty() {
            return Some(event);
        }
        book.held.push_back(Held { event, by: None });
        None
    }

    pub(in crate::run) fn message_taken(&self, number: u64) {
        self.book().taken.push(number);
    }

    /// Whether a snapshot must be stored though the engine has no actions: messages were handled.
    pub(in crate::run) fn has_taken(&self) -> bool {
        !self.book().taken.is_empty()
    }

    /// Whether there are events that no record contains.
    pub(in crate::run) fn holds_new(&self) -> bool {
        let book = self.book();
        book.held.len() > book.stored
    }

    /// The held items that no record contains. They are stored from now on.
    pub(in crate::run) fn take_items(&self) -> Result<Vec<RecordedItem>, String> {
        let events: Vec<Held<W>> = {
            let mut book = self.book();
            let stored = book.stored;
            book.held.drain(stored..).collect()
        };
        // The user's `Serialize` runs without the lock.
        let mut items = Vec::new();
        for event in &events {
            if let Held { event: StoredEvent::Published(item), by: Some(by) } = event {
                items.push(RecordedItem { body: (self.item_to_json)(item)?, by: *by });
            }
        }
        let mut book = self.book();
        let stored = book.stored;
        for (at, event) in events.into_iter().enumerate() {
            book.held.insert(stored + at, event);
            book.stored += 1;
        }
        Ok(items)
    }

    pub(in crate::run) fn take_taken(&self) -> Vec<u64> {
        std::mem::take(&mut self.book().taken)
    }

    /// A prompt may have been opened or closed.
    pub(in crate::run) fn prompt_changed(&self, id: u32) {
        self.book().touched_prompts.insert(id);
    }

    /// What has become of the prompts since the last record. `stored` returns one that is open.
    pub(in crate::run) fn take_prompt_changes(
        &self,
        stored: impl Fn(u32) -> Option<StoredPrompt<W>>,
    ) -> PromptChanges<W> {
        let touched = std::mem::take(&mut self.book().touched_prompts);
        let mut changes = PromptChanges { opened: Vec::new(), closed: Vec::new() };
        for id in touched {
            // Clones the user's prompt, so without the lock.
            let prompt = stored(id);
            let mut book = self.book();
            match prompt {
                Some(prompt) if book.prompts.insert(id) => changes.opened.push(prompt),
                None if book.prompts.remove(&id) => changes.closed.push(id),
                Some(_) | None => {}
            }
        }
        changes
    }

    /// Whether these are the open prompts of the record that is being made, unless there are too many to compare.
    pub(in crate::run) fn has_prompts(&self, ids: impl FnOnce() -> Vec<u32>) -> bool {
        let book = self.book();
        if book.prompts.len() > 64 {
            return true;
        }
        let known: Vec<u32> = book.prompts.iter().copied().collect();
        drop(book);
        known == ids()
    }

    /// Whether ticks may be recorded in place of the next snapshot.
    pub(in crate::run) fn has_open_tail(&self) -> bool {
        self.book().tail.is_open()
    }

    /// See [`Tail::open`].
    pub(in crate::run) fn open_tail(&self, snapshot: usize, state: String, prompts: u32, held: String) {
        self.book().tail.open(snapshot, state, prompts, held);
    }

    /// What happens next is recorded behind this record.
    pub(super) fn set_last(&self, last: LastRecord) {
        self.book().last = Some(last);
    }

    /// The run is resumed, and so many prompts were published before. Returns whether ticks may follow its last record.
    pub(in crate::run) fn resume_tail(&self, prompts: u32) -> bool {
        let mut book = self.book();
        let Some(last) = book.last.take() else { return false };
        book.tail.open_behind(last, prompts);
        true
    }

    pub(in crate::run) fn close_tail(&self) {
        self.book().tail.close();
    }

    pub(in crate::run) fn push_tick(&self, tick: &str) {
        self.book().tail.push(tick);
    }

    /// See [`Tail::record`].
    pub(in crate::run) fn tail_record(
        &self,
        header: TailHeader<'_, W>,
        digest: impl FnOnce() -> u64,
    ) -> Option<String> {
        self.book().tail.record(header, digest)
    }

    /// Passes a record to the journal. The receiver fails if the run is released.
    pub(in crate::run) fn record(&self, record: Record) -> oneshot::Receiver<()> {
        let (receipt, receiver) = Receipt::new();
        if self.is_released() {
            drop(receipt);
        } else {
            self.journal.record(record, receipt);
        }
        receiver
    }

    /// Reports that an attempt has ended.
    pub(in crate::run) fn attempt_over(&self, id: ExecutionId) {
        self.journal.attempt_over(id.serial, id.attempt);
    }

    /// Reports that the run waits.
    pub(in crate::run) fn idle(&self, due: Option<SystemTime>) {
        self.journal.idle(due);
    }

    /// Reports that the task of the run waits for its steps.
    pub(in crate::run) fn pending(&self) {
        self.journal.pending();
    }

    /// Publishes the events of the record that was just confirmed.
    pub(in crate::run) fn publish_stored(&self, shared: &Shared<W>) {
        let durable: Vec<Held<W>> = {
            let mut book = self.book();
            let stored = std::mem::take(&mut book.stored);
            book.held.drain(..stored).collect()
        };
        for Held { event, .. } in durable {
            shared.publish_durable(event);
        }
    }
}
