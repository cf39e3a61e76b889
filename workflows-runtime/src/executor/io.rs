//! Threads for code that waits: tokio's blocking threads, with a limit.

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

/// Limits how many of tokio's blocking threads are used at once, with one permit per thread.
pub(super) struct IoThreads(Arc<Semaphore>);

impl IoThreads {
    pub(super) fn new(threads: usize) -> Result<Self, ExecutorError> {
        if threads == 0 {
            return Err(ExecutorError::NoThreads { executor: "io".to_owned() });
        }
        Ok(Self(Arc::new(Semaphore::new(threads.min(Semaphore::MAX_PERMITS)))))
    }

    /// Runs `work` on a thread, or queues it until a thread is free. The thread is occupied until `work`
    /// returns. Dropping the result cancels work that has not started.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<IoWork<T>, ExecutorError> {
        if let Ok(permit) = Arc::clone(&self.0).try_acquire_owned() {
            return Ok(IoWork::Running(Task::new(Some(permit), work)?));
        }
        let permit = Arc::clone(&self.0).acquire_owned();
        Ok(IoWork::Queued(Box::pin(async move {
            // The semaphore is never closed, so this is always `Some`.
            let permit = permit.await.ok();
            Task::new(permit, work)
        })))
    }
}

/// Work that is queued for a thread, or has been handed to one.
pub(super) enum IoWork<T> {
    Queued(Pin<Box<dyn Future<Output = Result<Task<T>, ExecutorError>> + Send>>),
    Running(Task<T>),
}

/// Returns `None` if the runtime was shut down before the work could start.
impl<T> Future for IoWork<T> {
    type Output = Result<Option<T>, ExecutorError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match &mut *self {
                Self::Queued(task) => *self = Self::Running(ready!(task.as_mut().poll(cx))?),
                // `work` catches panics, so a `JoinError` means that it never ran.
                Self::Running(Task(task)) => return Pin::new(task).poll(cx).map(|done| Ok(done.ok())),
            }
        }
    }
}

/// A task on a blocking thread. Dropping it cancels the task if it has not started.
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
