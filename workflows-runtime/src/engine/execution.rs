//! One execution of a step, from its launch to its end, over all of its attempts.

use super::{
    history::History,
    timer::{Time, TimerKey},
};
use crate::error::StepError;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// Which execution and which attempt of it: its place in the table, and its number in the run, so
/// that a late word of a finished one is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct ExecutionId {
    pub(crate) serial: u64,
    pub(crate) slot: u32,
    pub(crate) attempt: u32,
}

impl ExecutionId {
    /// That of no run, whose executions are numbered from 1.
    pub(crate) const DETACHED: Self = Self { serial: 0, slot: 0, attempt: 1 };
}

/// The events with which a step is launched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Input<E> {
    One(E),
    Many(Vec<E>),
}

impl<E> Input<E> {
    /// All of them, in order.
    pub(crate) fn events(&self) -> &[E] {
        match self {
            Self::One(event) => std::slice::from_ref(event),
            Self::Many(events) => events,
        }
    }
}

/// Where something is: in which batch, in which of its branches, and after which recoveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) batch: u32,
    pub(super) branch: u32,
    /// Which failures its line of events has recovered from; see [`super::recovery_budget`].
    pub(super) lineage: u32,
}

impl Place {
    /// In `batch`, before all of its branches.
    pub(super) const fn in_batch(batch: u32) -> Self {
        Self { batch, branch: 0, lineage: 0 }
    }
}

/// What an execution is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    /// It has a worker.
    Running,
    /// It waits for something from outside, without a worker.
    Suspended,
    /// Its answers are there, and it waits for a worker to go on.
    Woken,
    /// It waits for a worker to begin again, after a failure or a resume.
    Again,
    /// It has failed and is tried again later.
    Backoff,
}

/// An execution that is not over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Execution<E> {
    pub(super) serial: u64,
    pub(super) step: u16,
    pub(super) stage: Stage,
    pub(super) attempt: u32,
    pub(super) place: Place,
    /// When its first attempt began.
    pub(super) started: Time,
    /// What ends its attempt, or its backoff.
    pub(super) timer: Option<TimerKey>,
    /// A copy of what it was launched with, where that may be needed again.
    pub(super) input: Option<Input<E>>,
    /// How much this attempt has sent and asked.
    pub(super) sent: u32,
    /// How much of that it will do once more, since it began again after a resume.
    pub(super) repeats: u32,
    /// What most executions never have.
    pub(super) history: Option<Box<History<E>>>,
}

/// How an attempt ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LastFailure {
    pub(crate) error: StepError,
    pub(crate) at: SystemTime,
}

impl<E> Execution<E> {
    pub(super) fn id(&self, slot: u32) -> ExecutionId {
        ExecutionId { serial: self.serial, slot, attempt: self.attempt }
    }

    /// Whether it is this attempt, goes on, and has nothing on it that its end would have to see to.
    pub(super) fn is_plainly(&self, id: ExecutionId) -> bool {
        let is_it = self.serial == id.serial && self.attempt == id.attempt;
        is_it && self.stage == Stage::Running && self.history.is_none() && self.timer.is_none()
    }

    /// It has ended, and its worker goes on with another one in its place.
    pub(super) fn becomes(&mut self, serial: u64, now: Time, input: Option<Input<E>>) {
        (self.serial, self.attempt, self.started, self.input) = (serial, 1, now, input);
        (self.sent, self.repeats) = (0, 0);
    }

    /// It will begin at its top: nothing in it waits any more.
    pub(super) fn rewind(&mut self) {
        self.timer = None;
        if let Some(history) = &mut self.history {
            history.rewind();
        }
    }

    /// How many waits keep its body from going on.
    pub(super) fn pending(&self) -> usize {
        self.history.as_ref().map_or(0, |history| history.pending())
    }

    pub(super) fn history(&mut self) -> &mut History<E> {
        self.history.get_or_insert_default()
    }
}
