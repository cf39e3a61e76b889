//! What a step can know of its earlier attempts.

use super::Context;
use crate::{StepError, Workflow};
use std::time::{Duration, SystemTime};

/// Which attempt of an execution this is. See [`Context::attempt`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Attempt {
    /// The attempt's number, from 1.
    pub number: u32,
    /// The time from the start of the first attempt to that of this one.
    pub elapsed: Duration,
    /// How the last attempt ended; none in the first one.
    pub last_error: Option<StepError>,
    /// When the last attempt ended; none in the first one.
    pub last_failed_at: Option<SystemTime>,
}

impl<W: Workflow, List> Context<W, List> {
    /// Which attempt this is, and what came before it: a step with a `retry` may be executed several
    /// times for one input.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Once;
    /// #[workflow]
    /// impl Once {
    ///     #[step]
    ///     async fn once(&self, ctx: &Context<Self>, _: Start<()>) -> Stop<u32> {
    ///         Stop(ctx.attempt().number)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// assert_eq!(Once.run(()).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn attempt(&self) -> Attempt {
        let before = self.before.as_deref();
        Attempt {
            number: self.execution.attempt,
            elapsed: before.map_or(Duration::ZERO, |before| before.elapsed),
            last_error: before.map(|before| before.failure.error.clone()),
            last_failed_at: before.map(|before| before.failure.at),
        }
    }
}
