//! `Slot`: a value that is created once.

use super::{Injected, error::ResourceError, scope::Scope};
use crate::{
    error::StepError,
    executor::{Kind, Origin, offload},
    panics::discard,
    sync::OnceCell,
};
use core::{fmt, pin::pin, task::Poll};
use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

/// A value that is created on first use, by one caller at a time.
pub struct Slot<T>(OnceCell<Arc<T>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<T> Slot<T> {
    /// Returns the value. If there is none, the first caller creates it while the others wait. If `make`
    /// fails, panics or is dropped, the slot stays empty and the next caller tries again.
    ///
    /// # Errors
    ///
    /// Returns the error of `make`, or its panic.
    pub async fn get<W: Send + Sync + 'static, C: Injected<W>, F>(
        &self,
        scope: &Scope<'_, W, C>,
        make: impl FnOnce() -> F,
    ) -> Result<Arc<T>, ResourceError>
    where
        F: Future<Output = Result<T, ResourceError>>,
    {
        if let Some(value) = self.0.get() {
            return Ok(Arc::clone(value));
        }
        if let Some(problem) = scope.trail().known_problem() {
            return Err(problem);
        }
        let make = || async { scope.made(caught(make()).await)?.map(Arc::new) };
        // Boxed, so the future of a caller that finds the value does not have the size of `make`'s.
        Box::pin(self.0.get_or_try_init(make)).await.map(Arc::clone)
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("made", &self.0.initialized()).finish_non_exhaustive()
    }
}

/// Awaits a future and returns its panic as an error.
async fn caught<T>(future: impl Future<Output = T>) -> Result<T, StepError> {
    let mut future = pin!(future);
    // Unwind safety: a future that has panicked is never polled again, so its broken state is not observed.
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(polled) => polled.map(Ok),
        Err(panic) => {
            let error = StepError::panicked(&*panic);
            discard(panic);
            Poll::Ready(Err(error))
        }
    })
    .await
}

/// Runs a blocking factory on its executor.
///
/// # Errors
///
/// Returns the error of the factory, its panic, or the error of the executor.
pub async fn make_blocking<T: Send + 'static>(
    kind: Kind,
    work: impl FnOnce() -> Result<T, StepError> + Send + 'static,
) -> Result<T, StepError> {
    offload(Origin::current(), kind, work).await?
}
