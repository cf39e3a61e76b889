//! Runs in place inside of each other: how deep they are polled on one stack.

use crate::{executor::Origin, sync::thread_local, trace::CallerSpan};
use std::{
    cell::Cell,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::{runtime::Handle, task::JoinHandle};

/// How many runs in place may be inside of each other. A deeper one is driven in a task of its own, which begins with
/// an empty stack.
const MAX_DEPTH: u32 = 32;

thread_local! {
    /// The runs in place that are being polled on this thread.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Counts a run in place while it is being polled.
pub(super) struct Nested(());

impl Nested {
    #[inline]
    pub(super) fn enter() -> Self {
        DEPTH.with(|depth| depth.set(depth.get() + 1));
        Self(())
    }
}

impl Drop for Nested {
    #[inline]
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get() - 1));
    }
}

/// Whether a run in place that is created now must be driven in a task of its own.
#[inline]
pub(super) fn is_too_deep() -> bool {
    DEPTH.with(Cell::get) > MAX_DEPTH
}

/// Drives `run` in a task of its own, until it ends or the runtime is shut down.
// Not generic, so tokio's task is compiled once, in this crate.
pub(super) async fn spawned(runtime: &Handle, mut run: Pin<Box<dyn Future<Output = ()> + Send>>) {
    // What code in the run finds around it must be the same as in place.
    let span = CallerSpan::current();
    let origin = Origin::current();
    let polled = poll_fn(move |cx| {
        let _entered = origin.clone().map(Origin::enter);
        span.clone().in_scope(|| run.as_mut().poll(cx))
    });
    AbortOnDrop(runtime.spawn(polled)).await;
}

/// A task that is aborted when this is dropped.
struct AbortOnDrop(JoinHandle<()>);

impl Future for AbortOnDrop {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Without a result if the runtime is shut down.
        Pin::new(&mut self.0).poll(cx).map(|_| ())
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
