//! Decisions that depend on more than the state, for a replay of ticks.
//!
//! The matcher of a wait is code of the step, so it is no part of the state, and a replay cannot ask it. What a tick leads to
//! is recorded instead, in the order in which it is decided:
//!
//! | decided                                                  | decisions                                        |
//! |----------------------------------------------------------|--------------------------------------------------|
//! | which recorded wait a step has reached                   | `Recorded` or `New`                              |
//! | whether a wait accepts the answer to its prompt          | `Accepted`, `Rejected` or `Unchecked`            |
//! | which wait receives a response                           | `Wait` or `NoWait`                               |
//! | which buffered responses are delivered                   | a `Buffered` for each, in order, and `End`       |
//! | which timers expire                                      | `TimedOut` for that of an attempt, else `Timer`  |
//! | whether a dropped execution holds its worker             | `Held`, if it does                               |
//!
//! The timeout of an attempt depends on when its code began, on a thread or after a resume, and a worker is held if the
//! driver has started the execution. Neither is a part of the state.
//!
//! The last decisions of a tick are not recorded if they are `New`, `Accepted`, `NoWait`, `End` or `Timer`. So a tick
//! without any has an empty list, and so do ticks that were recorded before there were decisions.

use super::{
    definition::Definition,
    execution::Stage,
    history::NextWait,
    id::ExecutionId,
    machine::Machine,
    tick::WaitRequest,
    timed_out::TimedOut,
    waiters::{WaitId, WaiterKey},
};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Something that a replay does not decide again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Decision {
    /// The wait is the one at this place in the history of its execution.
    Recorded(usize),
    /// No recorded wait fits.
    New,
    Accepted,
    Rejected,
    /// The matcher of the wait is not known.
    Unchecked,
    /// The wait with this sequence number receives the response.
    Wait(u64),
    NoWait,
    /// The response at this place of the buffer leaves it, for the wait with this sequence number; otherwise for steps.
    Buffered(usize, Option<u64>),
    /// No other buffered response is delivered now.
    End,
    /// The timeout of an attempt has expired.
    TimedOut(TimedOut),
    /// A timer that is a part of the state has expired, before the next timeout of an attempt.
    Timer,
    /// The dropped execution with this serial holds its worker.
    Held(u64),
}

impl Decision {
    /// Whether it follows from the end of the list.
    fn is_implied(self) -> bool {
        matches!(self, Self::New | Self::Accepted | Self::NoWait | Self::End | Self::Timer)
    }
}

/// The decisions of one tick: those made so far, or those left to a replay.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    list: VecDeque<Decision>,
    is_replay: bool,
    /// What was decided cannot be replayed: it was decided of another state.
    is_mismatch: bool,
}

impl Decisions {
    pub(super) fn replay() -> Self {
        Self { is_replay: true, ..Self::default() }
    }

    /// Begins a tick, unless it is replayed.
    pub(super) fn begin_recorded(&mut self) {
        if !self.is_replay {
            self.list.clear();
        }
    }

    /// Begins the replay of a tick with these decisions.
    pub(super) fn begin(&mut self, decisions: Vec<Decision>) {
        self.list = decisions.into();
    }

    pub(super) fn is_replay(&self) -> bool {
        self.is_replay
    }

    /// Whether all decisions of the tick were replayed.
    pub(super) fn is_replayed(&self) -> bool {
        self.list.is_empty() && !self.is_mismatch
    }

    /// Takes the decisions of the last tick.
    pub(super) fn take(&mut self) -> Vec<Decision> {
        while let Some(last) = self.list.back()
            && last.is_implied()
        {
            self.list.pop_back();
        }
        std::mem::take(&mut self.list).into()
    }
}

/// Where a response goes that was buffered.
pub(super) struct Delivered {
    /// Its place in the buffer.
    pub(super) at: usize,
    /// The wait that receives it; otherwise the steps do.
    pub(super) wait: Option<WaitId>,
}

impl<D: Definition> Machine<D> {
    /// Records a decision, if ticks are recorded.
    pub(super) fn decided(&mut self, decision: Decision) {
        if let Some(gate) = &mut self.gate
            && !gate.decisions.is_replay
        {
            gate.decisions.list.push_back(decision);
        }
    }

    /// Whether decisions are replayed.
    pub(super) fn replays_decisions(&self) -> bool {
        self.gate.as_ref().is_some_and(|gate| gate.decisions.is_replay)
    }

    /// The next decision, in a replay. `None` at the end of the list: it is implied.
    fn next_decision(&mut self) -> Option<Decision> {
        self.gate.as_mut()?.decisions.list.pop_front()
    }

    fn mismatch(&mut self) {
        if let Some(gate) = &mut self.gate {
            gate.decisions.is_mismatch = true;
        }
    }

    /// The wait that a step reaches, in a replay.
    pub(super) fn replayed_next(&mut self, id: ExecutionId, request: &WaitRequest<D>) -> NextWait {
        let decision = self.next_decision();
        let history = self.state.executions[id.slot].history_mut();
        match decision {
            Some(Decision::Recorded(at)) if history.waits.get(at).is_some_and(|wait| wait.slot == request.slot) => {
                NextWait { at, is_new: false }
            }
            Some(Decision::New) | None => history.new_wait(),
            Some(_) => {
                let next = history.new_wait();
                self.mismatch();
                next
            }
        }
    }

    /// What a wait has decided on the answer to its prompt, in a replay.
    pub(super) fn replayed_check(&mut self) -> Decision {
        match self.next_decision() {
            Some(decision @ (Decision::Accepted | Decision::Rejected | Decision::Unchecked)) => decision,
            None => Decision::Accepted,
            Some(_) => {
                self.mismatch();
                Decision::Accepted
            }
        }
    }

    /// The wait that receives a response of this slot, in a replay.
    pub(super) fn replayed_wait(&mut self, slot: u16) -> Option<WaitId> {
        match self.next_decision() {
            Some(Decision::Wait(sequence)) => self.pending_wait((slot, sequence)),
            Some(Decision::NoWait) | None => None,
            Some(_) => {
                self.mismatch();
                None
            }
        }
    }

    /// The next buffered response of this slot that is delivered, in a replay.
    pub(super) fn replayed_delivery(&mut self, slot: u16) -> Option<Delivered> {
        match self.next_decision() {
            Some(Decision::Buffered(at, sequence)) => {
                let wait = match sequence {
                    Some(sequence) => Some(self.pending_wait((slot, sequence))?),
                    None => None,
                };
                if self.buffered(slot).is_none_or(|buffered| at >= buffered.len()) {
                    self.mismatch();
                    return None;
                }
                Some(Delivered { at, wait })
            }
            Some(Decision::End) | None => None,
            Some(_) => {
                self.mismatch();
                None
            }
        }
    }

    /// The next timeout of an attempt that expires, in a replay. `None` if another timer comes first, or none.
    pub(super) fn replayed_timeout(&mut self) -> Option<TimedOut> {
        let decisions = &mut self.gate.as_mut()?.decisions;
        if !decisions.is_replay {
            return None;
        }
        match decisions.list.front() {
            Some(Decision::TimedOut(timed_out)) => {
                let timed_out = *timed_out;
                decisions.list.pop_front();
                if self.execution(timed_out.execution).is_none_or(|execution| execution.stage != Stage::Running) {
                    self.mismatch();
                }
                Some(timed_out)
            }
            Some(Decision::Timer) => {
                decisions.list.pop_front();
                None
            }
            Some(_) | None => None,
        }
    }

    /// Whether the execution that is dropped holds its worker, in a replay.
    pub(super) fn replayed_hold(&mut self, serial: u64) -> bool {
        let Some(gate) = &mut self.gate else { return false };
        let is_held = gate.decisions.list.front() == Some(&Decision::Held(serial));
        if is_held {
            gate.decisions.list.pop_front();
        }
        is_held
    }

    fn pending_wait(&mut self, waiter: WaiterKey) -> Option<WaitId> {
        let found = self.state.waits.as_ref().and_then(|waits| waits.pending.get(&waiter).copied());
        if found.is_none() {
            self.mismatch();
        }
        found
    }

    /// The number of the wait in the registry.
    pub(super) fn sequence_of(&self, (slot, wait): WaitId) -> u64 {
        match &self.state.executions[slot].history {
            Some(history) => history.waits[wait].sequence,
            None => 0,
        }
    }
}
