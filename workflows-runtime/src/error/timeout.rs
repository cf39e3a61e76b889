//! The errors of executions that took too long.

use core::{fmt, time::Duration};

/// One execution of a step took longer than the step's `timeout`. Found inside a
/// [`StepError`](crate::StepError).
///
/// It is retried and handled like any other failure.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// use workflows_runtime::StepTimedOut;
///
/// # #[workflow] struct Hang;
/// #[workflow]
/// impl Hang {
///     #[step(timeout = "1s")]
///     async fn hang(&self, _: Start<()>) -> Stop<()> {
///         std::future::pending().await
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// let error = Hang.run(()).await.unwrap_err();
/// assert_eq!(error.downcast_ref(), Some(&StepTimedOut::new(Duration::from_secs(1))));
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepTimedOut {
    /// The step's timeout. A `#[blocking]` step has run for that long on its thread.
    pub after: Duration,
    /// How long a `#[blocking]` step has waited for its thread before. Zero for an async step.
    pub queued: Duration,
}

impl StepTimedOut {
    /// The error of an execution that has not waited for a thread.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::StepTimedOut;
    /// let error = StepTimedOut::new(Duration::from_secs(5));
    /// assert_eq!(error.to_string(), "took longer than 5s");
    /// ```
    #[must_use]
    pub const fn new(after: Duration) -> Self {
        Self { after, queued: Duration::ZERO }
    }
}

impl fmt::Display for StepTimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "took longer than {:?}", self.after)?;
        // The start of an idle thread takes microseconds.
        let queued = Duration::from_millis(u64::try_from(self.queued.as_millis()).unwrap_or(u64::MAX));
        if queued.is_zero() {
            return Ok(());
        }
        write!(f, ", after {queued:?} in the queue of its executor")
    }
}

impl core::error::Error for StepTimedOut {}

/// One execution of a `#[blocking]` step waited for its thread longer than the step's `queue_timeout`. Found inside
/// a [`StepError`](crate::StepError).
///
/// The code of the step did not run. The failure is retried and handled like any other, and counts as an attempt;
/// a condition of a [`RetryPolicy`](crate::RetryPolicy) can distinguish it by its type.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// use workflows_runtime::{Executors, QueueTimedOut};
///
/// # #[workflow] struct Sum;
/// #[workflow]
/// impl Sum {
///     #[step(queue_timeout = "5s", retry = Retry::immediate().max_attempts(3).on::<QueueTimedOut>())]
///     #[blocking(cpu)]
///     fn sum(&self, Start(data): Start<Vec<u64>>) -> Stop<u64> {
///         Stop(data.iter().sum())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let executors = Executors::builder().cpu_threads(1).build()?;
/// assert_eq!(Sum.run(vec![1, 2]).executors(&executors).await?, 3);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("waited longer than {after:?} in the queue of its executor")]
#[non_exhaustive]
pub struct QueueTimedOut {
    /// The step's `queue_timeout`.
    pub after: Duration,
}

impl QueueTimedOut {
    /// The error of an execution that has waited for longer than this.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::QueueTimedOut;
    /// let error = QueueTimedOut::new(Duration::from_secs(5));
    /// assert_eq!(error.to_string(), "waited longer than 5s in the queue of its executor");
    /// ```
    #[must_use]
    pub const fn new(after: Duration) -> Self {
        Self { after }
    }
}
