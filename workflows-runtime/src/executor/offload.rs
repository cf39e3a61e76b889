//! The hop from async code to an executor and back.

use super::{
    ExecutorError, Executors,
    carry::{Carried, Carry},
    job::Work,
    paused_clock::ClockHold,
    pool::QueuedJob,
    scope::{Origin, current_hold},
    waiting::Waiting,
};
use crate::{
    engine::ExecutionId,
    error::StepError,
    panics::discard,
    step_event::{StepEvent, StepPhase},
    trace::CallerSpan,
};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::{runtime::Handle, sync::oneshot};

/// The executor for blocking code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// For code that waits for files, sockets or other processes.
    Io,
    /// For code that computes.
    Cpu,
    /// For code that computes, on the pool of this name.
    Pool(&'static str),
}

impl Kind {
    /// The executor's name.
    fn name(self) -> &'static str {
        match self {
            Self::Io => "io",
            Self::Cpu => "cpu",
            Self::Pool(name) => name,
        }
    }
}

/// The payload of a panic.
pub(crate) type Payload = Box<dyn Any + Send>;

/// The result of the work, or its panic.
type Caught<T> = Result<T, Payload>;

/// Why offloaded work has no result.
pub(crate) enum OffloadError {
    /// The work panicked.
    Panicked(Payload),
    /// No executor has run the work.
    Refused(ExecutorError),
}

impl From<OffloadError> for StepError {
    fn from(error: OffloadError) -> Self {
        match error {
            OffloadError::Panicked(payload) => {
                let error = Self::panicked(&*payload);
                discard(payload);
                error
            }
            OffloadError::Refused(error) => error.into(),
        }
    }
}

/// The future of work on an executor. Resolves to the result of the work.
///
/// Dropping it drops work that has not started. Work that has started keeps its thread until it returns, its
/// result is dropped, and the run reports it as [`StepPhase::Abandoned`].
#[must_use = "dropping it withdraws the work"]
pub(crate) struct Offloaded<T>(Progress<T>);

enum Progress<T> {
    Queued(Box<Queued<T>>),
    /// The error of the executor. `None` after it was returned.
    Refused(Option<Box<ExecutorError>>),
}

struct Queued<T> {
    receiver: oneshot::Receiver<Caught<T>>,
    job: QueuedJob,
    /// The execution to report to if the work outlives it. `None` outside of a run.
    origin: Option<Origin>,
    /// On a thread of a pool: excludes the thread from the bound while it waits.
    waiting: Option<Waiting>,
    is_done: bool,
}

/// Runs `work` on the executor of its kind, for the execution `origin`. The work runs in the current tracing
/// span and in the current tokio runtime, and finds the executors of the run.
pub(crate) fn offload<T: Send + 'static>(
    origin: Option<Origin>,
    kind: Kind,
    work: impl FnOnce() -> T + Send + 'static,
) -> Offloaded<T> {
    let run = origin.as_ref().map_or(0, |origin| Arc::as_ptr(&origin.scope).cast::<()>() as usize);
    let executors = match origin.as_ref().and_then(|origin| origin.scope.executors()) {
        Some(executors) => Ok(executors.clone()),
        None => Executors::default_ones(),
    };
    let queued = executors.and_then(|executors| {
        let (sender, receiver) = oneshot::channel();
        let pool = executors.pool(kind)?;
        let work = Crossing::new(&executors, kind.name(), origin.clone(), work, sender);
        let job = pool.submit(run, Box::new(work))?;
        Ok(Queued { receiver, job, origin, waiting: None, is_done: false })
    });
    Offloaded(match queued {
        Ok(queued) => Progress::Queued(Box::new(queued)),
        Err(error) => Progress::Refused(Some(Box::new(error))),
    })
}

/// Work with everything that crosses the hop.
struct Crossing<T, F> {
    /// `None` once it runs.
    work: Option<F>,
    result: Option<Caught<T>>,
    sender: oneshot::Sender<Caught<T>>,
    origin: Option<Origin>,
    span: CallerSpan,
    runtime: Option<Handle>,
    carried: Option<Carried>,
    /// Dropped after the delivery: only then may the clock of a test advance.
    _clock: Option<ClockHold>,
}

impl<T, F: FnOnce() -> T> Crossing<T, F> {
    fn new(
        executors: &Executors,
        executor: &str,
        origin: Option<Origin>,
        work: F,
        sender: oneshot::Sender<Caught<T>>,
    ) -> Self {
        let runtime = Handle::try_current().ok();
        Self {
            work: Some(work),
            result: None,
            sender,
            origin,
            span: CallerSpan::of_blocking_call(executor),
            carried: executors.0.carry.as_ref().map(Carry::capture),
            _clock: ClockHold::of_paused_clock(),
            runtime,
        }
    }
}

impl<T: Send, F: FnOnce() -> T + Send> Work for Crossing<T, F> {
    fn run(&mut self) {
        let Some(work) = self.work.take() else { return };
        let span = std::mem::take(&mut self.span);
        let carried = self.carried.take();
        let origin = self.origin.take();
        let runtime = self.runtime.as_ref();
        // All of this may run the user's code: the hook, the subscriber, and the destructors of what crosses.
        let result = catch_unwind(AssertUnwindSafe(move || {
            let _runtime = runtime.map(Handle::enter);
            let _origin = origin.map(Origin::enter);
            let run = || span.in_scope(|| catch_unwind(AssertUnwindSafe(work)));
            match carried {
                Some(carried) => carried.run(run),
                None => run(),
            }
        }));
        self.result = Some(result.unwrap_or_else(Err));
    }

    fn deliver(self: Box<Self>) {
        if let Some(result) = self.result
            && let Err(unneeded) = self.sender.send(result)
        {
            discard(unneeded);
        }
    }

    fn abandon(&mut self) {
        let result = self.result.take();
        discard(result);
    }
}

/// # Errors
///
/// Returns the panic of the work, or the error of the executor.
impl<T> Future for Offloaded<T> {
    type Output = Result<T, OffloadError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let queued = match &mut self.0 {
            Progress::Queued(queued) => queued,
            Progress::Refused(refusal) => match refusal.take() {
                Some(refusal) => return Poll::Ready(Err(OffloadError::Refused(*refusal))),
                None => return Poll::Pending,
            },
        };
        let polled = Pin::new(&mut queued.receiver).poll(cx);
        let Poll::Ready(received) = Waiting::note(&mut queued.waiting, polled) else { return Poll::Pending };
        queued.is_done = true;
        Poll::Ready(match received {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(payload)) => Err(OffloadError::Panicked(payload)),
            Err(_) => Err(OffloadError::Refused(ExecutorError::ShutDown)),
        })
    }
}

impl<T> Drop for Queued<T> {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        if self.job.withdraw(current_hold()) {
            if let Some(Origin { scope, step, execution }) = self.origin.take() {
                let ExecutionId { serial: execution, attempt, .. } = execution;
                scope.abandoned(StepEvent { step, execution, attempt, phase: StepPhase::Abandoned, error: None });
            }
        } else if let Ok(unneeded) = self.receiver.try_recv() {
            discard(unneeded);
        }
    }
}
