//! The metrics of runs and pools.
//!
//! Each value is registered where it is recorded, so a recorder may be installed at any time, and a local recorder of a
//! test receives what its thread does.

use super::RunEnd;
use crate::step_event::{StepEvent, StepPhase};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// The names of the metrics, and their descriptions.
pub(crate) mod names {
    use metrics::Unit;

    /// Gauge: the runs that have begun and have no result yet. Label `workflow`.
    pub const RUNS_LIVE: &str = "workflows_runs_live";
    /// Counter: the runs that have ended. Labels `workflow`, and `outcome`: `completed`, `failed` or `cancelled`.
    pub const RUNS: &str = "workflows_runs_total";
    /// Histogram: the time from the start to the end of a run, in seconds. Labels as for [`RUNS`].
    pub const RUN_SECONDS: &str = "workflows_run_seconds";
    /// Histogram: the time from the start of an execution's first attempt to its end, in seconds. Labels `workflow`,
    /// `step`, and `outcome`: `done`, `failed`, or `dropped` if its batch is complete.
    pub const STEP_SECONDS: &str = "workflows_step_seconds";
    /// Counter: the failed attempts that are retried. Labels `workflow` and `step`.
    pub const STEP_RETRIES: &str = "workflows_step_retries_total";
    /// Counter: the polls that took longer than the poll budget. Labels `workflow` and `step`, which has all names if
    /// several steps may have been the cause.
    pub const OVERRUNS: &str = "workflows_overruns_total";
    /// Gauge: the jobs that wait for a thread of an executor. Label `pool`: `io`, `cpu`, or the name of a pool.
    pub const POOL_QUEUED: &str = "workflows_pool_queued";
    /// Gauge: the jobs that run on a thread of an executor. Label `pool`. Those that wait for other blocking work do
    /// not count against [`POOL_LIMIT`], so there may be more.
    pub const POOL_RUNNING: &str = "workflows_pool_running";
    /// Gauge: how many jobs of an executor may run at once. Label `pool`. Set when a job is queued.
    pub const POOL_LIMIT: &str = "workflows_pool_limit";
    /// Histogram: the time for which a job has waited for a thread, in seconds. Label `pool`.
    pub const POOL_WAIT_SECONDS: &str = "workflows_pool_wait_seconds";

    /// Describes all metrics to the recorder that is installed, with their units.
    ///
    /// Call it once after the recorder is installed. Metrics are recorded without it as well.
    pub fn describe() {
        metrics::describe_gauge!(RUNS_LIVE, Unit::Count, "Runs that have begun and have no result yet.");
        metrics::describe_counter!(RUNS, Unit::Count, "Runs that have ended.");
        metrics::describe_histogram!(RUN_SECONDS, Unit::Seconds, "Time from the start to the end of a run.");
        metrics::describe_histogram!(STEP_SECONDS, Unit::Seconds, "Time from the first attempt of a step to its end.");
        metrics::describe_counter!(STEP_RETRIES, Unit::Count, "Failed attempts that are retried.");
        metrics::describe_counter!(OVERRUNS, Unit::Count, "Polls that took longer than the poll budget.");
        metrics::describe_gauge!(POOL_QUEUED, Unit::Count, "Blocking jobs that wait for a thread.");
        metrics::describe_gauge!(POOL_RUNNING, Unit::Count, "Blocking jobs that run.");
        metrics::describe_gauge!(POOL_LIMIT, Unit::Count, "Blocking jobs that may run at once.");
        metrics::describe_histogram!(POOL_WAIT_SECONDS, Unit::Seconds, "Time for which a job has waited for a thread.");
    }
}

/// Measures one run.
pub(crate) struct RunMeter {
    workflow: &'static str,
    began: Instant,
    /// When the executions began, by their numbers. `None` after the end of the run. Not locked while the recorder is
    /// called.
    executions: Mutex<Option<HashMap<u64, Instant>>>,
}

impl RunMeter {
    /// Begins to measure a run.
    pub(crate) fn open(workflow: &'static str) -> Self {
        metrics::gauge!(names::RUNS_LIVE, "workflow" => workflow).increment(1.0);
        Self { workflow, began: Instant::now(), executions: Mutex::new(Some(HashMap::new())) }
    }

    /// Records that an execution enters a phase.
    pub(crate) fn phase(&self, event: &StepEvent) {
        let outcome = match event.phase {
            StepPhase::Running => {
                if let Some(executions) = self.executions().as_mut() {
                    executions.entry(event.execution).or_insert_with(Instant::now);
                }
                return;
            }
            StepPhase::Retrying { .. } => {
                metrics::counter!(names::STEP_RETRIES, "workflow" => self.workflow, "step" => event.step).increment(1);
                return;
            }
            StepPhase::Done => "done",
            StepPhase::Failed => "failed",
            StepPhase::Dropped => "dropped",
            // Counted where they are found, also by runs that report no phases.
            StepPhase::Overrun | StepPhase::Abandoned => return,
        };
        let began = self.executions().as_mut().and_then(|executions| executions.remove(&event.execution));
        let Some(began) = began else { return };
        let labels = [("workflow", self.workflow), ("step", event.step), ("outcome", outcome)];
        metrics::histogram!(names::STEP_SECONDS, &labels).record(began.elapsed());
    }

    /// Records the end of the run. Has no effect after the first call.
    pub(crate) fn end(&self, end: RunEnd) {
        if self.executions().take().is_none() {
            return;
        }
        let outcome = match end {
            RunEnd::Completed => "completed",
            RunEnd::Failed => "failed",
            RunEnd::Cancelled => "cancelled",
        };
        let labels = [("workflow", self.workflow), ("outcome", outcome)];
        metrics::gauge!(names::RUNS_LIVE, "workflow" => self.workflow).decrement(1.0);
        metrics::counter!(names::RUNS, &labels).increment(1);
        metrics::histogram!(names::RUN_SECONDS, &labels).record(self.began.elapsed());
    }

    fn executions(&self) -> MutexGuard<'_, Option<HashMap<u64, Instant>>> {
        self.executions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run that is dropped is cancelled.
impl Drop for RunMeter {
    fn drop(&mut self) {
        self.end(RunEnd::Cancelled);
    }
}

/// Counts a poll of one of these steps that took too long.
pub(crate) fn overrun(workflow: &'static str, steps: &str) {
    metrics::counter!(names::OVERRUNS, "workflow" => workflow, "step" => steps.to_owned()).increment(1);
}

/// Counts a job that waits for a thread of a pool.
pub(crate) fn job_queued(pool: &str, limit: usize) {
    #[allow(clippy::cast_precision_loss, reason = "the number of threads is small")]
    metrics::gauge!(names::POOL_LIMIT, "pool" => pool.to_owned()).set(limit as f64);
    queued(pool).increment(1.0);
}

/// Counts jobs that were removed from the queue of a pool before they started.
pub(crate) fn job_dequeued(pool: &str, jobs: usize) {
    #[allow(clippy::cast_precision_loss, reason = "approximate from 2^52 jobs")]
    queued(pool).decrement(jobs as f64);
}

/// Counts a job that has waited for so long, and starts.
pub(crate) fn job_started(pool: &str, waited: Duration) {
    queued(pool).decrement(1.0);
    running(pool).increment(1.0);
    metrics::histogram!(names::POOL_WAIT_SECONDS, "pool" => pool.to_owned()).record(waited);
}

/// Counts a job that has ended.
pub(crate) fn job_ended(pool: &str) {
    running(pool).decrement(1.0);
}

fn queued(pool: &str) -> metrics::Gauge {
    metrics::gauge!(names::POOL_QUEUED, "pool" => pool.to_owned())
}

fn running(pool: &str) -> metrics::Gauge {
    metrics::gauge!(names::POOL_RUNNING, "pool" => pool.to_owned())
}
