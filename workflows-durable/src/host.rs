//! `Host`: executes the runs of a store.

use crate::{
    active::{ActiveRuns, Recorder},
    committer::{Request, StoreHealth, commit_all},
    error::{HostError, MessageError},
    leases::{self, Lease},
    migration::migrated,
    parking, retention,
    run::{DurableRun, in_task},
    store::{Applied, Change, ChangeKind, Filter, OwnerId, RunInfo, Store, StoreError, StoredItem, StoredRun},
};
use core::fmt;
use std::{
    any::Any,
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinHandle,
};
use workflows_runtime::{
    Executors, Run, RunHandle, RunId, Snapshot, Workflow, WorkflowExt,
    durable::{Commit, Durable, Prepared, Renames, deliver, has_graph, id_of, read, shared},
    remote::External,
};

/// The JSON of [`External::cancel`], which is the same for all workflows.
const CANCEL: &str = r#"{"v1":"Cancel"}"#;

/// Executes the runs of a store, and recovers them after a crash.
///
/// Clones are the same host. Dropping it does not stop it; call [`stop`](Self::stop).
#[derive(Clone)]
pub struct Host(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    commit: Commit,
    pub(crate) owner: OwnerId,
    pub(crate) workflows: BTreeMap<&'static str, Arc<dyn AnyWorkflow>>,
    pub(crate) active: Arc<ActiveRuns>,
    pub(crate) lease: tokio::sync::Mutex<Lease>,
    health: Arc<StoreHealth>,
    /// `None` once the host has stopped.
    requests: Mutex<Option<mpsc::UnboundedSender<Request>>>,
    committer: Mutex<Option<JoinHandle<()>>>,
    retention: Mutex<Option<JoinHandle<()>>>,
    keeper: Mutex<Option<JoinHandle<()>>>,
    pub(crate) recovered: Mutex<Recovered>,
    /// Whether runs are parked.
    pub(crate) parks: bool,
    parker: Mutex<Option<JoinHandle<()>>>,
    /// Notified when a run without an owner is wanted.
    pub(crate) wanted: Arc<Notify>,
    /// Notified when a run was started or taken over.
    pub(crate) started: Notify,
    /// When the next parked run is due.
    pub(crate) next_due: Mutex<Option<SystemTime>>,
}

/// What a host has found in its store, at its start and since then.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Recovered {
    /// The runs that the host has continued: those without an owner at its start, and those whose host died or stopped
    /// since then.
    pub resumed: Vec<RunId>,
    /// The runs that no host executes and that cannot be continued by this program, and why. They stay in the store as they
    /// are, for hosts of other programs.
    pub refused: Vec<(RunId, String)>,
}

/// Whether a host works.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Health {
    /// The number of runs that are executed.
    pub running: usize,
    /// Since when the store fails, and its last error. Runs wait until it works again, and what callers start or send is
    /// refused.
    pub failing: Option<(SystemTime, StoreError)>,
}

/// A builder for a [`Host`].
#[must_use = "a host does nothing unless it is started"]
pub struct HostBuilder {
    store: Arc<dyn Store>,
    workflows: BTreeMap<&'static str, Arc<dyn AnyWorkflow>>,
    keep_ended: Option<Duration>,
    lease: Duration,
    commit: Commit,
    idle_after: Option<Duration>,
}

/// A workflow without its type.
pub(crate) trait AnyWorkflow: Send + Sync {
    /// Whether runs with this graph are continued as they are.
    fn has_graph(&self, graph: &str) -> bool;

    /// A run as this program records it, as a whole and with its graph, or why that is impossible.
    fn adapt(&self, stored: &StoredRun) -> Result<Change, String>;

    /// Continues a run, or returns why that is impossible.
    fn recover(&self, host: &Inner, stored: StoredRun) -> Result<(), String>;

    /// An `Arc<W>`.
    fn workflow(&self) -> Arc<dyn Any + Send + Sync>;
}

struct Hosted<W>(Arc<W>);

impl<W: Durable> AnyWorkflow for Hosted<W> {
    fn has_graph(&self, graph: &str) -> bool {
        has_graph::<W>(graph)
    }

    fn adapt(&self, stored: &StoredRun) -> Result<Change, String> {
        migrated::<W>(stored, &Renames::default(), None)
    }

    fn recover(&self, host: &Inner, stored: StoredRun) -> Result<(), String> {
        let text = stored.snapshot.map_err(|damaged| damaged.to_string())?;
        let mut ticks = Vec::with_capacity(stored.ticks.len());
        for body in stored.ticks {
            ticks.push(body.map_err(|damaged| damaged.to_string())?);
        }
        let snapshot: Snapshot<W> = read(&text, &stored.graph, &ticks).map_err(|error| error.to_string())?;
        let mut messages = Vec::with_capacity(stored.messages.len());
        for (number, body) in stored.messages {
            let body = body.map_err(|damaged| damaged.to_string())?;
            let message: External<W> =
                serde_json::from_str(&body).map_err(|error| format!("message {number} cannot be read: {error}"))?;
            messages.push((number, message));
        }
        let recorder = host.recorder(stored.id, stored.epoch).ok_or("the host has stopped")?;
        let wait = Arc::clone(&recorder.wait);
        let prepared = Prepared::new((&self.0).resume(snapshot), recorder).map_err(|error| error.to_string())?;
        let last = messages.last().map_or(0, |(number, _)| *number);
        let run = host.active.start(stored.epoch, (last, wait), || prepared.start());
        host.started.notify_waiters();
        for (number, message) in messages {
            if deliver(&run, message, number).is_err() {
                host.withdraw(run.id(), number);
            }
        }
        Ok(())
    }

    fn workflow(&self) -> Arc<dyn Any + Send + Sync> {
        Arc::<W>::clone(&self.0)
    }
}

impl HostBuilder {
    /// Executes runs of a workflow, with this instance.
    pub fn workflow<F: WorkflowExt<Workflow: Durable>>(mut self, workflow: F) -> Self {
        let hosted = Arc::new(Hosted(shared(workflow)));
        self.workflows.insert(<F::Workflow as Workflow>::NAME, hosted);
        self
    }

    /// Purges each run of the store a while after its end, also of workflows that are not hosted. Default: they are kept.
    ///
    /// The host looks for them at its start, and then after a tenth of this time, but at least once an hour and at most
    /// once a second.
    pub fn keep_ended(mut self, time: Duration) -> Self {
        self.keep_ended = Some(time);
        self
    }

    /// Sets how long other hosts consider this one to be alive when it does not renew its lease. Default: 10 seconds.
    ///
    /// The host renews its lease after each quarter of this time. When it dies, another host takes its runs over once the
    /// lease has run out, and at once if the store knows that it is dead. When it is only stopped for longer, by a
    /// debugger or a suspended machine, its runs are taken over as well, and it drops them when it is awake again.
    ///
    /// At least 20 milliseconds. A short lease costs more commits; with a longer one, the runs of a machine that has failed
    /// wait longer.
    ///
    /// ```
    /// # use workflows_durable::{Host, MemoryStore};
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let host = Host::on(MemoryStore::new()).lease(Duration::from_secs(30)).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn lease(mut self, length: Duration) -> Self {
        self.lease = length.max(leases::SHORTEST);
        self
    }

    /// Parks the runs that only wait: after this time without anything to do, a run leaves the memory, unless it continues by
    /// itself within the same time. Default: runs stay in memory until they end.
    ///
    /// A parked run is in the store alone, and takes no memory, however many there are. A message takes it back, or its
    /// time: timeouts, delays and deadlines also elapse while it is parked. This host takes it back at once if the message came through it, and
    /// any host of the workflow within a second otherwise.
    ///
    /// As after a crash, a step that waits in its body, as for [`ask_for`](workflows_runtime::Context::ask_for), begins again
    /// from its top when its run is taken back. The waits that had their response have it again. A step that waits
    /// for anything else, such as a child or a socket, does something, and keeps its run in memory.
    ///
    /// ```
    /// # use workflows_durable::{Host, MemoryStore};
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let host = Host::on(MemoryStore::new()).idle_after(Duration::from_secs(60)).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn idle_after(mut self, time: Duration) -> Self {
        self.idle_after = Some(time);
        self
    }

    /// Sets whether runs wait for their records. Default: [`Commit::Before`].
    ///
    /// With [`Commit::Behind`], steps begin at once, and a crash loses the last states of each run, usually those of some
    /// milliseconds: steps that have returned are executed again. Results, items and prompts are still reported once they are
    /// durable, and so are answers acknowledged.
    ///
    /// ```
    /// # use workflows_durable::{Commit, Host, MemoryStore};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let host = Host::on(MemoryStore::new()).commit(Commit::Behind).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn commit(mut self, commit: Commit) -> Self {
        self.commit = commit;
        self
    }

    /// Starts the host: all running runs of its workflows continue, unless a host that is alive executes them.
    ///
    /// Several hosts may use a store at the same time, in one process or several. Each run has one owner. A host that
    /// starts or looks for runs later claims those without an owner that is alive; see [`lease`](Self::lease).
    ///
    /// # Errors
    ///
    /// The store cannot be read or written.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    pub async fn start(self) -> Result<Host, HostError> {
        let (requests, received) = mpsc::unbounded_channel();
        let active = Arc::new(ActiveRuns::default());
        let health = Arc::new(StoreHealth::default());
        let committing = commit_all(Arc::clone(&self.store), received, Arc::clone(&active), Arc::clone(&health));
        let owner = OwnerId::random();
        let inner = Arc::new(Inner {
            store: self.store,
            commit: self.commit,
            owner: owner.clone(),
            workflows: self.workflows,
            active,
            lease: tokio::sync::Mutex::new(Lease::new(owner, self.lease)),
            health,
            requests: Mutex::new(Some(requests)),
            committer: Mutex::new(Some(tokio::spawn(committing))),
            retention: Mutex::default(),
            keeper: Mutex::default(),
            recovered: Mutex::default(),
            parks: self.idle_after.is_some(),
            parker: Mutex::default(),
            wanted: Arc::default(),
            started: Notify::new(),
            next_due: Mutex::default(),
        });
        if let Err(error) = inner.beat().await {
            inner.retire().await;
            return Err(error.into());
        }
        let (store, owner, wanted) = (Arc::clone(&inner.store), inner.owner.clone(), Arc::clone(&inner.wanted));
        let keeper = tokio::spawn(leases::keep(Arc::downgrade(&inner), store, owner, self.lease, wanted));
        *inner.keeper.lock().unwrap_or_else(PoisonError::into_inner) = Some(keeper);
        if let Some(idle_after) = self.idle_after {
            let parker = tokio::spawn(parking::park_idle(Arc::downgrade(&inner), idle_after));
            *inner.parker.lock().unwrap_or_else(PoisonError::into_inner) = Some(parker);
        }
        if let Some(keep) = self.keep_ended {
            let retention = tokio::spawn(retention::purge_ended(Arc::downgrade(&inner), keep));
            *inner.retention.lock().unwrap_or_else(PoisonError::into_inner) = Some(retention);
        }
        Ok(Host(inner))
    }
}

impl fmt::Debug for HostBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostBuilder").field("workflows", &self.workflows.keys()).finish_non_exhaustive()
    }
}

impl Host {
    /// A builder for a host of this store.
    pub fn on(store: impl Store) -> HostBuilder {
        HostBuilder {
            store: Arc::new(store),
            workflows: BTreeMap::new(),
            keep_ended: None,
            lease: leases::DEFAULT,
            commit: Commit::default(),
            idle_after: None,
        }
    }

    /// What the host has found in its store, at its start and since then.
    #[must_use]
    pub fn recovered(&self) -> Recovered {
        self.0.recovered().clone()
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.0
    }

    /// A builder for a new run.
    pub fn run<W: Durable>(&self, input: W::Input) -> NewRun<W> {
        let hosted = self.0.workflows.get(W::NAME).and_then(|hosted| hosted.workflow().downcast::<W>().ok());
        let input_json = serde_json::to_string(&input).map_err(|error| error.to_string());
        let run = hosted.map(|workflow| workflow.run(input));
        NewRun { host: Arc::clone(&self.0), run, input: input_json }
    }

    /// The handle of a run that this host executes. `None` if the run has ended, is not in the store, was refused, is executed
    /// by another host, or is of another workflow.
    #[must_use]
    pub fn handle<W: Workflow>(&self, id: impl Into<RunId>) -> Option<DurableRun<W>> {
        self.0.handle(&id.into())
    }

    /// Describes a run, also one that has ended.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub async fn find(&self, id: impl Into<RunId>) -> Result<Option<RunInfo>, HostError> {
        Ok(self.0.store.find(id.into()).await?)
    }

    /// Describes the runs that match, in the order of their start.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub async fn list(&self, filter: Filter) -> Result<Vec<RunInfo>, HostError> {
        Ok(self.0.store.list(filter).await?)
    }

    /// The items that a run has published, from the number `from` on, at most `limit`.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub async fn items(&self, id: impl Into<RunId>, from: u64, limit: usize) -> Result<Vec<StoredItem>, HostError> {
        Ok(self.0.store.items(id.into(), from, limit).await?)
    }

    /// Cancels a run, also one that another host executes. Returns once the cancellation is durable. Another host
    /// cancels the run within a second.
    ///
    /// # Errors
    ///
    /// The store fails, the run has ended, or the host has stopped.
    pub async fn cancel(&self, id: impl Into<RunId>) -> Result<(), HostError> {
        let id = id.into();
        let body = CANCEL.to_owned();
        let change =
            Change::new(id.clone(), ChangeKind::Message { epoch: None, key: None, body, at: SystemTime::now() });
        match self.0.commit(change).await {
            Ok(Applied::Message { .. }) => {}
            Ok(_) => return Err(HostError::NotFound(id)),
            Err(MessageError::Store(error)) => return Err(error.into()),
            Err(_) => return Err(HostError::Stopped),
        }
        match self.0.active.get(&id) {
            Some(run) => run.cancel(),
            None => self.0.wanted.notify_one(),
        }
        Ok(())
    }

    /// Removes a run that has ended, with its items and the keys of its messages.
    ///
    /// # Errors
    ///
    /// The store fails, there is no such run, it has not ended, or the host has stopped.
    pub async fn purge(&self, id: impl Into<RunId>) -> Result<(), HostError> {
        let id = id.into();
        match self.0.commit(Change::new(id.clone(), ChangeKind::Purge)).await {
            Ok(Applied::NotFound) => Err(HostError::NotFound(id)),
            Ok(Applied::Running) => Err(HostError::Running(id)),
            Ok(_) => Ok(()),
            Err(MessageError::Store(error)) => Err(error.into()),
            Err(_) => Err(HostError::Stopped),
        }
    }

    /// Whether the host works.
    #[must_use]
    pub fn health(&self) -> Health {
        Health { running: self.0.active.len(), failing: self.0.health.failure() }
    }

    /// Stops the host. Its runs do not end: they are dropped in memory, and another host continues them from their last
    /// records: one that runs within a second, or the next one that starts. Each run is recorded as a whole, so hosts of
    /// other versions of the program can continue it. Handles report [`ResultError::Released`](crate::ResultError::Released). A second call does nothing.
    pub async fn stop(&self) {
        let requests = self.0.requests.lock().unwrap_or_else(PoisonError::into_inner).take();
        if requests.is_none() {
            return;
        }
        if let Some(retention) = self.0.retention.lock().unwrap_or_else(PoisonError::into_inner).take() {
            retention.abort();
        }
        if let Some(parker) = self.0.parker.lock().unwrap_or_else(PoisonError::into_inner).take() {
            parker.abort();
        }
        // Without a sender, the committer commits what it has received, and ends.
        drop(requests);
        let runs = self.0.active.epochs();
        for run in self.0.active.all() {
            run.release();
            run.ended().await;
        }
        let committer = self.0.committer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(committer) = committer {
            // It has no panics of its own; those of a store are reported by the runtime.
            let _ = committer.await;
        }
        self.0.active.clear();
        // While the store fails, they keep their ticks.
        let _ = self.0.apply_ticks(runs).await;
        self.0.retire().await;
        let keeper = self.0.keeper.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(keeper) = keeper {
            keeper.abort();
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("workflows", &self.0.workflows.keys())
            .field("running", &self.0.active.len())
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// Passes a request to the committer. `None` once the host has stopped.
    pub(crate) fn request(&self, request: Request) -> Option<()> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.as_ref()?.send(request).ok()
    }

    pub(crate) fn has_stopped(&self) -> bool {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    pub(crate) fn handle<W: Workflow>(self: &Arc<Self>, id: &RunId) -> Option<DurableRun<W>> {
        let active = self.active.get(id)?;
        let handle = active.handle.downcast::<RunHandle<W>>().ok()?;
        Some(DurableRun { host: Arc::clone(self), handle, epoch: active.epoch })
    }

    /// Changes when a run that is executed has published items.
    pub(crate) fn published(&self, run: &RunId) -> Option<watch::Receiver<()>> {
        Some(self.active.get(run)?.published.subscribe())
    }

    pub(crate) async fn read_items(&self, run: &RunId, from: u64, limit: usize) -> Result<Vec<StoredItem>, StoreError> {
        self.store.items(run.clone(), from, limit).await
    }

    /// The journal of a run.
    fn recorder(&self, run: RunId, epoch: u64) -> Option<Arc<Recorder>> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.downgrade();
        Some(Arc::new(Recorder { run, epoch, commit: self.commit, wait: Arc::default(), requests }))
    }
}

/// A builder for a durable run.
#[must_use = "a run does nothing unless it is started"]
pub struct NewRun<W: Workflow> {
    host: Arc<Inner>,
    /// `None` if the workflow is not hosted.
    run: Option<Run<W>>,
    input: Result<String, String>,
}

impl<W: Durable> NewRun<W> {
    /// Sets the id, which must be unique in the store. Default: a random one.
    pub fn id(mut self, id: impl Into<RunId>) -> Self {
        self.run = self.run.map(|run| run.id(id));
        self
    }

    /// Sets the timeout, as of [`Run::timeout`].
    pub fn timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.run = self.run.map(|run| run.timeout(after));
        self
    }

    /// Sets the first state, as of [`Run::state`].
    pub fn state(mut self, state: W::State) -> Self {
        self.run = self.run.map(|run| run.state(state));
        self
    }

    /// Sets the executors in this process, as of [`Run::executors`].
    pub fn executors(mut self, executors: &Executors) -> Self {
        self.run = self.run.map(|run| run.executors(executors));
        self
    }

    /// Starts the run. Returns once it is durable, before its first step begins.
    ///
    /// Dropped while it is awaited, the run is started all the same. Starting it again with the same id reports that it
    /// [exists](HostError::Exists).
    ///
    /// # Errors
    ///
    /// The id is taken, the host does not execute this workflow, the input or the state cannot be stored, the store fails,
    /// or the host has stopped.
    pub async fn start(self) -> Result<DurableRun<W>, HostError> {
        let Self { host, run, input } = self;
        let run = run.ok_or(HostError::NotHosted(W::NAME))?;
        // A run without an id gets a random one now, since its journal names it.
        let id = id_of(&run);
        let run = run.id(id.clone());
        let recorder = host.recorder(id.clone(), 1).ok_or(HostError::Stopped)?;
        let wait = Arc::clone(&recorder.wait);
        let prepared = Prepared::new(run, recorder)?;
        let unstorable = |reason: String| HostError::Unstorable { run: id.clone(), reason };
        let snapshot = prepared.snapshot().map_err(unstorable)?;
        let snapshot = String::from_utf8(snapshot).map_err(|error| unstorable(error.to_string()))?;
        let input = input.map_err(unstorable)?;
        let (workflow, graph) = (W::NAME.to_owned(), prepared.graph());
        let owner = host.owner.clone();
        let start = ChangeKind::Start { owner, workflow, graph, snapshot, input, at: SystemTime::now() };
        // In a task of its own: what is stored must be started, also if the caller gives up.
        let started = in_task(async move {
            match host.commit(Change::new(id.clone(), start)).await {
                Ok(Applied::Done) => {}
                Ok(_) => return Err(HostError::Exists(id)),
                Err(MessageError::Store(error)) => return Err(error.into()),
                Err(_) => return Err(HostError::Stopped),
            }
            let handle = host.active.start(1, (0, wait), || prepared.start());
            Ok(DurableRun { host, handle, epoch: 1 })
        });
        started.await.unwrap_or(Err(HostError::Stopped))
    }
}

impl<W: Workflow> fmt::Debug for NewRun<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewRun").field("run", &self.run).finish_non_exhaustive()
    }
}
