//! One execution of a step, from its launch to its end, over all of its attempts.
//!
//! ```text
//!            launch                wait                    answer, if all waits are resolved
//!  (queued) --------> Running ------------> Suspended ----------------------------> Woken
//!                      |  ^ ^                   |  dropped all waits                   |
//!               failed |  | +-------------------+--------------------------------------+
//!                      v  |                                                free worker
//!                  Backoff --delay over--> Requeued --free worker--> Running
//! ```
//!
//! Every stage but `Running` holds no worker. An execution that returns, fails for good or is
//! cancelled by a race leaves the slab at any stage. A resume turns every stage but `Backoff` into
//! `Requeued`.

use super::{
    history::History,
    id::ExecutionId,
    timer::{Time, TimerKey},
};
use serde::{Deserialize, Serialize};

/// The events with which a step is launched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Input<E> {
    One(E),
    Many(Vec<E>),
}

impl<E> Input<E> {
    /// All events, in order of the step's parameters.
    pub(crate) fn events(&self) -> &[E] {
        match self {
            Self::One(event) => std::slice::from_ref(event),
            Self::Many(events) => events,
        }
    }
}

/// The position of an event or execution: its batch, its branch there, and its failure lineage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) batch: u32,
    pub(super) branch: u32,
    /// The failures from which it has recovered; see [`super::recovery_budget`].
    pub(super) lineage: u32,
}

impl Place {
    /// In `batch`, before all of its branches.
    pub(super) const fn in_batch(batch: u32) -> Self {
        Self { batch, branch: 0, lineage: 0 }
    }
}

/// The stage of an execution; the module header shows the transitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    /// Holds a worker.
    Running,
    /// Has pending waits and holds no worker.
    Suspended,
    /// All of its waits are resolved; queued for a worker.
    Woken,
    /// Starts again from the top, after a failure or a resume; queued for a worker.
    Requeued,
    /// Has failed; a timer requeues it.
    Backoff,
}

/// An execution that has not ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Execution<E> {
    pub(super) serial: u64,
    pub(super) step: u16,
    pub(super) stage: Stage,
    pub(super) attempt: u32,
    pub(super) place: Place,
    /// The start of the first attempt.
    pub(super) started: Time,
    /// The step timeout while it is running, the retry timer while it backs off.
    pub(super) timer: Option<TimerKey>,
    /// A copy of its input, if it may be launched again: the step is retried, its failure is handled,
    /// or the run may be snapshotted.
    pub(super) input: Option<Input<E>>,
    /// The number of events and prompts that this attempt has sent.
    pub(super) sent: u32,
    /// The number of sends to ignore: the same attempt made them before the run was resumed.
    pub(super) duplicates: u32,
    /// Boxed, since most executions have none.
    pub(super) history: Option<Box<History<E>>>,
}

impl<E> Execution<E> {
    /// The first attempt of an execution, which holds a worker.
    pub(super) fn launched(serial: u64, step: u16, place: Place, now: Time, input: Option<Input<E>>) -> Self {
        Self {
            serial,
            step,
            stage: Stage::Running,
            attempt: 1,
            place,
            started: now,
            timer: None,
            input,
            sent: 0,
            duplicates: 0,
            history: None,
        }
    }

    /// Replaces a returned execution by the first attempt of another one, as [`Self::launched`].
    ///
    /// Invariant: [`Self::is_plain`] holds, so the stage, the timer and the history need no reset.
    #[inline]
    pub(super) fn relaunch(&mut self, serial: u64, step: u16, place: Place, now: Time, input: Option<Input<E>>) {
        self.serial = serial;
        self.step = step;
        self.attempt = 1;
        self.place = place;
        self.started = now;
        self.input = input;
        self.sent = 0;
        self.duplicates = 0;
    }

    pub(super) fn id(&self, slot: u32) -> ExecutionId {
        ExecutionId { serial: self.serial, slot, attempt: self.attempt }
    }

    /// Whether this is the running attempt `id`, and has neither a timer nor a history to clean up.
    pub(super) fn is_plain(&self, id: ExecutionId) -> bool {
        self.serial == id.serial
            && self.attempt == id.attempt
            && self.stage == Stage::Running
            && self.history.is_none()
            && self.timer.is_none()
    }

    /// Prepares the next attempt, which starts from the top and replays the history.
    pub(super) fn rewind(&mut self) {
        self.timer = None;
        if let Some(history) = &mut self.history {
            history.rewind();
        }
    }

    /// The number of open waits without an answer.
    pub(super) fn pending(&self) -> usize {
        match &self.history {
            Some(history) => history.pending(),
            None => 0,
        }
    }

    /// The history, created on first use.
    pub(super) fn history_mut(&mut self) -> &mut History<E> {
        self.history.get_or_insert_default()
    }
}
