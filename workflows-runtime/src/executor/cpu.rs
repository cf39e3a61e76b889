//! Pools of threads for code that computes.

use super::{ExecutorError, paused_clock::ClockHold};
use tokio::sync::oneshot;

/// A pool of dedicated threads with one queue.
pub(super) struct CpuPool(rayon_core::ThreadPool);

impl CpuPool {
    pub(super) fn new(name: &str, threads: usize) -> Result<Self, ExecutorError> {
        if threads == 0 {
            return Err(ExecutorError::NoThreads { executor: name.to_owned() });
        }
        let prefix = name.to_owned();
        let pool = rayon_core::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(move |number| format!("workflows-{prefix}-{number}"))
            .build();
        pool.map(Self).map_err(|error| ExecutorError::Refused { executor: name.to_owned(), source: error.into() })
    }

    /// Queues `work` and returns a receiver of its result. Work starts in the order of these calls. Dropping the
    /// receiver cancels work that has not started.
    pub(super) fn spawn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> oneshot::Receiver<T> {
        let (sender, receiver) = oneshot::channel();
        let hold = ClockHold::of_paused_clock();
        self.0.spawn_fifo(move || {
            if !sender.is_closed() {
                // Fails if the step was dropped while `work` ran; the result is not needed then.
                let _ = sender.send(work());
            }
            // After the result: the clock must not advance before the step has it.
            drop(hold);
        });
        receiver
    }
}
