//! The work in flight on executors, and their shutdown.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use tokio::sync::Notify;

/// Counts the work that runs on executors.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    /// The executors were shut down: no work starts. Never reset.
    is_shut_down: AtomicBool,
    running: AtomicUsize,
    /// Notified when the last running work has returned.
    idle: Notify,
}

impl InFlight {
    pub(super) fn shut_down(&self) {
        self.is_shut_down.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_shut_down(&self) -> bool {
        self.is_shut_down.load(Ordering::SeqCst)
    }

    /// Begins work, unless the executors were shut down.
    pub(super) fn begin(self: Arc<Self>) -> Option<Running> {
        // Counted before the check: `idle` sees the work, or the work sees the shutdown.
        self.running.fetch_add(1, Ordering::SeqCst);
        let running = Running(self);
        if running.0.is_shut_down() { None } else { Some(running) }
    }

    /// Whether no work runs.
    pub(super) fn is_idle(&self) -> bool {
        self.running.load(Ordering::SeqCst) == 0
    }

    /// Waits until no work runs.
    pub(super) async fn idle(&self) {
        loop {
            // Created before the check: it also receives a notification between the check and the first poll.
            let idle = self.idle.notified();
            if self.is_idle() {
                return;
            }
            idle.await;
        }
    }
}

/// Work that runs. It is counted until this is dropped.
#[derive(Debug)]
pub(super) struct Running(Arc<InFlight>);

impl Drop for Running {
    fn drop(&mut self) {
        if self.0.running.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.idle.notify_waiters();
        }
    }
}
