//! What all runs of one workflow instance have in common: how many go on at once.

use super::Shared;
use crate::Workflow;
use std::{
    collections::BTreeMap,
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, PoisonError, Weak},
    task::Poll,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The instances of a workflow type that have runs, told apart by their allocation.
#[derive(Debug)]
pub struct Instances<W> {
    known: Mutex<Known<W>>,
}

#[derive(Debug)]
struct Known<W> {
    /// By address. The `Weak` keeps the allocation from being used again, so that an address
    /// means one instance as long as the entry is there.
    by_address: BTreeMap<usize, (Weak<W>, Arc<Semaphore>)>,
    /// With so many entries, those of dropped instances are swept out.
    sweep_at: usize,
}

impl<W> Instances<W> {
    /// None yet.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "it is made in a `static`")]
    pub const fn new() -> Self {
        Self { known: Mutex::new(Known { by_address: BTreeMap::new(), sweep_at: 0 }) }
    }

    fn slots(&self, flow: &Arc<W>, limit: usize) -> Arc<Semaphore> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let address = Arc::as_ptr(flow).addr();
        if let Some((_, slots)) = known.by_address.get(&address) {
            return Arc::clone(slots);
        }
        // Seldom enough that each entry costs a constant share of it.
        if known.by_address.len() >= known.sweep_at {
            known.by_address.retain(|_, (instance, _)| instance.strong_count() > 0);
            known.sweep_at = 2 * known.by_address.len() + 8;
        }
        let slots = Arc::new(Semaphore::new(limit));
        known.by_address.insert(address, (Arc::downgrade(flow), Arc::clone(&slots)));
        slots
    }
}

/// The right of one run to go on.
pub(super) struct Permit {
    _slot: Option<OwnedSemaphorePermit>,
}

impl Permit {
    /// Waits until fewer than the workflow's `max_runs` go on; first come, first served.
    pub(super) async fn of<W: Workflow>(flow: &Arc<W>) -> Self {
        let (Some(limit), Some(instances)) = (W::MAX_RUNS, W::instances()) else {
            return Self { _slot: None };
        };
        // Nobody else has this instance, so that there is no other run of it.
        if Arc::strong_count(flow) == 1 && Arc::weak_count(flow) == 0 {
            return Self { _slot: None };
        }
        let slots = instances.slots(flow, limit);
        // It is never closed.
        Self { _slot: slots.acquire_owned().await.ok() }
    }

    /// The same, or nothing if the run is cancelled before its turn comes.
    pub(super) async fn unless_cancelled<W: Workflow>(flow: &Arc<W>, shared: &Shared<W>) -> Option<Self> {
        let mut turn = pin!(Self::of(flow));
        poll_fn(|cx| {
            if shared.is_cancelled_early(cx.waker()) {
                return Poll::Ready(None);
            }
            turn.as_mut().poll(cx).map(Some)
        })
        .await
    }
}
