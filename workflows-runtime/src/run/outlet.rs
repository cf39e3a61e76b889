//! The outward side of a run: its events, kept for every reader, and its result.

use super::{End, RunEvent, snapshot::Content};
use crate::{RunError, Workflow};
use std::{collections::VecDeque, task::Waker};

/// What a started run has told so far. A run without a handle keeps nothing.
pub(crate) struct Outlet<W: Workflow> {
    /// How many handles and readers there are; without any, nothing is kept.
    audience: usize,
    limit: usize,
    events: VecDeque<RunEvent<W>>,
    /// How many of the oldest events are kept no more.
    forgotten: u64,
    /// Who waits for an event.
    readers: Waiting,
    /// Who waits for the result.
    waiters: Waiting,
    ended: bool,
    result: Option<Result<W::Output, RunError>>,
    /// What a run was at that ended before it was done.
    pub(super) left: Option<Box<Content<W>>>,
}

/// Who is to be woken, by the seats that they hold while they wait. A seat is given up when its
/// holder is dropped, so that nobody piles up here who no longer waits.
#[derive(Default)]
pub(super) struct Waiting {
    seats: Vec<(u64, Waker)>,
    given: u64,
}

/// A place among those who wait; 0 is none.
pub(super) type Seat = u64;

impl Waiting {
    /// Takes a seat, or the same one again; gives back the waker that was there. A waker may own a
    /// whole task, so that it is dropped by the caller, without the lock.
    #[must_use]
    fn sit(&mut self, seat: &mut Seat, waker: &Waker) -> Option<Waker> {
        if let Some((_, known)) = self.seats.iter_mut().find(|(number, _)| number == seat) {
            return (!known.will_wake(waker)).then(|| std::mem::replace(known, waker.clone()));
        }
        self.given += 1;
        *seat = self.given;
        self.seats.push((self.given, waker.clone()));
        None
    }

    #[must_use]
    fn rise(&mut self, seat: Seat) -> Option<Waker> {
        let at = self.seats.iter().position(|(number, _)| *number == seat)?;
        Some(self.seats.swap_remove(at).1)
    }

    fn take(&mut self) -> impl Iterator<Item = Waker> + use<> {
        std::mem::take(&mut self.seats).into_iter().map(|(_, waker)| waker)
    }
}

/// How many events a reader fetches at once.
const FETCH: usize = 128;

impl<W: Workflow> Outlet<W> {
    pub(super) fn new(observed: bool, limit: usize) -> Self {
        Self {
            audience: usize::from(observed),
            limit,
            events: VecDeque::new(),
            forgotten: 0,
            readers: Waiting::default(),
            waiters: Waiting::default(),
            ended: false,
            result: None,
            left: None,
        }
    }

    /// One more reader.
    pub(super) fn join(&mut self) {
        self.audience += 1;
    }

    /// One reader or handle fewer; gives back what nobody can read any more, and its waker.
    #[must_use]
    pub(super) fn leave(&mut self, reader: Seat) -> (VecDeque<RunEvent<W>>, Option<Waker>) {
        let waker = self.readers.rise(reader);
        self.audience -= 1;
        let unread = if self.audience > 0 { VecDeque::new() } else { std::mem::take(&mut self.events) };
        (unread, waker)
    }

    /// Adds an event; gives back whom to wake, and what is kept no more. After the end nothing is
    /// added.
    #[must_use]
    pub(super) fn publish(&mut self, event: RunEvent<W>) -> (Vec<Waker>, Option<RunEvent<W>>) {
        if self.audience == 0 || self.ended {
            return (Vec::new(), Some(event));
        }
        self.ended = matches!(event, RunEvent::Ended(_));
        let oldest = if self.events.len() >= self.limit { self.events.pop_front() } else { None };
        self.forgotten += u64::from(oldest.is_some());
        self.events.push_back(event);
        (self.readers.take().collect(), oldest)
    }

    /// Ends the run: its last event, then its result. A second end changes nothing.
    #[must_use]
    pub(super) fn finish(&mut self, result: Result<W::Output, RunError>) -> (Vec<Waker>, Option<RunEvent<W>>) {
        if self.ended {
            return (Vec::new(), None);
        }
        let finish = match &result {
            Ok(_) => End::Completed,
            Err(error) => End::Failed(error.clone()),
        };
        let (mut waiting, oldest) = self.publish(RunEvent::Ended(finish));
        self.ended = true;
        self.result = Some(result);
        waiting.extend(self.waiters.take());
        (waiting, oldest)
    }

    /// Hands a reader what it has not seen, or has it woken by the next event. Gives back whether
    /// anything can still come, and the reader's old waker.
    pub(super) fn fetch(
        &mut self,
        fetched: &mut u64,
        into: &mut VecDeque<RunEvent<W>>,
        seat: &mut Seat,
        waker: &Waker,
    ) -> (bool, Option<Waker>) {
        if *fetched < self.forgotten {
            into.push_back(RunEvent::Lagged(self.forgotten - *fetched));
            *fetched = self.forgotten;
        }
        let start = usize::try_from(*fetched - self.forgotten).expect("events are in memory");
        let fresh = self.events.range(start..).take(FETCH);
        *fetched += fresh.len() as u64;
        into.extend(fresh.cloned());
        if !into.is_empty() || self.ended {
            return (!self.ended, None);
        }
        (true, self.readers.sit(seat, waker))
    }

    pub(super) fn result(&self) -> Option<&Result<W::Output, RunError>> {
        self.result.as_ref()
    }

    /// Has who waits for the result woken at the end; gives back its old waker.
    #[must_use]
    pub(super) fn wait(&mut self, seat: &mut Seat, waker: &Waker) -> Option<Waker> {
        self.waiters.sit(seat, waker)
    }

    /// Somebody waits for the result no more.
    #[must_use]
    pub(super) fn give_up(&mut self, seat: Seat) -> Option<Waker> {
        self.waiters.rise(seat)
    }
}
