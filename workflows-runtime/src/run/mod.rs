//! A run: its builder, its handle, its events, and the driver that polls its steps.

mod builder;
mod cancellation;
mod child;
mod clock;
mod collect;
mod dispatch;
mod driver;
mod event;
mod event_log;
mod futures;
mod handle;
mod id;
mod mailbox;
mod nesting;
mod open_prompts;
mod poll_budget;
mod prompt;
mod response_slot;
mod shared;
mod snapshot;
mod start;
mod waker_set;

pub use self::{
    builder::{Run, WorkflowExt},
    dispatch::{Dispatcher, Outcome, next, run},
    event::{EventStream, RunEvent, RunOutcome},
    handle::{RunHandle, RunResult, SendError},
    id::RunId,
    poll_budget::{Overrun, PollOverrun},
    prompt::{AnswerError, AnswerErrorKind, OpenPrompt, ParsePromptIdError, PromptId},
    snapshot::{Snapshot, SnapshotError},
};
pub(crate) use self::{
    cancellation::{CancelFlag, CancelWaiter},
    dispatch::Offload,
    mailbox::{Message, WaitRequest},
    response_slot::ResponseSlot,
    shared::Shared,
};
