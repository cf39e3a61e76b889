//! What happens to one execution of a step, as runs report it.

use std::time::Duration;

/// What happened to one execution of a step. Published by runs with
/// [`step_events`](crate::Run::step_events).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepEvent {
    /// The step's name.
    pub step: &'static str,
    /// The execution's number in its run, from 1.
    pub execution: u64,
    /// The attempt's number, from 1.
    pub attempt: u32,
    /// What happened.
    pub phase: StepPhase,
}

/// See [`StepEvent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepPhase {
    /// It has been started.
    Running,
    /// One poll of it took longer than the run's [`poll_budget`](crate::Run::poll_budget).
    Overrun,
    /// It has returned.
    Done,
    /// It has failed, and will be executed again after this delay.
    Retrying {
        /// The delay.
        after: Duration,
    },
    /// It has failed for good.
    Failed,
    /// The run goes on without it, since its batch is decided: its future was dropped. Not told of
    /// what the end of the run drops.
    Dropped,
    /// The run ended while its blocking code was still going on; nothing it does is seen.
    Abandoned,
}
