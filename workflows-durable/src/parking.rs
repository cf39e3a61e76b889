//! Parking: runs that only wait leave the memory.
//!
//! The driver of a run reports that it waits. A task of the host releases the runs that have waited for long enough, and
//! whose time has not nearly come; the store marks them as parked. A message, or the time at which a run is due, ends the
//! mark, and then the run is one without an owner: a host takes it over. The task of the lease looks for these runs when
//! a message of this host was for one, when one is due, and each second for the messages of others.

use crate::{
    committer::{Reply, Request},
    host::Inner,
    run::DurableRun,
    store::{Change, ChangeKind, RunStatus, StoreError},
};
use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, SystemTime},
};
use tokio::time::{Instant, sleep, timeout};
use workflows_runtime::{RunId, Workflow};

/// How often a host looks for runs to park, at least and at most.
const PERIODS: (Duration, Duration) = (Duration::from_millis(1), Duration::from_secs(1));

/// How long a call that waits for a run waits before it looks at the store again. Another host may execute the run.
const LOOK: Duration = Duration::from_secs(1);

/// Since when a run waits, and until when.
#[derive(Debug, Default)]
pub(crate) struct Wait(Mutex<Option<(Instant, Option<SystemTime>)>>);

impl Wait {
    /// The run waits.
    pub(crate) fn note(&self, due: Option<SystemTime>) {
        let mut wait = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = wait.map_or_else(Instant::now, |(since, _)| since);
        *wait = Some((since, due));
    }

    /// The run does something.
    pub(crate) fn end(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether the run has waited for this time, and waits for as long.
    fn is_long(&self, time: Duration) -> bool {
        let Some((since, due)) = *self.0.lock().unwrap_or_else(PoisonError::into_inner) else { return false };
        let is_far = match due {
            Some(due) => due.duration_since(SystemTime::now()).is_ok_and(|left| left >= time),
            None => true,
        };
        since.elapsed() >= time && is_far
    }
}

/// Parks the runs that wait, until the host is gone.
pub(crate) async fn park_idle(host: Weak<Inner>, idle_after: Duration) {
    let period = (idle_after / 4).clamp(PERIODS.0, PERIODS.1);
    loop {
        sleep(period).await;
        let Some(host) = host.upgrade() else { return };
        let mut parking = Vec::new();
        for (id, epoch) in host.active.waiting(|wait| wait.is_long(idle_after)) {
            let host = Arc::clone(&host);
            parking.push(tokio::spawn(async move { host.park(id, epoch).await }));
        }
        for parked in parking {
            // Its panics are reported by the runtime.
            let _ = parked.await;
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
    /// Takes a run out of the memory, if it still waits.
    async fn park(&self, id: RunId, epoch: u64) {
        let Some(run) = self.active.get(&id).filter(|run| run.epoch == epoch) else { return };
        if !run.park().await {
            return;
        }
        self.active.remove(&id, epoch);
        let change = Change::new(id, ChangeKind::Park { epoch });
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
