//! Knowing that a step does not count any more.

use super::Context;
use crate::{
    run::{CancelWaiter, Shared},
    workflow::Workflow,
};
use core::fmt;
use std::{
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{self, Poll},
};

impl<W: Workflow, Sends> Context<W, Sends> {
    /// Whether the run has ended or goes on without this attempt of the step: nothing that it does
    /// is seen any more. For blocking code to poll, which cannot be dropped; for what waits
    /// there is [`cancelled`](Self::cancelled).
    ///
    /// A run goes on without an attempt that has failed or taken too long, or that a
    /// [`First`](crate::First) has had enough without. A step that has returned is not cancelled: what it
    /// has left behind, such as a task that has a clone of this context, can go on until the run ends.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancel_flag.as_ref().is_some_and(|cancel_flag| cancel_flag.load(Ordering::Acquire))
            || self.shared.is_without(self.execution)
    }

    /// Waits until [`is_cancelled`](Self::is_cancelled) holds. For what a step has spawned: the step
    /// itself needs it not, since it is dropped then.
    ///
    /// It borrows nothing, may be polled anywhere, and keeps neither the run nor the workflow alive.
    /// Of a [detached](Self::detached) context it is never ready. Cancel-safe.
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
        let cancel_flag = self.cancel_flag.clone().unwrap_or_else(|| self.shared.cancel_flag(self.execution));
        Cancelled { waiter: CancelWaiter::new(self.execution, cancel_flag), shared: Arc::clone(&self.shared) }
    }
}

/// The end of a step that does not count any more. Made by [`Context::cancelled`].
#[must_use = "it waits only while it is awaited"]
pub struct Cancelled<W: Workflow> {
    waiter: CancelWaiter,
    shared: Arc<Shared<W>>,
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
