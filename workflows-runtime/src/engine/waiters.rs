//! The registry of pending waits and buffered responses.
//!
//! Waits of one slot are served in order of their creation. A wait is
//!
//! * *open*: its matcher is known, and it receives the first response that matches;
//! * *blocked*: it receives nothing, and neither does any wait behind it. Its step has not reached it
//!   again since a failure or a resume, so its matcher is unknown;
//! * *replaying*, which implies blocked: its step has reached it, but may still replay a wait that was
//!   resolved first.
//!
//! A response that no wait and no step takes is buffered.

use super::timer::pairs;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::RangeInclusive,
};

/// Where a wait is recorded: the slot of its execution, and its index in the history.
pub(super) type WaitId = (u32, usize);

/// The key of a wait in the registry: the slot of its events, and its sequence number in the run.
pub(super) type WaiterKey = (u16, u64);

/// All sequence numbers of a slot.
pub(super) const ALL: RangeInclusive<u64> = 0..=u64::MAX;

/// Which waits may receive a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) enum Addressee {
    #[default]
    Anyone,
    /// Waits without a prompt: it answers a prompt that no wait belongs to.
    NoPrompt,
    /// The wait that has received it, and no other one: it answers its prompt.
    Prompt,
    /// As `Prompt`. The answer came before the step reached the wait again, so its matcher has yet to accept it.
    Unchecked,
}

impl Addressee {
    /// Whether the response is the answer to the prompt of a wait.
    pub(super) fn is_prompt(self) -> bool {
        matches!(self, Self::Prompt | Self::Unchecked)
    }
}

/// A response that no wait takes yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct BufferedResponse<E> {
    pub(super) event: E,
    /// A wait received it and was dropped without reading it. The steps that take this type have had
    /// their copies.
    pub(super) requeued: bool,
    pub(super) addressee: Addressee,
    /// The number of responses that were buffered before; 0 after a resume.
    #[serde(skip)]
    pub(super) arrival: u64,
    /// The sequence numbers of the waits whose matchers, elsewhere, have rejected it.
    #[cfg(feature = "engine")]
    #[serde(skip)]
    pub(super) rejected_by: Vec<u64>,
    /// Its number among the responses of the run; 0 if it is requeued, or before all others.
    #[cfg(feature = "engine")]
    #[serde(skip)]
    pub(super) received: u64,
}

impl<E> BufferedResponse<E> {
    pub(super) fn new(event: E, requeued: bool, addressee: Addressee) -> Self {
        Self {
            event,
            requeued,
            addressee,
            arrival: 0,
            #[cfg(feature = "engine")]
            rejected_by: Vec::new(),
            #[cfg(feature = "engine")]
            received: 0,
        }
    }
}

/// The pending waits of a run, and the responses that none of them takes.
///
/// Invariant: no buffered response matches any wait ahead of the first blocked one. Registering or
/// removing a wait therefore only needs to re-examine responses for that wait and those behind it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "E: Serialize", deserialize = "E: Deserialize<'de>"))]
pub(super) struct WaitRegistry<E> {
    /// The number of waits created so far.
    pub(super) created: u64,
    /// The waits without an answer, in the order in which they are served.
    #[serde(with = "pairs")]
    pub(super) pending: BTreeMap<WaiterKey, WaitId>,
    /// The pending waits that receive nothing.
    ///
    /// Invariant: a subset of `pending`.
    pub(super) blocked: BTreeSet<WaiterKey>,
    /// The blocked waits that their step has reached.
    ///
    /// Invariant: a subset of `blocked`.
    pub(super) replaying: BTreeSet<WaiterKey>,
    /// Responses that nothing takes yet, by slot, in order of arrival.
    ///
    /// Invariant: sorted by slot. A workflow waits for a few types at most.
    pub(super) buffered: Vec<(u16, VecDeque<BufferedResponse<E>>)>,
    /// The number of responses buffered so far, since the last resume.
    #[serde(skip)]
    pub(super) arrivals: u64,
    /// The number of responses received so far, since the registry exists or the last resume.
    #[cfg(feature = "engine")]
    #[serde(skip)]
    pub(super) received: u64,
}

impl<E> Default for WaitRegistry<E> {
    fn default() -> Self {
        Self {
            created: 0,
            pending: BTreeMap::new(),
            blocked: BTreeSet::new(),
            replaying: BTreeSet::new(),
            buffered: Vec::new(),
            arrivals: 0,
            #[cfg(feature = "engine")]
            received: 0,
        }
    }
}

impl<E> WaitRegistry<E> {
    /// Buffers a response that was offered to a wait where it was before, in the order in which responses are received.
    ///
    /// It is as new to all waits as those behind it: only so the newest response is the first or the last one.
    #[cfg(feature = "engine")]
    pub(super) fn take_back(&mut self, slot: u16, response: BufferedResponse<E>) {
        let mut arrivals = self.arrivals;
        let buffered = self.buffered_mut(slot);
        let later = buffered.iter().position(|other| other.received > response.received);
        let at = later.unwrap_or(buffered.len());
        buffered.insert(at, response);
        for response in buffered.range_mut(at..) {
            arrivals += 1;
            response.arrival = arrivals;
        }
        self.arrivals = arrivals;
    }

    /// Numbers the buffered responses in their order.
    #[cfg(feature = "engine")]
    pub(super) fn number_received(&mut self) {
        for response in self.buffered.iter_mut().flat_map(|(_, buffered)| buffered) {
            self.received += 1;
            response.received = self.received;
        }
    }

    /// Returns the sequence number of a new wait.
    pub(super) fn next_sequence(&mut self) -> u64 {
        self.created += 1;
        self.created - 1
    }

    /// Adds a wait that its step has reached.
    pub(super) fn register(&mut self, waiter: WaiterKey, wait: WaitId, is_replaying: bool) {
        self.pending.insert(waiter, wait);
        if is_replaying {
            self.blocked.insert(waiter);
            self.replaying.insert(waiter);
        } else {
            self.unblock(waiter);
        }
    }

    /// Lets a wait receive responses.
    pub(super) fn unblock(&mut self, waiter: WaiterKey) {
        self.blocked.remove(&waiter);
        self.replaying.remove(&waiter);
    }

    /// Removes a wait, and returns whether it was blocked.
    pub(super) fn remove(&mut self, waiter: WaiterKey) -> bool {
        self.pending.remove(&waiter);
        self.replaying.remove(&waiter);
        self.blocked.remove(&waiter)
    }

    /// Blocks a wait whose step starts again.
    pub(super) fn block(&mut self, waiter: WaiterKey) {
        self.replaying.remove(&waiter);
        self.blocked.insert(waiter);
    }

    /// Blocks all waits, since all steps start again.
    pub(super) fn block_all(&mut self) {
        self.replaying.clear();
        self.blocked = self.pending.keys().copied().collect();
    }

    /// The sequence number of the first blocked wait of a slot.
    pub(super) fn first_blocked(&self, slot: u16) -> Option<u64> {
        let (_, sequence) = self.blocked.range((slot, 0)..=(slot, u64::MAX)).next()?;
        Some(*sequence)
    }

    /// Those of these waits that are ahead of the first blocked one, in order.
    pub(super) fn unblocked(&self, slot: u16, sequences: &RangeInclusive<u64>) -> impl Iterator<Item = (u64, WaitId)> {
        let blocked = self.first_blocked(slot).unwrap_or(u64::MAX);
        self.range(slot, sequences).take_while(move |(sequence, _)| *sequence < blocked)
    }

    /// The buffered responses of a slot.
    pub(super) fn buffered(&self, slot: u16) -> Option<&VecDeque<BufferedResponse<E>>> {
        let (_, responses) = self.buffered.iter().find(|(of, _)| *of == slot)?;
        Some(responses)
    }

    /// The buffered responses of a slot, an empty list if there is none.
    pub(super) fn buffered_mut(&mut self, slot: u16) -> &mut VecDeque<BufferedResponse<E>> {
        let place = self.buffered.partition_point(|(of, _)| *of < slot);
        if self.buffered.get(place).is_none_or(|(of, _)| *of != slot) {
            self.buffered.insert(place, (slot, VecDeque::new()));
        }
        &mut self.buffered[place].1
    }

    /// The number of waits created so far.
    pub(super) fn created(&self) -> u64 {
        self.created
    }

    /// The pending waits of a slot with these sequence numbers, in order.
    pub(super) fn range(&self, slot: u16, sequences: &RangeInclusive<u64>) -> impl Iterator<Item = (u64, WaitId)> {
        let range = self.pending.range((slot, *sequences.start())..=(slot, *sequences.end()));
        range.map(|((_, sequence), wait)| (*sequence, *wait))
    }
}
