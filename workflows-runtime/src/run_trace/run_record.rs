//! One run while it is recorded.

use super::{
    attempt::{AttemptRecord, Parents},
    data::{AttemptOutcome, RunStatus, SegmentKind},
};
use crate::{
    error::{RunError, StepError},
    graph::Table,
};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

#[derive(Debug)]
pub(super) struct RunRecord {
    pub(super) workflow: &'static str,
    pub(super) id: String,
    pub(super) table: &'static Table,
    /// The id of each input's event.
    pub(super) event_ids: fn() -> Vec<Option<String>>,
    /// The run, the execution and the attempt that started it.
    pub(super) parent: Option<(u32, u64, u32)>,
    pub(super) began_at: Duration,
    pub(super) end: Option<RunEnd>,
    /// The attempts that have not ended, by execution.
    pub(super) open: HashMap<u64, AttemptRecord>,
    /// In the order of their ends.
    pub(super) ended: VecDeque<AttemptRecord>,
    /// The parents of executions that wait for their retry.
    pub(super) retrying: HashMap<u64, Parents>,
    pub(super) discarded: u64,
    pub(super) steps: Vec<StepCounts>,
    /// By step and by the first input that takes the event. `None` is a result of the run.
    pub(super) emitted: BTreeMap<(u16, Option<u16>), u64>,
    /// By input.
    pub(super) taken: BTreeMap<u16, u64>,
    /// The number of batches opened so far.
    pub(super) batches: u64,
}

#[derive(Debug)]
pub(super) struct RunEnd {
    pub(super) at: Duration,
    pub(super) status: RunStatus,
    pub(super) error: Option<RunError>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct StepCounts {
    pub(super) executions: u64,
    pub(super) attempts: u64,
    pub(super) completed: u64,
    pub(super) retried: u64,
    pub(super) failed: u64,
    pub(super) cancelled: u64,
    /// The prompts that it has published.
    pub(super) asked: u64,
    /// The inputs that wait for a worker.
    pub(super) queued: u64,
    pub(super) run_time: Duration,
    pub(super) queue_time: Duration,
    pub(super) run_time_max: Duration,
}

impl RunRecord {
    pub(super) fn step(&mut self, step: u16) -> Option<&mut StepCounts> {
        self.steps.get_mut(usize::from(step))
    }

    /// Adds an attempt, unless it is known.
    pub(super) fn add(&mut self, record: AttemptRecord) {
        self.open.entry(record.execution).or_insert(record);
    }

    /// Ends an attempt. Returns whether it was open.
    pub(super) fn end_attempt(
        &mut self,
        execution: u64,
        outcome: AttemptOutcome,
        error: Option<StepError>,
        at: Duration,
    ) -> bool {
        let Some(mut record) = self.open.remove(&execution) else { return false };
        record.end(outcome, error, at);
        let (run_time, queue_time) = (record.time(SegmentKind::Running), record.time(SegmentKind::Queued));
        if let Some(counts) = self.step(record.step) {
            match outcome {
                AttemptOutcome::Completed => counts.completed += 1,
                AttemptOutcome::Retried { .. } => counts.retried += 1,
                AttemptOutcome::Failed => counts.failed += 1,
                AttemptOutcome::Cancelled | AttemptOutcome::Pending => counts.cancelled += 1,
            }
            counts.run_time += run_time;
            counts.queue_time += queue_time;
            counts.run_time_max = counts.run_time_max.max(run_time);
        }
        if let AttemptOutcome::Retried { .. } = outcome {
            self.retrying.insert(execution, record.parents.clone());
        }
        self.ended.push_back(record);
        true
    }
}
