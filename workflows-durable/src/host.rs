//! `Host`: executes the runs of a store.

use crate::{
    active::ActiveRuns,
    builder::HostBuilder,
    committer::{Request, StoreHealth},
    error::{HostError, MessageError},
    hosted::AnyWorkflow,
    leases::Lease,
    new_run::NewRun,
    recorder::{Life, Recorder},
    run::DurableRun,
    store::{Applied, Change, ChangeKind, Filter, OwnerId, RunInfo, Store, StoreError, StoredItem},
};
use core::fmt;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::SystemTime,
};
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinHandle,
};
use workflows_runtime::{RunHandle, RunId, Workflow, durable::Commit};

/// The JSON of [`External::cancel`], which is the same for all workflows.
const CANCEL: &str = r#"{"v1":"Cancel"}"#;

/// Executes the runs of a store, and recovers them after a crash.
///
/// Clones are the same host. Dropping it does not stop it; call [`stop`](Self::stop).
#[derive(Clone)]
pub struct Host(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) me: Weak<Self>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) commit: Commit,
    pub(crate) owner: OwnerId,
    pub(crate) workflows: BTreeMap<&'static str, Arc<dyn AnyWorkflow>>,
    pub(crate) active: Arc<ActiveRuns>,
    pub(crate) lease: tokio::sync::Mutex<Lease>,
    pub(crate) health: Arc<StoreHealth>,
    /// `None` once the host has stopped.
    pub(crate) requests: Mutex<Option<mpsc::UnboundedSender<Request>>>,
    pub(crate) committer: Mutex<Option<JoinHandle<()>>>,
    pub(crate) retention: Mutex<Option<JoinHandle<()>>>,
    pub(crate) keeper: Mutex<Option<JoinHandle<()>>>,
    pub(crate) recovered: Mutex<Recovered>,
    /// Whether runs are parked.
    pub(crate) parks: bool,
    /// Whether runs are also parked while their steps wait for children.
    pub(crate) parks_parents: bool,
    pub(crate) parker: Mutex<Option<JoinHandle<()>>>,
    /// Notified when a run without an owner is wanted.
    pub(crate) wanted: Arc<Notify>,
    /// Notified when a run was started or taken over.
    pub(crate) started: Notify,
    /// The number of parked runs at the last look.
    pub(crate) parked: AtomicUsize,
    /// When the next parked run is due.
    pub(crate) next_due: Mutex<Option<SystemTime>>,
}

/// What a host has found in its store, at its start and since then.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Recovered {
    /// The runs that the host has continued because their host died or stopped, before its start and since then. Their children
    /// continue with them, and are not listed. Nor are runs that come back from being
    /// [parked](crate::HostBuilder::idle_after), whichever host has parked them.
    pub resumed: Vec<RunId>,
    /// The runs that no host executes and that cannot be continued by this program, and why. They stay in the store as they
    /// are, for hosts of other programs. Runs of workflows that the host does not have are not among them: another program may
    /// have these. [`Host::list`] has all.
    pub refused: Vec<(RunId, String)>,
}

/// Whether a host works.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Health {
    /// The number of runs that this host executes, with their children.
    pub running: usize,
    /// The number of runs of the store that are [parked](crate::HostBuilder::idle_after), of all workflows and by all hosts. As of
    /// the host's last look at the store, which is at most a second old while the store works.
    pub parked: usize,
    /// Since when the store fails, and its last error. Runs wait until it works again, and what callers start or send is
    /// refused.
    pub failing: Option<(SystemTime, StoreError)>,
}

impl Host {
    /// A builder for a host of this store.
    pub fn on(store: impl Store) -> HostBuilder {
        HostBuilder::new(Arc::new(store))
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
    pub fn run<W: Workflow>(&self, input: W::Input) -> NewRun<W> {
        let hosted = self.0.workflows.get(W::NAME);
        let hosted = hosted.and_then(|hosted| hosted.startable().downcast().ok()).map(|startable| *startable);
        NewRun::new(Arc::clone(&self.0), hosted, input)
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
    /// The store fails, there is no such run, it has ended, or the host has stopped.
    pub async fn cancel(&self, id: impl Into<RunId>) -> Result<(), HostError> {
        let id = id.into();
        let body = CANCEL.to_owned();
        let change =
            Change::new(id.clone(), ChangeKind::Message { epoch: None, key: None, body, at: SystemTime::now() });
        match self.0.commit(change).await {
            Ok(Applied::Message { .. }) => {}
            Ok(Applied::NotFound) => return Err(HostError::NotFound(id)),
            Ok(_) => return Err(HostError::Ended(id)),
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

    /// Whether the host works, and how many runs are in memory and parked.
    ///
    /// ```
    /// # use workflows_durable::{Host, MemoryStore};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let host = Host::on(MemoryStore::new()).start().await?;
    /// let health = host.health();
    /// assert_eq!((health.running, health.parked), (0, 0));
    /// assert!(health.failing.is_none());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn health(&self) -> Health {
        Health {
            running: self.0.active.len(),
            parked: self.0.parked.load(Ordering::Relaxed),
            failing: self.0.health.failure(),
        }
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
        let active = self.0.active.all();
        // All of them first: one that waits for another one, or for one of `max_runs`, must not begin.
        for run in &active {
            run.release();
        }
        for run in active {
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
    pub(crate) fn recorder(&self, run: RunId, epoch: u64, life: Life) -> Option<Arc<Recorder>> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.downgrade();
        Some(Arc::new(Recorder {
            run,
            epoch,
            commit: self.commit,
            parks_parents: self.parks_parents,
            wait: Arc::default(),
            requests,
            host: Weak::clone(&self.me),
            parent: None,
            is_dropped: AtomicBool::new(false),
            children: life.children,
            again: Mutex::new(life.again),
        }))
    }
}
