//! What the core has to know of a workflow.

use super::execution::Input;
use crate::{error::StepError, retry::FailedAttempt};
use std::time::{Duration, SystemTime};

/// The types of one workflow, and how its events are told apart.
pub trait Definition: 'static {
    /// An event on its way to a step.
    type Event: Clone;
    /// The run's result.
    type Output;
    /// What is asked of the outside.
    type Prompt;
    /// Whether any step keeps events back until others have come; else batches cost nothing.
    const BATCHED: bool;
    /// Whether any step has the rest of a batch cancelled.
    const RACES: bool;
    /// The number of the first leaf that takes this type of event.
    fn slot(event: &Self::Event) -> u16;
    /// Whether and when a failed step is executed again.
    fn retry(step: u16, failure: &FailedAttempt<'_>) -> Option<Duration>;
    /// What the step that takes failures is launched with.
    fn failure(handler: u16, failed: &FailedExecution<'_, Self::Event>) -> Option<Self::Event>;
}

/// An execution that has failed for good.
#[derive(Debug)]
pub struct FailedExecution<'a, E> {
    pub(crate) step: &'static str,
    pub(crate) input: Option<&'a Input<E>>,
    pub(crate) error: &'a StepError,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    pub(crate) at: SystemTime,
}
