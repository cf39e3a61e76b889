//! The lease of a host: which runs it executes among all hosts of a store.
//!
//! A task of each host renews its lease, fetches the messages that other hosts have stored for its runs, and takes over
//! the runs without an owner that is alive. A host whose lease has run out drops the runs that another one has claimed; it
//! could record nothing of them any more.

use crate::{
    error::HostError,
    host::{Host, Inner, Recovered},
    migration::refused_children,
    store::{Applied, Change, ChangeKind, OwnerId, Store, StoreError, StoredChild, StoredMessage, StoredRun, Unowned},
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, MutexGuard, PoisonError, Weak, atomic::Ordering},
    time::{Duration, SystemTime},
};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};
use workflows_runtime::RunId;

/// The length of a lease, if the builder does not set it.
pub(crate) const DEFAULT: Duration = Duration::from_secs(10);

/// The shortest lease.
pub(crate) const SHORTEST: Duration = Duration::from_millis(20);

/// The longest time between two looks for messages and runs.
const PERIOD: Duration = Duration::from_secs(1);

/// The shortest time between two looks, for a run that is due.
const SOON: Duration = Duration::from_millis(1);

/// How many runs are examined at once.
const PAGE: usize = 256;

/// The lease of a host, under a lock that its renewals and its claims hold.
pub(crate) struct Lease {
    owner: OwnerId,
    length: Duration,
    renewed: Option<Instant>,
    is_retired: bool,
    /// The runs that this program cannot continue.
    aside: HashMap<RunId, Aside>,
}

/// A run that cannot be continued.
struct Aside {
    graph: String,
    /// The epoch in which it was read.
    epoch: u64,
    reason: String,
}

impl Lease {
    pub(crate) fn new(owner: OwnerId, length: Duration) -> Self {
        Self { owner, length, renewed: None, is_retired: false, aside: HashMap::new() }
    }

    fn is_due(&self) -> bool {
        match self.renewed {
            Some(renewed) => renewed.elapsed() >= self.length / 4,
            None => true,
        }
    }

    /// Examines all runs again.
    pub(crate) fn examine_again(&mut self) {
        self.aside.clear();
    }
}

/// Keeps the lease of a host, until the host stops or is dropped.
pub(crate) async fn keep(
    host: Weak<Inner>,
    store: Arc<dyn Store>,
    owner: OwnerId,
    length: Duration,
    wanted: Arc<Notify>,
) {
    let longest = (length / 4).min(PERIOD);
    let mut period = longest;
    let mut counted = Instant::now();
    loop {
        // Also when the host is gone, it is not notified.
        let is_wanted = timeout(period, wanted.notified()).await.is_ok();
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
        // Counting takes longer than looking for one run. It is for operators, and a message need not wait for it.
        if !is_wanted || counted.elapsed() >= PERIOD {
            counted = Instant::now();
            host.count_parked().await;
        }
        period = host.next_look(longest);
    }
}

impl Inner {
    /// Renews the lease, delivers messages and takes runs over. Returns false once the host has stopped.
    pub(crate) async fn beat(&self) -> Result<bool, StoreError> {
        let mut lease = self.lease.lock().await;
        if lease.is_retired {
            return Ok(false);
        }
        let is_due = lease.is_due();
        if is_due {
            self.renew(&mut lease).await?;
        }
        for StoredMessage { run, number, body } in self.store.owners().messages(lease.owner.clone()).await? {
            // A run that is just being started has it at the next beat.
            if let (Some(active), Ok(body)) = (self.active.get(&run), body)
                && !active.deliver(&body, number)
            {
                self.withdraw(&run, number);
            }
        }
        let next = self.store.owners().wake_due().await?;
        *self.next_due.lock().unwrap_or_else(PoisonError::into_inner) = next;
        if !self.take_over(&mut lease, is_due).await? {
            // If the clock of the store has jumped, these are runs of this host.
            self.renew(&mut lease).await?;
            self.take_over(&mut lease, true).await?;
        }
        Ok(true)
    }

    /// When to look for runs again: when one is due, but after this time at the latest.
    fn next_look(&self, longest: Duration) -> Duration {
        match *self.next_due.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(due) => due.duration_since(SystemTime::now()).unwrap_or_default().clamp(SOON, longest),
            None => longest,
        }
    }

    /// Counts the parked runs. While the store fails, their number is the last one that is known.
    pub(crate) async fn count_parked(&self) {
        if let Ok(parked) = self.store.owners().parked().await {
            self.parked.store(parked, Ordering::Relaxed);
        }
    }

    async fn renew(&self, lease: &mut Lease) -> Result<(), StoreError> {
        let now = Instant::now();
        let was_alive = self.store.owners().renew(lease.owner.clone(), lease.length).await?;
        let is_first = lease.renewed.replace(now).is_none();
        if !was_alive && !is_first {
            self.drop_lost(&lease.owner).await?;
        }
        Ok(())
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

    /// Claims and continues the runs without an owner that is alive. Returns false if there are some, and the lease was not
    /// just renewed.
    async fn take_over(&self, lease: &mut Lease, is_renewed: bool) -> Result<bool, StoreError> {
        let workflows: Vec<String> = self.workflows.keys().map(|name| (*name).to_owned()).collect();
        let (mut refused, mut after) = (Vec::new(), 0);
        loop {
            let page = self.store.owners().unowned(workflows.clone(), after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.cursor;
            if lease.is_due() {
                // There are many, and what was claimed first must stay.
                self.renew(lease).await?;
            }
            let mut accepted = HashMap::new();
            for run in page {
                let reason = match lease.aside.get(&run.id) {
                    Some(aside) if aside.graph == run.graph && aside.epoch == run.epoch => Some(aside.reason.clone()),
                    known => self.examine(&run, known.is_some()).await?,
                };
                let Some(reason) = reason else {
                    accepted.insert(run.id.clone(), run);
                    continue;
                };
                let aside = Aside { graph: run.graph, epoch: run.epoch, reason: reason.clone() };
                lease.aside.insert(run.id.clone(), aside);
                refused.push((run.id, reason));
            }
            if accepted.is_empty() {
                continue;
            }
            if !is_renewed {
                return Ok(false);
            }
            let runs = accepted.values().map(|run| (run.id.clone(), run.epoch)).collect();
            for stored in self.store.claim(lease.owner.clone(), runs).await? {
                let (id, epoch) = (stored.id.clone(), stored.epoch);
                let reason = match self.resume(stored).await {
                    Ok(true) => {
                        lease.aside.remove(&id);
                        if accepted.get(&id).is_some_and(|run| !run.was_parked) {
                            self.recovered().resumed.push(id);
                        }
                        continue;
                    }
                    Ok(false) => None,
                    Err(reason) => Some(reason),
                };
                // Without a commit, it has no owner once the host has stopped.
                let run = accepted.remove(&id);
                let was_parked = run.as_ref().is_some_and(|run| run.was_parked);
                let _ = self.commit(Change::new(id.clone(), ChangeKind::Release { epoch, was_parked })).await;
                let graph = run.map_or_else(String::new, |run| run.graph);
                if let Some(reason) = reason {
                    lease.aside.insert(id.clone(), Aside { graph, epoch, reason: reason.clone() });
                    refused.push((id, reason));
                }
            }
        }
        if !lease.aside.is_empty() {
            // Another host has claimed the others: what it leaves is examined again.
            let seen: HashSet<&RunId> = refused.iter().map(|(id, _)| id).collect();
            lease.aside.retain(|id, _| seen.contains(id));
        }
        self.recovered().refused = refused;
        Ok(true)
    }

    /// Why this program cannot continue a run, as far as that is known without claiming it. A run that `was_refused` is
    /// only read: two hosts that refuse it would claim it from each other forever.
    async fn examine(&self, run: &Unowned, was_refused: bool) -> Result<Option<String>, StoreError> {
        // Only runs of these workflows are listed.
        let Some(workflow) = self.workflows.get(&*run.workflow) else { return Ok(None) };
        if !was_refused && workflow.has_graph(&run.graph) {
            return Ok(None);
        }
        // Otherwise it has just ended.
        let Some(stored) = self.store.load(run.id.clone()).await? else { return Ok(None) };
        if let Some(reason) = self.refusal(&stored) {
            return Ok(Some(reason));
        }
        let children = refused_children(&stored, &|child| self.refusal(child));
        Ok(children.first().map(|(id, reason)| of_child(id, reason)))
    }

    /// Continues a run that was claimed, or returns why that is impossible. False if it was changed in between.
    async fn resume(&self, mut stored: StoredRun) -> Result<bool, String> {
        let Some(workflow) = self.workflows.get(&*stored.workflow) else { return Err("it is not hosted".to_owned()) };
        if !workflow.has_graph(&stored.graph) {
            let change = workflow.adapt(&stored)?;
            adapt_stored(&mut stored, &change);
            // Its records have the numbers of the new graph from now on.
            match self.commit(change).await {
                Ok(Applied::Done) => {}
                // A message has arrived, or the store fails: it is claimed again later.
                Ok(_) | Err(_) => return Ok(false),
            }
        }
        if !self.adapt_children(&mut stored).await? {
            return Ok(false);
        }
        workflow.recover(self, stored)?;
        Ok(true)
    }

    /// Makes the running children of a run, and theirs, continue with it, or returns why that is impossible. False if one was
    /// changed in between.
    async fn adapt_children(&self, parent: &mut StoredRun) -> Result<bool, String> {
        // A list in place of recursion, which a future would box.
        let mut runs = vec![parent];
        while let Some(run) = runs.pop() {
            for StoredChild { id, state, .. } in &mut run.children {
                let Ok(stored) = state else { continue };
                if let Some(reason) = self.refusal(stored) {
                    return Err(of_child(id, &reason));
                }
                if let Some(workflow) = self.workflows.get(&*stored.workflow)
                    && !workflow.has_graph(&stored.graph)
                {
                    let change = workflow.adapt(stored).map_err(|reason| of_child(id, &reason))?;
                    adapt_stored(stored, &change);
                    if !matches!(self.commit(change).await, Ok(Applied::Done)) {
                        return Ok(false);
                    }
                }
                runs.push(stored);
            }
        }
        Ok(true)
    }

    pub(crate) fn recovered(&self) -> MutexGuard<'_, Recovered> {
        self.recovered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The change that replaces the ticks of a run, which was executed in this epoch, by a snapshot: another version of the
    /// program may not be able to apply them. `None` if there is nothing to replace.
    pub(crate) async fn without_ticks(&self, run: RunId, epoch: u64) -> Result<Option<Change>, StoreError> {
        let Some(stored) = self.store.load(run).await? else { return Ok(None) };
        let Some(workflow) = self.workflows.get(&*stored.workflow) else { return Ok(None) };
        if stored.epoch != epoch || stored.ticks.is_empty() {
            return Ok(None);
        }
        // A damaged run stays as it is.
        Ok(workflow.adapt(&stored).ok())
    }

    /// Replaces the ticks of runs that were executed in these epochs.
    pub(crate) async fn apply_ticks(&self, runs: Vec<(RunId, u64)>) -> Result<(), StoreError> {
        let mut changes = Vec::new();
        for (run, epoch) in runs {
            changes.extend(self.without_ticks(run, epoch).await?);
        }
        for changes in changes.chunks(PAGE) {
            self.store.commit(changes.into()).await?;
        }
        Ok(())
    }

    /// Gives the lease back, so other hosts claim the runs at once.
    pub(crate) async fn retire(&self) {
        let mut lease = self.lease.lock().await;
        lease.is_retired = true;
        // A store that fails lets the lease run out.
        let _ = self.store.owners().retire(lease.owner.clone()).await;
    }
}

/// Why a run is refused: because of this child.
fn of_child(id: &RunId, reason: &str) -> String {
    format!("its child `{id}`: {reason}")
}

/// What the store has once it has applied the change.
fn adapt_stored(stored: &mut StoredRun, change: &Change) {
    let ChangeKind::Migrate { graph, snapshot, messages, .. } = &change.kind else { return };
    stored.graph.clone_from(graph);
    stored.snapshot = Ok(snapshot.clone());
    stored.ticks.clear();
    for (number, body) in messages {
        if let Some((_, known)) = stored.messages.iter_mut().find(|(known, _)| known == number) {
            *known = Ok(body.clone());
        }
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
