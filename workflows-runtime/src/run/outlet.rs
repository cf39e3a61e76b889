//! The outward side of a run: its events, kept for every reader, and its result.

use super::{Finish, RunEvent};
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
    /// Who waits for an event or the result.
    waiting: Vec<Waker>,
    ended: bool,
    result: Option<Result<W::Output, RunError>>,
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
            waiting: Vec::new(),
            ended: false,
            result: None,
        }
    }

    /// One more reader.
    pub(super) fn join(&mut self) {
        self.audience += 1;
    }

    /// One reader or handle fewer; gives back what nobody can read any more.
    #[must_use]
    pub(super) fn leave(&mut self) -> VecDeque<RunEvent<W>> {
        self.audience -= 1;
        if self.audience > 0 { VecDeque::new() } else { std::mem::take(&mut self.events) }
    }

    /// Adds an event; gives back whom to wake. After the end nothing is added.
    #[must_use]
    pub(super) fn publish(&mut self, event: RunEvent<W>) -> Vec<Waker> {
        if self.audience == 0 || self.ended {
            return Vec::new();
        }
        self.ended = matches!(event, RunEvent::Ended(_));
        if self.events.len() >= self.limit {
            self.events.pop_front();
            self.forgotten += 1;
        }
        self.events.push_back(event);
        std::mem::take(&mut self.waiting)
    }

    /// Ends the run: its last event, then its result. A second end changes nothing.
    #[must_use]
    pub(super) fn finish(&mut self, result: Result<W::Output, RunError>) -> Vec<Waker> {
        if self.ended {
            return Vec::new();
        }
        let finish = match &result {
            Ok(_) => Finish::Completed,
            Err(error) => Finish::Failed(error.clone()),
        };
        let mut waiting = self.publish(RunEvent::Ended(finish));
        self.ended = true;
        self.result = Some(result);
        waiting.append(&mut self.waiting);
        waiting
    }

    /// Hands a reader what it has not seen, or has it woken; false once nothing more will come.
    pub(super) fn fetch(&mut self, fetched: &mut u64, into: &mut VecDeque<RunEvent<W>>, waker: &Waker) -> bool {
        if *fetched < self.forgotten {
            into.push_back(RunEvent::Lagged(self.forgotten - *fetched));
            *fetched = self.forgotten;
        }
        let start = usize::try_from(*fetched - self.forgotten).expect("events are in memory");
        let fresh = self.events.range(start..).take(FETCH);
        *fetched += fresh.len() as u64;
        into.extend(fresh.cloned());
        if !into.is_empty() {
            return true;
        }
        if !self.ended {
            self.wait(waker);
        }
        !self.ended
    }

    pub(super) fn result(&self) -> Option<&Result<W::Output, RunError>> {
        self.result.as_ref()
    }

    pub(super) fn wait(&mut self, waker: &Waker) {
        if !self.waiting.iter().any(|known| known.will_wake(waker)) {
            self.waiting.push(waker.clone());
        }
    }
}
