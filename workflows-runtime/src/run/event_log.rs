//! The events of a run, stored for its readers, and the tasks that wait for them or for the result.

use super::{
    event::{RunEvent, RunOutcome},
    prompt::PromptId,
    reader_positions::ReaderPositions,
    waker_set::{WaiterId, WakerSet},
};
use crate::{error::RunError, step_event::StepEvent, sync::OnceLock, workflow::Workflow};
use core::mem;
use std::{collections::VecDeque, sync::Arc, task::Waker};

/// The events that a run has published. Every parked run has one, so its size matters.
///
/// An event is stored while somebody can need it: until each reader has fetched it, and the last `history` ones while
/// there is a handle, which can create another reader.
pub(crate) struct EventLog<W: Workflow> {
    /// Whether there is a handle, which can create readers.
    has_handle: bool,
    last_waiter_id: WaiterId,
    /// The most events to store.
    limit: u32,
    /// The most events to store for readers that do not exist yet.
    history: u32,
    /// No event is added any more; each reader gets [`RunEvent::Ended`] after the last one.
    ended: bool,
    events: VecDeque<StoredEvent<W>>,
    /// Events that were removed at the front of `events`.
    evicted: u64,
    readers: ReaderPositions,
    /// Readers that wait for the next event.
    waiting_readers: WakerSet,
    /// Tasks that wait for the result.
    waiters: WakerSet,
}

/// A [`RunEvent`] as it is stored. The large ones are boxed, because they are rare.
pub(crate) enum StoredEvent<W: Workflow> {
    Published(W::Stream),
    InputRequired {
        id: PromptId,
        /// Shared with the open prompts.
        prompt: Arc<W::Prompt>,
        republished: bool,
    },
    Step(Box<StepEvent>),
    Idle,
    Lagged(u64),
    Ended(Box<RunOutcome>),
}

impl<W: Workflow> Clone for StoredEvent<W> {
    fn clone(&self) -> Self {
        match self {
            Self::Published(item) => Self::Published(item.clone()),
            Self::InputRequired { id, prompt, republished } => {
                Self::InputRequired { id: *id, prompt: Arc::clone(prompt), republished: *republished }
            }
            Self::Step(event) => Self::Step(event.clone()),
            Self::Idle => Self::Idle,
            Self::Lagged(missed) => Self::Lagged(*missed),
            Self::Ended(outcome) => Self::Ended(outcome.clone()),
        }
    }
}

impl<W: Workflow> From<StoredEvent<W>> for RunEvent<W> {
    #[inline]
    fn from(event: StoredEvent<W>) -> Self {
        match event {
            StoredEvent::Published(item) => Self::Published(item),
            StoredEvent::InputRequired { id, prompt, republished } => {
                Self::InputRequired { id, prompt: Arc::unwrap_or_clone(prompt), republished }
            }
            StoredEvent::Step(event) => Self::Step(*event),
            StoredEvent::Idle => Self::Idle,
            StoredEvent::Lagged(missed) => Self::Lagged(missed),
            StoredEvent::Ended(outcome) => Self::Ended(*outcome),
        }
    }
}

/// The result of a run. The error is boxed, because most runs have none.
pub(super) type Ended<W> = Result<<W as Workflow>::HeldOutput, Box<RunError>>;

/// The most events that are copied to a reader at once.
const FETCH: usize = 128;

/// How many events are stored for readers that are created later, by default.
pub(super) const HISTORY: usize = 1024;

/// What follows from a published event, after the lock: its drop drops an event.
pub(super) struct Publication<W: Workflow> {
    readers: WakerSet,
    _unneeded: Option<StoredEvent<W>>,
}

impl<W: Workflow> Publication<W> {
    /// Wakes the readers.
    pub(super) fn wake_readers(self) {
        self.readers.wake();
    }
}

/// Events to drop after the lock.
pub(super) type Evicted<W> = Vec<StoredEvent<W>>;

impl<W: Workflow> EventLog<W> {
    pub(super) fn new(observed: bool, limit: usize, history: usize) -> Self {
        // More would not fit into memory.
        let most = |events: usize| u32::try_from(events).unwrap_or(u32::MAX);
        Self {
            has_handle: observed,
            limit: most(limit),
            history: most(history),
            ended: false,
            events: VecDeque::new(),
            evicted: 0,
            readers: ReaderPositions::default(),
            waiting_readers: WakerSet::None,
            waiters: WakerSet::None,
            last_waiter_id: 0,
        }
    }

    /// Adds a reader, which has fetched no events.
    pub(super) fn add_reader(&mut self) {
        self.readers.add(0);
    }

    /// Removes a reader that has fetched this number of events. Returns the events that no reader can read any more, and
    /// the reader's waker, to be dropped after the lock.
    #[must_use]
    pub(super) fn remove_reader(&mut self, fetched: u64, reader: WaiterId) -> (Evicted<W>, Option<Waker>) {
        let waker = self.waiting_readers.deregister(reader);
        self.readers.remove(fetched);
        (self.evict_unneeded(), waker)
    }

    /// Removes the handle. Returns the events that no reader can read any more, to be dropped after the lock.
    #[must_use]
    pub(super) fn remove_handle(&mut self) -> Evicted<W> {
        self.has_handle = false;
        self.evict_unneeded()
    }

    /// Adds an event, unless there is no reader or the run has ended. Returns what to wake and to drop after the lock,
    /// which is nothing for most events.
    #[must_use]
    pub(super) fn publish(&mut self, event: StoredEvent<W>) -> Option<Publication<W>> {
        if self.ended || !self.has_handle && self.readers.is_empty() {
            return Some(Publication { readers: WakerSet::None, _unneeded: Some(event) });
        }
        if self.events.capacity() == 0 {
            // Most runs that wait have published a prompt and `Idle`.
            self.events.reserve_exact(2);
        }
        self.events.push_back(event);
        // At most one event is not needed now, since the others were evicted when that changed.
        let is_unneeded = self.is_over_limit(0) || self.first_needed() > self.evicted;
        if !is_unneeded && matches!(self.waiting_readers, WakerSet::None) {
            return None;
        }
        let unneeded = if is_unneeded { self.evict() } else { None };
        Some(Publication { readers: mem::take(&mut self.waiting_readers), _unneeded: unneeded })
    }

    /// Ends the run, whose result is set. Returns the waiters to wake, and an event to drop, both after the lock. A second call
    /// changes nothing.
    #[must_use]
    pub(super) fn finish(&mut self) -> ([WakerSet; 2], Option<StoredEvent<W>>) {
        if self.ended {
            return ([WakerSet::None, WakerSet::None], None);
        }
        // `Ended` counts, though it is not stored.
        let oldest = if self.is_over_limit(1) { self.evict() } else { None };
        self.ended = true;
        ([mem::take(&mut self.waiting_readers), mem::take(&mut self.waiters)], oldest)
    }

    /// Whether the stored events, with `more` of them, exceed the limit.
    fn is_over_limit(&self, more: usize) -> bool {
        self.events.len() + more > self.limit as usize
    }

    /// The number of the first event that a reader, or one that is created later, can need.
    fn first_needed(&self) -> u64 {
        let published = self.evicted + self.events.len() as u64;
        let for_later = if self.has_handle { published.saturating_sub(self.history.into()) } else { published };
        match self.readers.first() {
            Some(fetched) => for_later.min(fetched),
            None => for_later,
        }
    }

    fn evict(&mut self) -> Option<StoredEvent<W>> {
        let oldest = self.events.pop_front();
        self.evicted += u64::from(oldest.is_some());
        oldest
    }

    /// Removes the events that are not needed any more.
    fn evict_unneeded(&mut self) -> Evicted<W> {
        let needed = self.first_needed();
        if needed <= self.evicted {
            return Vec::new();
        }
        let unneeded = usize::try_from(needed - self.evicted).unwrap_or(usize::MAX).min(self.events.len());
        let evicted: Evicted<W> = self.events.drain(..unneeded).collect();
        self.evicted += evicted.len() as u64;
        self.shrink();
        evicted
    }

    /// A reader that was slow for a while leaves no large buffer.
    fn shrink(&mut self) {
        if self.events.capacity() / 4 > self.events.len().max(FETCH) {
            self.events.shrink_to(self.events.len() * 2);
        }
    }

    /// Adds to `into` what a reader has not fetched, or registers it for the next event. Returns whether more events
    /// can follow, and a waker to drop after the lock.
    pub(super) fn fetch(
        &mut self,
        result: &OnceLock<Ended<W>>,
        fetched: &mut u64,
        into: &mut VecDeque<StoredEvent<W>>,
        waiter_id: &mut WaiterId,
        waker: &Waker,
    ) -> (bool, Option<Waker>) {
        let before = *fetched;
        if *fetched < self.evicted {
            into.push_back(StoredEvent::Lagged(self.evicted - *fetched));
            *fetched = self.evicted;
        }
        self.fetch_stored(before, fetched, into);
        if self.ended && *fetched == self.evicted + self.events.len() as u64 {
            let outcome = match result.get() {
                Some(Err(error)) => RunOutcome::Failed((**error).clone()),
                Some(Ok(_)) | None => RunOutcome::Completed,
            };
            into.push_back(StoredEvent::Ended(Box::new(outcome)));
            self.readers.advance(*fetched, *fetched + 1);
            *fetched += 1;
        }
        if !into.is_empty() || self.ended {
            return (!self.ended, None);
        }
        (true, self.waiting_readers.register(waiter_id, &mut self.last_waiter_id, waker))
    }

    /// Passes stored events to a reader at `fetched`, which was at `before` until now: those that only it needs are
    /// moved, the others copied.
    fn fetch_stored(&mut self, before: u64, fetched: &mut u64, into: &mut VecDeque<StoredEvent<W>>) {
        let first = *fetched;
        let start = usize::try_from(first - self.evicted).expect("events are in memory");
        // A reader that has got `Ended` is one ahead of `events`.
        let available = self.events.len().saturating_sub(start);
        let end = first + available as u64;
        self.readers.advance(before, end);
        if available == 0 {
            return;
        }
        // What is needed for others, and for readers that are created later.
        let needed = self.first_needed();
        if needed == end && into.is_empty() {
            mem::swap(into, &mut self.events);
            self.evicted = end;
            *fetched = end;
            // The old buffer of the reader is empty.
            if self.events.capacity() > FETCH {
                self.events = VecDeque::new();
            }
            return;
        }
        let count = available.min(FETCH);
        *fetched = first + count as u64;
        self.readers.advance(end, *fetched);
        // If this reader was not at the front, what is needed has not changed.
        let moved = usize::try_from(needed.saturating_sub(self.evicted)).unwrap_or(count).min(count);
        // Most readers of a run that waits have fetched one event.
        into.reserve_exact(count);
        into.extend(self.events.drain(..moved));
        self.evicted += moved as u64;
        into.extend(self.events.range(start.saturating_sub(moved)..).take(count - moved).cloned());
        self.shrink();
    }

    /// Registers a task that waits for the result.
    #[must_use = "drop it after the lock"]
    pub(super) fn wait(&mut self, waiter_id: &mut WaiterId, waker: &Waker) -> Option<Waker> {
        self.waiters.register(waiter_id, &mut self.last_waiter_id, waker)
    }

    #[must_use = "drop it after the lock"]
    pub(super) fn deregister_waiter(&mut self, waiter_id: WaiterId) -> Option<Waker> {
        self.waiters.deregister(waiter_id)
    }
}
