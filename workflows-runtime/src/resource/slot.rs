//! A place for a value that is made once.

use super::{Injected, error::ResourceError, scope::Scope};
use crate::{
    error::StepError,
    executor::{Kind, Origin, offload},
};
use core::{fmt, pin::pin, task::Poll};
use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};
use tokio::sync::OnceCell;

/// A value that is made when it is first asked for, by one at a time.
pub struct Slot<T>(OnceCell<Arc<T>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<T> Slot<T> {
    /// The value. If there is none, whoever comes first makes it, and the others wait; if making it
    /// fails, panics or is dropped, nothing is kept, and the next one tries.
    ///
    /// # Errors
    ///
    /// What `make` gives, or its panic.
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
        // In a box: who finds the value there need not carry all that making it takes.
        Box::pin(self.0.get_or_try_init(make)).await.map(Arc::clone)
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("made", &self.0.initialized()).finish_non_exhaustive()
    }
}

async fn caught<T>(future: impl Future<Output = T>) -> Result<T, StepError> {
    let mut future = pin!(future);
    // One that has panicked is never polled again, so that nobody sees it torn.
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(polled) => polled.map(Ok),
        Err(panic) => Poll::Ready(Err(StepError::panicked(&*panic))),
    })
    .await
}

/// Runs a blocking factory where it belongs.
///
/// # Errors
///
/// The factory's own, its panic, or the executor's refusal.
pub async fn make_blocking<T: Send + 'static>(
    kind: Kind,
    work: impl FnOnce() -> Result<T, StepError> + Send + 'static,
) -> Result<T, StepError> {
    offload(Origin::current(), kind, work).await?
}
