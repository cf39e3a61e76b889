//! The outward side of a run: its events, kept for every reader, and its result.

use super::event::{RunEvent, RunOutcome};
use crate::{error::RunError, step_event::StepEvent, workflow::Workflow};
use std::{collections::VecDeque, sync::OnceLock, task::Waker};

/// What a started run has told so far. A run without a handle keeps nothing. There is one in each run
/// that waits, and so it is to be small.
pub(crate) struct EventLog<W: Workflow> {
    /// How many handles and readers there are; without any, nothing is kept.
    readers: u32,
    /// How many seats have been given to those who wait.
    next_waiter_id: WaiterId,
    /// How many events are kept at most.
    limit: u32,
    ended: bool,
    events: VecDeque<StoredEvent<W>>,
    /// How many of the oldest events are kept no more.
    evicted: u64,
    /// Who waits for an event.
    waiting_readers: Waiters,
    /// Who waits for the result.
    waiters: Waiters,
}

/// A [`RunEvent`] as it is kept: the longer ones are rare.
pub(crate) enum StoredEvent<W: Workflow> {
    Published(W::Stream),
    InputRequired(W::Prompt),
    Step(Box<StepEvent>),
    Idle,
}

impl<W: Workflow> StoredEvent<W> {
    /// As its readers see it.
    fn read(&self) -> RunEvent<W> {
        match self {
            Self::Published(item) => RunEvent::Published(item.clone()),
            Self::InputRequired(prompt) => RunEvent::InputRequired(prompt.clone()),
            Self::Step(event) => RunEvent::Step((**event).clone()),
            Self::Idle => RunEvent::Idle,
        }
    }
}

/// How a run has ended. Few do with an error, and it is not to make the others larger.
pub(super) type Ended<W> = Result<<W as Workflow>::Output, Box<RunError>>;

/// A place among those who wait; 0 is none.
pub(super) type WaiterId = u32;

/// Who is to be woken, by the seats that they hold while they wait. A seat is given up when its
/// holder is dropped, so that nobody piles up here who no longer waits.
#[derive(Default)]
pub(super) enum Waiters {
    #[default]
    None,
    One(WaiterId, Waker),
    /// Boxed, since there is hardly ever more than one.
    #[allow(clippy::box_collection, reason = "it would make every run larger")]
    Many(Box<Vec<(WaiterId, Waker)>>),
}

impl Waiters {
    /// Takes a seat, the next one if it has none; gives back the waker that was there. A waker may own a
    /// whole task, so that it is dropped by the caller, without the lock.
    #[must_use]
    fn register(&mut self, waiter_id: &mut WaiterId, next_waiter_id: &mut WaiterId, waker: &Waker) -> Option<Waker> {
        let known = match self {
            Self::One(number, known) if number == waiter_id => Some(known),
            Self::Many(all) => all.iter_mut().find(|(number, _)| number == waiter_id).map(|(_, known)| known),
            Self::None | Self::One(..) => None,
        };
        if let Some(known) = known {
            return (!known.will_wake(waker)).then(|| std::mem::replace(known, waker.clone()));
        }
        // 0 is none.
        *next_waiter_id = next_waiter_id.wrapping_add(1).max(1);
        *waiter_id = *next_waiter_id;
        let waker = waker.clone();
        *self = match std::mem::take(self) {
            Self::None => Self::One(*waiter_id, waker),
            Self::One(other, known) => Self::Many(Box::new(vec![(other, known), (*waiter_id, waker)])),
            Self::Many(mut all) => {
                all.push((*waiter_id, waker));
                Self::Many(all)
            }
        };
        None
    }

    #[must_use]
    fn deregister(&mut self, waiter_id: WaiterId) -> Option<Waker> {
        match self {
            Self::One(number, _) if *number == waiter_id => match std::mem::take(self) {
                Self::One(_, waker) => Some(waker),
                Self::None | Self::Many(_) => None,
            },
            Self::Many(all) => {
                let at = all.iter().position(|(number, _)| *number == waiter_id)?;
                Some(all.swap_remove(at).1)
            }
            Self::None | Self::One(..) => None,
        }
    }

    /// Wakes all of them.
    pub(super) fn wake(self) {
        match self {
            Self::None => {}
            Self::One(_, waker) => waker.wake(),
            Self::Many(all) => all.into_iter().for_each(|(_, waker)| waker.wake()),
        }
    }
}

/// How many events a reader fetches at once.
const FETCH: usize = 128;

impl<W: Workflow> EventLog<W> {
    pub(super) fn new(observed: bool, limit: usize) -> Self {
        Self {
            readers: u32::from(observed),
            // More cannot be kept anyway.
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
            ended: false,
            events: VecDeque::new(),
            evicted: 0,
            waiting_readers: Waiters::None,
            waiters: Waiters::None,
            next_waiter_id: 0,
        }
    }

    /// One more reader.
    pub(super) fn add_reader(&mut self) {
        self.readers += 1;
    }

    /// One reader or handle fewer; gives back what nobody can read any more, and its waker.
    #[must_use]
    pub(super) fn remove_reader(&mut self, reader: WaiterId) -> (VecDeque<StoredEvent<W>>, Option<Waker>) {
        let waker = self.waiting_readers.deregister(reader);
        self.readers -= 1;
        let unread = if self.readers > 0 { VecDeque::new() } else { std::mem::take(&mut self.events) };
        (unread, waker)
    }

    /// Adds an event; gives back whom to wake, and what is kept no more. After the end nothing is
    /// added.
    #[must_use]
    pub(super) fn publish(&mut self, event: StoredEvent<W>) -> (Waiters, Option<StoredEvent<W>>) {
        if self.readers == 0 || self.ended {
            return (Waiters::None, Some(event));
        }
        let oldest = if self.is_full() { self.evict() } else { None };
        if self.events.capacity() == 0 {
            // Most runs that wait have asked, and told that they are idle.
            self.events.reserve_exact(2);
        }
        self.events.push_back(event);
        (std::mem::take(&mut self.waiting_readers), oldest)
    }

    /// Ends the run, whose result is there. A second end changes nothing.
    #[must_use]
    pub(super) fn finish(&mut self) -> ([Waiters; 2], Option<StoredEvent<W>>) {
        if self.ended {
            return ([Waiters::None, Waiters::None], None);
        }
        let oldest = if self.is_full() { self.evict() } else { None };
        self.ended = true;
        ([std::mem::take(&mut self.waiting_readers), std::mem::take(&mut self.waiters)], oldest)
    }

    /// Whether one more event is one too many; the last one of all counts, though it is not kept.
    fn is_full(&self) -> bool {
        self.events.len() >= self.limit as usize
    }

    fn evict(&mut self) -> Option<StoredEvent<W>> {
        let oldest = self.events.pop_front();
        self.evicted += u64::from(oldest.is_some());
        oldest
    }

    /// Hands a reader what it has not seen, or has it woken by the next event. Gives back whether
    /// anything can still come, and the reader's old waker.
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
        // Whoever has read the last event of all is one ahead of what is kept.
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
        (true, self.waiting_readers.register(waiter_id, &mut self.next_waiter_id, waker))
    }

    /// Has who waits for the result woken at the end; gives back its old waker.
    #[must_use]
    pub(super) fn wait(&mut self, waiter_id: &mut WaiterId, waker: &Waker) -> Option<Waker> {
        self.waiters.register(waiter_id, &mut self.next_waiter_id, waker)
    }

    /// Somebody waits for the result no more.
    #[must_use]
    pub(super) fn deregister_waiter(&mut self, waiter_id: WaiterId) -> Option<Waker> {
        self.waiters.deregister(waiter_id)
    }
}
