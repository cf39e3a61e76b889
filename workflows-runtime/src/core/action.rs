//! What the driver is to do.

use super::{ExecutionId, Graph, Input, execution::LastFailure};
use crate::{Parked, StepError};
use std::{sync::Arc, time::Duration};

/// One output of the core.
pub(crate) enum Action<G: Graph> {
    /// Start a step.
    Launch(Launch<G>),
    /// Drop an execution's future; its outcome no longer counts.
    Drop { execution: ExecutionId },
    /// Let an execution go on: what it waited for as its `wait`-th is there, or has taken too long.
    Wake { execution: ExecutionId, wait: usize, answer: Option<G::Event> },
    /// Ask the outside.
    Prompt(G::Prompt),
    /// Tell that an execution has come to this phase.
    Phase(StepEvent),
    /// Nothing is queued or running.
    Idle,
    /// The run is over.
    Finish(Ending<G>),
}

/// A step to start.
pub(crate) struct Launch<G: Graph> {
    pub(crate) execution: ExecutionId,
    pub(crate) step: u16,
    pub(crate) input: Input<G::Event>,
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
pub(crate) enum Ending<G: Graph> {
    Completed(G::Output),
    Failed { step: &'static str, attempts: u32, elapsed: Duration, source: StepError },
    TimedOut { after: Duration, active_steps: Vec<&'static str> },
    Cancelled,
    Stalled { parked: Vec<Parked>, waiting: Vec<String> },
}

/// What happened to one execution of a step. Published by runs that ask for
/// [`internal`](crate::Run::internal) events.
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
