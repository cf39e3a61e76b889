//! `Command`: what an engine wants to be done.

use super::{
    answer::Published,
    call::{CallId, StepCall},
};
use crate::{
    error::RunError,
    run::prompt::{OpenPrompt, PromptId},
    workflow::Workflow,
};
use core::fmt;

/// What the [engine](super::Engine) of a run wants to be done.
#[non_exhaustive]
pub enum Command<W: Workflow> {
    /// Execute this call, and pass its answer to [`answered`](super::Engine::answered). Calls are independent of each
    /// other. To execute one twice is harmless: the first answer counts.
    Execute(StepCall<W>),
    /// Cancel the execution of this call; its answer does not count. A worker of the step is occupied until
    /// [`answered`](super::Engine::answered) has an answer to the call, or
    /// [`cancelled`](super::Engine::cancelled) confirms that nothing of it runs.
    Cancel(CallId),
    /// Pass this item to the readers of the run.
    Publish(Published<W::Stream>),
    /// This prompt is open, and can be answered.
    Prompt(OpenPrompt<W>),
    /// The matcher of the step has rejected the answer to this prompt, which is open again.
    Rejected(PromptId),
    /// The run has ended. This is the last command.
    Ended(Result<W::Output, RunError>),
}

impl<W: Workflow> fmt::Debug for Command<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Execute(call) => f.debug_tuple("Execute").field(call).finish(),
            Self::Cancel(id) => f.debug_tuple("Cancel").field(&format_args!("{id}")).finish(),
            Self::Publish(published) => {
                f.debug_tuple("Publish").field(&format_args!("{}", published.number)).finish_non_exhaustive()
            }
            Self::Prompt(prompt) => f.debug_tuple("Prompt").field(&prompt.id).finish_non_exhaustive(),
            Self::Rejected(prompt) => f.debug_tuple("Rejected").field(prompt).finish(),
            Self::Ended(Ok(_)) => f.write_str("Ended(Ok(..))"),
            Self::Ended(Err(error)) => f.debug_tuple("Ended").field(error).finish(),
        }
    }
}
