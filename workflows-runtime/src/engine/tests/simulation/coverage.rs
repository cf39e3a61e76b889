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
    pub(super) retries: u32,
    pub(super) immediate_retries: u32,
    pub(super) timeouts: u32,
    /// Times that who had begun before stood in line.
    pub(super) lined_up: u32,
    /// Executions that were dropped while they backed off or stood in line.
    pub(super) dropped_attempts: u32,
    pub(super) recoveries: u32,
    /// Recoveries in a line of events that had been through others.
    pub(super) more_recoveries: u32,
    /// Joins of lines of events with different recoveries.
    pub(super) joined_recoveries: u32,
    /// Failures that a handler would have taken, had its budget not been spent.
    pub(super) spent: u32,
    pub(super) failed_handlers: u32,
    pub(super) crashes: u32,
    /// Executions that began again after a crash.
    pub(super) begun_again: u32,
    /// Executions that backed off during a crash.
    pub(super) frozen_retries: u32,
    /// What was sent or asked again after a crash.
    pub(super) repeats: u32,
    pub(super) answers: u32,
    pub(super) answers_too_soon: u32,
    pub(super) waits_timed_out: u32,
    /// Waits that were pending during a crash.
    pub(super) waits_again: u32,
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
            retries: self.retries + other.retries,
            immediate_retries: self.immediate_retries + other.immediate_retries,
            timeouts: self.timeouts + other.timeouts,
            lined_up: self.lined_up + other.lined_up,
            dropped_attempts: self.dropped_attempts + other.dropped_attempts,
            recoveries: self.recoveries + other.recoveries,
            more_recoveries: self.more_recoveries + other.more_recoveries,
            joined_recoveries: self.joined_recoveries + other.joined_recoveries,
            spent: self.spent + other.spent,
            failed_handlers: self.failed_handlers + other.failed_handlers,
            crashes: self.crashes + other.crashes,
            begun_again: self.begun_again + other.begun_again,
            frozen_retries: self.frozen_retries + other.frozen_retries,
            repeats: self.repeats + other.repeats,
            answers: self.answers + other.answers,
            answers_too_soon: self.answers_too_soon + other.answers_too_soon,
            waits_timed_out: self.waits_timed_out + other.waits_timed_out,
            waits_again: self.waits_again + other.waits_again,
        }
    }
}
