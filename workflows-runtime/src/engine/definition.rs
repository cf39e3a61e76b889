//! The interface between the engine and a workflow.
//!
//! The engine is generic over [`Definition`], which names the types of one workflow and answers the
//! few questions that the tables in [`crate::graph`] cannot: which slot an event belongs to, whether
//! a failed step is retried, and what its error handler receives. `#[workflow]` implements it through
//! [`Workflow`](crate::workflow::Workflow); the simulation implements it for random graphs.

use super::execution::Input;
use crate::{error::StepError, retry::FailedAttempt};
use std::time::{Duration, SystemTime};

/// The types of one workflow and the callbacks that depend on them.
pub trait Definition: 'static {
    /// An event on its way to a step.
    type Event: Clone;
    /// The run's result.
    type Output;
    /// A question that is published to the client.
    type Prompt;
    /// Whether any step joins events. Without joins, the engine creates no batches.
    const BATCHED: bool;
    /// Whether any step takes the first events of a batch and cancels the rest.
    const RACES: bool;
    /// Whether any step waits for responses in its body. Without waits, their code is not compiled.
    const WAITS: bool;
    /// Returns the first leaf of the graph that takes this type of event.
    fn slot(event: &Self::Event) -> u16;
    /// Returns the delay before the next attempt, or `None` if the step is not retried.
    fn retry(step: u16, failure: &FailedAttempt<'_>) -> Option<Duration>;
    /// Returns the event with which the error handler is launched.
    fn failure(handler: u16, failed: &FailedExecution<'_, Self::Event>) -> Option<Self::Event>;
    /// Whether [`Self::failure`] may have returned `event` for this handler.
    fn is_failure(handler: u16, event: &Self::Event) -> bool;
}

/// An execution whose last attempt failed and is not retried.
#[derive(Debug)]
pub struct FailedExecution<'a, E> {
    pub(crate) step: &'static str,
    pub(crate) input: Option<&'a Input<E>>,
    pub(crate) error: &'a StepError,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    pub(crate) at: SystemTime,
}
