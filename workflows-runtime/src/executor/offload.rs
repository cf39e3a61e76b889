//! The hop from async code to an executor and back.

use super::{ExecutorError, Executors, cpu::CpuPool, scope::Origin};
use crate::{StepError, StepEvent, StepPhase};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};
use tracing::Span;

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

/// The async side of a hop: its drop withdraws the work, or reports it if it has started.
struct Ticket {
    /// Who wants to know, and how far the work has come. Nobody does outside of a run.
    watched: Option<(Origin, Arc<AtomicU8>)>,
}

impl Ticket {
    fn executors(&self) -> Result<&Executors, ExecutorError> {
        match self.watched.as_ref().and_then(|(origin, _)| origin.scope.executors()) {
            Some(given) => Ok(given),
            None => Executors::default_ones(),
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Some((origin, progress)) = self.watched.take() else { return };
        if progress.swap(WITHDRAWN, Ordering::AcqRel) == STARTED {
            let Origin { scope, step, execution, attempt } = origin;
            scope.abandoned(StepEvent { step, execution, attempt, phase: StepPhase::Abandoned });
        }
    }
}

/// Runs `work` where its kind belongs, for the execution that is being polled, and waits for what
/// it returns. The current tracing span goes along.
///
/// If the future is dropped before `work` has started, it never starts; if after, it goes on to
/// its end, holding its thread, and what it returns is dropped.
///
/// # Errors
///
/// A panic of `work`, or the executor's refusal.
pub(crate) async fn offload<T: Send + 'static>(
    origin: Option<Origin>,
    kind: Kind,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StepError> {
    let ticket = Ticket { watched: origin.map(|origin| (origin, Arc::new(AtomicU8::new(WAITING)))) };
    let progress = ticket.watched.as_ref().map(|(_, progress)| Arc::clone(progress));
    let span = Span::current();
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
    let executors = ticket.executors()?;
    let outcome = match kind {
        Kind::Io => executors.0.io.run(job).await?,
        Kind::Cpu => executors.0.cpu.run(job).await,
        Kind::Pool(name) => executors.pool(name)?.run(job).await,
    };
    match outcome.flatten() {
        Some(Ok(value)) => Ok(value),
        Some(Err(panic)) => Err(StepError::panicked(&*panic)),
        None => Err(StepError::msg("the executor was shut down before the step could run")),
    }
}

impl Executors {
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
