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
//! | `vacant`     | waits that this attempt has dropped without a winner | none        |
//!
//! Invariant: no wait is in two lists. A new wait takes the place of the oldest vacant one once there are more than
//! [`DROPPED`], so a loop that drops its waits does not grow. The order of creation is therefore that of the
//! sequence numbers, not that of the places.

use super::{
    timer::TimerKey,
    waiters::{Addressee, BufferedResponse, WaiterKey},
};
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

/// How many waits that were dropped without a winner are remembered for a replay.
const DROPPED: usize = 16;

/// Where a wait of the current attempt is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NextWait {
    pub(super) at: usize,
    /// No recorded wait fits. The place may be that of a dropped one.
    pub(super) is_new: bool,
}

/// The replay log of one execution.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct History<E> {
    /// How the previous attempt ended.
    pub(super) last_failure: Option<LastFailure>,
    /// The waits over all attempts. Their order of creation is that of `sequence`.
    pub(super) waits: Vec<RecordedWait<E>>,
    /// The waits that this attempt has not reached yet, in order.
    pub(super) unreplayed: VecDeque<usize>,
    /// The waits that the step's future holds.
    pub(super) open: Vec<usize>,
    /// The places of waits that this attempt has dropped without a winner, the oldest first.
    pub(super) vacant: VecDeque<usize>,
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
            vacant: VecDeque::new(),
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
    /// The sequence number of the first wait that the attempt had not reached when it dropped this one, until this one
    /// is resolved. `None` in a dropped wait whose question another one has answered: a replay does not reach it.
    pub(super) dropped_at: Option<u64>,
    /// The number of its prompt.
    pub(super) prompt: Option<u32>,
    /// Which waits may receive its answer, if this one does not read it.
    pub(super) addressee: Addressee,
    /// The arrival up to which it has rejected all buffered responses; see [`super::offers`].
    #[serde(skip)]
    pub(super) offered: Option<u64>,
    /// Not serialized: `None` after a resume, until the wait is replayed. A registered wait whose
    /// matcher is unknown is [blocked](super::waiters::WaitRegistry).
    #[serde(skip)]
    pub(super) matcher: Option<Matcher<E>>,
    /// The responses to match where the matcher is, if that is elsewhere: see [`super::undecided`].
    #[cfg(feature = "engine")]
    #[serde(skip)]
    pub(super) remote: Option<Box<super::undecided::Undecided<E>>>,
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

    /// Whether a response is for this wait.
    ///
    /// If its matcher is elsewhere, it takes any response that this one has not rejected yet.
    pub(super) fn takes(&self, response: &BufferedResponse<E>) -> bool {
        if response.addressee != Addressee::Anyone && self.prompt.is_some() {
            return false;
        }
        #[cfg(feature = "engine")]
        if response.rejected_by.contains(&self.sequence) {
            return false;
        }
        match &self.matcher {
            Some(accepts) => accepts(&response.event),
            None => true,
        }
    }

    /// Does what its matcher has decided on an [unchecked](Self::is_unchecked) answer. If that is rejected, the wait
    /// is pending, and asks again with another prompt: no other wait may receive the answer to this one.
    pub(super) fn check(&mut self, is_accepted: bool) {
        if is_accepted {
            self.addressee = Addressee::Prompt;
        } else {
            self.addressee = Addressee::Anyone;
            self.outcome = WaitOutcome::Pending;
            self.prompt = None;
        }
    }

    /// Whether its prompt was answered while its matcher was unknown.
    pub(super) fn is_unchecked(&self) -> bool {
        self.addressee == Addressee::Unchecked && matches!(self.outcome, WaitOutcome::Answered(_))
    }

    /// Whether replaying this wait resolves it at once.
    pub(super) fn is_resolved(&self) -> bool {
        matches!(self.outcome, WaitOutcome::Answered(_) | WaitOutcome::TimedOut)
    }

    /// Whether it was dropped without a winner, for example by a timer of the step's own.
    pub(super) fn is_abandoned(&self) -> bool {
        matches!(self.outcome, WaitOutcome::Dropped) && !self.lost_race && self.dropped_at.is_some()
    }

    /// Whether it was abandoned, and another wait has been resolved instead of it. It is not replayed.
    pub(super) fn is_superseded(&self) -> bool {
        matches!(self.outcome, WaitOutcome::Dropped) && !self.lost_race && self.dropped_at.is_none()
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

/// The indices of these numbers in ascending order of the numbers.
// Not generic, so sorting is compiled once, in this crate.
fn sorted_indices(numbers: &[u64]) -> VecDeque<usize> {
    let mut indices: Vec<usize> = (0..numbers.len()).collect();
    indices.sort_by_key(|index| numbers[*index]);
    indices.into()
}

impl<E> History<E> {
    /// Prepares a new attempt, which replays all waits.
    pub(super) fn rewind(&mut self) {
        let mut sequences = Vec::new();
        for wait in &self.waits {
            sequences.push(wait.sequence);
        }
        self.unreplayed = sorted_indices(&sequences);
        let waits = &self.waits;
        self.unreplayed.retain(|wait| !waits[*wait].is_superseded());
        self.open.clear();
        self.vacant.clear();
        self.remaining_timeout = None;
        for wait in &mut self.waits {
            wait.attached = false;
        }
    }

    /// The number of open waits without an answer. The step's future cannot continue until it is 0.
    pub(super) fn pending(&self) -> usize {
        self.open.iter().filter(|wait| self.waits[**wait].is_pending()).count()
    }

    /// The sequence number of the first wait that this attempt has not reached; `next` if it has reached all.
    pub(super) fn first_unreached(&self, next: u64) -> u64 {
        match self.unreplayed.front() {
            Some(first) => self.waits[*first].sequence,
            None => next,
        }
    }

    /// Records that this attempt has dropped a wait without a winner.
    pub(super) fn add_vacant(&mut self, wait: usize) {
        if self.waits[wait].is_abandoned() {
            self.vacant.push_back(wait);
        }
    }

    /// The place of a new wait.
    pub(super) fn new_wait(&self) -> NextWait {
        let at = if self.vacant.len() > DROPPED { self.vacant[0] } else { self.waits.len() };
        NextWait { at, is_new: true }
    }

    /// Adds a new wait at its place.
    pub(super) fn insert(&mut self, at: usize, wait: RecordedWait<E>) {
        if at == self.waits.len() {
            self.waits.push(wait);
            return;
        }
        self.vacant.pop_front();
        self.waits[at] = wait;
    }

    /// Maps a wait made by the current attempt to a recorded wait of an earlier attempt, or to a new
    /// place if none fits.
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
    /// wait been the pending one, that answer would have resolved it, unless it was the answer to a prompt.
    ///
    /// A wait whose answer is [unchecked](RecordedWait::is_unchecked) is identified like a pending one, even if
    /// `matcher` rejects the answer.
    pub(super) fn next(&self, slot: u16, matcher: Option<&Matcher<E>>, has_timeout: bool) -> NextWait {
        let recorded = |at| NextWait { at, is_new: false };
        let mut pending = None;
        let mut abandoned = None;
        let mut candidate = None;
        for at in self.unreplayed_in(slot) {
            let wait = &self.waits[at];
            if wait.is_unchecked() || wait.is_consistent(matcher, has_timeout) {
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
            return abandoned.map_or_else(|| self.new_wait(), recorded);
        };
        // Only an answer to a wait made before the candidate was dropped can have been its own.
        let made_before = match self.waits[candidate].outcome {
            WaitOutcome::Pending => u64::MAX,
            WaitOutcome::Dropped => self.waits[candidate].dropped_at.unwrap_or(u64::MAX),
            WaitOutcome::Answered(_) | WaitOutcome::TimedOut => return recorded(candidate),
        };
        for at in self.unreplayed_in(slot) {
            let wait = &self.waits[at];
            let is_answered = matches!(wait.outcome, WaitOutcome::Answered(_)) && !wait.addressee.is_prompt();
            if is_answered && wait.is_consistent(matcher, has_timeout) {
                return recorded(if wait.sequence < made_before { at } else { candidate });
            }
        }
        recorded(candidate)
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
    /// before it was made, and those made after it had been dropped and before it was resolved.
    ///
    /// The next wait of this slot is a new question, and publishes its prompt.
    pub(super) fn supersede(&mut self, at: usize) {
        let RecordedWait { slot, sequence, dropped_at, .. } = self.waits[at];
        let waits = &mut self.waits;
        self.unreplayed.retain(|other_at| {
            let other = &mut waits[*other_at];
            if other.slot != slot || !other.is_abandoned() {
                return true;
            }
            let is_before = match other.dropped_at {
                Some(reached) => reached <= sequence,
                None => false,
            };
            let is_after = match dropped_at {
                Some(reached) => reached <= other.sequence,
                None => false,
            };
            if is_before || is_after {
                other.dropped_at = None;
            }
            !is_before && !is_after
        });
        // The waits that are made from now on ask other questions.
        self.waits[at].dropped_at = None;
    }

    /// Whether this attempt may still reach a wait that was resolved in an earlier attempt.
    pub(super) fn is_replaying(&self) -> bool {
        self.unreplayed.iter().any(|wait| self.waits[*wait].is_resolved())
    }
}
