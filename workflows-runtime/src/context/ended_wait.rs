//! Waits whose attempt has ended: they end the code that waits.
//!
//! A step's own future is dropped with its attempt. Blocking code and spawned tasks cannot be dropped, and a wait has
//! no error to return. So it unwinds their stack, once the attempt is cancelled: as far as that code is concerned, it
//! is dropped.

use super::cancelled::Cancelled;
use crate::{
    engine::ExecutionId,
    executor::is_pool_thread,
    run::{CancelFlag, Shared},
    workflow::Workflow,
};
use std::{panic::resume_unwind, pin::Pin, sync::Arc, task::Context, thread};

const MESSAGE: &str = "a wait for a response was cancelled: the attempt of its step has ended";

/// A wait whose attempt has ended, and which receives no response.
pub(super) struct EndedWait<W: Workflow> {
    cancelled: Cancelled<W>,
    /// Whether it has been polled since the attempt was cancelled.
    has_yielded: bool,
}

impl<W: Workflow> EndedWait<W> {
    pub(super) fn new(shared: &Arc<Shared<W>>, execution: ExecutionId, status: Option<&CancelFlag>) -> Self {
        Self { cancelled: Cancelled::new(shared, execution, status, false), has_yielded: false }
    }

    /// Unwinds if the attempt is cancelled. One that has returned is not, until the run ends.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) {
        if Pin::new(&mut self.cancelled).poll(cx).is_pending() {
            return;
        }
        if self.has_yielded {
            return unwind();
        }
        // Another branch of a `select!` may handle the cancellation in this poll.
        self.has_yielded = true;
        cx.waker().wake_by_ref();
    }
}

fn unwind() {
    // A second panic would abort the process, as the first one would without unwinding.
    if cfg!(panic = "abort") || thread::panicking() {
        return;
    }
    // Without the panic hook: the pool ignores the payload, and a task reports it to its `JoinHandle`.
    if is_pool_thread() || tokio::task::try_id().is_some() {
        resume_unwind(Box::new(MESSAGE));
    }
    panic!("{MESSAGE}");
}
