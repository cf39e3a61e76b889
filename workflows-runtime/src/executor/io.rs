//! Threads for code that waits: tokio's blocking threads, behind a bound.

use super::ExecutorError;
use std::sync::Arc;
use tokio::{runtime::Handle, sync::Semaphore, task::JoinHandle};

/// At most so many of tokio's blocking threads at once.
pub(super) struct IoThreads(Arc<Semaphore>);

impl IoThreads {
    pub(super) fn new(threads: usize) -> Result<Self, ExecutorError> {
        if threads == 0 {
            return Err(ExecutorError::NoThreads("io".to_owned()));
        }
        Ok(Self(Arc::new(Semaphore::new(threads.min(Semaphore::MAX_PERMITS)))))
    }

    /// Waits for a thread, hands it `work`, and waits for what that returns; nothing if the
    /// runtime is shut down before. The thread is taken until `work` returns.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, ExecutorError> {
        // It is never closed.
        let permit = Arc::clone(&self.0).acquire_owned().await.ok();
        let mut task = Withdrawn::new(move || {
            let result = work();
            drop(permit);
            result
        })?;
        // `work` catches panics, so that an error means that it was never run.
        Ok((&mut task.0).await.ok())
    }
}

/// Work that is withdrawn when nobody waits for it any more, if it has not started.
struct Withdrawn<T>(JoinHandle<T>);

impl<T: Send + 'static> Withdrawn<T> {
    // Not in the async function: the proof that a step's future is `Send` would lead through all of tokio's
    // runtime, and the compiler gives up where it has to go too deep.
    fn new(work: impl FnOnce() -> T + Send + 'static) -> Result<Self, ExecutorError> {
        let runtime = Handle::try_current().map_err(|_| ExecutorError::NoRuntime)?;
        Ok(Self(runtime.spawn_blocking(work)))
    }
}

impl<T> Drop for Withdrawn<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
