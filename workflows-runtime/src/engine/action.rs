//! What the driver is to do.

use super::{
    definition::Definition,
    execution::{ExecutionId, Input, LastFailure},
};
use crate::{
    error::{Parked, StepError},
    step_event::StepEvent,
};
use std::{sync::Arc, time::Duration};

/// One output of the core.
pub(crate) enum Action<D: Definition> {
    /// Start a step.
    Launch(Launch<D>),
    /// Drop an execution's future; its outcome no longer counts.
    Drop { execution: ExecutionId },
    /// Let an execution go on: what it waited for as its `wait`-th is there, or has taken too long.
    Wake { execution: ExecutionId, wait: usize, answer: Option<D::Event> },
    /// Ask the outside.
    Prompt(D::Prompt),
    /// Tell that an execution has come to this phase.
    Phase(StepEvent),
    /// Nothing is queued or running.
    Idle,
    /// The run is over.
    Finish(Ending<D>),
}

/// A step to start.
pub(crate) struct Launch<D: Definition> {
    pub(crate) execution: ExecutionId,
    pub(crate) step: u16,
    pub(crate) input: Input<D::Event>,
    /// What came before, unless this is the first attempt.
    pub(crate) before: Option<Arc<Before>>,
}

/// What came before an attempt.
#[derive(Debug)]
pub(crate) struct Before {
    pub(crate) failure: LastFailure,
    /// The time since the start of the first attempt.
    pub(crate) elapsed: Duration,
}

/// How a run ends.
pub(crate) enum Ending<D: Definition> {
    Completed(D::Output),
    Failed { step: &'static str, attempts: u32, elapsed: Duration, source: StepError },
    TimedOut { after: Duration, active_steps: Vec<&'static str> },
    Cancelled,
    Stalled { parked: Vec<Parked>, waiting: Vec<String> },
}
