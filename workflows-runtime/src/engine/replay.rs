//! The waits of an execution that runs elsewhere: what a call carries of its history, and the replay where the
//! step is executed.
//!
//! The step's future and its matchers are on one side, the history is on the other. A call carries the recorded
//! waits. The [`Replay`] maps the waits that the step makes to them, as the [history](super::history) does in a run
//! that executes its own steps, and reports for each which one it was.

use super::{
    definition::Definition,
    history::{History, Matcher, RecordedWait, WaitOutcome},
    timer::Time,
    waiters::Addressee,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A wait that an earlier call or attempt of an execution has made.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayedWait<E> {
    slot: u16,
    sequence: u64,
    outcome: WaitOutcome<E>,
    /// A response for a pending wait whose matcher is only known where the step is executed.
    offered: Option<E>,
    has_timeout: bool,
    lost_race: bool,
    dropped_at: Option<u64>,
    addressee: Addressee,
}

impl<E: Clone> ReplayedWait<E> {
    pub(super) fn of(wait: &RecordedWait<E>) -> Self {
        Self {
            slot: wait.slot,
            sequence: wait.sequence,
            outcome: wait.outcome.clone(),
            offered: wait.undecided().cloned(),
            has_timeout: wait.timer.is_some(),
            lost_race: wait.lost_race,
            dropped_at: wait.dropped_at,
            addressee: wait.addressee,
        }
    }
}

impl<E> ReplayedWait<E> {
    /// Returns a description of the first inconsistency.
    pub(crate) fn validate<D: Definition<Event = E>>(&self) -> Result<(), String> {
        let answer = match &self.outcome {
            WaitOutcome::Answered(event) => Some(event),
            WaitOutcome::Pending | WaitOutcome::TimedOut | WaitOutcome::Dropped => None,
        };
        if answer.into_iter().chain(&self.offered).any(|event| D::slot(event) != self.slot) {
            return Err("a wait has received an event of another type".to_owned());
        }
        if self.offered.is_some() && !matches!(self.outcome, WaitOutcome::Pending) {
            return Err("a wait that is over has a response to match".to_owned());
        }
        Ok(())
    }

    fn record(self) -> RecordedWait<E> {
        RecordedWait {
            slot: self.slot,
            sequence: self.sequence,
            timer: if self.has_timeout { Some((Time::default(), 0)) } else { None },
            outcome: self.outcome,
            attached: false,
            lost_race: self.lost_race,
            dropped_at: self.dropped_at,
            prompt: None,
            addressee: self.addressee,
            offered: None,
            matcher: None,
            remote: None,
        }
    }
}

/// The waits of one call, where its step is executed.
pub(crate) struct Replay<E> {
    history: History<E>,
    /// The responses to match, by index in the history.
    offered: BTreeMap<usize, E>,
    /// The number of waits of this call.
    made: u32,
    /// The waits of this call that have no answer.
    open: BTreeSet<u32>,
}

/// A wait that the step has reached.
pub(crate) struct Reached<E> {
    /// Its number among the waits of this call.
    pub(crate) number: u32,
    /// Its index in the history, or `None` if it is new.
    pub(crate) recorded: Option<u32>,
    /// Whether the response that was offered to it matches, or the answer that no matcher has accepted yet.
    pub(crate) accepts: Option<bool>,
    /// The recorded answer.
    pub(crate) answer: Option<RecordedAnswer<E>>,
}

/// How a recorded wait has ended.
pub(crate) enum RecordedAnswer<E> {
    Response(E),
    TimedOut,
}

impl<E: Clone> Replay<E> {
    pub(crate) fn new(waits: Vec<ReplayedWait<E>>) -> Self {
        let mut history = History::default();
        let mut offered = BTreeMap::new();
        for (at, mut wait) in waits.into_iter().enumerate() {
            if let Some(event) = wait.offered.take() {
                offered.insert(at, event);
            }
            history.waits.push(wait.record());
        }
        history.rewind();
        Self { history, offered, made: 0, open: BTreeSet::new() }
    }

    /// The step has made a wait.
    pub(crate) fn reach(&mut self, slot: u16, matcher: Option<&Matcher<E>>, has_timeout: bool) -> Reached<E> {
        let number = self.made;
        self.made += 1;
        let next = self.history.next(slot, matcher, has_timeout);
        if next.is_new {
            self.open.insert(number);
            return Reached { number, recorded: None, accepts: None, answer: None };
        }
        let at = next.at;
        self.history.replay(at);
        let mut verdict = None;
        if self.history.waits[at].is_unchecked()
            && let WaitOutcome::Answered(event) = &self.history.waits[at].outcome
        {
            let is_match = matcher.is_none_or(|accepts| accepts(event));
            verdict = Some(is_match);
            self.history.waits[at].check(is_match);
        }
        if let Some(event) = self.offered.remove(&at) {
            let is_match = match matcher {
                Some(accepts) => accepts(&event),
                None => true,
            };
            verdict = Some(is_match);
            if is_match {
                self.history.waits[at].outcome = WaitOutcome::Answered(event);
            }
        }
        let answer = match &self.history.waits[at].outcome {
            WaitOutcome::Answered(event) => Some(RecordedAnswer::Response(event.clone())),
            WaitOutcome::TimedOut => Some(RecordedAnswer::TimedOut),
            WaitOutcome::Pending | WaitOutcome::Dropped => None,
        };
        if answer.is_some() {
            self.history.supersede(at);
        } else {
            self.open.insert(number);
        }
        Reached { number, recorded: u32::try_from(at).ok(), accepts: verdict, answer }
    }

    /// The step has dropped a wait.
    pub(crate) fn release(&mut self, number: u32) {
        self.open.remove(&number);
    }

    /// Whether the step waits for a response that this call does not have.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.open.is_empty()
    }
}
