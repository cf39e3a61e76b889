//! The events of a run, stored for its readers, and the tasks that wait for them or for the result.

use super::{
    event::{RunEvent, RunOutcome},
    prompt::PromptId,
    waker_set::{WaiterId, WakerSet},
};
use crate::{error::RunError, step_event::StepEvent, sync::OnceLock, workflow::Workflow};
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
    /// The number of readers by the number of events that they have fetched, sorted.
    #[allow(clippy::box_collection, reason = "a `Vec` would make every parked run larger")]
    readers: Option<Box<Vec<(u64, u32)>>>,
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
}

impl<W: Workflow> StoredEvent<W> {
    /// The event for a reader.
    fn read(&self) -> RunEvent<W> {
        match self {
            Self::Published(item) => RunEvent::Published(item.clone()),
            Self::InputRequired { id, prompt, republished } => {
                RunEvent::InputRequired { id: *id, prompt: (**prompt).clone(), republished: *republished }
            }
            Self::Step(event) => RunEvent::Step((**event).clone()),
            Self::Idle => RunEvent::Idle,
        }
    }
}

/// The result of a run. The error is boxed, because most runs have none.
pub(super) type Ended<W> = Result<<W as Workflow>::HeldOutput, Box<RunError>>;

/// The most events that a reader fetches at once.
const FETCH: usize = 128;

/// How many events are stored for readers that are created later, by default.
pub(super) const HISTORY: usize = 1024;

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
            readers: None,
            waiting_readers: WakerSet::None,
            waiters: WakerSet::None,
            last_waiter_id: 0,
        }
    }

    /// Adds a reader, which has fetched no events.
    pub(super) fn add_reader(&mut self) {
        self.add_position(0);
    }

    /// Removes a reader that has fetched this number of events. Returns the events that no reader can read any more, and
    /// the reader's waker, to be dropped after the lock.
    #[must_use]
    pub(super) fn remove_reader(&mut self, fetched: u64, reader: WaiterId) -> (Evicted<W>, Option<Waker>) {
        let waker = self.waiting_readers.deregister(reader);
        self.remove_position(fetched);
        (self.evict_unneeded(), waker)
    }

    /// Removes the handle. Returns the events that no reader can read any more, to be dropped after the lock.
    #[must_use]
    pub(super) fn remove_handle(&mut self) -> Evicted<W> {
        self.has_handle = false;
        self.evict_unneeded()
    }

    /// Adds an event, unless there is no reader or the run has ended. Returns the readers to wake, and an event to
    /// drop, both after the lock.
    #[must_use]
    pub(super) fn publish(&mut self, event: StoredEvent<W>) -> (WakerSet, Option<StoredEvent<W>>) {
        let has_readers = self.readers.is_some();
        if self.ended || !self.has_handle && !has_readers {
            return (WakerSet::None, Some(event));
        }
        if self.events.capacity() == 0 {
            // Most runs that wait have published a prompt and `Idle`.
            self.events.reserve_exact(2);
        }
        self.events.push_back(event);
        // At most one event is not needed now, since the others were evicted when that changed.
        let is_unneeded = self.is_over_limit(0) || self.first_needed() > self.evicted;
        let oldest = if is_unneeded { self.evict() } else { None };
        (std::mem::take(&mut self.waiting_readers), oldest)
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
        ([std::mem::take(&mut self.waiting_readers), std::mem::take(&mut self.waiters)], oldest)
    }

    /// Whether the stored events, with `more` of them, exceed the limit.
    fn is_over_limit(&self, more: usize) -> bool {
        self.events.len() + more > self.limit as usize
    }

    /// The number of the first event that a reader, or one that is created later, can need.
    fn first_needed(&self) -> u64 {
        let published = self.evicted + self.events.len() as u64;
        let for_later = if self.has_handle { published.saturating_sub(self.history.into()) } else { published };
        match self.readers.as_deref().and_then(|readers| readers.first()) {
            Some((fetched, _)) => for_later.min(*fetched),
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
        // A reader that was slow for a while leaves no large buffer.
        if self.events.capacity() / 4 > self.events.len().max(FETCH) {
            self.events.shrink_to(self.events.len() * 2);
        }
        evicted
    }

    fn add_position(&mut self, fetched: u64) {
        let readers = self.readers.get_or_insert_default();
        match readers.binary_search_by_key(&fetched, |(fetched, _)| *fetched) {
            Ok(at) => readers[at].1 += 1,
            Err(at) => readers.insert(at, (fetched, 1)),
        }
    }

    fn remove_position(&mut self, fetched: u64) {
        let Some(readers) = &mut self.readers else { return };
        if let Ok(at) = readers.binary_search_by_key(&fetched, |(fetched, _)| *fetched) {
            readers[at].1 -= 1;
            if readers[at].1 == 0 {
                readers.remove(at);
            }
        }
        if readers.is_empty() {
            self.readers = None;
        }
    }

    /// Adds to `into` what a reader has not fetched, or registers it for the next event. Returns whether more events
    /// can follow, and what to drop after the lock.
    pub(super) fn fetch(
        &mut self,
        result: &OnceLock<Ended<W>>,
        fetched: &mut u64,
        into: &mut VecDeque<RunEvent<W>>,
        waiter_id: &mut WaiterId,
        waker: &Waker,
    ) -> (bool, Option<Waker>, Evicted<W>) {
        let before = *fetched;
        if *fetched < self.evicted {
            into.push_back(RunEvent::Lagged(self.evicted - *fetched));
            *fetched = self.evicted;
        }
        let start = usize::try_from(*fetched - self.evicted).expect("events are in memory");
        // A reader that has got `Ended` is one ahead of `events`.
        let fresh = self.events.range(start.min(self.events.len())..).take(FETCH);
        *fetched += fresh.len() as u64;
        into.extend(fresh.map(StoredEvent::read));
        if self.ended && *fetched == self.evicted + self.events.len() as u64 {
            *fetched += 1;
            into.push_back(RunEvent::Ended(match result.get() {
                Some(Err(error)) => RunOutcome::Failed((**error).clone()),
                Some(Ok(_)) | None => RunOutcome::Completed,
            }));
        }
        let mut evicted = Vec::new();
        if *fetched != before {
            // Added first, so the list is not freed in between.
            self.add_position(*fetched);
            self.remove_position(before);
            evicted = self.evict_unneeded();
        }
        if !into.is_empty() || self.ended {
            return (!self.ended, None, evicted);
        }
        (true, self.waiting_readers.register(waiter_id, &mut self.last_waiter_id, waker), evicted)
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
