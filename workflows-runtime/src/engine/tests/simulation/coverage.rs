//! Counters of the rarer behaviors. The tests assert that each was exercised often.

/// How often each behavior was exercised.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Coverage {
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
    /// Launches after which a requeued execution still waited for a worker.
    pub(super) requeued: u32,
    /// Executions that were cancelled while they backed off or were requeued.
    pub(super) dropped_attempts: u32,
    pub(super) recoveries: u32,
    /// Recoveries of a lineage that had recovered before.
    pub(super) repeated_recoveries: u32,
    /// Joins of events with different lineages.
    pub(super) joined_recoveries: u32,
    /// Failures whose handler had no budget left.
    pub(super) exhausted_budgets: u32,
    pub(super) failed_handlers: u32,
    pub(super) crashes: u32,
    /// Executions that were restarted after a crash.
    pub(super) restarted: u32,
    /// Executions that backed off at a crash.
    pub(super) backoffs_at_crash: u32,
    /// Sends that were ignored after a crash.
    pub(super) duplicates: u32,
    /// Workers that were held by dropped executions while another one waited for them.
    pub(super) held: u32,
    /// Executions that began on their thread, and those that did not in time.
    pub(super) begun: u32,
    pub(super) queue_timeouts: u32,
    pub(super) answers: u32,
    pub(super) early_answers: u32,
    pub(super) waits_timed_out: u32,
    /// Waits that were pending at a crash.
    pub(super) waits_at_crash: u32,
    /// Ticks since a snapshot that were replayed, with the feature `durable`. In these, the timeouts of attempts, the workers
    /// that are held, and the crashes.
    pub(super) replayed_ticks: u32,
    pub(super) replayed_timeouts: u32,
    pub(super) replayed_holds: u32,
    pub(super) replayed_crashes: u32,
    /// Replays that began while a worker was held.
    pub(super) held_at_snapshot: u32,
    pub(super) prompts: PromptCoverage,
}

/// How often each kind of answer was exercised.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PromptCoverage {
    /// Answers to waits that their attempt has reached.
    pub(super) open: u32,
    /// Answers to waits whose attempt has failed, and to those that were not reached since a resume.
    pub(super) detached: u32,
    pub(super) resumed: u32,
    /// Answers to prompts that are closed; of these, those that were answered before.
    pub(super) closed: u32,
    pub(super) repeated: u32,
    /// Answers to prompts of executions that have ended.
    pub(super) ended: u32,
    /// Answers on their way when the wait timed out or was dropped.
    pub(super) timed_out: u32,
    pub(super) dropped: u32,
    /// Answers that do not match, and those to waits whose condition was not known.
    pub(super) rejected: u32,
    pub(super) mismatched: u32,
    /// Answers to prompts without a wait.
    pub(super) without_wait: u32,
    /// Waits that were reached while their attempt replayed.
    pub(super) blocked: u32,
    pub(super) buffered: u32,
    /// Responses that an execution has not read before its end.
    pub(super) unread: u32,
    /// Ticks since a snapshot that were replayed while steps wait, with the feature `durable`. Of these, those that decide
    /// something; and the runs that were resumed from what they lead to.
    pub(super) replayed_ticks: u32,
    pub(super) replayed_decisions: u32,
    pub(super) restored_tails: u32,
}

impl PromptCoverage {
    fn and(self, other: Self) -> Self {
        Self {
            open: self.open + other.open,
            detached: self.detached + other.detached,
            resumed: self.resumed + other.resumed,
            closed: self.closed + other.closed,
            repeated: self.repeated + other.repeated,
            ended: self.ended + other.ended,
            timed_out: self.timed_out + other.timed_out,
            dropped: self.dropped + other.dropped,
            rejected: self.rejected + other.rejected,
            mismatched: self.mismatched + other.mismatched,
            without_wait: self.without_wait + other.without_wait,
            blocked: self.blocked + other.blocked,
            buffered: self.buffered + other.buffered,
            unread: self.unread + other.unread,
            replayed_ticks: self.replayed_ticks + other.replayed_ticks,
            replayed_decisions: self.replayed_decisions + other.replayed_decisions,
            restored_tails: self.restored_tails + other.restored_tails,
        }
    }
}

impl Coverage {
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
            requeued: self.requeued + other.requeued,
            dropped_attempts: self.dropped_attempts + other.dropped_attempts,
            recoveries: self.recoveries + other.recoveries,
            repeated_recoveries: self.repeated_recoveries + other.repeated_recoveries,
            joined_recoveries: self.joined_recoveries + other.joined_recoveries,
            exhausted_budgets: self.exhausted_budgets + other.exhausted_budgets,
            failed_handlers: self.failed_handlers + other.failed_handlers,
            crashes: self.crashes + other.crashes,
            restarted: self.restarted + other.restarted,
            backoffs_at_crash: self.backoffs_at_crash + other.backoffs_at_crash,
            duplicates: self.duplicates + other.duplicates,
            held: self.held + other.held,
            begun: self.begun + other.begun,
            queue_timeouts: self.queue_timeouts + other.queue_timeouts,
            answers: self.answers + other.answers,
            early_answers: self.early_answers + other.early_answers,
            waits_timed_out: self.waits_timed_out + other.waits_timed_out,
            waits_at_crash: self.waits_at_crash + other.waits_at_crash,
            replayed_ticks: self.replayed_ticks + other.replayed_ticks,
            replayed_timeouts: self.replayed_timeouts + other.replayed_timeouts,
            replayed_holds: self.replayed_holds + other.replayed_holds,
            replayed_crashes: self.replayed_crashes + other.replayed_crashes,
            held_at_snapshot: self.held_at_snapshot + other.held_at_snapshot,
            prompts: self.prompts.and(other.prompts),
        }
    }
}
