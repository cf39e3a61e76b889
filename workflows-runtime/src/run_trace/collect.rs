//! From the records to the data.

use super::{
    attempt::AttemptRecord,
    data::{
        AttemptError, AttemptErrorKind, AttemptOutcome, AttemptTrace, EventCount, RunStatus, RunTrace, SegmentKind,
        StepSummary,
    },
    recorder::{Recording, Tree},
    run_record::{RunEnd, RunRecord, StepCounts},
};
use crate::{
    error::{Panicked, QueueTimedOut, RunError, StepError, StepTimedOut},
    graph::Table,
};
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, SystemTime},
};

/// A copy of the record of a run. Texts of errors are made of it after the lock: they are the user's code.
struct RunCopy {
    workflow: &'static str,
    id: String,
    table: &'static Table,
    event_ids: fn() -> Vec<Option<String>>,
    parent: Option<(u32, u64, u32)>,
    began_at: Duration,
    end: Option<(Duration, RunStatus, Option<RunError>)>,
    attempts: Vec<AttemptRecord>,
    discarded: u64,
    steps: Vec<StepCounts>,
    emitted: BTreeMap<(u16, Option<u16>), u64>,
    taken: BTreeMap<u16, u64>,
}

impl Recording {
    /// The trace of the run until now, with its children. `None` if the parent of a child has discarded it.
    pub(crate) fn trace(&self) -> Option<RunTrace> {
        let root = self.run();
        let (mut copies, at) = self.recorder().look(|tree, at| (copies(tree, root, at), at));
        let recorded_at = self.recorder().recorded_at;
        let mut traces: Children = HashMap::new();
        // A child has a higher number than its parent.
        while let Some(RunAt { number, copy, .. }) = copies.pop() {
            let parent = copy.parent;
            let trace = copy.trace(number, recorded_at, at, &mut traces);
            if number == root {
                return Some(trace);
            }
            if let Some(parent) = parent {
                traces.entry(parent).or_default().insert(0, trace);
            }
        }
        None
    }
}

/// The traces of child runs, by the run, the execution and the attempt that started them.
type Children = HashMap<(u32, u64, u32), Vec<RunTrace>>;

/// A run of the tree below the root.
struct RunAt {
    number: u32,
    depth: usize,
    copy: RunCopy,
}

/// The root and the runs below it, in ascending order of their numbers.
fn copies(tree: &Tree, root: u32, at: Duration) -> Vec<RunAt> {
    let mut copies: Vec<RunAt> = Vec::new();
    for (number, run) in tree.runs.range(root..) {
        let depth_of_parent = match run.parent {
            Some((parent, ..)) => match copies.binary_search_by_key(&parent, |run| run.number) {
                Ok(place) => Some(copies[place].depth),
                Err(_) => None,
            },
            None => None,
        };
        let depth = match depth_of_parent {
            _ if *number == root => 0,
            Some(depth) if depth < RunTrace::MAX_DEPTH => depth + 1,
            _ => continue,
        };
        copies.push(RunAt { number: *number, depth, copy: RunCopy::of(run, at) });
    }
    copies
}

impl RunCopy {
    fn of(run: &RunRecord, at: Duration) -> Self {
        let end = run.end.as_ref().map(|RunEnd { at, status, error }| (*at, *status, error.clone()));
        let ended = run.ended.iter().cloned();
        Self {
            workflow: run.workflow,
            id: run.id.clone(),
            table: run.table,
            event_ids: run.event_ids,
            parent: run.parent,
            began_at: run.began_at,
            end,
            attempts: ended.chain(run.open.values().map(|record| record.seen(at))).collect(),
            discarded: run.discarded,
            steps: run.steps.clone(),
            emitted: run.emitted.clone(),
            taken: run.taken.clone(),
        }
    }

    fn trace(self, number: u32, recorded_at: SystemTime, at: Duration, children: &mut Children) -> RunTrace {
        let Self { table, mut attempts, .. } = self;
        let name = |step: u16| table.steps[usize::from(step)].name;
        attempts.sort_by_key(|record| (record.queued_at, record.execution, record.attempt));
        let attempts: Vec<AttemptTrace> = attempts
            .into_iter()
            .map(|record| {
                let children = children.remove(&(number, record.execution, record.attempt)).unwrap_or_default();
                attempt_trace(record, name, children)
            })
            .collect();
        let (ended_at, status, error) = match self.end {
            Some((at, status, error)) => (Some(at), status, error.map(|error| error.to_string())),
            None => (None, RunStatus::Running, None),
        };
        let summary = |(step, counts)| summary(name(step), counts, &attempts);
        let steps = (0..).zip(self.steps).map(summary).collect();
        let (emitted, taken) = counts(table, &(self.event_ids)(), &self.emitted, &self.taken);
        RunTrace {
            workflow: self.workflow.to_owned(),
            run_id: self.id,
            recorded_at,
            began_at: self.began_at,
            ended_at,
            taken_at: ended_at.unwrap_or(at),
            status,
            error,
            steps,
            attempts,
            discarded: self.discarded,
            emitted,
            taken,
        }
    }
}

fn attempt_trace(record: AttemptRecord, name: impl Fn(u16) -> &'static str, children: Vec<RunTrace>) -> AttemptTrace {
    AttemptTrace {
        step: name(record.step).to_owned(),
        execution: record.execution,
        attempt: record.attempt,
        parents: record.parents.list(),
        batch: record.batch,
        queued_at: record.queued_at,
        started_at: record.started_at,
        ended_at: record.ended_at,
        queue_time: record.time(SegmentKind::Queued),
        run_time: record.time(SegmentKind::Running),
        suspended_time: record.time(SegmentKind::Suspended),
        executor_queue_time: record.time(SegmentKind::ExecutorQueue),
        state: record.state(),
        segments: record.segments,
        outcome: record.outcome,
        error: record.error.as_ref().map(attempt_error),
        overruns: record.overruns,
        abandoned: record.abandoned,
        children,
    }
}

fn attempt_error(error: &StepError) -> AttemptError {
    let kind = if error.is::<Panicked>() {
        AttemptErrorKind::Panic
    } else if error.is::<StepTimedOut>() {
        AttemptErrorKind::Timeout
    } else if error.is::<QueueTimedOut>() {
        AttemptErrorKind::QueueTimeout
    } else {
        AttemptErrorKind::Error
    };
    AttemptError { kind, message: error.to_string(), type_name: error.type_name().map(str::to_owned) }
}

fn summary(step: &str, counts: StepCounts, attempts: &[AttemptTrace]) -> StepSummary {
    let of_step = attempts.iter().filter(|attempt| attempt.step == step);
    let mut active = 0;
    let mut waiting = 0;
    let mut run_times = Vec::new();
    for attempt in of_step {
        match (attempt.outcome, attempt.started_at) {
            (AttemptOutcome::Pending, Some(_)) => active += 1,
            (AttemptOutcome::Pending, None) => waiting += 1,
            _ => run_times.push(attempt.run_time),
        }
    }
    run_times.sort_unstable();
    let StepCounts { executions, completed, retried, failed, cancelled, queued, .. } = counts;
    StepSummary {
        step: step.to_owned(),
        executions,
        attempts: counts.attempts,
        completed,
        retried,
        failed,
        cancelled,
        asked: counts.asked,
        queued: queued + waiting,
        active,
        run_time: counts.run_time,
        queue_time: counts.queue_time,
        run_time_p50: percentile(&run_times, 50),
        run_time_p99: percentile(&run_times, 99),
        run_time_max: counts.run_time_max,
    }
}

/// The smallest time that this share of the sorted times does not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// The events that steps have emitted and received, by name. Failures are no events.
fn counts(
    table: &Table,
    ids: &[Option<String>],
    emitted: &BTreeMap<(u16, Option<u16>), u64>,
    taken: &BTreeMap<u16, u64>,
) -> (Vec<EventCount>, Vec<EventCount>) {
    let id = |input: u16| ids.get(usize::from(input)).cloned().flatten();
    let name = |step: u16| table.steps[usize::from(step)].name.to_owned();
    let mut of_emitted = Vec::new();
    for ((step, input), count) in emitted {
        let event = match input {
            Some(input) => id(*input),
            None => ids.last().cloned().flatten(),
        };
        if let Some(event) = event {
            of_emitted.push(EventCount { step: name(*step), event, count: *count });
        }
    }
    let mut of_taken = Vec::new();
    for (input, count) in taken {
        if let (Some(event), Some(input)) = (id(*input), table.inputs.get(usize::from(*input))) {
            of_taken.push(EventCount { step: name(input.step), event, count: *count });
        }
    }
    (of_emitted, of_taken)
}
