//! `HostBuilder`: the options of a host, and its start.

use crate::{
    active::ActiveRuns,
    committer::{StoreHealth, commit_all},
    error::HostError,
    host::{Host, Inner},
    hosted::{AnyWorkflow, Hosted},
    leases::{self, Lease},
    parking, retention,
    store::{OwnerId, Store},
};
use core::fmt;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, Weak, atomic::AtomicUsize},
    time::Duration,
};
use tokio::sync::{Notify, mpsc};
use workflows_runtime::{
    Workflow, WorkflowExt,
    durable::{Commit, Durable, shared},
};

/// A builder for a [`Host`]. Created by [`Host::on`].
#[must_use = "a host does nothing unless it is started"]
pub struct HostBuilder {
    store: Arc<dyn Store>,
    workflows: BTreeMap<&'static str, Arc<dyn AnyWorkflow>>,
    keep_ended: Option<Duration>,
    lease: Duration,
    commit: Commit,
    idle_after: Option<Duration>,
    park_parents: bool,
}

impl HostBuilder {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            workflows: BTreeMap::new(),
            keep_ended: None,
            lease: leases::DEFAULT,
            commit: Commit::default(),
            idle_after: None,
            park_parents: false,
        }
    }

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
    /// time: timeouts, delays and deadlines also elapse while it is parked. This host takes it back at once if the message
    /// came through it, and any host of the workflow within a second otherwise.
    ///
    /// As after a crash, a step that waits in its body, as for [`ask_for`](workflows_runtime::Context::ask_for), begins again
    /// from its top when its run is taken back. The waits that had their response have it again. A step that waits
    /// for anything else, such as a child or a socket, does something, and keeps its run in memory, and with it the children of
    /// that run. [`park_parents`](Self::park_parents) changes that.
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

    /// Sets whether runs are also parked while their steps wait for children. Default: false. Without
    /// [`idle_after`](Self::idle_after), it has no effect.
    ///
    /// A run is parked together with its children, and theirs, once each of them has only waited for the time of `idle_after`:
    /// for a message, for its time, or in steps that await the result of a child. A message for one of them, or its time,
    /// takes all of them back. Timeouts of runs, of waits and of retries elapse meanwhile.
    ///
    /// **The steps that wait for a child begin again from their top**, each time the run is taken back, and find
    /// [their children again](https://docs.rs/workflows-runtime/latest/workflows_runtime/guide/children/#durable-children). So what such a step does before it starts
    /// its child happens again, not only after a crash. That is why it is off by default: turn it on if these steps start
    /// their children first, or give their effects an idempotency key.
    ///
    /// * A step waits for a child if it has awaited its handle or its [`result`](workflows_runtime::RunHandle::result), and was
    ///   not polled since then, whatever else it waits for: while it is parked, a socket or a timer of its own does not
    ///   wake it.
    /// * A step with a `timeout` keeps its run in memory: an attempt that begins again has its whole time again. Declare the timeout
    ///   on the workflow of the child.
    /// * Steps that read the events of a child, and blocking code that waits for one, keep their run in memory.
    ///
    /// ```
    /// # use workflows_durable::{Host, MemoryStore};
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idle = Duration::from_secs(60);
    /// let host = Host::on(MemoryStore::new()).idle_after(idle).park_parents(true).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn park_parents(mut self, parks: bool) -> Self {
        self.park_parents = parks;
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
        let inner = Arc::new_cyclic(|me| Inner {
            me: Weak::clone(me),
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
            parks_parents: self.idle_after.is_some() && self.park_parents,
            parker: Mutex::default(),
            wanted: Arc::default(),
            started: Notify::new(),
            parked: AtomicUsize::new(0),
            next_due: Mutex::default(),
        });
        if let Err(error) = inner.beat().await {
            inner.retire().await;
            return Err(error.into());
        }
        inner.count_parked().await;
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
