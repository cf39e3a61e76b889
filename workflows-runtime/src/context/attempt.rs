//! `Attempt`: the attempts of an execution so far.

use super::Context;
use crate::{error::StepError, workflow::Workflow};
use std::time::{Duration, SystemTime};

/// Which attempt of an execution this is. See [`Context::attempt`].
///
/// A [resume](crate::WorkflowExt::resume) preserves it: an attempt that had started starts again with the same
/// number.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Attempt {
    /// The attempt's number, from 1.
    pub number: u32,
    /// The time from the start of the first attempt to the start of this one, including delays. Zero in the
    /// first attempt.
    pub elapsed: Duration,
    /// The error of the previous attempt. `None` in the first one. After a resume it has the texts, but not
    /// the types.
    pub last_error: Option<StepError>,
    /// When the previous attempt failed. `None` in the first one.
    pub last_failed_at: Option<SystemTime>,
}

impl<W: Workflow, List> Context<W, List> {
    /// Returns the current attempt: a step with a `retry` may be executed several times for one input. See
    /// [`guide::retries`](crate::guide::retries).
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Fetch;
    /// #[workflow]
    /// impl Fetch {
    ///     #[step(retry = Retry::immediate())]
    ///     async fn fetch(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Stop<String>> {
    ///         let attempt = ctx.attempt();
    ///         match attempt.last_error {
    ///             Some(error) => Ok(Stop(format!("attempt {}, since {error}", attempt.number))),
    ///             None => Err(StepError::msg("the line was busy")),
    ///         }
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// assert_eq!(Fetch.run(()).await?, "attempt 2, since the line was busy");
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
