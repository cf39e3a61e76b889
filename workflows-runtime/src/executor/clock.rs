//! Holds the paused clock of a test while work is on an executor.

use std::{sync::mpsc, time::Instant};
use tokio::runtime::Handle;

/// Keeps the paused clock of a tokio runtime from advancing by itself until it is dropped, as a task of
/// `spawn_blocking` does. Otherwise the clock would jump to the next timer while work of this crate runs.
pub(super) struct ClockHold(#[allow(dead_code, reason = "dropping it releases the clock")] mpsc::Sender<()>);

impl ClockHold {
    /// Returns `None` if the clock is the system's.
    pub(super) fn of(runtime: Option<&Handle>) -> Option<Self> {
        let runtime = runtime?;
        let before = Instant::now();
        let now = tokio::time::Instant::now().into_std();
        if before <= now && now <= Instant::now() {
            return None;
        }
        // Only a task on a blocking thread holds the clock, so one waits there as long as the work takes.
        let (hold, held) = mpsc::channel::<()>();
        drop(runtime.spawn_blocking(move || held.recv()));
        Some(Self(hold))
    }
}
