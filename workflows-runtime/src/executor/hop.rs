//! The hop of a `#[blocking]` function or statement to an executor and back.

use super::{
    offload,
    offload::{Kind, Offloaded},
    scope::Origin,
};
use core::fmt;
use std::{
    panic::resume_unwind,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// Runs `work` where its kind belongs, once it is polled, for the execution that polls it.
// By hand, since an `async fn` keeps room for what it was called with: a hop is to be small.
#[must_use = "nothing happens until it is awaited"]
pub struct Hop<T, F>(Stage<T, F>);

enum Stage<T, F> {
    /// The work is there once.
    New(Kind, Option<F>),
    Going(Offloaded<T>),
}

impl<T, F> Hop<T, F> {
    pub(crate) const fn new(kind: Kind, work: F) -> Self {
        Self(Stage::New(kind, Some(work)))
    }
}

// Neither the work nor what it returns is pinned: both are moved.
impl<T, F> Unpin for Hop<T, F> {}

impl<T: Send + 'static, F: FnOnce() -> T + Send + 'static> Future for Hop<T, F> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        loop {
            match &mut self.0 {
                Stage::New(kind, work) => {
                    let Some(work) = work.take() else { return Poll::Pending };
                    self.0 = Stage::Going(offload(Origin::current(), *kind, work));
                }
                Stage::Going(offloaded) => {
                    let outcome = ready!(Pin::new(offloaded).poll(cx));
                    // Not a new panic: the hook has told of the first one, and a refusal is an error.
                    return Poll::Ready(outcome.unwrap_or_else(|error| resume_unwind(Box::new(error))));
                }
            }
        }
    }
}

impl<T, F> fmt::Debug for Hop<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hop").finish_non_exhaustive()
    }
}
