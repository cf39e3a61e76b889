//! Which failures a line of events has recovered from: the budgets of `#[catch_error]`.
//!
//! A lineage is a number that travels with each event; 0 is that of a line without failures.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How often each handler has taken a failure, by the handler's step.
type Counts = Vec<(u16, u32)>;

/// All lineages of a run; most have none but 0. There are at most as many as the handlers' budgets
/// allow.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct RecoveryBudgets(Option<Box<Known>>);

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Known {
    /// Without the empty one, which has no entry.
    counts: Vec<Counts>,
    #[serde(with = "super::timer::pairs")]
    numbers: BTreeMap<Counts, u32>,
}

impl RecoveryBudgets {
    /// Whether nothing has recovered from anything.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn counts(&self, lineage: u32) -> &[(u16, u32)] {
        match (&self.0, lineage) {
            (None, _) | (_, 0) => &[],
            (Some(known), number) => &known.counts[number as usize - 1],
        }
    }

    /// How often `handler` has taken a failure in this line of events.
    pub(super) fn count(&self, lineage: u32, handler: u16) -> u32 {
        self.counts(lineage).iter().find(|(of, _)| *of == handler).map_or(0, |(_, count)| *count)
    }

    /// The line of events after one more failure that `handler` takes.
    pub(super) fn recovered(&mut self, lineage: u32, handler: u16) -> u32 {
        let mut counts = self.counts(lineage).to_vec();
        match counts.binary_search_by_key(&handler, |(of, _)| *of) {
            Ok(at) => counts[at].1 += 1,
            Err(at) => counts.insert(at, (handler, 1)),
        }
        self.number(counts)
    }

    /// Two lines of events that are joined: no budget is had twice.
    pub(super) fn joined(&mut self, one: u32, other: u32) -> u32 {
        if one == other || other == 0 {
            return one;
        }
        if one == 0 {
            return other;
        }
        let mut counts: BTreeMap<u16, u32> = self.counts(one).iter().copied().collect();
        for (handler, count) in self.counts(other) {
            let known = counts.entry(*handler).or_default();
            *known = (*known).max(*count);
        }
        self.number(counts.into_iter().collect())
    }

    fn number(&mut self, counts: Counts) -> u32 {
        let known = self.0.get_or_insert_default();
        if let Some(number) = known.numbers.get(&counts) {
            return *number;
        }
        known.counts.push(counts.clone());
        let number = u32::try_from(known.counts.len()).expect("fewer lineages than 2^32");
        known.numbers.insert(counts, number);
        number
    }
}
