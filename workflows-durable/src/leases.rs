//! The lease of a host: which runs it executes among all hosts of a store.
//!
//! A task of each host renews its lease, fetches the messages that other hosts have stored for its runs, and takes over
//! the runs without an owner that is alive. A host whose lease has run out drops the runs that another one has claimed; it
//! could record nothing of them any more.

use crate::{
    error::HostError,
    host::{Host, Inner, Recovered},
    store::{Change, ChangeKind, OwnerId, Store, StoreError, StoredMessage, Unowned},
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tokio::time::{Instant, sleep};
use workflows_runtime::RunId;

/// The length of a lease, if the builder does not set it.
pub(crate) const DEFAULT: Duration = Duration::from_secs(10);

/// The shortest lease.
pub(crate) const SHORTEST: Duration = Duration::from_millis(20);

/// The longest time between two looks for messages and runs.
const PERIOD: Duration = Duration::from_secs(1);

/// How many runs are examined at once.
const PAGE: usize = 256;

/// The lease of a host, under a lock that its renewals and its claims hold.
pub(crate) struct Lease {
    owner: OwnerId,
    length: Duration,
    renewed: Option<Instant>,
    is_retired: bool,
    /// The runs that this program could not continue, and which it had to claim to know: their graph, and why.
    aside: HashMap<RunId, (String, String)>,
}

impl Lease {
    pub(crate) fn new(owner: OwnerId, length: Duration) -> Self {
        Self { owner, length, renewed: None, is_retired: false, aside: HashMap::new() }
    }

    /// Why the program cannot execute a run, if it knows without reading it.
    fn refuses(&mut self, host: &Inner, run: &Unowned, known: &mut Option<Examined>) -> Option<String> {
        if let Some((graph, reason)) = self.aside.get(&run.id)
            && *graph == run.graph
        {
            return Some(reason.clone());
        }
        // Runs of one workflow hardly ever have different graphs.
        match known {
            Some(known) if known.workflow == run.workflow && known.graph == run.graph => known.refused.clone(),
            _ => {
                let refused = host.workflows.get(&*run.workflow)?.accepts(&run.graph).err();
                *known = Some(Examined {
                    workflow: run.workflow.clone(),
                    graph: run.graph.clone(),
                    refused: refused.clone(),
                });
                refused
            }
        }
    }
}

/// A graph that was examined.
struct Examined {
    workflow: String,
    graph: String,
    refused: Option<String>,
}

/// Keeps the lease of a host, until the host stops or is dropped.
pub(crate) async fn keep(host: Weak<Inner>, store: Arc<dyn Store>, owner: OwnerId, length: Duration) {
    let period = (length / 4).min(PERIOD);
    loop {
        sleep(period).await;
        let Some(host) = host.upgrade() else {
            // A store that fails lets the lease run out.
            let _ = store.owners().retire(owner).await;
            return;
        };
        // While the store fails, the lease may run out.
        match host.beat().await {
            Ok(true) | Err(_) => {}
            Ok(false) => return,
        }
    }
}

impl Inner {
    /// Renews the lease, delivers messages and takes runs over. Returns false once the host has stopped.
    pub(crate) async fn beat(&self) -> Result<bool, StoreError> {
        let mut lease = self.lease.lock().await;
        if lease.is_retired {
            return Ok(false);
        }
        let is_due = match lease.renewed {
            Some(renewed) => renewed.elapsed() >= lease.length / 4,
            None => true,
        };
        if is_due {
            let is_first = lease.renewed.is_none();
            let now = Instant::now();
            let was_alive = self.store.owners().renew(lease.owner.clone(), lease.length).await?;
            lease.renewed = Some(now);
            if !was_alive && !is_first {
                self.drop_lost(&lease.owner).await?;
            }
        }
        for StoredMessage { run, number, body } in self.store.owners().messages(lease.owner.clone()).await? {
            // A run that is just being started has it at the next beat.
            if let (Some(active), Ok(body)) = (self.active.get(&run), body)
                && !active.deliver(&body, number)
            {
                self.withdraw(&run, number);
            }
        }
        self.take_over(&mut lease).await?;
        Ok(true)
    }

    /// Drops the runs that other hosts have claimed.
    async fn drop_lost(&self, owner: &OwnerId) -> Result<(), StoreError> {
        // A run that is started in between is not among these.
        let active = self.active.epochs();
        let present: HashMap<RunId, u64> = self.store.owners().owned(owner.clone()).await?.into_iter().collect();
        for (run, epoch) in active {
            if present.get(&run) != Some(&epoch) {
                self.active.lose(&run, epoch);
            }
        }
        Ok(())
    }

    /// Claims and continues the runs without an owner that is alive.
    async fn take_over(&self, lease: &mut Lease) -> Result<(), StoreError> {
        let workflows: Vec<String> = self.workflows.keys().map(|name| (*name).to_owned()).collect();
        let mut refused = Vec::new();
        let (mut known, mut after) = (None, 0);
        loop {
            let page = self.store.owners().unowned(workflows.clone(), after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.cursor;
            let mut accepted = Vec::new();
            let mut graphs = HashMap::new();
            for run in page {
                if let Some(reason) = lease.refuses(self, &run, &mut known) {
                    refused.push((run.id, reason));
                } else {
                    accepted.push((run.id.clone(), run.epoch));
                    graphs.insert(run.id, run.graph);
                }
            }
            if accepted.is_empty() {
                continue;
            }
            for stored in self.store.claim(lease.owner.clone(), accepted).await? {
                let (id, epoch) = (stored.id.clone(), stored.epoch);
                // Only runs of these workflows are claimed.
                let Some(workflow) = self.workflows.get(&*stored.workflow) else { continue };
                match workflow.recover(self, stored) {
                    Ok(()) => self.recovered().resumed.push(id),
                    Err(reason) => {
                        // Without a commit, it has no owner once the host has stopped.
                        let _ = self.commit(Change::new(id.clone(), ChangeKind::Release { epoch })).await;
                        let graph = graphs.remove(&id).unwrap_or_default();
                        lease.aside.insert(id.clone(), (graph, reason.clone()));
                        refused.push((id, reason));
                    }
                }
            }
        }
        if !lease.aside.is_empty() {
            // Another host has claimed the others: what it leaves is examined again.
            let seen: HashSet<&RunId> = refused.iter().map(|(id, _)| id).collect();
            lease.aside.retain(|id, _| seen.contains(id));
        }
        self.recovered().refused = refused;
        Ok(())
    }

    pub(crate) fn recovered(&self) -> MutexGuard<'_, Recovered> {
        self.recovered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the lease back, so other hosts claim the runs at once.
    pub(crate) async fn retire(&self) {
        let mut lease = self.lease.lock().await;
        lease.is_retired = true;
        // A store that fails lets the lease run out.
        let _ = self.store.owners().retire(lease.owner.clone()).await;
    }
}

impl Host {
    /// Identifies this host among all that use the store. [`RunInfo::owner`](crate::RunInfo::owner) names the one that
    /// executes a run.
    #[must_use]
    pub fn owner(&self) -> &OwnerId {
        &self.inner().owner
    }

    /// Takes over the runs without an owner that is alive, and delivers the messages of other hosts. The host does so by
    /// itself after each quarter of its [lease](crate::HostBuilder::lease), at least once a second; call it in order not to
    /// wait. [`recovered`](Self::recovered) has the runs.
    ///
    /// ```
    /// # use workflows_durable::{Host, MemoryStore};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = MemoryStore::new();
    /// let one = Host::on(store.clone()).start().await?;
    /// let two = Host::on(store).start().await?;
    /// one.stop().await;
    /// two.take_over().await?;
    /// assert!(two.recovered().resumed.is_empty(), "there was no run");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The store fails, or the host has stopped.
    pub async fn take_over(&self) -> Result<(), HostError> {
        if self.inner().beat().await? { Ok(()) } else { Err(HostError::Stopped) }
    }
}
