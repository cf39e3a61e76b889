//! The hop from async code to an executor and back.

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

/// Which executor blocking code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It waits: for files, sockets, other processes.
    Io,
    /// It computes.
    Cpu,
    /// It computes, on the pool of this name.
    Pool(&'static str),
}

const WAITING: u8 = 0;
const STARTED: u8 = 1;
const WITHDRAWN: u8 = 2;
const DONE: u8 = 3;

/// Work that was handed to an executor: wait for it for what it returns.
///
/// If it is dropped before the work has started, that never starts; if after, it goes on to its end,
/// holding its thread, and what it returns is dropped.
#[must_use = "dropping it withdraws the work"]
pub(crate) struct Offloaded<T> {
    _ticket: Ticket,
    work: Work<T>,
}

enum Work<T> {
    Io(IoWork<Option<Caught<T>>>),
    Cpu(oneshot::Receiver<Option<Caught<T>>>),
    /// By its executor; there once.
    Refused(Option<Box<ExecutorError>>),
}

/// What the work returns, or its panic.
type Caught<T> = Result<T, Box<dyn Any + Send>>;

/// Who wants to know if the work outlives its execution, and how far it has come.
///
/// Nobody does outside of a run, and in most runs: it is boxed, so that it does not make all hops larger.
struct Ticket(Option<Box<(Origin, Arc<AtomicU8>)>>);

impl Ticket {
    fn executors(&self) -> Result<&Executors, ExecutorError> {
        match self.0.as_ref().and_then(|watched| watched.0.scope.executors()) {
            Some(given) => Ok(given),
            None => Executors::default_ones(),
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Some((origin, progress)) = self.0.take().map(|watched| *watched) else { return };
        if progress.swap(WITHDRAWN, Ordering::AcqRel) == STARTED {
            let Origin { scope, step, execution, attempt } = origin;
            scope.abandoned(StepEvent { step, execution, attempt, phase: StepPhase::Abandoned });
        }
    }
}

/// Hands `work` to where its kind belongs, for the execution that is being polled. The current tracing
/// span goes along.
pub(crate) fn offload<T: Send + 'static>(
    origin: Option<Origin>,
    kind: Kind,
    work: impl FnOnce() -> T + Send + 'static,
) -> Offloaded<T> {
    let ticket = Ticket(origin.map(|origin| Box::new((origin, Arc::new(AtomicU8::new(WAITING))))));
    let progress = ticket.0.as_ref().map(|watched| Arc::clone(&watched.1));
    let span = CallerSpan::current();
    let job = move || {
        if progress.as_ref().is_some_and(|progress| progress.swap(STARTED, Ordering::AcqRel) != WAITING) {
            return None;
        }
        let outcome = span.in_scope(|| catch_unwind(AssertUnwindSafe(work)));
        if let Some(progress) = progress {
            progress.store(DONE, Ordering::Release);
        }
        Some(outcome)
    };
    let work = ticket.executors().and_then(|executors| executors.spawn(kind, job));
    Offloaded { work: work.unwrap_or_else(|refusal| Work::Refused(Some(Box::new(refusal)))), _ticket: ticket }
}

/// # Errors
///
/// A panic of the work, or the executor's refusal.
impl<T> Future for Offloaded<T> {
    type Output = Result<T, StepError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = match &mut self.work {
            Work::Io(work) => ready!(Pin::new(work).poll(cx))?,
            Work::Cpu(work) => ready!(Pin::new(work).poll(cx)).ok(),
            Work::Refused(refusal) => match refusal.take() {
                Some(refusal) => return Poll::Ready(Err((*refusal).into())),
                None => return Poll::Pending,
            },
        };
        Poll::Ready(match outcome.flatten() {
            Some(Ok(value)) => Ok(value),
            Some(Err(panic)) => Err(StepError::panicked(&*panic)),
            None => Err(StepError::msg("the executor was shut down before the step could run")),
        })
    }
}

impl Executors {
    fn spawn<T: Send + 'static>(
        &self,
        kind: Kind,
        job: impl FnOnce() -> Option<Caught<T>> + Send + 'static,
    ) -> Result<Work<T>, ExecutorError> {
        Ok(match kind {
            Kind::Io => Work::Io(self.0.io.spawn(job)?),
            Kind::Cpu => Work::Cpu(self.0.cpu.spawn(job)),
            Kind::Pool(name) => Work::Cpu(self.pool(name)?.spawn(job)),
        })
    }

    fn pool(&self, name: &str) -> Result<&CpuPool, ExecutorError> {
        self.0.pools.get(name).ok_or_else(|| ExecutorError::NoPool {
            name: name.to_owned(),
            known: match self.0.pools.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ") {
                none if none.is_empty() => "none".to_owned(),
                list => list,
            },
        })
    }
}
