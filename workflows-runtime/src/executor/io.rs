//! Threads for code that waits: tokio's blocking threads, behind a bound.

use super::ExecutorError;
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
};

/// At most so many of tokio's blocking threads at once.
pub(super) struct IoThreads(Arc<Semaphore>);

impl IoThreads {
    pub(super) fn new(threads: usize) -> Result<Self, ExecutorError> {
        if threads == 0 {
            return Err(ExecutorError::NoThreads { executor: "io".to_owned() });
        }
        Ok(Self(Arc::new(Semaphore::new(threads.min(Semaphore::MAX_PERMITS)))))
    }

    /// Hands `work` to a thread, which is taken until `work` returns, or has it wait for one; gives what
    /// it returns. It is withdrawn when nobody waits for that any more, if it has not started.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<IoWork<T>, ExecutorError> {
        if let Ok(permit) = Arc::clone(&self.0).try_acquire_owned() {
            return Ok(IoWork::Going(Task::new(Some(permit), work)?));
        }
        let turn = Arc::clone(&self.0).acquire_owned();
        Ok(IoWork::Queued(Box::pin(async move {
            // It is never closed.
            let permit = turn.await.ok();
            Task::new(permit, work)
        })))
    }
}

/// Work that waits for a thread, or has one.
pub(super) enum IoWork<T> {
    Queued(Pin<Box<dyn Future<Output = Result<Task<T>, ExecutorError>> + Send>>),
    Going(Task<T>),
}

/// Gives nothing if the runtime was shut down before the work could start.
impl<T> Future for IoWork<T> {
    type Output = Result<Option<T>, ExecutorError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match &mut *self {
                Self::Queued(turn) => *self = Self::Going(ready!(turn.as_mut().poll(cx))?),
                // `work` catches panics, so that an error means that it was never run.
                Self::Going(Task(task)) => return Pin::new(task).poll(cx).map(|done| Ok(done.ok())),
            }
        }
    }
}

/// Withdrawn when it is dropped, if it has not started.
pub(super) struct Task<T>(JoinHandle<T>);

impl<T: Send + 'static> Task<T> {
    fn new(
        permit: Option<OwnedSemaphorePermit>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Self, ExecutorError> {
        let runtime = Handle::try_current().map_err(|_| ExecutorError::NoRuntime)?;
        Ok(Self(runtime.spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })))
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
