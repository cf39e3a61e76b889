//! The dispatch that the driver polls.

use crate::{panics::suppress_panic, run::shared::lazy::LazyShared, workflow::Workflow};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

/// A dispatch future behind a pointer. Code that is generic over its type is compiled again with each change of any
/// step, as all of the driver would be.
pub(super) trait Dispatch: Send {
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()>;

    /// Drops the future.
    fn clear(self: Pin<&mut Self>);
}

impl<D: Future<Output = ()> + Send> Dispatch for Option<D> {
    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.as_pin_mut() {
            Some(dispatch) => dispatch.poll(cx),
            None => Poll::Pending,
        }
    }

    fn clear(mut self: Pin<&mut Self>) {
        self.set(None);
    }
}

/// The dispatch that the driver polls.
pub(super) struct CurrentDispatch<'a, W: Workflow> {
    pub(super) shared: &'a LazyShared<'a, W>,
    pub(super) dispatch: Pin<&'a mut (dyn Dispatch + 'a)>,
    /// Dropping this drops the run. False once the dispatch has returned or panicked.
    pub(super) closes_run: bool,
}

impl<W: Workflow> CurrentDispatch<'_, W> {
    /// Polls the dispatch until its end or its panic.
    #[inline]
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Box<dyn Any + Send>>> {
        let dispatch = self.dispatch.as_mut();
        match catch_unwind(AssertUnwindSafe(|| dispatch.poll(cx))) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

impl<W: Workflow> Drop for CurrentDispatch<'_, W> {
    fn drop(&mut self) {
        if !self.closes_run {
            return;
        }
        // Closed first: what steps send in their destructors is ignored.
        if let Some(shared) = self.shared.get() {
            #[cfg(feature = "durable")]
            shared.release_dropped();
            shared.close();
        }
        suppress_panic(&mut || self.dispatch.as_mut().clear());
    }
}
