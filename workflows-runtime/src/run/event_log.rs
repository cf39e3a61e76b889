//! The events of a run, stored for its readers, and the tasks that wait for them or for the result.

use super::{
    event::{RunEvent, RunOutcome},
    waker_set::{WaiterId, WakerSet},
};
use crate::{error::RunError, step_event::StepEvent, workflow::Workflow};
use std::{collections::VecDeque, sync::OnceLock, task::Waker};

/// The events that a run has published. Every parked run has one, so its size matters.
pub(crate) struct EventLog<W: Workflow> {
    /// Handles and readers. Invariant: `events` is empty while this is 0.
    readers: u32,
    last_waiter_id: WaiterId,
    /// The most events to store.
    limit: u32,
    /// No event is added any more; each reader gets [`RunEvent::Ended`] after the last one.
    ended: bool,
    events: VecDeque<StoredEvent<W>>,
    /// Events that were removed at the front of `events` because of `limit`.
    evicted: u64,
    /// Readers that wait for the next event.
    waiting_readers: WakerSet,
    /// Tasks that wait for the result.
    waiters: WakerSet,
}

/// A [`RunEvent`] as it is stored. The large ones are boxed, because they are rare.
pub(crate) enum StoredEvent<W: Workflow> {
    Published(W::Stream),
    InputRequired(W::Prompt),
    Step(Box<StepEvent>),
    Idle,
}

impl<W: Workflow> StoredEvent<W> {
    /// The event for a reader.
    fn read(&self) -> RunEvent<W> {
        match self {
            Self::Published(item) => RunEvent::Published(item.clone()),
            Self::InputRequired(prompt) => RunEvent::InputRequired(prompt.clone()),
            Self::Step(event) => RunEvent::Step((**event).clone()),
            Self::Idle => RunEvent::Idle,
        }
    }
}

/// The result of a run. The error is boxed, because most runs have none.
pub(super) type Ended<W> = Result<<W as Workflow>::Output, Box<RunError>>;

/// The most events that a reader fetches at once.
const FETCH: usize = 128;

impl<W: Workflow> EventLog<W> {
    pub(super) fn new(observed: bool, limit: usize) -> Self {
        Self {
            readers: u32::from(observed),
            // More would not fit into memory.
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
            ended: false,
            events: VecDeque::new(),
            evicted: 0,
            waiting_readers: WakerSet::None,
            waiters: WakerSet::None,
            last_waiter_id: 0,
        }
    }

    pub(super) fn add_reader(&mut self) {
        self.readers += 1;
    }

    /// Removes a reader or a handle. Returns the events that no reader can read any more, and the reader's waker, to
    /// be dropped after the lock.
    #[must_use]
    pub(super) fn remove_reader(&mut self, reader: WaiterId) -> (VecDeque<StoredEvent<W>>, Option<Waker>) {
        let waker = self.waiting_readers.deregister(reader);
        self.readers -= 1;
        let unread = if self.readers > 0 { VecDeque::new() } else { std::mem::take(&mut self.events) };
        (unread, waker)
    }

    /// Adds an event, unless there is no reader or the run has ended. Returns the readers to wake, and an event to
    /// drop, both after the lock.
    #[must_use]
    pub(super) fn publish(&mut self, event: StoredEvent<W>) -> (WakerSet, Option<StoredEvent<W>>) {
        if self.readers == 0 || self.ended {
            return (WakerSet::None, Some(event));
        }
        let oldest = if self.is_full() { self.evict() } else { None };
        if self.events.capacity() == 0 {
            // Most runs that wait have published a prompt and `Idle`.
            self.events.reserve_exact(2);
        }
        self.events.push_back(event);
        (std::mem::take(&mut self.waiting_readers), oldest)
    }

    /// Ends the run, whose result is set. Returns the waiters to wake, and an event to drop, both after the lock. A second call
    /// changes nothing.
    #[must_use]
    pub(super) fn finish(&mut self) -> ([WakerSet; 2], Option<StoredEvent<W>>) {
        if self.ended {
            return ([WakerSet::None, WakerSet::None], None);
        }
        let oldest = if self.is_full() { self.evict() } else { None };
        self.ended = true;
        ([std::mem::take(&mut self.waiting_readers), std::mem::take(&mut self.waiters)], oldest)
    }

    /// Whether one more event exceeds the limit. `Ended` counts, though it is not stored.
    fn is_full(&self) -> bool {
        self.events.len() >= self.limit as usize
    }

    fn evict(&mut self) -> Option<StoredEvent<W>> {
        let oldest = self.events.pop_front();
        self.evicted += u64::from(oldest.is_some());
        oldest
    }

    /// Adds to `into` what a reader has not fetched, or registers it for the next event. Returns whether more events
    /// can follow, and a waker to drop after the lock.
    pub(super) fn fetch(
        &mut self,
        result: &OnceLock<Ended<W>>,
        fetched: &mut u64,
        into: &mut VecDeque<RunEvent<W>>,
        waiter_id: &mut WaiterId,
        waker: &Waker,
    ) -> (bool, Option<Waker>) {
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
        if !into.is_empty() || self.ended {
            return (!self.ended, None);
        }
        (true, self.waiting_readers.register(waiter_id, &mut self.last_waiter_id, waker))
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
