//! The data of a trace.

use super::units::short;
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

/// What the steps of a run did, and when. Returned by [`RunHandle::trace`](crate::RunHandle::trace).
///
/// Times are measured from the start of the run, by tokio's clock: virtual in tests that pause it. Those of a resumed run
/// continue from the time of its snapshot, and those of a child are measured from the start of the run that records it.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[event] struct Page(String);
/// # #[workflow] struct Read;
/// #[workflow]
/// impl Read {
///     #[step]
///     async fn fetch(&self, Start(path): Start<String>) -> Page {
///         tokio::time::sleep(Duration::from_secs(2)).await;
///         Page(path)
///     }
///
///     #[step]
///     async fn show(&self, Page(text): Page) -> Stop<String> {
///         Stop(text)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), RunError> {
/// let run = Read.run("/news".to_owned()).record_trace(1_000).start();
/// run.result().await?;
/// let trace = run.trace().unwrap();
/// let [fetch, show] = &trace.attempts[..] else { panic!() };
/// assert_eq!((fetch.step.as_str(), fetch.run_time), ("fetch", Duration::from_secs(2)));
/// assert_eq!(show.parents, [fetch.execution]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunTrace {
    /// The name of the workflow.
    pub workflow: String,
    /// The name of the run.
    pub run_id: String,
    /// The time of day when the recording began.
    pub recorded_at: SystemTime,
    /// The run's time when the recording began: zero, unless the run was resumed or is a child.
    pub began_at: Duration,
    /// When the run ended. `None` while it runs.
    pub ended_at: Option<Duration>,
    /// The run's time when this trace was taken, or when the run ended.
    pub taken_at: Duration,
    /// Whether and how the run has ended.
    pub status: RunStatus,
    /// The error of a run that failed.
    pub error: Option<String>,
    /// The attempts, in the order in which they became runnable. All that have not ended, and the last ones that have.
    pub attempts: Vec<AttemptTrace>,
    /// How many attempts are missing, as the limit was reached: of this run and of its children.
    pub discarded: u64,
    /// One summary for each step, in declaration order. Complete, also if attempts are missing.
    pub steps: Vec<StepSummary>,
    /// How many events each step has emitted. Complete, also if attempts are missing.
    pub emitted: Vec<EventCount>,
    /// How many events and responses each step has received. Complete, also if attempts are missing.
    pub taken: Vec<EventCount>,
}

/// Whether and how a run has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunStatus {
    /// It has not ended.
    Running,
    /// It has its result.
    Completed,
    /// It was cancelled or dropped.
    Cancelled,
    /// It has an error.
    Failed,
}

/// One attempt of one execution of a step.
///
/// From [`queued_at`](Self::queued_at) to [`ended_at`](Self::ended_at), an attempt is at each moment in one of the
/// states of [`SegmentKind`]; the four durations are the times that it spent in each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AttemptTrace {
    /// The step's name.
    pub step: String,
    /// The number of the execution in its run, from 1. All attempts of an execution share it.
    pub execution: u64,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The executions that emitted the input. Empty for the input of the run, for responses, and for events that a
    /// resumed run already had. At most [`MAX_PARENTS`](Self::MAX_PARENTS) of them.
    pub parents: Vec<u64>,
    /// The batch to which the execution belongs. `None` outside of batches.
    pub batch: Option<BatchPlace>,
    /// When the input was complete, the delay of the retry was over, or the run was resumed.
    pub queued_at: Duration,
    /// When the step was called. `None` while the attempt waits for a worker.
    pub started_at: Option<Duration>,
    /// When the attempt ended. `None` while it has not.
    pub ended_at: Option<Duration>,
    /// The time in which it waited for a worker of its step: before its start, and after waits.
    pub queue_time: Duration,
    /// The time in which it ran.
    pub run_time: Duration,
    /// The time in which it waited for responses, by [`wait_for`](crate::Context::wait_for) and similar calls.
    pub suspended_time: Duration,
    /// The time in which its blocking code was queued for a thread or process, while none of it was running.
    pub executor_queue_time: Duration,
    /// The states of the attempt with their times, in order. At most [`MAX_SEGMENTS`](Self::MAX_SEGMENTS); the durations
    /// count the time after them, too.
    pub segments: Vec<Segment>,
    /// The state of an attempt that has not ended.
    pub state: Option<SegmentKind>,
    /// How the attempt has ended.
    pub outcome: AttemptOutcome,
    /// The failure of the attempt.
    pub error: Option<AttemptError>,
    /// How many of its polls exceeded the [`poll_budget`](crate::Run::poll_budget).
    pub overruns: u32,
    /// Whether its blocking code was still running after its end.
    pub abandoned: bool,
    /// The runs that it started by [`run_child`](crate::Context::run_child), at most [`RunTrace::MAX_DEPTH`] levels.
    pub children: Vec<RunTrace>,
}

impl AttemptTrace {
    /// The most entries of [`parents`](Self::parents).
    pub const MAX_PARENTS: usize = 64;

    /// The most entries of [`segments`](Self::segments).
    pub const MAX_SEGMENTS: usize = 64;

    /// The time since the attempt was queued, until its end or until the trace was taken.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.queue_time + self.run_time + self.suspended_time + self.executor_queue_time
    }
}

/// The place of an execution in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BatchPlace {
    /// The number of the batch in its run, from 1.
    pub batch: u64,
    /// The number of the branch in the batch, from 0.
    pub branch: u32,
    /// The execution that opened the batch. `None` if that was before the run was resumed.
    pub opened_by: Option<u64>,
}

impl BatchPlace {
    /// The place of an execution in a batch.
    #[must_use]
    pub const fn new(batch: u64, branch: u32, opened_by: Option<u64>) -> Self {
        Self { batch, branch, opened_by }
    }
}

/// A part of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Segment {
    /// The state of the attempt.
    pub kind: SegmentKind,
    /// When it began.
    pub from: Duration,
    /// When it ended. That of the last one is when the trace was taken, if the attempt has not ended.
    pub to: Duration,
}

impl Segment {
    /// A part of an attempt.
    #[must_use]
    pub const fn new(kind: SegmentKind, from: Duration, to: Duration) -> Self {
        Self { kind, from, to }
    }
}

/// The state of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SegmentKind {
    /// It waits for a worker of its step.
    Queued,
    /// It runs.
    Running,
    /// It waits for a response, and holds no worker.
    Suspended,
    /// Its blocking code waits for a thread or process.
    ExecutorQueue,
}

impl SegmentKind {
    pub(super) const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Suspended, Self::ExecutorQueue];

    /// As users read it.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Suspended => "suspended",
            Self::ExecutorQueue => "executor queue",
        }
    }
}

/// How an attempt has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttemptOutcome {
    /// It has not ended.
    Pending,
    /// It returned.
    Completed,
    /// It failed, and the step is retried.
    Retried {
        /// The delay before the next attempt.
        after: Duration,
    },
    /// It failed for good.
    Failed,
    /// It was dropped: a race was decided, or the run ended.
    Cancelled,
}

impl AttemptOutcome {
    /// As users read it.
    pub(super) fn label(self) -> String {
        match self {
            Self::Pending => "has not ended".to_owned(),
            Self::Completed => "completed".to_owned(),
            Self::Retried { after } => format!("failed, retried after {}", short(after)),
            Self::Failed => "failed".to_owned(),
            Self::Cancelled => "cancelled".to_owned(),
        }
    }
}

/// The failure of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AttemptError {
    /// What kind of failure it is.
    pub kind: AttemptErrorKind,
    /// The message of the error.
    pub message: String,
    /// The name of its type, if that is known.
    pub type_name: Option<String>,
}

/// The kind of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttemptErrorKind {
    /// The step returned an error.
    Error,
    /// The step panicked.
    Panic,
    /// The `timeout` of the step expired.
    Timeout,
    /// The `queue_timeout` of the step expired.
    QueueTimeout,
}

/// What all attempts of a step did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepSummary {
    /// The step's name.
    pub step: String,
    /// How many executions became runnable.
    pub executions: u64,
    /// How many attempts were started.
    pub attempts: u64,
    /// How many attempts returned.
    pub completed: u64,
    /// How many attempts failed and were retried.
    pub retried: u64,
    /// How many attempts failed for good.
    pub failed: u64,
    /// How many attempts were dropped.
    pub cancelled: u64,
    /// How many prompts it published.
    pub asked: u64,
    /// How many inputs and attempts wait for a worker when the trace is taken.
    pub queued: u64,
    /// How many attempts have started and not ended when the trace is taken.
    pub active: u64,
    /// The run time of all attempts that have ended.
    pub run_time: Duration,
    /// The queue time of all attempts that have ended.
    pub queue_time: Duration,
    /// The median run time of the attempts in [`RunTrace::attempts`] that have ended.
    pub run_time_p50: Duration,
    /// The 99th percentile of the same.
    pub run_time_p99: Duration,
    /// The longest run time of all attempts that have ended.
    pub run_time_max: Duration,
}

/// How many events of one type a step has emitted or received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventCount {
    /// The step's name.
    pub step: String,
    /// The event, by its [id](crate::graph::EventNode::id).
    pub event: String,
    /// How many.
    pub count: u64,
}

impl RunTrace {
    /// The most levels of children in a trace. Serialized, each takes four levels of JSON, of which parsers limit the
    /// number. A deeper child has a trace of its own: that of its handle.
    pub const MAX_DEPTH: usize = 24;

    /// Returns the attempts of a step, in order.
    pub fn of_step<'a>(&'a self, step: &'a str) -> impl Iterator<Item = &'a AttemptTrace> {
        self.attempts.iter().filter(move |attempt| attempt.step == step)
    }

    /// Returns the summary of a step.
    #[must_use]
    pub fn step(&self, step: &str) -> Option<&StepSummary> {
        self.steps.iter().find(|summary| summary.step == step)
    }

    /// Returns this run and all runs below it: each followed by its children.
    #[must_use]
    pub fn runs(&self) -> Vec<&Self> {
        let mut runs = Vec::new();
        let mut open = vec![self];
        while let Some(run) = open.pop() {
            runs.push(run);
            let children: Vec<&Self> = run.attempts.iter().flat_map(|attempt| &attempt.children).collect();
            open.extend(children.into_iter().rev());
        }
        runs
    }
}
