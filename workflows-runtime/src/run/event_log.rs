//! The outward side of a run: its events, kept for every reader, and its result.

use super::event::{End, RunEvent};
use crate::{error::RunError, step_event::StepEvent, workflow::Workflow};
use std::{collections::VecDeque, sync::OnceLock, task::Waker};

/// What a started run has told so far. A run without a handle keeps nothing. There is one in each run
/// that waits, and so it is to be small.
pub(crate) struct Outlet<W: Workflow> {
    /// How many handles and readers there are; without any, nothing is kept.
    audience: u32,
    /// How many seats have been given to those who wait.
    seats: Seat,
    /// How many events are kept at most.
    limit: u32,
    ended: bool,
    events: VecDeque<Told<W>>,
    /// How many of the oldest events are kept no more.
    forgotten: u64,
    /// Who waits for an event.
    readers: Waiting,
    /// Who waits for the result.
    waiters: Waiting,
}

/// A [`RunEvent`] as it is kept: the longer ones are rare.
pub(crate) enum Told<W: Workflow> {
    Published(W::Stream),
    InputRequired(W::Prompt),
    Step(Box<StepEvent>),
    Idle,
}

impl<W: Workflow> Told<W> {
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
pub(super) type Seat = u32;

/// Who is to be woken, by the seats that they hold while they wait. A seat is given up when its
/// holder is dropped, so that nobody piles up here who no longer waits.
#[derive(Default)]
pub(super) enum Waiting {
    #[default]
    None,
    One(Seat, Waker),
    /// Boxed, since there is hardly ever more than one.
    #[allow(clippy::box_collection, reason = "it would make every run larger")]
    Many(Box<Vec<(Seat, Waker)>>),
}

impl Waiting {
    /// Takes a seat, the next one if it has none; gives back the waker that was there. A waker may own a
    /// whole task, so that it is dropped by the caller, without the lock.
    #[must_use]
    fn sit(&mut self, seat: &mut Seat, seats: &mut Seat, waker: &Waker) -> Option<Waker> {
        let known = match self {
            Self::One(number, known) if number == seat => Some(known),
            Self::Many(all) => all.iter_mut().find(|(number, _)| number == seat).map(|(_, known)| known),
            Self::None | Self::One(..) => None,
        };
        if let Some(known) = known {
            return (!known.will_wake(waker)).then(|| std::mem::replace(known, waker.clone()));
        }
        // 0 is none.
        *seats = seats.wrapping_add(1).max(1);
        *seat = *seats;
        let waker = waker.clone();
        *self = match std::mem::take(self) {
            Self::None => Self::One(*seat, waker),
            Self::One(other, known) => Self::Many(Box::new(vec![(other, known), (*seat, waker)])),
            Self::Many(mut all) => {
                all.push((*seat, waker));
                Self::Many(all)
            }
        };
        None
    }

    #[must_use]
    fn rise(&mut self, seat: Seat) -> Option<Waker> {
        match self {
            Self::One(number, _) if *number == seat => match std::mem::take(self) {
                Self::One(_, waker) => Some(waker),
                Self::None | Self::Many(_) => None,
            },
            Self::Many(all) => {
                let at = all.iter().position(|(number, _)| *number == seat)?;
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

impl<W: Workflow> Outlet<W> {
    pub(super) fn new(observed: bool, limit: usize) -> Self {
        Self {
            audience: u32::from(observed),
            // More cannot be kept anyway.
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
            ended: false,
            events: VecDeque::new(),
            forgotten: 0,
            readers: Waiting::None,
            waiters: Waiting::None,
            seats: 0,
        }
    }

    /// One more reader.
    pub(super) fn join(&mut self) {
        self.audience += 1;
    }

    /// One reader or handle fewer; gives back what nobody can read any more, and its waker.
    #[must_use]
    pub(super) fn leave(&mut self, reader: Seat) -> (VecDeque<Told<W>>, Option<Waker>) {
        let waker = self.readers.rise(reader);
        self.audience -= 1;
        let unread = if self.audience > 0 { VecDeque::new() } else { std::mem::take(&mut self.events) };
        (unread, waker)
    }

    /// Adds an event; gives back whom to wake, and what is kept no more. After the end nothing is
    /// added.
    #[must_use]
    pub(super) fn publish(&mut self, event: Told<W>) -> (Waiting, Option<Told<W>>) {
        if self.audience == 0 || self.ended {
            return (Waiting::None, Some(event));
        }
        let oldest = if self.is_full() { self.forget() } else { None };
        if self.events.capacity() == 0 {
            // Most runs that wait have asked, and told that they are idle.
            self.events.reserve_exact(2);
        }
        self.events.push_back(event);
        (std::mem::take(&mut self.readers), oldest)
    }

    /// Ends the run, whose result is there. A second end changes nothing.
    #[must_use]
    pub(super) fn finish(&mut self) -> ([Waiting; 2], Option<Told<W>>) {
        if self.ended {
            return ([Waiting::None, Waiting::None], None);
        }
        let oldest = if self.is_full() { self.forget() } else { None };
        self.ended = true;
        ([std::mem::take(&mut self.readers), std::mem::take(&mut self.waiters)], oldest)
    }

    /// Whether one more event is one too many; the last one of all counts, though it is not kept.
    fn is_full(&self) -> bool {
        self.events.len() >= self.limit as usize
    }

    fn forget(&mut self) -> Option<Told<W>> {
        let oldest = self.events.pop_front();
        self.forgotten += u64::from(oldest.is_some());
        oldest
    }

    /// Hands a reader what it has not seen, or has it woken by the next event. Gives back whether
    /// anything can still come, and the reader's old waker.
    pub(super) fn fetch(
        &mut self,
        result: &OnceLock<Ended<W>>,
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
        // Whoever has read the last event of all is one ahead of what is kept.
        let fresh = self.events.range(start.min(self.events.len())..).take(FETCH);
        *fetched += fresh.len() as u64;
        into.extend(fresh.map(Told::read));
        if self.ended && *fetched == self.forgotten + self.events.len() as u64 {
            *fetched += 1;
            into.push_back(RunEvent::Ended(match result.get() {
                Some(Err(error)) => End::Failed((**error).clone()),
                Some(Ok(_)) | None => End::Completed,
            }));
        }
        if !into.is_empty() || self.ended {
            return (!self.ended, None);
        }
        (true, self.readers.sit(seat, &mut self.seats, waker))
    }

    /// Has who waits for the result woken at the end; gives back its old waker.
    #[must_use]
    pub(super) fn wait(&mut self, seat: &mut Seat, waker: &Waker) -> Option<Waker> {
        self.waiters.sit(seat, &mut self.seats, waker)
    }

    /// Somebody waits for the result no more.
    #[must_use]
    pub(super) fn give_up(&mut self, seat: Seat) -> Option<Waker> {
        self.waiters.rise(seat)
    }
}
