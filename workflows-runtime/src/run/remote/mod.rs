//! Executing the steps of a run elsewhere.

mod answer;
mod apply;
mod call;
mod command;
mod engine;
mod execute;
mod external;
mod graph;
#[cfg(feature = "isolated")]
pub(super) mod isolated;
mod perform;
mod records;

#[cfg(feature = "durable")]
pub(super) use self::{answer::Output, external::ExternalContent};
pub use self::{
    answer::{AnswerRefused, Published, RetryDecision, StepAnswer},
    call::{CallId, StepCall},
    command::Command,
    engine::{Answered, Engine},
    execute::{Execution, execute},
    external::External,
};
