//! The hook that carries the caller's context to the threads of the executors.

use super::crossing::Payload;
use crate::panics::discard;
use core::fmt;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

type Restore = Box<dyn FnOnce(BlockingJob<'_>) + Send>;

/// Captures something where blocking code is called, and restores it where the code runs.
#[derive(Clone)]
pub(super) struct Carry(Arc<dyn Fn() -> Restore + Send + Sync>);

impl Carry {
    pub(super) fn new<R>(capture: impl Fn() -> R + Send + Sync + 'static) -> Self
    where
        R: FnOnce(BlockingJob<'_>) + Send + 'static,
    {
        Self(Arc::new(move || Box::new(capture())))
    }

    /// Runs the hook of the caller.
    pub(super) fn capture(&self) -> Carried {
        // The hook is the user's code: its panic is that of the work.
        Carried(catch_unwind(AssertUnwindSafe(|| (self.0)())))
    }
}

/// The value that the hook captured.
pub(super) struct Carried(Result<Restore, Payload>);

impl Carried {
    /// Runs `work` in the captured context.
    pub(super) fn run<T>(self, work: impl FnOnce() -> Result<T, Payload>) -> Result<T, Payload> {
        let mut result = None;
        let job = BlockingJob(Box::new(|| result = Some(work())));
        let restore = self.0?;
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| restore(job))) {
            discard(result);
            return Err(payload);
        }
        result.unwrap_or_else(|| Err(Box::new("the hook of `ExecutorsBuilder::carry` did not run the job".to_owned())))
    }
}

/// Blocking code that a hook of [`ExecutorsBuilder::carry`](crate::ExecutorsBuilder::carry) runs.
#[must_use = "the code does not run until `run` is called"]
pub struct BlockingJob<'a>(Box<dyn FnOnce() + 'a>);

impl BlockingJob<'_> {
    /// Runs the code. Does not panic if the code does.
    pub fn run(self) {
        (self.0)();
    }
}

impl fmt::Debug for BlockingJob<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingJob").finish_non_exhaustive()
    }
}
