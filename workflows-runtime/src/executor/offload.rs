//! The hop from a step to an executor and back.

use super::{ExecutorError, Executors};
use crate::{Context, RunEvent, StepError, StepEvent, StepPhase, Workflow};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
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

/// Runs one piece of blocking code for an execution.
#[derive(Debug)]
pub struct Offload<W: Workflow> {
    context: Context<W>,
    kind: Kind,
}

const WAITING: u8 = 0;
const STARTED: u8 = 1;
const WITHDRAWN: u8 = 2;

/// The step's side of a hop: its drop withdraws the work, or reports it if it has started.
struct Ticket<W: Workflow> {
    context: Context<W>,
    progress: Arc<AtomicU8>,
    returned: bool,
}

impl<W: Workflow> Drop for Ticket<W> {
    fn drop(&mut self) {
        if !self.returned && self.progress.swap(WITHDRAWN, Ordering::AcqRel) == STARTED {
            self.context.shared().publish(RunEvent::Step(StepEvent {
                step: self.context.step(),
                execution: self.context.execution().serial,
                attempt: self.context.attempt(),
                phase: StepPhase::Abandoned,
            }));
        }
    }
}

impl<W: Workflow> Offload<W> {
    pub(crate) fn new(context: Context<W>, kind: Kind) -> Self {
        Self { context, kind }
    }

    /// Runs `work` there and waits for what it returns.
    ///
    /// If the future is dropped before `work` has started, it never starts; if after, it goes on
    /// to its end, and what it returns is dropped.
    ///
    /// # Errors
    ///
    /// A panic of `work`, or the executor's refusal.
    pub async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, StepError> {
        let progress = Arc::new(AtomicU8::new(WAITING));
        let (sender, receiver) = oneshot::channel();
        let executors = match self.context.shared().executors() {
            Some(executors) => executors.clone(),
            None => Executors::default_ones()?.clone(),
        };
        let begun = Arc::clone(&progress);
        let job = move || {
            if begun.swap(STARTED, Ordering::AcqRel) == WAITING {
                // Nobody listens if the step is gone.
                let _ = sender.send(catch_unwind(AssertUnwindSafe(work)));
            }
        };
        let mut ticket = Ticket { context: self.context, progress, returned: false };
        match self.kind {
            Kind::Io => executors.0.io.run(job).await?,
            Kind::Cpu => executors.0.cpu.run(job),
            Kind::Pool(name) => executors.pool(name)?.run(job),
        }
        let outcome = receiver.await;
        ticket.returned = true;
        match outcome {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(panic)) => Err(StepError::panicked(&*panic)),
            Err(_) => Err(StepError::msg("the executor was shut down before the step could run")),
        }
    }
}

impl Executors {
    fn pool(&self, name: &str) -> Result<&super::cpu::CpuPool, ExecutorError> {
        self.0.pools.get(name).ok_or_else(|| ExecutorError::NoPool {
            name: name.to_owned(),
            known: match self.0.pools.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ") {
                none if none.is_empty() => "none".to_owned(),
                list => list,
            },
        })
    }
}
