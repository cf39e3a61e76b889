//! Threads for code that waits: tokio's blocking threads, with a limit.

use super::{ExecutorError, paused_clock::ClockHold};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
};

/// Limits how many blocking threads are used at once, with one permit per thread.
pub(super) struct IoThreads {
    permits: Arc<Semaphore>,
    /// The runtime whose blocking threads are used; it has no other purpose. `None` for those of the caller's runtime.
    own: Option<OwnRuntime>,
}

impl IoThreads {
    /// Uses the blocking threads of the caller's runtime, which waits for them when it is shut down.
    pub(super) fn of_caller(threads: usize) -> Result<Self, ExecutorError> {
        Ok(Self { permits: permits(threads)?, own: None })
    }

    /// Uses threads of its own, for which no runtime waits.
    pub(super) fn new(threads: usize) -> Result<Self, ExecutorError> {
        let permits = permits(threads)?;
        let runtime = Builder::new_current_thread().max_blocking_threads(threads).thread_name("workflows-io").build();
        let runtime = runtime.map_err(|error| {
            let executor = "io".to_owned();
            ExecutorError::Refused { executor, source: error.into() }
        })?;
        Ok(Self { permits, own: Some(OwnRuntime(Some(runtime))) })
    }

    fn threads(&self) -> Result<Threads, ExecutorError> {
        let caller = Handle::try_current().ok();
        match &self.own {
            Some(own) => Ok(Threads::Own { handle: own.handle()?, caller, hold: ClockHold::of_paused_clock() }),
            None => Ok(Threads::OfCaller(caller.ok_or(ExecutorError::NoRuntime)?)),
        }
    }

    /// Runs `work` on a thread, or queues it until a thread is free. The thread is occupied until `work`
    /// returns. Dropping the result cancels work that has not started.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<IoWork<T>, ExecutorError> {
        let threads = self.threads()?;
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(IoWork::Running(threads.spawn(Some(permit), work)));
        }
        let permit = Arc::clone(&self.permits).acquire_owned();
        Ok(IoWork::Queued(Box::pin(async move {
            // The semaphore is never closed, so this is always `Some`.
            let permit = permit.await.ok();
            threads.spawn(permit, work)
        })))
    }
}

fn permits(threads: usize) -> Result<Arc<Semaphore>, ExecutorError> {
    if threads == 0 {
        return Err(ExecutorError::NoThreads { executor: "io".to_owned() });
    }
    Ok(Arc::new(Semaphore::new(threads.min(Semaphore::MAX_PERMITS))))
}

/// A runtime that may be dropped anywhere, and does not wait for its threads then.
///
/// Invariant: `Some` until the drop.
struct OwnRuntime(Option<Runtime>);

impl OwnRuntime {
    fn handle(&self) -> Result<Handle, ExecutorError> {
        match &self.0 {
            Some(runtime) => Ok(runtime.handle().clone()),
            None => Err(ExecutorError::ShutDown),
        }
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Where work runs.
enum Threads {
    OfCaller(Handle),
    Own {
        handle: Handle,
        /// The work finds the runtime of its caller, as on tokio's own blocking threads.
        caller: Option<Handle>,
        hold: Option<ClockHold>,
    },
}

impl Threads {
    fn spawn<T: Send + 'static>(
        self,
        permit: Option<OwnedSemaphorePermit>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Task<T> {
        match self {
            Self::OfCaller(handle) => Task(handle.spawn_blocking(move || {
                let result = work();
                drop(permit);
                (result, None)
            })),
            Self::Own { handle, caller, hold } => Task(handle.spawn_blocking(move || {
                let entered = caller.as_ref().map(Handle::enter);
                let result = work();
                drop(entered);
                drop(permit);
                // With the result: the clock must not advance before the step has it.
                (result, hold)
            })),
        }
    }
}

/// Work that is queued for a thread, or has been handed to one.
pub(super) enum IoWork<T> {
    Queued(Pin<Box<dyn Future<Output = Task<T>> + Send>>),
    Running(Task<T>),
}

/// Returns `None` if the runtime was shut down before the work could start.
impl<T> Future for IoWork<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match &mut *self {
                Self::Queued(task) => *self = Self::Running(ready!(task.as_mut().poll(cx))),
                // `work` catches panics, so a `JoinError` means that it never ran.
                Self::Running(Task(task)) => {
                    return Poll::Ready(match ready!(Pin::new(task).poll(cx)) {
                        Ok((result, _hold)) => Some(result),
                        Err(_) => None,
                    });
                }
            }
        }
    }
}

/// A task on a blocking thread. Dropping it cancels the task if it has not started.
pub(super) struct Task<T>(JoinHandle<(T, Option<ClockHold>)>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
