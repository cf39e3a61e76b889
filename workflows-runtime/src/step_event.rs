//! The phases of an execution, as runs report them.

use crate::error::StepError;
use std::time::Duration;

/// A phase of one execution of a step. Published by runs with
/// [`step_events`](crate::Run::step_events).
///
/// Two events are equal if all fields are equal. Errors are compared by their text.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow] struct Fetch;
/// #[workflow]
/// impl Fetch {
///     #[step(retry = Retry::immediate())]
///     async fn fetch(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Stop<()>> {
///         if ctx.attempt().number == 1 { Err("the line was busy".into()) } else { Ok(Stop(())) }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let run = Fetch.run(()).step_events(true).start();
/// let mut events = run.events();
/// while let Some(event) = events.next().await {
///     if let RunEvent::Step(StepEvent { step, attempt, error: Some(error), .. }) = event {
///         assert_eq!(format!("attempt {attempt} of {step}: {error}"), "attempt 1 of fetch: the line was busy");
///     }
/// }
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StepEvent {
    /// The step's name.
    pub step: &'static str,
    /// The number of the execution in its run, from 1. All attempts of an execution share it.
    pub execution: u64,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The phase that the execution entered.
    pub phase: StepPhase,
    /// The error of the attempt, in the phases [`Retrying`](StepPhase::Retrying) and [`Failed`](StepPhase::Failed).
    pub error: Option<StepError>,
}

impl PartialEq for StepEvent {
    fn eq(&self, other: &Self) -> bool {
        let Self { step, execution, attempt, phase, error } = self;
        *step == other.step
            && *execution == other.execution
            && *attempt == other.attempt
            && *phase == other.phase
            && error.as_ref().map(StepError::to_string) == other.error.as_ref().map(StepError::to_string)
    }
}

impl Eq for StepEvent {}

/// The phase of an execution. See [`StepEvent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepPhase {
    /// It was started.
    Running,
    /// A poll of it exceeded the run's [`poll_budget`](crate::Run::poll_budget).
    Overrun,
    /// It returned.
    Done,
    /// It failed and will be retried. [`StepEvent::error`] is the failure.
    Retrying {
        /// The delay before the next attempt.
        after: Duration,
    },
    /// It failed for good. [`StepEvent::error`] is the failure.
    Failed,
    /// It was cancelled as its batch is complete. Not reported for executions that the end of the run
    /// drops.
    Dropped,
    /// The run ended while its blocking code was running. The output of that code is discarded.
    Abandoned,
}
