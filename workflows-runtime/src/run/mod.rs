//! A run: its builder, its handle, its events, and the driver that polls its steps.

mod builder;
mod cancellation;
mod child;
mod clock;
mod collect;
mod configure;
mod dispatch;
mod driver;
mod event;
mod event_log;
mod futures;
mod handle;
mod id;
mod in_place;
mod inspect;
#[cfg(feature = "durable")]
pub(crate) mod journal;
mod mailbox;
mod message;
#[cfg(all(test, shuttle))]
mod models;
mod nesting;
mod observe;
mod open_prompts;
mod options;
mod poll_budget;
mod prompt;
mod reader_positions;
#[cfg(feature = "engine")]
pub(crate) mod remote;
mod response_slot;
mod result;
mod shared;
mod snapshot;
mod start;
mod step_load;
#[cfg(feature = "testing")]
mod test_driver;
mod waker_set;
mod workflow_ext;

#[cfg(feature = "testing")]
pub(crate) use self::test_driver::{Attempts, Fault, Moved, Observed, Overrides, Stub, TestDriver};
pub use self::{
    builder::Run,
    dispatch::{Dispatcher, EmitOutput, Outcome, StoreOutcome, next, placed, run},
    event::{EventStream, RunEvent, RunOutcome},
    handle::{RunHandle, SendError},
    id::RunId,
    poll_budget::{Overrun, PollOverrun},
    prompt::{AnswerError, AnswerErrorKind, OpenPrompt, ParsePromptIdError, PromptId},
    result::RunResult,
    snapshot::{Snapshot, SnapshotError},
    step_load::StepLoad,
    workflow_ext::WorkflowExt,
};
pub(crate) use self::{
    cancellation::{AttemptStatus, CancelFlag, CancelWaiter},
    dispatch::{CurrentExecution, FuturePlace, Offload},
    message::{Message, WaitRequest},
    response_slot::{RequestedResponse, ResponseSlot},
    shared::Shared,
};
