//! One execution of a step, from its launch to its end.

use super::{Time, timer::TimerKey};
use serde::{Deserialize, Serialize};

/// Which execution: its place in the table, and its number in the run, so that a late word of a
/// finished one is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct ExecutionId {
    pub(crate) serial: u64,
    pub(crate) slot: u32,
}

/// The events with which a step is launched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Input<E> {
    One(E),
    Many(Vec<E>),
}

/// Where in the nest of batches something is: in which batch, and in which of its branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) batch: u32,
    pub(super) branch: u32,
}

impl Place {
    /// In `batch`, before all of its branches.
    pub(super) const fn in_batch(batch: u32) -> Self {
        Self { batch, branch: 0 }
    }
}

/// A running execution.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Execution<E> {
    pub(super) serial: u64,
    pub(super) step: u16,
    pub(super) attempt: u32,
    pub(super) place: Place,
    pub(super) started: Time,
    pub(super) timer: Option<TimerKey>,
    /// A copy of what it was launched with, where that may be needed again.
    pub(super) input: Option<Input<E>>,
}
