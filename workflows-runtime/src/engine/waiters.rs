//! The line of all who wait for answers, and the answers that nothing takes yet.

use super::timer::pairs;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::RangeInclusive,
};

/// A wait, by its execution's slot and its place in the execution.
pub(super) type WaitKey = (u32, usize);

/// A wait's spot in the line: the slot of what it waits for, and its number among all waits of the
/// run.
pub(super) type Spot = (u16, u64);

/// The whole line of a slot.
pub(super) const ALL: RangeInclusive<u64> = 0..=u64::MAX;

/// An answer that nothing takes yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept<E> {
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
pub(super) struct Waits<E> {
    /// How many there have been.
    made: u64,
    /// Those without an answer, in the order in which they were made.
    #[serde(with = "pairs")]
    pub(super) pending: BTreeMap<Spot, WaitKey>,
    /// Those of them that take nothing yet, nor let anybody behind them: it is not known what they
    /// want, since their bodies have not come to them again, or whether they still want anything.
    unsure: BTreeSet<Spot>,
    /// Those of these whose bodies are there, and may come to what they have had already.
    pub(super) held: BTreeSet<Spot>,
    /// Answers that nothing takes yet, by slot.
    #[serde(with = "pairs")]
    pub(super) kept: BTreeMap<u16, VecDeque<Kept<E>>>,
}

impl<E> Default for Waits<E> {
    fn default() -> Self {
        Self {
            made: 0,
            pending: BTreeMap::new(),
            unsure: BTreeSet::new(),
            held: BTreeSet::new(),
            kept: BTreeMap::new(),
        }
    }
}

impl<E> Waits<E> {
    /// The number of a wait that has not been there before.
    pub(super) fn next_number(&mut self) -> u64 {
        self.made += 1;
        self.made - 1
    }

    /// The body of a wait is there. One that is held takes nothing yet.
    pub(super) fn join(&mut self, spot: Spot, key: WaitKey, is_held: bool) {
        self.pending.insert(spot, key);
        if is_held {
            self.unsure.insert(spot);
            self.held.insert(spot);
        } else {
            self.let_in(spot);
        }
    }

    /// What a wait wants is known from now on.
    pub(super) fn let_in(&mut self, spot: Spot) {
        self.unsure.remove(&spot);
        self.held.remove(&spot);
    }

    /// Takes a wait out of the line. Tells whether it kept anything from those behind it.
    pub(super) fn leave(&mut self, spot: Spot) -> bool {
        self.pending.remove(&spot);
        self.held.remove(&spot);
        self.unsure.remove(&spot)
    }

    /// The body of a wait is gone, and begins again.
    pub(super) fn body_is_gone(&mut self, spot: Spot) {
        self.held.remove(&spot);
        self.unsure.insert(spot);
    }

    /// The bodies of all waits are gone.
    pub(super) fn all_bodies_are_gone(&mut self) {
        self.held.clear();
        self.unsure = self.pending.keys().copied().collect();
    }

    /// The first in the line of a slot that is unsure.
    pub(super) fn first_unsure(&self, slot: u16) -> Option<u64> {
        self.unsure.range((slot, 0)..=(slot, u64::MAX)).next().map(|(_, number)| *number)
    }

    /// Who stands in this part of a line.
    pub(super) fn within(&self, slot: u16, part: &RangeInclusive<u64>) -> impl Iterator<Item = (u64, WaitKey)> {
        let part = self.pending.range((slot, *part.start())..=(slot, *part.end()));
        part.map(|((_, number), key)| (*number, *key))
    }
}
