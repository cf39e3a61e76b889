//! The replay log of an execution: its waits and how they ended.
//!
//! A step's future is not serialized. After a failure or a resume it starts again from the top and
//! reaches its waits a second time. [`History::next`] maps each of them to a recorded wait, so a
//! resolved wait returns the same answer at once and no prompt is published twice.
//!
//! Lists of indices into `waits`:
//!
//! | list         | contains                                          | after `rewind` |
//! |--------------|---------------------------------------------------|----------------|
//! | `unreplayed` | recorded waits that this attempt has not reached  | all waits      |
//! | `open`       | waits that this attempt has reached and not ended | none           |
//!
//! Invariant: no wait is in both lists.

use super::{timer::TimerKey, waiters::WaiterKey};
use crate::error::StepError;
use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// A predicate for the answers that a wait accepts.
pub(crate) type Matcher<E> = Arc<dyn Fn(&E) -> bool + Send + Sync>;

/// How an attempt ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LastFailure {
    pub(crate) error: StepError,
    pub(crate) at: SystemTime,
}

/// The replay log of one execution.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct History<E> {
    /// How the previous attempt ended.
    pub(super) last_failure: Option<LastFailure>,
    /// All waits over all attempts, in order of creation.
    pub(super) waits: Vec<RecordedWait<E>>,
    /// The waits that this attempt has not reached yet, in order.
    pub(super) unreplayed: VecDeque<usize>,
    /// The waits that the step's future holds.
    pub(super) open: Vec<usize>,
    /// The rest of the step timeout while the execution is suspended.
    pub(super) remaining_timeout: Option<Duration>,
}

impl<E> Default for History<E> {
    fn default() -> Self {
        Self {
            last_failure: None,
            waits: Vec::new(),
            unreplayed: VecDeque::new(),
            open: Vec::new(),
            remaining_timeout: None,
        }
    }
}

/// One wait of one execution.
#[derive(Clone, Serialize, Deserialize)]
#[serde(bound(deserialize = "E: Deserialize<'de>"))]
pub(super) struct RecordedWait<E> {
    /// The slot of the events it waits for.
    pub(super) slot: u16,
    /// Its number among all waits of the run: the order in which waits are served.
    pub(super) sequence: u64,
    pub(super) timer: Option<TimerKey>,
    pub(super) outcome: WaitOutcome<E>,
    /// The current attempt has reached it, so the step's future can be woken.
    pub(super) attached: bool,
    /// Another wait of the execution was resolved while this one was open. If this one is dropped, it
    /// lost to the other.
    pub(super) lost_race: bool,
    /// The number of waits that the attempt had reached when it dropped this one.
    pub(super) dropped_at: Option<usize>,
    /// Not serialized: `None` after a resume, until the wait is replayed. A registered wait whose
    /// matcher is unknown is [blocked](super::waiters::WaitRegistry).
    #[serde(skip)]
    pub(super) matcher: Option<Matcher<E>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum WaitOutcome<E> {
    Pending,
    Answered(E),
    TimedOut,
    /// The step's future dropped the wait.
    Dropped,
}

impl<E: fmt::Debug> fmt::Debug for RecordedWait<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedWait").field("slot", &self.slot).field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

impl<E> RecordedWait<E> {
    pub(super) fn is_pending(&self) -> bool {
        matches!(self.outcome, WaitOutcome::Pending)
    }

    /// Whether replaying this wait resolves it at once.
    pub(super) fn is_resolved(&self) -> bool {
        matches!(self.outcome, WaitOutcome::Answered(_) | WaitOutcome::TimedOut)
    }

    /// Whether it was dropped without a winner, for example by a timer of the step's own.
    fn is_abandoned(&self) -> bool {
        matches!(self.outcome, WaitOutcome::Dropped) && !self.lost_race
    }

    /// Its key in the registry, also while it is not registered.
    pub(super) fn waiter(&self) -> WaiterKey {
        (self.slot, self.sequence)
    }

    /// Whether a new wait with these properties may have been this one in an earlier attempt.
    fn is_consistent(&self, matcher: Option<&Matcher<E>>, has_timeout: bool) -> bool {
        match &self.outcome {
            WaitOutcome::Answered(event) => match matcher {
                Some(accepts) => accepts(event),
                None => true,
            },
            WaitOutcome::TimedOut => has_timeout,
            WaitOutcome::Pending => self.timer.is_some() == has_timeout,
            WaitOutcome::Dropped => self.lost_race,
        }
    }
}

impl<E> History<E> {
    /// Prepares a new attempt, which replays all waits.
    pub(super) fn rewind(&mut self) {
        self.unreplayed = (0..self.waits.len()).collect();
        self.open.clear();
        self.remaining_timeout = None;
        for wait in &mut self.waits {
            wait.attached = false;
        }
    }

    /// The number of open waits without an answer. The step's future cannot continue until it is 0.
    pub(super) fn pending(&self) -> usize {
        self.open.iter().filter(|wait| self.waits[**wait].is_pending()).count()
    }

    /// The number of leading waits that this attempt has reached.
    pub(super) fn replayed_len(&self) -> usize {
        match self.unreplayed.front() {
            Some(first) => *first,
            None => self.waits.len(),
        }
    }

    /// Maps a wait made by the current attempt to a recorded wait of an earlier attempt, or to a new
    /// index if none fits.
    ///
    /// Waits are identified by the type they wait for, not by position, so `select!` arms may be polled
    /// in any order. Among the recorded waits of the same type, in order of creation, this is the first
    /// that
    ///
    /// 1. is consistent with `matcher` and `has_timeout`, and was resolved, is pending, or lost a race;
    /// 2. is pending, although its timeout differs;
    /// 3. was dropped without a winner: its prompt must not be published again.
    ///
    /// If that one is pending or lost a race, a later answer that matches comes first. Had the new
    /// wait been the pending one, that answer would have resolved it.
    pub(super) fn next(&self, slot: u16, matcher: Option<&Matcher<E>>, has_timeout: bool) -> usize {
        let mut pending = None;
        let mut abandoned = None;
        let mut candidate = None;
        for at in self.unreplayed_in(slot) {
            let wait = &self.waits[at];
            if wait.is_consistent(matcher, has_timeout) {
                candidate = Some(at);
                break;
            }
            if wait.is_pending() {
                pending.get_or_insert(at);
            } else if wait.is_abandoned() {
                abandoned.get_or_insert(at);
            }
        }
        if candidate.is_none() {
            candidate = pending;
        }
        let Some(candidate) = candidate else {
            return abandoned.unwrap_or(self.waits.len());
        };
        // Only an answer to a wait made before the candidate was dropped can have been its own.
        let made_before = match self.waits[candidate].outcome {
            WaitOutcome::Pending => self.waits.len(),
            WaitOutcome::Dropped => self.waits[candidate].dropped_at.unwrap_or(self.waits.len()),
            WaitOutcome::Answered(_) | WaitOutcome::TimedOut => return candidate,
        };
        for at in self.unreplayed_in(slot) {
            let wait = &self.waits[at];
            let is_answered = matches!(wait.outcome, WaitOutcome::Answered(_));
            if is_answered && wait.is_consistent(matcher, has_timeout) {
                return if at < made_before { at } else { candidate };
            }
        }
        candidate
    }

    /// The unreplayed waits for events of this slot, in order of creation.
    fn unreplayed_in(&self, slot: u16) -> impl Iterator<Item = usize> {
        self.unreplayed.iter().copied().filter(move |at| self.waits[*at].slot == slot)
    }

    /// Marks the recorded wait `at` as reached by the current attempt.
    pub(super) fn replay(&mut self, at: usize) {
        if let Some(position) = self.unreplayed.iter().position(|unreplayed| *unreplayed == at) {
            self.unreplayed.remove(position);
        }
    }

    /// Forgets the abandoned waits whose question the resolved wait `at` has answered: those dropped
    /// before it was made, and those made after it had been dropped.
    ///
    /// The next wait of this slot is a new question, and publishes its prompt.
    pub(super) fn supersede(&mut self, at: usize) {
        let waits = &self.waits;
        let resolved = &waits[at];
        self.unreplayed.retain(|other_at| {
            let other = &waits[*other_at];
            if other.slot != resolved.slot || !other.is_abandoned() {
                return true;
            }
            let is_before = match other.dropped_at {
                Some(reached) => reached <= at,
                None => false,
            };
            let is_after = match resolved.dropped_at {
                Some(reached) => reached <= *other_at,
                None => false,
            };
            !is_before && !is_after
        });
    }

    /// Whether this attempt may still reach a wait that was resolved in an earlier attempt.
    pub(super) fn is_replaying(&self) -> bool {
        self.unreplayed.iter().any(|wait| self.waits[*wait].is_resolved())
    }
}
