//! The phases of an execution, as runs report them.

use std::time::Duration;

/// A phase of one execution of a step. Published by runs with
/// [`step_events`](crate::Run::step_events).
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

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
    /// It failed and will be retried.
    Retrying {
        /// The delay before the next attempt.
        after: Duration,
    },
    /// It failed for good.
    Failed,
    /// It was cancelled as its batch is complete. Not reported for executions that the end of the run
    /// drops.
    Dropped,
    /// The run ended while its blocking code was running. The output of that code is discarded.
    Abandoned,
}
