//! Threads for code that computes.

use super::ExecutorError;
use std::sync::Arc;

/// A pool of dedicated threads with one queue.
pub(super) struct CpuPool(rayon_core::ThreadPool);

impl CpuPool {
    pub(super) fn new(name: &str, threads: usize) -> Result<Self, ExecutorError> {
        if threads == 0 {
            return Err(ExecutorError::NoThreads(name.to_owned()));
        }
        let prefix = name.to_owned();
        let pool = rayon_core::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(move |number| format!("workflows-{prefix}-{number}"))
            .build();
        pool.map(Self).map_err(|error| ExecutorError::Refused(name.to_owned(), Arc::new(error)))
    }

    /// Queues `work` behind what has been queued before.
    pub(super) fn run(&self, work: impl FnOnce() + Send + 'static) {
        self.0.spawn_fifo(work);
    }
}
