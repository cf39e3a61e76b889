//! Metrics of the executors.

use std::time::Duration;

/// The state of one executor. Returned by [`Executors::metrics`](crate::Executors::metrics).
///
/// ```
/// # use workflows_runtime::Executors;
/// let executors = Executors::builder().pool("embed", 1).build()?;
/// let names: Vec<_> = executors.metrics().into_iter().map(|pool| pool.name).collect();
/// assert_eq!(names, ["io", "cpu", "embed"]);
/// # Ok::<(), workflows_runtime::ExecutorError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolMetrics {
    /// `io`, `cpu`, or the name of a pool.
    pub name: String,
    /// The maximum number of threads that run jobs at the same time, without those that wait.
    pub limit: usize,
    /// The threads that exist now. Threads end when they were idle for 10 seconds.
    pub threads: usize,
    /// The jobs that run now.
    pub running: usize,
    /// The running jobs that wait for other blocking work, for a run or for a response.
    pub waiting: usize,
    /// The running jobs whose result is not needed any more: their step was cancelled or has timed out.
    pub abandoned: usize,
    /// The jobs that wait for a thread now.
    pub queued: usize,
    /// The jobs that have ended since the executors were built.
    pub completed: u64,
    /// The total time that jobs have waited for a thread since the executors were built.
    pub time_in_queue: Duration,
    /// The time that the oldest queued job has waited so far.
    pub oldest_queued: Option<Duration>,
}
