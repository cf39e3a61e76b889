//! The hop from async code to an executor and back.
//!
//! Work that was started by a run records its progress, so a run learns of work that outlives its execution:
//!
//! | state | set by | meaning |
//! |---|---|---|
//! | `WAITING` | `offload` | queued |
//! | `STARTED` | the executor's thread | running |
//! | `DONE` | the executor's thread | returned or panicked |
//! | `WITHDRAWN` | dropping the future | the result is not needed |
//!
//! Dropping the future in `STARTED` reports [`StepPhase::Abandoned`]. Work that finds `WITHDRAWN` when it would
//! start returns at once.

use super::{ExecutorError, Executors, cpu::CpuPool, io::IoWork, scope::Origin};
use crate::{
    error::StepError,
    step_event::{StepEvent, StepPhase},
    trace::CallerSpan,
};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
};
use tokio::sync::oneshot;

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

const WAITING: u8 = 0;
const STARTED: u8 = 1;
const WITHDRAWN: u8 = 2;
const DONE: u8 = 3;

/// The future of work on an executor. Resolves to the result of the work.
///
/// Dropping it cancels work that has not started. Work that has started keeps its thread until it returns, and
/// its result is dropped.
#[must_use = "dropping it withdraws the work"]
pub(crate) struct Offloaded<T> {
    _ticket: Ticket,
    work: Work<T>,
}

enum Work<T> {
    Io(IoWork<Option<Caught<T>>>),
    Cpu(oneshot::Receiver<Option<Caught<T>>>),
    /// The error of the executor. `None` after it was returned.
    Refused(Option<Box<ExecutorError>>),
}

/// The result of the work, or its panic.
type Caught<T> = Result<T, Box<dyn Any + Send>>;

/// The execution to report to if the work outlives it, and the progress of the work.
///
/// `None` outside of a run. Boxed to keep the future of a hop small.
struct Ticket(Option<Box<(Origin, Arc<AtomicU8>)>>);

impl Ticket {
    fn executors(&self) -> Result<&Executors, ExecutorError> {
        if let Some(watched) = &self.0
            && let Some(executors) = watched.0.scope.executors()
        {
            return Ok(executors);
        }
        Executors::default_ones()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Some(watched) = self.0.take() else { return };
        let (origin, progress) = *watched;
        if progress.swap(WITHDRAWN, Ordering::AcqRel) == STARTED {
            let Origin { scope, step, execution, attempt } = origin;
            scope.abandoned(StepEvent { step, execution, attempt, phase: StepPhase::Abandoned, error: None });
        }
    }
}

/// Runs `work` on the executor of its kind, for the execution `origin`. The work runs in the current tracing
/// span.
pub(crate) fn offload<T: Send + 'static>(
    origin: Option<Origin>,
    kind: Kind,
    work: impl FnOnce() -> T + Send + 'static,
) -> Offloaded<T> {
    let ticket = Ticket(origin.map(|origin| Box::new((origin, Arc::new(AtomicU8::new(WAITING))))));
    let progress = ticket.0.as_ref().map(|watched| Arc::clone(&watched.1));
    let span = CallerSpan::current();
    let job = move || {
        if let Some(progress) = &progress
            && progress.swap(STARTED, Ordering::AcqRel) != WAITING
        {
            return None;
        }
        let outcome = span.in_scope(|| catch_unwind(AssertUnwindSafe(work)));
        if let Some(progress) = progress {
            progress.store(DONE, Ordering::Release);
        }
        Some(outcome)
    };
    let spawned = ticket.executors().and_then(|executors| executors.spawn(kind, job));
    let work = match spawned {
        Ok(work) => work,
        Err(error) => Work::Refused(Some(Box::new(error))),
    };
    Offloaded { work, _ticket: ticket }
}

/// # Errors
///
/// Returns the panic of the work, or the error of the executor.
impl<T> Future for Offloaded<T> {
    type Output = Result<T, StepError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = match &mut self.work {
            Work::Io(work) => ready!(Pin::new(work).poll(cx)),
            Work::Cpu(work) => ready!(Pin::new(work).poll(cx)).ok(),
            Work::Refused(refusal) => match refusal.take() {
                Some(refusal) => return Poll::Ready(Err((*refusal).into())),
                None => return Poll::Pending,
            },
        };
        Poll::Ready(match outcome.flatten() {
            Some(Ok(value)) => Ok(value),
            Some(Err(panic)) => Err(StepError::panicked(&*panic)),
            None => Err(ExecutorError::ShutDown.into()),
        })
    }
}

impl Executors {
    fn spawn<T: Send + 'static>(
        &self,
        kind: Kind,
        job: impl FnOnce() -> Option<Caught<T>> + Send + 'static,
    ) -> Result<Work<T>, ExecutorError> {
        if self.0.in_flight.is_shut_down() {
            return Err(ExecutorError::ShutDown);
        }
        let in_flight = Arc::clone(&self.0.in_flight);
        let job = move || {
            let _running = in_flight.begin()?;
            job()
        };
        Ok(match kind {
            Kind::Io => Work::Io(self.0.io.spawn(job)?),
            Kind::Cpu => Work::Cpu(self.0.cpu.spawn(job)),
            Kind::Pool(name) => Work::Cpu(self.pool(name)?.spawn(job)),
        })
    }

    fn pool(&self, name: &str) -> Result<&CpuPool, ExecutorError> {
        let pools = &self.0.pools;
        if let Some(pool) = pools.get(name) {
            return Ok(pool);
        }
        let known = if pools.is_empty() {
            "none".to_owned()
        } else {
            let names: Vec<_> = pools.keys().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        };
        Err(ExecutorError::NoPool { name: name.to_owned(), known })
    }
}
