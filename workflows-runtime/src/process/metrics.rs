//! The state of a pool of processes.

/// The state of a pool of processes, returned by [`Executors::process_metrics`](crate::Executors::process_metrics).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ProcessMetrics {
    /// `isolated`, or the name of the pool.
    pub name: String,
    /// The maximum number of processes.
    pub limit: usize,
    /// The processes that exist now, including those that start or end.
    pub processes: usize,
    /// The calls that execute now.
    pub running: usize,
    /// The calls that wait for a process now.
    pub queued: usize,
    /// The calls that have ended since the executors were built, however they ended.
    pub completed: u64,
    /// The processes that were started since the executors were built.
    pub started: u64,
    /// The processes that were killed because of a timeout or a dropped call since the executors were built.
    pub killed: u64,
    /// The process ids of the workers that wait for a call or execute one.
    pub pids: Vec<u32>,
}
