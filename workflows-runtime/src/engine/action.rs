//! The engine's outputs: actions for the driver.
//!
//! The driver takes actions with [`Engine::action`](super::Engine::action) until there are none, in
//! order. An action may be outdated by the time it is taken; the engine skips those itself.

use super::{
    definition::Definition,
    execution::Input,
    history::LastFailure,
    id::ExecutionId,
    prompt::{PromptWait, PromptedBy},
};
use crate::{
    error::{Parked, StepError, Waiting},
    step_event::StepEvent,
};
use std::{sync::Arc, time::Duration};

/// One output of the engine.
pub(crate) enum Action<D: Definition> {
    /// Start a step.
    Launch(Launch<D>),
    /// Drop an execution's future. Its outcome is ignored from now on. Send
    /// [`Tick::Vacated`](super::Tick::Vacated) as soon as none of its code runs any more.
    Drop { execution: ExecutionId },
    /// Resume an execution: its wait number `wait` has an answer, or has timed out.
    Wake { execution: ExecutionId, wait: usize, answer: Option<D::Event> },
    /// Publish a prompt, which is open from now on.
    Prompt { id: u32, prompt: D::Prompt, by: PromptedBy<D> },
    /// A step has reached the wait of a prompt again, which was published before. `is_blocked` if the wait had been
    /// dropped, and receives nothing yet.
    ReopenPrompt { id: u32, prompt: D::Prompt, wait: PromptWait<D>, is_blocked: bool },
    /// The prompt may be answered: its step has replayed what comes first, or the answer `is_rejected`.
    UnblockPrompt { id: u32, is_rejected: bool },
    /// The prompt is closed.
    ClosePrompt { id: u32 },
    /// The prompts of this execution that no wait belongs to are closed.
    ClosePromptsOf { execution: u64 },
    /// A response without a prompt's number was taken by a step, or by a wait without a prompt of this execution.
    Responded { execution: Option<u64> },
    /// Publish a step event.
    Phase(StepEvent),
    /// Nothing is queued or running.
    Idle,
    /// The run has ended. This is the last action.
    Finish(Ending<D>),
}

impl<D: Definition> Action<D> {
    /// Whether it concerns only the handles and readers of the run.
    pub(super) fn is_outgoing(&self) -> bool {
        match self {
            Self::Launch(_) | Self::Drop { .. } | Self::Wake { .. } | Self::Idle | Self::Finish(_) => false,
            Self::Prompt { .. }
            | Self::ReopenPrompt { .. }
            | Self::UnblockPrompt { .. }
            | Self::ClosePrompt { .. }
            | Self::ClosePromptsOf { .. }
            | Self::Responded { .. }
            | Self::Phase(_) => true,
        }
    }
}

/// A step to start.
pub(crate) struct Launch<D: Definition> {
    pub(crate) execution: ExecutionId,
    pub(crate) step: u16,
    pub(crate) input: Input<D::Event>,
    /// The previous attempt; `None` for the first one.
    pub(crate) before: Option<Arc<Before>>,
}

impl<D: Definition> Launch<D> {
    /// The first attempt of an execution.
    #[inline]
    pub(crate) fn first(execution: ExecutionId, step: u16, input: Input<D::Event>) -> Self {
        Self { execution, step, input, before: None }
    }
}

/// The attempt before the current one.
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
    Stalled { parked: Vec<Parked>, waiting: Vec<Waiting> },
}
