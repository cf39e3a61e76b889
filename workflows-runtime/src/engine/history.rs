//! What an execution has been through, and which of it a body comes to again.

use super::{execution::LastFailure, timer::TimerKey, wait::Matcher, waiters::WaiterKey};
use serde::{Deserialize, Serialize};
use std::{collections::VecDeque, fmt, time::Duration};

/// What an execution has been through.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct History<E> {
    /// How its last attempt ended.
    pub(super) failure: Option<LastFailure>,
    /// What its body waited for, in the order in which it came to it.
    pub(super) waits: Vec<Wait<E>>,
    /// Which of these this attempt has not come to yet, in order.
    pub(super) unreplayed: VecDeque<usize>,
    /// Which of these its body still waits for.
    pub(super) open: Vec<usize>,
    /// How much was left of the step's timeout when it was suspended.
    pub(super) left: Option<Duration>,
}

impl<E> Default for History<E> {
    fn default() -> Self {
        Self { failure: None, waits: Vec::new(), unreplayed: VecDeque::new(), open: Vec::new(), left: None }
    }
}

/// One wait of one execution.
#[derive(Clone, Serialize, Deserialize)]
#[serde(bound(deserialize = "E: Deserialize<'de>"))]
pub(super) struct Wait<E> {
    pub(super) slot: u16,
    pub(super) number: u64,
    pub(super) timer: Option<TimerKey>,
    pub(super) outcome: WaitOutcome<E>,
    /// The body is there to be woken; not so after a failure or a resume, until it comes here again.
    pub(super) live: bool,
    /// Another wait of its body was over while it was open: if it is given up, it has lost to that.
    pub(super) lost_race: bool,
    /// How many waits its body had made when it gave up on this one, if it ever has.
    pub(super) given_up: Option<usize>,
    #[serde(skip)]
    pub(super) matcher: Option<Matcher<E>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum WaitOutcome<E> {
    Pending,
    Answered(E),
    TimedOut,
    /// The body gave up on it.
    Dropped,
}

impl<E: fmt::Debug> fmt::Debug for Wait<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("slot", &self.slot).field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

impl<E> Wait<E> {
    pub(super) fn is_pending(&self) -> bool {
        matches!(self.outcome, WaitOutcome::Pending)
    }

    /// Whether a body that comes here has what it waits for, as it had before.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.outcome, WaitOutcome::Answered(_) | WaitOutcome::TimedOut)
    }

    /// Whether it was given up for no other one: most often, in the course of time.
    fn is_passed(&self) -> bool {
        matches!(self.outcome, WaitOutcome::Dropped) && !self.lost_race
    }

    /// Its spot in the line, also while it does not stand there.
    pub(super) fn waiter(&self) -> WaiterKey {
        (self.slot, self.number)
    }

    pub(super) fn timer_moved(&mut self, to: TimerKey) {
        self.timer = Some(to);
    }
}

impl<E> History<E> {
    /// Its body begins at its top: it may come to all of this again.
    pub(super) fn rewind(&mut self) {
        self.unreplayed = (0..self.waits.len()).collect();
        self.open.clear();
        self.left = None;
        self.waits.iter_mut().for_each(|wait| wait.live = false);
    }

    /// How many of its waits keep the body from going on.
    pub(super) fn pending(&self) -> usize {
        self.open.iter().filter(|wait| self.waits[**wait].is_pending()).count()
    }

    /// How many of its waits this attempt has made or come to at least.
    pub(super) fn replayed_len(&self) -> usize {
        self.unreplayed.front().copied().unwrap_or(self.waits.len())
    }

    /// Which of its waits a body has come to that waits for what goes into this slot: one that it
    /// has made before, or else a new one.
    ///
    /// A wait is known by the slot, so that it does not matter in which order those for different
    /// answers are made. Those for the same answers are met in the order in which they were made;
    /// but an answer is only for who wants it, and only who does not wait for ever has waited too
    /// long. What was given up for no other one comes last: all that is left of it is that the
    /// outside has been asked.
    pub(super) fn next(&self, slot: u16, matcher: Option<&Matcher<E>>, has_timeout: bool) -> usize {
        let find = |is_it: &dyn Fn(&Wait<E>) -> bool| {
            self.unreplayed.iter().copied().find(|at| self.waits[*at].slot == slot && is_it(&self.waits[*at]))
        };
        let is_own = |wait: &Wait<E>| match &wait.outcome {
            WaitOutcome::Answered(event) => matcher.is_none_or(|matches| matches(event)),
            WaitOutcome::TimedOut => has_timeout,
            WaitOutcome::Pending => wait.timer.is_some() == has_timeout,
            WaitOutcome::Dropped => wait.lost_race,
        };
        let first = find(&is_own).or_else(|| find(&Wait::is_pending));
        let Some(first) = first else { return find(&Wait::is_passed).unwrap_or(self.waits.len()) };
        let beside = match self.waits[first].outcome {
            WaitOutcome::Pending => None,
            WaitOutcome::Dropped => self.waits[first].given_up,
            WaitOutcome::Answered(_) | WaitOutcome::TimedOut => return first,
        };
        // An answer to one that was there at the same time would have been its own, had it wanted it.
        let is_answer = |wait: &Wait<E>| matches!(wait.outcome, WaitOutcome::Answered(_)) && is_own(wait);
        find(&is_answer).filter(|at| beside.is_none_or(|made| *at < made)).unwrap_or(first)
    }

    /// A wait is over: what was asked before it, or again after it had been given up, has been
    /// answered with it. What comes next is another question, for the outside to be asked.
    pub(super) fn supersede(&mut self, wait: usize) {
        let (waits, over) = (&self.waits, &self.waits[wait]);
        self.unreplayed.retain(|at| {
            let other = &waits[*at];
            let is_before = other.given_up.is_some_and(|made| made <= wait);
            let is_after = over.given_up.is_some_and(|made| made <= *at);
            other.slot != over.slot || !other.is_passed() || !is_before && !is_after
        });
    }

    /// Whether this attempt may still come to something that an earlier one has had.
    pub(super) fn is_replaying(&self) -> bool {
        self.unreplayed.iter().any(|wait| self.waits[*wait].is_over())
    }
}
