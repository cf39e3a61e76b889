//! Parking: runs that only wait leave the memory.
//!
//! The driver of a run reports that it waits. A task of the host releases the runs that have waited for long enough, and
//! whose time has not nearly come; the store marks them as parked. A message, or the time at which a run is due, ends the
//! mark, and then the run is one without an owner: a host takes it over. The task of the lease looks for these runs when
//! a message of this host was for one, when one is due, and each second for the messages of others.
//!
//! A parked run is stored as a whole, without ticks, so hosts of other versions of the program can migrate and continue it.
//!
//! A run whose steps wait for children is parked with them, as a [`Family`], if the host parks parents.

use crate::{
    committer::{Reply, Request},
    family::Family,
    host::Inner,
    run::DurableRun,
    store::{Change, ChangeKind, RunStatus, StoreError},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, SystemTime},
};
use tokio::time::{Instant, sleep, timeout};
use workflows_runtime::{RunId, Workflow};

/// How often a host looks for runs to park, at least and at most.
const PERIODS: (Duration, Duration) = (Duration::from_millis(1), Duration::from_secs(1));

/// How many families are parked at once: each is read from the store to apply its ticks.
const AT_ONCE: usize = 8;

/// How long a call that waits for a run waits before it looks at the store again. Another host may execute the run.
const LOOK: Duration = Duration::from_secs(1);

/// Whether a run waits.
#[derive(Debug, Default)]
pub(crate) struct Wait(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    what: Option<What>,
    /// The number of its children whose starts are not durable yet. They are not in memory, and not in the store.
    starting: usize,
}

#[derive(Debug, Clone, Copy)]
enum What {
    /// For a message, or until it is due.
    Message { since: Instant, due: Option<SystemTime> },
    /// For steps that are running, since one was polled.
    Steps { since: Instant },
}

/// A child that is being started.
pub(crate) struct Starting(Arc<Wait>);

impl Drop for Starting {
    fn drop(&mut self) {
        self.0.waiting().starting -= 1;
    }
}

impl Wait {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run waits for a message.
    pub(crate) fn note(&self, due: Option<SystemTime>) {
        let mut waiting = self.waiting();
        let since = match waiting.what {
            Some(What::Message { since, .. }) => since,
            Some(What::Steps { .. }) | None => Instant::now(),
        };
        waiting.what = Some(What::Message { since, due });
    }

    /// The run waits for steps, which were just polled.
    pub(crate) fn note_steps(&self) {
        self.waiting().what = Some(What::Steps { since: Instant::now() });
    }

    /// The run does something.
    pub(crate) fn end(&self) {
        self.waiting().what = None;
    }

    /// A step of the run starts a child.
    pub(crate) fn start_child(self: &Arc<Self>) -> Starting {
        self.waiting().starting += 1;
        Starting(Arc::clone(self))
    }

    /// Whether nothing was recorded since the run began to wait, so it can be taken out of the memory.
    fn is_recorded(&self) -> bool {
        let waiting = self.waiting();
        waiting.what.is_some() && waiting.starting == 0
    }

    /// Whether the run has waited for this time, and waits for as long. `has_children` if its steps may wait for children.
    pub(crate) fn is_long(&self, time: Duration, has_children: bool) -> bool {
        let waiting = self.waiting();
        match waiting.what {
            Some(What::Message { since, due }) => {
                let is_far = match due {
                    Some(due) => due.duration_since(SystemTime::now()).is_ok_and(|left| left >= time),
                    None => true,
                };
                since.elapsed() >= time && is_far && waiting.starting == 0
            }
            Some(What::Steps { since }) => since.elapsed() >= time && has_children && waiting.starting == 0,
            None => false,
        }
    }
}

/// Parks the runs that wait, until the host is gone.
pub(crate) async fn park_idle(host: Weak<Inner>, idle_after: Duration) {
    let period = (idle_after / 4).clamp(PERIODS.0, PERIODS.1);
    loop {
        sleep(period).await;
        let Some(host) = host.upgrade() else { return };
        let mut waiting = host.active.waiting(idle_after, host.parks_parents);
        while !waiting.is_empty() {
            let some = waiting.split_off(waiting.len().saturating_sub(AT_ONCE));
            let park = |family| {
                let host = Arc::clone(&host);
                tokio::spawn(async move { host.park(family, idle_after).await })
            };
            for parked in some.into_iter().map(park).collect::<Vec<_>>() {
                // Its panics are reported by the runtime.
                let _ = parked.await;
            }
        }
    }
}

/// A run after the life that a handle knows.
pub(crate) enum Next<W: Workflow> {
    /// This host executes it again.
    Active(DurableRun<W>),
    /// It has ended, with a result as JSON, or an error.
    Ended(RunStatus, Option<String>),
    /// It is parked, or another host executes it.
    Later,
    /// It was purged, or the host has stopped.
    Gone,
}

impl Inner {
    /// Takes the runs of a family out of the memory, if all of them still wait.
    async fn park(&self, family: Family, idle_after: Duration) {
        let Family { root, children } = family;
        // Nothing of those without children is lost if they are released, since their records tell whether they waited.
        for child in children.iter().filter(|child| !child.awaiting.is_empty()) {
            if !child.run.waits(child.awaiting.clone(), idle_after).await {
                return;
            }
        }
        let epoch = root.run.epoch;
        if !root.run.park(root.awaiting, idle_after).await {
            return;
        }
        // Its steps are dropped, and release their children, unless a task of its own holds the handle of one.
        for child in &children {
            child.run.release();
        }
        for child in &children {
            child.run.ended().await;
        }
        let have_waited = children.iter().all(|child| child.run.wait.is_recorded()) && root.run.wait.is_recorded();
        self.active.remove(&root.id, epoch);
        for child in &children {
            self.active.remove(&child.id, child.run.epoch);
        }
        let family = children.iter().map(|child| (child.id.clone(), child.run.epoch));
        for (run, epoch) in family.chain([(root.id.clone(), epoch)]) {
            // While the store cannot be read, it keeps its ticks.
            if let Ok(Some(change)) = self.without_ticks(run, epoch).await {
                // Committed with the next change, and before it.
                let _ = self.request(Request { change, reply: Reply::Nothing });
            }
        }
        let kind = if have_waited {
            ChangeKind::Park { epoch, children: children.into_iter().map(|child| child.id).collect() }
        } else {
            // A message has come: what it has led to is recorded, and continues from there.
            ChangeKind::Release { epoch, was_parked: true }
        };
        let change = Change::new(root.id, kind);
        // It is repeated until the store works. A host that has stopped has no lease, so its runs have no owner.
        let _ = self.request(Request { change, reply: Reply::Parked(Arc::clone(&self.wanted)) });
    }

    /// Looks for the life of a run after this epoch. Returns [`Next::Later`] after a while without one.
    pub(crate) async fn next_life<W: Workflow>(
        self: &Arc<Self>,
        id: &RunId,
        epoch: u64,
    ) -> Result<Next<W>, StoreError> {
        // Before the look, so a start in between is noticed.
        let started = self.started.notified();
        if let Some(run) = self.handle(id)
            && run.epoch > epoch
        {
            return Ok(Next::Active(run));
        }
        if self.has_stopped() {
            return Ok(Next::Gone);
        }
        let Some(found) = self.store.find(id.clone()).await? else { return Ok(Next::Gone) };
        if found.status != RunStatus::Running {
            return Ok(Next::Ended(found.status, found.result.or(found.error)));
        }
        let _ = timeout(LOOK, started).await;
        Ok(Next::Later)
    }
}
