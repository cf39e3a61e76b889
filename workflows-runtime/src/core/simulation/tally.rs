//! How much of what can happen has happened.

/// How often the less common things have happened.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) launches: u32,
    pub(super) joins: u32,
    pub(super) empty_joins: u32,
    pub(super) unordered_joins: u32,
    pub(super) sets: u32,
    pub(super) races: u32,
    pub(super) root_races: u32,
    pub(super) root_joins: u32,
    pub(super) dropped_executions: u32,
    pub(super) dropped_queued: u32,
    pub(super) dropped_events: u32,
}

impl Tally {
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            launches: self.launches + other.launches,
            joins: self.joins + other.joins,
            empty_joins: self.empty_joins + other.empty_joins,
            unordered_joins: self.unordered_joins + other.unordered_joins,
            sets: self.sets + other.sets,
            races: self.races + other.races,
            root_races: self.root_races + other.root_races,
            root_joins: self.root_joins + other.root_joins,
            dropped_executions: self.dropped_executions + other.dropped_executions,
            dropped_queued: self.dropped_queued + other.dropped_queued,
            dropped_events: self.dropped_events + other.dropped_events,
        }
    }
}
