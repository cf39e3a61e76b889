//! The budgets of `#[catch_error]`: how often each handler has recovered the ancestors of an event.
//!
//! Each event carries a *lineage*, an index into the distinct combinations of recoveries in the run.
//! Lineage 0 has recovered from nothing. A recovery moves an event to another lineage; joined events
//! continue in a lineage with the maximum of each count, so no budget is spent twice.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The number of recoveries by each handler, sorted by the handler's step. Handlers without any have
/// no entry.
type Counts = Vec<(u16, u32)>;

/// The lineages of a run. Most runs have none but 0; the budgets bound their number.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct RecoveryBudgets(Option<Box<Lineages>>);

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Lineages {
    /// The counts of the lineages from 1.
    counts: Vec<Counts>,
    /// The lineage of each entry in `counts`.
    #[serde(with = "super::timer::pairs")]
    index: BTreeMap<Counts, u32>,
}

impl RecoveryBudgets {
    /// The counts of the lineages from 1.
    pub(super) fn lineages(&self) -> &[Vec<(u16, u32)>] {
        match &self.0 {
            Some(lineages) => &lineages.counts,
            None => &[],
        }
    }

    /// Whether each lineage is indexed by its counts.
    pub(super) fn is_indexed(&self) -> bool {
        let Some(lineages) = &self.0 else { return true };
        let has_index = |(number, counts)| lineages.index.get(counts) == Some(&number);
        lineages.index.len() == lineages.counts.len() && (1..).zip(&lineages.counts).all(has_index)
    }

    /// Whether there is no lineage but 0.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn counts(&self, lineage: u32) -> &[(u16, u32)] {
        match &self.0 {
            Some(lineages) if lineage > 0 => &lineages.counts[lineage as usize - 1],
            _ => &[],
        }
    }

    /// How often `handler` has recovered events of this lineage.
    pub(super) fn count(&self, lineage: u32, handler: u16) -> u32 {
        let counts = self.counts(lineage);
        match counts.binary_search_by_key(&handler, |(of, _)| *of) {
            Ok(at) => counts[at].1,
            Err(_) => 0,
        }
    }

    /// The lineage after one more recovery by `handler`.
    pub(super) fn recovered(&mut self, lineage: u32, handler: u16) -> u32 {
        let mut counts = self.counts(lineage).to_vec();
        match counts.binary_search_by_key(&handler, |(of, _)| *of) {
            Ok(at) => counts[at].1 += 1,
            Err(at) => counts.insert(at, (handler, 1)),
        }
        self.lineage_of(counts)
    }

    /// The lineage of an event that descends from both.
    pub(super) fn joined(&mut self, one: u32, other: u32) -> u32 {
        if one == other || other == 0 {
            return one;
        }
        if one == 0 {
            return other;
        }
        let mut counts: BTreeMap<u16, u32> = self.counts(one).iter().copied().collect();
        for (handler, count) in self.counts(other) {
            let joined = counts.entry(*handler).or_default();
            *joined = (*joined).max(*count);
        }
        self.lineage_of(counts.into_iter().collect())
    }

    fn lineage_of(&mut self, counts: Counts) -> u32 {
        let lineages = self.0.get_or_insert_default();
        if let Some(lineage) = lineages.index.get(&counts) {
            return *lineage;
        }
        lineages.counts.push(counts.clone());
        let lineage = u32::try_from(lineages.counts.len()).expect("a run has less than 2^32 lineages");
        lineages.index.insert(counts, lineage);
        lineage
    }
}
