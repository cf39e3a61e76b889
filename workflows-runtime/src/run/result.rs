//! Waiting for the result of a run.

use super::{
    handle::RunHandle,
    shared::{Locked, Shared},
    waker_set::WaiterId,
};
#[cfg(feature = "durable")]
use crate::executor::is_pool_thread;
use crate::{
    error::RunError,
    executor::Waiting,
    sync::MutexGuard,
    workflow::{Held, Workflow},
};
use core::fmt;
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// A waiter for the result. Deregisters itself on drop.
pub(super) struct Waiter<'a, W: Workflow> {
    shared: &'a Shared<W>,
    id: WaiterId,
    is_child: bool,
    /// It is counted among those that await a durable child.
    #[cfg(feature = "durable")]
    is_counted: bool,
    /// On a thread of a pool: another one takes its place while it waits for the run.
    waiting: Option<Waiting>,
}

impl<'a, W: Workflow> Waiter<'a, W> {
    pub(super) fn new(shared: &'a Shared<W>, is_child: bool) -> Self {
        Self {
            shared,
            id: 0,
            is_child,
            #[cfg(feature = "durable")]
            is_counted: false,
            waiting: None,
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<W::Output, RunError>> {
        let polled = poll_result(self.shared, self.shared.locked(), (&mut self.id, self.is_child), cx);
        #[cfg(feature = "durable")]
        if self.is_child && !self.is_counted && polled.is_pending() && !is_pool_thread() {
            self.count();
        }
        Waiting::note(&mut self.waiting, polled.is_pending());
        polled
    }
}

#[cfg(feature = "durable")]
impl<W: Workflow> Waiter<'_, W> {
    #[cold]
    fn count(&mut self) {
        if let Some(awaited) = self.shared.awaited() {
            awaited.begin();
            self.is_counted = true;
        }
    }
}

impl<W: Workflow> Drop for Waiter<'_, W> {
    fn drop(&mut self) {
        #[cfg(feature = "durable")]
        if self.is_counted
            && let Some(awaited) = self.shared.awaited()
        {
            awaited.end();
        }
        if self.id != 0 {
            let waker = self.shared.locked().event_log.deregister_waiter(self.id);
            drop(waker);
        }
    }
}

#[inline]
fn poll_result<W: Workflow>(
    shared: &Shared<W>,
    mut locked: MutexGuard<'_, Locked<W>>,
    (waiter_id, is_child): (&mut WaiterId, bool),
    cx: &mut Context<'_>,
) -> Poll<Result<W::Output, RunError>> {
    if let Some(ended) = shared.result.get() {
        // Cloning an output may call back into the run.
        drop(locked);
        // The waiter is deregistered.
        *waiter_id = 0;
        if is_child && shared.is_released_child() {
            // It continues elsewhere, and so does the step that waits for it, which is dropped.
            return Poll::Pending;
        }
        return Poll::Ready(match ended.clone() {
            Ok(output) => Ok(output.release()),
            Err(error) => Err(*error),
        });
    }
    let old_waker = locked.event_log.wait(waiter_id, cx.waker());
    drop(locked);
    drop(old_waker);
    Poll::Pending
}

impl<W: Workflow> RunHandle<W> {
    /// Notes that a step awaits its durable child.
    #[cfg(feature = "durable")]
    #[inline]
    fn note_awaited(&self, is_pending: bool) {
        if self.is_child
            && is_pending
            && !is_pool_thread()
            && let Some(awaited) = self.shared.awaited()
        {
            awaited.by_handle();
        }
    }

    #[cfg(not(feature = "durable"))]
    #[inline]
    #[expect(clippy::unused_self, reason = "with the feature, it is noted")]
    fn note_awaited(&self, _is_pending: bool) {}

    /// Polls for the end of the run. The first poll gives the handle up.
    #[inline]
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Result<W::Output, RunError>> {
        let mut locked = self.shared.locked();
        let gone = if self.given_up { None } else { Some(locked.drop_handle()) };
        self.given_up = true;
        let polled = poll_result(&self.shared, locked, (&mut self.waiter_id, self.is_child), cx);
        self.note_awaited(polled.is_pending());
        if let Some(gone) = gone {
            gone.wake_driver();
        }
        Waiting::note(&mut self.waiting, polled.is_pending());
        polled
    }
}

// By reference only: awaiting the handle by value gives up the means to send.
impl<W: Workflow> Future for &mut RunHandle<W> {
    type Output = Result<W::Output, RunError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let polled = poll_result(&this.shared, this.shared.locked(), (&mut this.waiter_id, this.is_child), cx);
        this.note_awaited(polled.is_pending());
        Waiting::note(&mut this.waiting, polled.is_pending());
        polled
    }
}

impl<W: Workflow> IntoFuture for RunHandle<W> {
    type Output = Result<W::Output, RunError>;
    type IntoFuture = RunResult<W>;

    fn into_future(self) -> RunResult<W> {
        RunResult(self)
    }
}

/// The future of a [`RunHandle`]: resolves to the result of the run.
///
/// Its first poll gives the handle up, so a run that waits for a response ends as
/// [stalled](RunError::Stalled).
#[must_use = "futures do nothing unless polled"]
pub struct RunResult<W: Workflow>(RunHandle<W>);

impl<W: Workflow> Future for RunResult<W> {
    type Output = Result<W::Output, RunError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().0.poll_end(cx)
    }
}

impl<W: Workflow> fmt::Debug for RunResult<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunResult").field("workflow", &W::NAME).finish_non_exhaustive()
    }
}
