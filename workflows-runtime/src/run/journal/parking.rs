//! Leaving the memory: runs that wait for a message, for their time, or for their children.

#[cfg(doc)]
use super::release;
use crate::{
    run::{
        handle::RunHandle,
        message::{Message, ParkRequest},
        shared::Shared,
    },
    sync::{
        atomic::{AtomicU32, Ordering},
        oneshot,
    },
    workflow::Workflow,
};
use std::time::Duration;

/// The step that has started a child awaits its handle, and may do so again at any time.
const BY_HANDLE: u32 = 1 << 31;

/// Whether the step that has started a child awaits its result.
#[derive(Default)]
pub(in crate::run) struct Awaited(AtomicU32);

impl Awaited {
    /// The handle was polled.
    pub(in crate::run) fn by_handle(&self) {
        self.0.fetch_or(BY_HANDLE, Ordering::Relaxed);
    }

    /// A call of [`RunHandle::result`] has begun to wait.
    pub(in crate::run) fn begin(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// That call has ended.
    pub(in crate::run) fn end(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a run is a child, and the step that has started it awaits its result: its handle was awaited, or a call of
/// [`RunHandle::result`] is. Not if blocking code does: its thread would wait forever for a run that has left the memory.
#[must_use]
pub fn is_awaited<W: Workflow>(run: &RunHandle<W>) -> bool {
    run.shared.awaited().is_some_and(|awaited| awaited.0.load(Ordering::Relaxed) != 0)
}

/// Whether a run only waits, at least for this `time` unless there is a message, and everything that has happened is
/// recorded. Steps may be running in the executions `parents`, which wait for their children; an attempt with a timeout
/// does not wait.
pub async fn waits<W: Workflow>(run: &RunHandle<W>, parents: Vec<u64>, time: Duration) -> bool {
    request(run, parents, time, false).await
}

/// [Releases](release) a run if it [waits]. Returns whether it did. Its children are released as well once its steps are
/// dropped; the caller ensures that they wait.
///
/// A message that is delivered at the same time may not be recorded any more. It is stored, and not taken.
pub async fn park<W: Workflow>(run: &RunHandle<W>, parents: Vec<u64>, time: Duration) -> bool {
    request(run, parents, time, true).await
}

async fn request<W: Workflow>(run: &RunHandle<W>, mut parents: Vec<u64>, time: Duration, is_final: bool) -> bool {
    parents.sort_unstable();
    let (reply, waits) = oneshot::channel();
    run.shared.push_message(Message::Park(Box::new(ParkRequest { parents, time, is_final, reply })));
    waits.await.is_ok()
}

impl<W: Workflow> Shared<W> {
    /// Who awaits the result of a durable child.
    pub(in crate::run) fn awaited(&self) -> Option<&Awaited> {
        let journal = self.journal()?;
        if journal.parent.is_some() { Some(&journal.awaited) } else { None }
    }
}
