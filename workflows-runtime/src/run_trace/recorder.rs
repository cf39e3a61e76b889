//! The recorder: the trace of a run and of its children while they run.

use super::{
    attempt::{AttemptRecord, Parents, Stage},
    data::{AttemptOutcome, BatchPlace, RunStatus},
    run_record::{RunEnd, RunRecord, StepCounts},
};
use crate::{
    error::{RunError, StepError},
    graph::Table,
    step_event::{StepEvent, StepPhase},
    sync::{Mutex, MutexGuard, OnceLock},
};
use core::fmt;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, PoisonError},
    time::{Duration, SystemTime},
};
use tokio::time::Instant;

/// The recorder as one run uses it. `Clone` is cheap.
#[derive(Clone)]
pub(crate) struct Recording(Arc<RecordingOfRun>);

struct RecordingOfRun {
    recorder: Arc<Recorder>,
    run: u32,
}

/// Records a run and its children.
pub(super) struct Recorder {
    /// When the run's time was `before`. Not set before the run starts: it may wait for a permit.
    began: OnceLock<Instant>,
    before: Duration,
    pub(super) recorded_at: SystemTime,
    limit: usize,
    tree: Mutex<Tree>,
}

/// Invariant: `order` has one entry for each attempt that has ended and each child that has, and at most `limit`.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) runs: BTreeMap<u32, RunRecord>,
    next: u32,
    last: Duration,
    order: VecDeque<Ended>,
}

/// What is discarded once the limit is reached, in the order of the ends.
#[derive(Debug, Clone, Copy)]
enum Ended {
    /// The first attempt of this run that has ended.
    Attempt(u32),
    /// A child, whose attempts have ended before.
    Child(u32),
}

/// What a recorder must know of a run.
pub(crate) struct RunSpec {
    pub(crate) workflow: &'static str,
    pub(crate) id: String,
    pub(crate) table: &'static Table,
    /// The id of each input's event.
    pub(crate) event_ids: fn() -> Vec<Option<String>>,
}

/// An execution that is launched for the first time.
pub(crate) struct Launched {
    pub(crate) step: u16,
    pub(crate) execution: u64,
    pub(crate) parents: Parents,
    pub(crate) batch: Option<BatchPlace>,
    /// When its input was complete.
    pub(crate) queued_at: Duration,
}

impl Recording {
    /// Begins to record a run. `before` is its time.
    pub(crate) fn begin(spec: RunSpec, limit: usize, before: Duration) -> Self {
        let recorder = Recorder {
            began: OnceLock::new(),
            before,
            recorded_at: SystemTime::now(),
            limit: limit.max(1),
            tree: Mutex::new(Tree::default()),
        };
        Self::of(Arc::new(recorder), spec, None)
    }

    /// Begins to record a child that this attempt has started.
    pub(crate) fn child(&self, execution: u64, attempt: u32, spec: RunSpec) -> Self {
        Self::of(Arc::clone(&self.0.recorder), spec, Some((self.0.run, execution, attempt)))
    }

    fn of(recorder: Arc<Recorder>, spec: RunSpec, parent: Option<(u32, u64, u32)>) -> Self {
        let RunSpec { workflow, id, table, event_ids } = spec;
        let (mut tree, now) = recorder.tree_now();
        let at = if parent.is_some() { now } else { recorder.before };
        let run = tree.next;
        tree.next += 1;
        let record = RunRecord {
            workflow,
            id,
            table,
            event_ids,
            parent,
            began_at: at,
            end: None,
            open: HashMap::new(),
            ended: VecDeque::new(),
            retrying: HashMap::new(),
            discarded: 0,
            steps: vec![StepCounts::default(); table.steps.len()],
            emitted: BTreeMap::new(),
            taken: BTreeMap::new(),
            batches: 0,
        };
        tree.runs.insert(run, record);
        drop(tree);
        Self(Arc::new(RecordingOfRun { recorder, run }))
    }

    /// The run starts. Has no effect after the first call, so a child continues on the clock of its parent.
    pub(crate) fn start_clock(&self) {
        self.0.recorder.began.get_or_init(Instant::now);
    }

    /// The time of the run that is recorded.
    pub(crate) fn now(&self) -> Duration {
        self.0.recorder.now()
    }

    pub(super) fn run(&self) -> u32 {
        self.0.run
    }

    pub(super) fn recorder(&self) -> &Recorder {
        &self.0.recorder
    }

    /// Changes the record of this run with the current time, if there still is one.
    fn change(&self, change: impl FnOnce(&mut RunRecord, Duration)) {
        let (mut tree, at) = self.0.recorder.tree_now();
        if let Some(run) = tree.runs.get_mut(&self.0.run) {
            change(run, at);
        }
    }

    /// Changes the record of an attempt that has not ended.
    pub(super) fn with_attempt(&self, execution: u64, attempt: u32, change: impl FnOnce(&mut AttemptRecord, Duration)) {
        self.change(|run, at| {
            if let Some(record) = run.open.get_mut(&execution)
                && record.attempt == attempt
            {
                change(record, at);
            }
        });
    }

    /// Inputs wait for a worker of `step`.
    pub(crate) fn queued(&self, step: u16, inputs: usize) {
        self.change(|run, _| {
            if let Some(counts) = run.step(step) {
                counts.queued += inputs as u64;
            }
        });
    }

    /// An input has left the queue of `step`.
    pub(crate) fn left_queue(&self, step: u16) {
        self.change(|run, _| {
            if let Some(counts) = run.step(step) {
                counts.queued = counts.queued.saturating_sub(1);
            }
        });
    }

    pub(crate) fn launched(&self, launched: Launched) {
        let Launched { step, execution, parents, batch, queued_at } = launched;
        self.change(|run, at| {
            if let Some(counts) = run.step(step) {
                counts.executions += 1;
            }
            run.add(AttemptRecord::queued(step, (execution, 1), parents, batch, queued_at.min(at)));
        });
    }

    /// A further attempt of an execution waits for a worker.
    pub(crate) fn requeued(&self, step: u16, execution: u64, attempt: u32, batch: Option<BatchPlace>) {
        self.change(|run, at| {
            let parents = run.retrying.remove(&execution).unwrap_or_default();
            run.add(AttemptRecord::queued(step, (execution, attempt), parents, batch, at));
        });
    }

    /// The execution waits for responses.
    pub(crate) fn suspended(&self, execution: u64, attempt: u32) {
        self.with_attempt(execution, attempt, |record, at| record.enter(Stage::Suspended, at));
    }

    /// The execution has its responses, and waits for a worker.
    pub(crate) fn woken(&self, execution: u64, attempt: u32) {
        self.with_attempt(execution, attempt, |record, at| record.enter(Stage::Queued, at));
    }

    /// The execution has a worker again.
    pub(crate) fn resumed(&self, execution: u64, attempt: u32) {
        self.with_attempt(execution, attempt, |record, at| record.enter(Stage::Running, at));
    }

    /// Records a phase that the driver reports. The engine reports the ends of attempts by [`Self::ended`].
    pub(crate) fn phase(&self, step: u16, event: &StepEvent) {
        let StepEvent { execution, attempt, phase, .. } = *event;
        match phase {
            StepPhase::Running => self.change(|run, at| {
                if let Some(counts) = run.step(step) {
                    counts.attempts += 1;
                }
                if let Some(record) = run.open.get_mut(&execution) {
                    record.start(at);
                }
            }),
            StepPhase::Overrun => self.with_attempt(execution, attempt, |record, _| record.overruns += 1),
            StepPhase::Done
            | StepPhase::Retrying { .. }
            | StepPhase::Failed
            | StepPhase::Dropped
            | StepPhase::Abandoned => {}
        }
    }

    /// Blocking code of the attempt outlives it.
    pub(crate) fn abandoned(&self, execution: u64, attempt: u32) {
        self.change(|run, _| {
            let open = run.open.get_mut(&execution).into_iter();
            let mut records = open.chain(run.ended.iter_mut().rev());
            if let Some(record) = records.find(|record| (record.execution, record.attempt) == (execution, attempt)) {
                record.abandoned = true;
            }
        });
    }

    /// An attempt has ended.
    pub(crate) fn ended(&self, execution: u64, phase: StepPhase, error: Option<&StepError>) {
        let outcome = match phase {
            StepPhase::Done => AttemptOutcome::Completed,
            StepPhase::Retrying { after } => AttemptOutcome::Retried { after },
            StepPhase::Failed => AttemptOutcome::Failed,
            StepPhase::Dropped => AttemptOutcome::Cancelled,
            StepPhase::Running | StepPhase::Overrun | StepPhase::Abandoned => return,
        };
        let discarded = {
            let (mut tree, at) = self.0.recorder.tree_now();
            let Some(run) = tree.runs.get_mut(&self.0.run) else { return };
            if run.end_attempt(execution, outcome, error.cloned(), at) {
                tree.order.push_back(Ended::Attempt(self.0.run));
            }
            tree.discard(self.0.recorder.limit)
        };
        drop(discarded);
    }

    /// The number of a new batch.
    pub(crate) fn next_batch(&self) -> u64 {
        let mut number = 0;
        self.change(|run, _| {
            run.batches += 1;
            number = run.batches;
        });
        number
    }

    /// A step has emitted events. `input` is the first one that takes them, `None` the end of the run.
    pub(crate) fn emitted(&self, step: u16, input: Option<u16>, events: usize) {
        self.change(|run, _| *run.emitted.entry((step, input)).or_default() += events as u64);
    }

    /// A step has published a prompt.
    pub(crate) fn asked(&self, step: u16) {
        self.change(|run, _| {
            if let Some(counts) = run.step(step) {
                counts.asked += 1;
            }
        });
    }

    /// Events were given to an input.
    pub(crate) fn taken(&self, input: u16, events: usize) {
        self.change(|run, _| *run.taken.entry(input).or_default() += events as u64);
    }

    /// The run has ended. Attempts that have not are cancelled. Has no effect after the first call.
    pub(crate) fn run_ended(&self, error: Option<&RunError>) {
        let status = match error {
            None => RunStatus::Completed,
            Some(RunError::Cancelled) => RunStatus::Cancelled,
            Some(_) => RunStatus::Failed,
        };
        let error = if status == RunStatus::Failed { error.cloned() } else { None };
        let discarded = {
            let (mut tree, at) = self.0.recorder.tree_now();
            let Some(run) = tree.runs.get_mut(&self.0.run) else { return };
            if run.end.is_some() {
                return;
            }
            run.end = Some(RunEnd { at, status, error });
            for counts in &mut run.steps {
                counts.queued = 0;
            }
            run.retrying.clear();
            let mut open: Vec<u64> = run.open.keys().copied().collect();
            open.sort_unstable();
            let is_child = run.parent.is_some();
            for execution in &open {
                run.end_attempt(*execution, AttemptOutcome::Cancelled, None, at);
            }
            tree.order.extend(open.iter().map(|_| Ended::Attempt(self.0.run)));
            if is_child {
                tree.order.push_back(Ended::Child(self.0.run));
            }
            tree.discard(self.0.recorder.limit)
        };
        drop(discarded);
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").field("run", &self.0.run).finish_non_exhaustive()
    }
}

impl Recorder {
    fn now(&self) -> Duration {
        match self.began.get() {
            Some(began) => self.before + began.elapsed(),
            None => self.before,
        }
    }

    /// The records, and the time. It never decreases: outside of a runtime whose clock is paused, tokio's clock is another.
    fn tree_now(&self) -> (MutexGuard<'_, Tree>, Duration) {
        let mut tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        tree.last = tree.last.max(self.now());
        let at = tree.last;
        (tree, at)
    }

    /// Calls `look` under the lock.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Tree, Duration) -> T) -> T {
        let (tree, at) = self.tree_now();
        look(&tree, at)
    }
}

/// What was discarded. Dropped after the lock: errors are of user types.
type Discarded = (Vec<AttemptRecord>, Vec<RunRecord>);

impl Tree {
    fn discard(&mut self, limit: usize) -> Discarded {
        let mut discarded_attempts = Vec::new();
        let mut discarded_runs = Vec::new();
        while self.order.len() > limit
            && let Some(oldest) = self.order.pop_front()
        {
            match oldest {
                Ended::Attempt(run) => {
                    let Some(record) = self.runs.get_mut(&run) else { continue };
                    if let Some(attempt) = record.ended.pop_front() {
                        record.discarded += 1;
                        discarded_attempts.push(attempt);
                    }
                }
                Ended::Child(run) => {
                    let Some(record) = self.runs.remove(&run) else { continue };
                    if let Some((parent, ..)) = record.parent
                        && let Some(parent) = self.runs.get_mut(&parent)
                    {
                        parent.discarded += record.discarded;
                    }
                    discarded_runs.push(record);
                }
            }
        }
        (discarded_attempts, discarded_runs)
    }
}

/// The recording of a run, owned by it: a run that is dropped was cancelled.
pub(crate) struct RecordedRun(pub(crate) Recording);

impl Drop for RecordedRun {
    fn drop(&mut self) {
        self.0.run_ended(Some(&RunError::Cancelled));
    }
}
