//! Threads for code that waits: tokio's blocking threads, behind a bound.

use super::ExecutorError;
use std::sync::Arc;
use tokio::{runtime::Handle, sync::Semaphore};

/// At most so many of tokio's blocking threads at once.
pub(super) struct IoThreads(Arc<Semaphore>);

impl IoThreads {
    pub(super) fn new(threads: usize) -> Result<Self, ExecutorError> {
        if threads == 0 {
            return Err(ExecutorError::NoThreads("io".to_owned()));
        }
        Ok(Self(Arc::new(Semaphore::new(threads.min(Semaphore::MAX_PERMITS)))))
    }

    /// Waits for a thread and hands it `work`; the thread is taken until `work` returns.
    pub(super) async fn run(&self, work: impl FnOnce() + Send + 'static) -> Result<(), ExecutorError> {
        let runtime = Handle::try_current().map_err(|_| ExecutorError::NoRuntime)?;
        // It is never closed.
        let permit = Arc::clone(&self.0).acquire_owned().await.ok();
        drop(runtime.spawn_blocking(move || {
            work();
            drop(permit);
        }));
        Ok(())
    }
}
