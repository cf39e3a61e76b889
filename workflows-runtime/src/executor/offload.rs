//! The hop from async code to an executor and back.

use super::{
    ExecutorError, Executors,
    crossing::{Crossing, Payload},
    job::JobCell,
    paused_clock::ClockHold,
    pool::QueuedJob,
    queue::KeyHasher,
    scope::{Origin, current_hold},
    waiting::{Waiting, step_begins},
};
use crate::{
    engine::ExecutionId,
    error::StepError,
    panics::discard,
    step_event::{StepEvent, StepPhase},
};
use std::{
    hash::{Hash, Hasher},
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};
use tokio::{runtime::Handle, task};

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
pub(crate) struct Offloaded<T> {
    progress: Progress<T>,
    /// On a thread of a pool: excludes the thread from the bound while it waits. In a box, as most calls come from others,
    /// and a task of a small future is allocated faster.
    waiting: Option<Box<Waiting>>,
}

enum Progress<T> {
    Queued(QueuedJob<T>),
    /// The error of the executor. Boxed, because most work is accepted.
    Refused(Box<ExecutorError>),
    /// The outcome was returned.
    Done,
}

/// Work of more bytes is boxed before it is passed on: each function that passes it by value may copy it on its stack.
const LARGE: usize = 1024;

/// Runs `work` on the executor of its kind, for the execution `origin`. The work runs in the current tracing
/// span and in the current tokio runtime, and finds the executors of the run.
pub(crate) fn offload<T: Send + 'static, F: FnOnce() -> T + Send + 'static>(
    origin: Option<Origin>,
    kind: Kind,
    work: F,
) -> Offloaded<T> {
    offload_with(origin, kind, false, None, work)
}

/// The same as [`offload`], within a poll that `waker` belongs to. Counts as the first poll of the future.
// The waker is in the job before a thread can lock it: polling a job that is about to run waits for its thread.
pub(super) fn offload_polled<T: Send + 'static, F: FnOnce() -> T + Send + 'static>(
    kind: Kind,
    waker: &Waker,
    work: F,
) -> Offloaded<T> {
    let mut offloaded = offload_with(Origin::current(), kind, false, Some(waker.clone()), work);
    let is_queued = offloaded.is_queued();
    Waiting::note(&mut offloaded.waiting, is_queued);
    offloaded
}

/// The same as [`offload`], for the code of a step. With `reports_beginning`, the run is notified when it begins.
pub(crate) fn offload_step<T: Send + 'static, F: FnOnce() -> T + Send + 'static>(
    origin: Option<Origin>,
    kind: Kind,
    reports_beginning: bool,
    work: F,
) -> Offloaded<T> {
    let work = move || {
        step_begins();
        work()
    };
    offload_with(origin, kind, reports_beginning, None, work)
}

fn offload_with<T: Send + 'static, F: FnOnce() -> T + Send + 'static>(
    origin: Option<Origin>,
    kind: Kind,
    reports_beginning: bool,
    waker: Option<Waker>,
    work: F,
) -> Offloaded<T> {
    let submitted = if size_of::<F>() > LARGE {
        let work: Box<dyn FnOnce() -> T + Send> = Box::new(work);
        submit(origin, kind, reports_beginning, waker, work)
    } else {
        submit(origin, kind, reports_beginning, waker, work)
    };
    let progress = match submitted {
        Ok(queued) => Progress::Queued(queued),
        Err(error) => Progress::Refused(Box::new(error)),
    };
    Offloaded { progress, waiting: None }
}

fn submit<T: Send + 'static>(
    origin: Option<Origin>,
    kind: Kind,
    reports_beginning: bool,
    waker: Option<Waker>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<QueuedJob<T>, ExecutorError> {
    let run = match &origin {
        Some(origin) => Arc::as_ptr(&origin.scope).cast::<()>() as usize,
        None => current_task(),
    };
    let of_run;
    let executors = match origin.as_ref().and_then(|origin| origin.scope.executors()) {
        Some(executors) => {
            of_run = executors.clone();
            &of_run
        }
        None => Executors::default_ones()?,
    };
    let pool = executors.pool(kind)?;
    let runtime = Handle::try_current().ok();
    let clock = ClockHold::of_paused_clock(runtime.as_ref());
    let observed = origin.as_ref().and_then(Origin::observe_call);
    let work = Crossing::new(executors, kind.name(), runtime, reports_beginning, observed, work);
    pool.submit(run, Arc::new(JobCell::new(origin, work, clock, waker)))
}

/// The key of the tokio task that polls the caller, in place of a run: runs without executors of their own are not
/// current, to keep their polls cheap.
#[allow(clippy::cast_possible_truncation, reason = "equal keys share a turn")]
fn current_task() -> usize {
    let Some(id) = task::try_id() else { return 0 };
    let mut hasher = KeyHasher::default();
    id.hash(&mut hasher);
    hasher.finish() as usize
}

impl<T> Offloaded<T> {
    /// Whether an executor has the work.
    pub(super) fn is_queued(&self) -> bool {
        matches!(self.progress, Progress::Queued(_))
    }
}

/// # Errors
///
/// Returns the panic of the work, or the error of the executor.
impl<T> Future for Offloaded<T> {
    type Output = Result<T, OffloadError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Progress::Queued(queued) = &this.progress {
            let polled = queued.poll(cx);
            Waiting::note(&mut this.waiting, polled.is_pending());
            ready!(polled);
        }
        match mem::replace(&mut this.progress, Progress::Done) {
            Progress::Queued(queued) => Poll::Ready(match queued.take() {
                Some(Ok(value)) => Ok(value),
                Some(Err(payload)) => Err(OffloadError::Panicked(payload)),
                None => Err(OffloadError::Refused(ExecutorError::ShutDown)),
            }),
            Progress::Refused(error) => Poll::Ready(Err(OffloadError::Refused(*error))),
            Progress::Done => Poll::Pending,
        }
    }
}

impl<T> Drop for Offloaded<T> {
    fn drop(&mut self) {
        let Progress::Queued(queued) = &self.progress else { return };
        if let Some(Origin { scope, step, execution }) = queued.withdraw(current_hold()) {
            let ExecutionId { serial: execution, attempt, .. } = execution;
            scope.abandoned(StepEvent { step, execution, attempt, phase: StepPhase::Abandoned, error: None });
        }
    }
}
