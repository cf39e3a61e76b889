//! Cancellation of an attempt.

use super::{Context, attempt_end::AttemptEnd};
use crate::{
    engine::ExecutionId,
    run::{CancelFlag, CancelWaiter, Shared},
    workflow::Workflow,
};
use core::fmt;
use std::{
    pin::Pin,
    sync::Arc,
    task::{self, Poll},
};

impl<W: Workflow, Sends> Context<W, Sends> {
    /// Returns whether this attempt is cancelled: the run has ended, or continues without it. Calls on the
    /// context are then ignored.
    ///
    /// For blocking code, which cannot be dropped, to poll; async code awaits [`cancelled`](Self::cancelled).
    ///
    /// An attempt is cancelled when it fails or times out, and when a [`First`](crate::First) has enough
    /// events without it. A step that has returned is not cancelled: a task that holds a clone of its
    /// context can continue until the run ends.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancel_flag.as_ref().is_some_and(|status| status.is_canceled()) || self.shared.is_without(self.execution)
    }

    /// Waits until [`is_cancelled`](Self::is_cancelled) returns `true`. For tasks that a step spawns; the step
    /// itself is dropped on cancellation.
    ///
    /// The future borrows nothing and keeps neither the run nor the workflow alive. For a
    /// [detached](Self::detached) context it never completes. Cancel-safe.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # use tokio::{sync::oneshot, time::{self, sleep}};
    /// #[workflow(stream = u64)]
    /// struct Beats;
    ///
    /// #[workflow]
    /// impl Beats {
    ///     #[step]
    ///     async fn work(&self, ctx: &Context<Self>, Start(time): Start<Duration>) -> Stop<()> {
    ///         let ctx = ctx.clone();
    ///         // It ends with the run, however that ends.
    ///         tokio::spawn(async move {
    ///             for beat in 0.. {
    ///                 tokio::select! {
    ///                     () = ctx.cancelled() => break,
    ///                     () = sleep(Duration::from_secs(1)) => ctx.publish(beat),
    ///                 }
    ///             }
    ///         });
    ///         sleep(time).await;
    ///         Stop(())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// # time::pause();
    /// let run = Beats.run(Duration::from_millis(2_500)).start();
    /// run.result().await?;
    /// let mut events = run.events();
    /// assert!(matches!(events.next().await, Some(RunEvent::Published(0))));
    /// assert!(matches!(events.next().await, Some(RunEvent::Published(1))));
    /// assert!(matches!(events.next().await, Some(RunEvent::Ended(_))));
    /// # Ok(())
    /// # }
    /// ```
    pub fn cancelled(&self) -> Cancelled<W> {
        self.new_waiter(false)
    }

    /// Waits until the attempt has ended in any way, for a child that ends with it.
    pub(super) fn ended(&self) -> AttemptEnd<W> {
        AttemptEnd::new(self.new_waiter(true), self.execution)
    }

    fn new_waiter(&self, at_return: bool) -> Cancelled<W> {
        Cancelled::new(&self.shared, self.execution, self.cancel_flag.as_ref(), at_return)
    }
}

/// Completes when an attempt is cancelled. Created by [`Context::cancelled`].
#[must_use = "futures do nothing unless polled"]
pub struct Cancelled<W: Workflow> {
    waiter: CancelWaiter,
    pub(super) shared: Arc<Shared<W>>,
}

impl<W: Workflow> Cancelled<W> {
    /// `status` is that of a context that may outlive the attempt.
    pub(super) fn new(
        shared: &Arc<Shared<W>>,
        execution: ExecutionId,
        status: Option<&CancelFlag>,
        at_return: bool,
    ) -> Self {
        let status = match status {
            Some(status) => Arc::clone(status),
            None => shared.cancel_flag(execution),
        };
        Self { waiter: CancelWaiter::new(execution, status, at_return), shared: Arc::clone(shared) }
    }
}

impl<W: Workflow> Future for Cancelled<W> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<()> {
        let Self { waiter, shared } = self.get_mut();
        if shared.poll_cancelled(waiter, cx.waker()) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl<W: Workflow> Drop for Cancelled<W> {
    fn drop(&mut self) {
        self.shared.remove_cancel_waiter(&self.waiter);
    }
}

impl<W: Workflow> fmt::Debug for Cancelled<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancelled").field("workflow", &W::NAME).finish_non_exhaustive()
    }
}
