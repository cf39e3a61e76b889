//! The waits of executions.

use crate::engine::{timer::Time, waiters::Addressee};
use std::time::Duration;

/// Responses have the numbers `kind`, `kind + KINDS`, ...
pub(super) const KINDS: u64 = 8;

/// A wait in the script of an execution.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScriptedWait {
    /// The only kind of responses that it accepts.
    pub(super) kind: Option<u64>,
    pub(super) has_prompt: bool,
    pub(super) timeout: Option<Duration>,
    /// It is made while the one before is pending.
    pub(super) is_concurrent: bool,
}

impl ScriptedWait {
    pub(super) fn accepts(&self, response: u64) -> bool {
        self.kind.is_none_or(|kind| response % KINDS == kind)
    }
}

/// When a timer expires, and its number: those that expire together do so in the order in which they were set.
pub(super) type Timer = (Time, usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Pending,
    Answered(u64),
    TimedOut,
    Dropped,
}

/// The future of a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitFuture {
    /// The current attempt has reached the wait.
    Attached,
    /// It belonged to an earlier attempt.
    Detached,
    /// It was lost with the run, so the condition of the wait is unknown.
    Lost,
}

/// A wait that was made. Earlier ones are served first.
#[derive(Debug)]
pub(super) struct Wait {
    pub(super) of: usize,
    /// Its number in the history of its execution.
    pub(super) number: usize,
    pub(super) scripted: ScriptedWait,
    pub(super) prompt: Option<u32>,
    pub(super) outcome: Outcome,
    pub(super) timer: Option<Timer>,
    pub(super) future: WaitFuture,
    /// Neither it nor the waits behind it receive responses without a prompt.
    pub(super) is_blocked: bool,
    /// Its prompt is not open although it is pending: it had been dropped, and is blocked since it was reached again.
    pub(super) is_hidden: bool,
    pub(super) addressee: Addressee,
    /// Its earlier prompts. Their answers did not match.
    pub(super) rejected: Vec<u32>,
}

impl Wait {
    pub(super) fn is_pending(&self) -> bool {
        self.outcome == Outcome::Pending
    }

    pub(super) fn is_resolved(&self) -> bool {
        matches!(self.outcome, Outcome::Answered(_) | Outcome::TimedOut)
    }

    pub(super) fn is_reached(&self) -> bool {
        self.future == WaitFuture::Attached
    }

    pub(super) fn is_known(&self) -> bool {
        self.future != WaitFuture::Lost
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_pending() && !self.is_hidden
    }
}
