//! What all runs of one workflow instance have in common: how many go on at once.

use super::Shared;
use crate::Workflow;
use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, PoisonError, Weak},
    task::Poll,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The instances of a workflow type that have runs, told apart by their allocation.
///
/// An entry's `Weak` keeps the allocation from being used again, so that an address means one
/// instance as long as the entry is there.
#[derive(Debug)]
pub struct Instances<W> {
    known: Mutex<Vec<(Weak<W>, Arc<Semaphore>)>>,
}

impl<W> Instances<W> {
    /// None yet.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "it is made in a `static`")]
    pub const fn new() -> Self {
        Self { known: Mutex::new(Vec::new()) }
    }

    fn slots(&self, flow: &Arc<W>, limit: usize) -> Arc<Semaphore> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(instance, _)| instance.strong_count() > 0);
        if let Some((_, slots)) = known.iter().find(|(instance, _)| instance.as_ptr() == Arc::as_ptr(flow)) {
            return Arc::clone(slots);
        }
        let slots = Arc::new(Semaphore::new(limit));
        known.push((Arc::downgrade(flow), Arc::clone(&slots)));
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
