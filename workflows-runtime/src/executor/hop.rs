//! The hop of a `#[blocking]` function or statement to an executor and back.

use super::{
    ExecutorError,
    offload::{Kind, OffloadError, Offloaded, offload_polled},
    scope::Origin,
};
use crate::error::StepError;
use core::fmt;
use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    task::{Context, Poll, ready},
};

/// Runs work on the executor of its kind, starting with the first poll, for the execution that polls it.
// Not an `async fn`: its future would also store the arguments, and a hop should be small.
#[must_use = "nothing happens until it is awaited"]
pub struct Hop<T, F>(Stage<T, F>);

enum Stage<T, F> {
    /// Not polled yet. The work is `None` only while it is being moved out.
    New(Kind, Option<F>),
    Running(Offloaded<T>),
}

impl<T, F> Hop<T, F> {
    pub(crate) const fn new(kind: Kind, work: F) -> Self {
        Self(Stage::New(kind, Some(work)))
    }
}

// Neither the work nor its result is pinned: both are moved.
impl<T, F> Unpin for Hop<T, F> {}

impl<T: Send + 'static, F: FnOnce() -> T + Send + 'static> Future for Hop<T, F> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        loop {
            match &mut self.0 {
                Stage::New(kind, work) => {
                    let Some(work) = work.take() else { return Poll::Pending };
                    let offloaded = offload_polled(*kind, cx.waker(), work);
                    let is_queued = offloaded.is_queued();
                    self.0 = Stage::Running(offloaded);
                    if is_queued {
                        return Poll::Pending;
                    }
                }
                Stage::Running(offloaded) => match ready!(Pin::new(offloaded).poll(cx)) {
                    Ok(value) => return Poll::Ready(value),
                    // Not `panic!`: the panic hook has reported it already.
                    Err(OffloadError::Panicked(payload)) => resume_unwind(payload),
                    Err(OffloadError::Refused(error)) => refused(error),
                },
            }
        }
    }
}

/// Panics with the error of an executor. A run reports it as the error of the step.
fn refused(error: ExecutorError) -> ! {
    // The hook prints the text where no run can report the error.
    if Origin::current().is_none() {
        drop(catch_unwind(AssertUnwindSafe(|| panic!("{error}"))));
    }
    resume_unwind(Box::new(StepError::from(error)))
}

impl<T, F> fmt::Debug for Hop<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hop").finish_non_exhaustive()
    }
}
