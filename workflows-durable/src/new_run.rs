//! `NewRun`: a builder for a durable run.

use crate::{
    error::{HostError, MessageError},
    host::Inner,
    id::InvalidId,
    recorder::Life,
    run::{DurableRun, in_task},
    store::{Applied, Change, ChangeKind},
};
use core::{fmt, pin::Pin};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use workflows_runtime::{
    Executors, Run, RunId, Workflow, WorkflowExt,
    durable::{Durable, Prepared, id_of},
};

/// A builder for a durable run.
#[must_use = "a run does nothing unless it is started"]
pub struct NewRun<W: Workflow> {
    host: Arc<Inner>,
    /// The run, and how it is started. `None` if the workflow is not hosted.
    run: Option<(Run<W>, Start<W>)>,
    input: Result<String, String>,
}

/// Starts a run with this input as JSON.
type Start<W> = fn(Arc<Inner>, Run<W>, Result<String, String>) -> StartFuture<W>;

type StartFuture<W> = Pin<Box<dyn Future<Output = Result<DurableRun<W>, HostError>> + Send>>;

/// A hosted workflow, and how its runs are started. Where it is hosted, it is known to be [`Durable`]: so what starts a run
/// need not require that, and a workflow that is not is one error.
pub(crate) struct Startable<W: Workflow> {
    workflow: Arc<W>,
    start: Start<W>,
}

impl<W: Durable> Startable<W> {
    pub(crate) fn new(workflow: Arc<W>) -> Self {
        Self { workflow, start: |host, run, input| Box::pin(start(host, run, input)) }
    }
}

impl<W: Workflow> NewRun<W> {
    pub(crate) fn new(host: Arc<Inner>, hosted: Option<Startable<W>>, input: W::Input) -> Self {
        let json = serde_json::to_string(&input).map_err(|error| error.to_string());
        let run = hosted.map(|Startable { workflow, start }| (workflow.run(input), start));
        Self { host, run, input: json }
    }

    fn with(mut self, change: impl FnOnce(Run<W>) -> Run<W>) -> Self {
        self.run = self.run.map(|(run, start)| (change(run), start));
        self
    }

    /// Sets the id, which must be unique in the store, and may be any text of 1 to 256 bytes without control characters.
    /// [`start`](Self::start) reports an id that is not. Default: a random one.
    ///
    /// ```
    /// # use workflows_durable::{Host, HostError, MemoryStore};
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Double;
    /// # #[workflow]
    /// # impl Double {
    /// #     #[step]
    /// #     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
    /// #         Stop(n * 2)
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let host = Host::on(MemoryStore::new()).workflow(Double).start().await?;
    /// let run = host.run::<Double>(21).id("order-7").start().await?;
    /// assert_eq!(run.id(), "order-7");
    /// let refused = host.run::<Double>(21).id("").start().await;
    /// assert!(matches!(refused, Err(HostError::InvalidId { .. })));
    /// # Ok(())
    /// # }
    /// ```
    pub fn id(self, id: impl Into<RunId>) -> Self {
        self.with(|run| run.id(id))
    }

    /// Sets the timeout, as of [`Run::timeout`].
    pub fn timeout(self, after: impl Into<Option<Duration>>) -> Self {
        self.with(|run| run.timeout(after))
    }

    /// Sets the first state, as of [`Run::state`].
    pub fn state(self, state: W::State) -> Self {
        self.with(|run| run.state(state))
    }

    /// Sets the executors in this process, as of [`Run::executors`].
    pub fn executors(self, executors: &Executors) -> Self {
        self.with(|run| run.executors(executors))
    }

    /// Starts the run. Returns once it is durable, before its first step begins.
    ///
    /// Dropped while it is awaited, the run is started all the same. Starting it again with the same id reports that it
    /// [exists](HostError::Exists).
    ///
    /// # Errors
    ///
    /// The id is taken or [invalid](Self::id), the host does not execute this workflow, the input or the state cannot be stored, the store fails,
    /// or the host has stopped.
    pub async fn start(self) -> Result<DurableRun<W>, HostError> {
        let Self { host, run, input } = self;
        let (run, start) = run.ok_or(HostError::NotHosted(W::NAME))?;
        start(host, run, input).await
    }
}

async fn start<W: Durable>(
    host: Arc<Inner>,
    run: Run<W>,
    input: Result<String, String>,
) -> Result<DurableRun<W>, HostError> {
    // A run without an id gets a random one now, since its journal names it.
    let id = id_of(&run);
    if let Err(reason) = InvalidId::check(&id) {
        return Err(HostError::InvalidId { id, reason });
    }
    let run = run.id(id.clone());
    let recorder = host.recorder(id.clone(), 1, Life::default()).ok_or(HostError::Stopped)?;
    let prepared = Prepared::new(run, Arc::clone(&recorder) as _)?;
    let unstorable = |reason: String| HostError::Unstorable { run: id.clone(), reason };
    let snapshot = prepared.snapshot().map_err(unstorable)?;
    let input = input.map_err(unstorable)?;
    let (workflow, graph) = (W::NAME.to_owned(), prepared.graph());
    let owner = host.owner.clone();
    let at = SystemTime::now();
    let due = prepared.timeout().and_then(|timeout| at.checked_add(timeout));
    let start = ChangeKind::Start { parent: None, owner, workflow, graph, snapshot, input, due, at };
    // In a task of its own: what is stored must be started, also if the caller gives up.
    let started = in_task(async move {
        match host.commit(Change::new(id.clone(), start)).await {
            Ok(Applied::Done) => {}
            Ok(_) => return Err(HostError::Exists(id)),
            Err(MessageError::Store(error)) => return Err(error.into()),
            Err(_) => return Err(HostError::Stopped),
        }
        let handle = host.active.start(&recorder, 0, || prepared.start());
        Ok(DurableRun { host, handle, epoch: 1 })
    });
    started.await.unwrap_or(Err(HostError::Stopped))
}

impl<W: Workflow> fmt::Debug for NewRun<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewRun").field("run", &self.run.as_ref().map(|(run, _)| run)).finish_non_exhaustive()
    }
}
