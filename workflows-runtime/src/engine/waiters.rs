//! The line of all who wait for answers, and the answers that nothing takes yet.

use super::timer::pairs;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::RangeInclusive,
};

/// A wait, by its execution's slot and its place in the execution.
pub(super) type WaitId = (u32, usize);

/// A wait's spot in the line: the slot of what it waits for, and its number among all waits of the
/// run.
pub(super) type WaiterKey = (u16, u64);

/// The whole line of a slot.
pub(super) const ALL: RangeInclusive<u64> = 0..=u64::MAX;

/// An answer that nothing takes yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct BufferedResponse<E> {
    pub(super) event: E,
    /// A wait has had it and did not look at it; the steps that take it have theirs.
    pub(super) returned: bool,
}

/// All that is waited for in a run, and what has come too soon.
///
/// What is kept is wanted by none of those who stand before the first that is [`unsure`](Self::unsure):
/// so whoever joins the line or leaves it changes little.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "E: Serialize", deserialize = "E: Deserialize<'de>"))]
pub(super) struct WaitRegistry<E> {
    /// How many there have been.
    made: u64,
    /// Those without an answer, in the order in which they were made.
    #[serde(with = "pairs")]
    pub(super) pending: BTreeMap<WaiterKey, WaitId>,
    /// Those of them that take nothing yet, nor let anybody behind them: it is not known what they
    /// want, since their bodies have not come to them again, or whether they still want anything.
    blocked: BTreeSet<WaiterKey>,
    /// Those of these whose bodies are there, and may come to what they have had already.
    pub(super) replaying: BTreeSet<WaiterKey>,
    /// Answers that nothing takes yet, by slot.
    #[serde(with = "pairs")]
    pub(super) buffered: BTreeMap<u16, VecDeque<BufferedResponse<E>>>,
}

impl<E> Default for WaitRegistry<E> {
    fn default() -> Self {
        Self {
            made: 0,
            pending: BTreeMap::new(),
            blocked: BTreeSet::new(),
            replaying: BTreeSet::new(),
            buffered: BTreeMap::new(),
        }
    }
}

impl<E> WaitRegistry<E> {
    /// The number of a wait that has not been there before.
    pub(super) fn next_number(&mut self) -> u64 {
        self.made += 1;
        self.made - 1
    }

    /// The body of a wait is there. One that is held takes nothing yet.
    pub(super) fn join(&mut self, waiter: WaiterKey, key: WaitId, is_replaying: bool) {
        self.pending.insert(waiter, key);
        if is_replaying {
            self.blocked.insert(waiter);
            self.replaying.insert(waiter);
        } else {
            self.unblock(waiter);
        }
    }

    /// What a wait wants is known from now on.
    pub(super) fn unblock(&mut self, waiter: WaiterKey) {
        self.blocked.remove(&waiter);
        self.replaying.remove(&waiter);
    }

    /// Takes a wait out of the line. Tells whether it kept anything from those behind it.
    pub(super) fn leave(&mut self, waiter: WaiterKey) -> bool {
        self.pending.remove(&waiter);
        self.replaying.remove(&waiter);
        self.blocked.remove(&waiter)
    }

    /// The body of a wait is gone, and begins again.
    pub(super) fn block(&mut self, waiter: WaiterKey) {
        self.replaying.remove(&waiter);
        self.blocked.insert(waiter);
    }

    /// The bodies of all waits are gone.
    pub(super) fn block_all(&mut self) {
        self.replaying.clear();
        self.blocked = self.pending.keys().copied().collect();
    }

    /// The first in the line of a slot that is unsure.
    pub(super) fn first_blocked(&self, slot: u16) -> Option<u64> {
        self.blocked.range((slot, 0)..=(slot, u64::MAX)).next().map(|(_, number)| *number)
    }

    /// Who stands in this part of a line.
    pub(super) fn within(&self, slot: u16, part: &RangeInclusive<u64>) -> impl Iterator<Item = (u64, WaitId)> {
        let part = self.pending.range((slot, *part.start())..=(slot, *part.end()));
        part.map(|((_, number), key)| (*number, *key))
    }
}
