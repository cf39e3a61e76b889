#![doc = include_str!("../docs/guide.md")]

mod blocking;
mod context;
mod core;
mod diagnostics;
mod error;
mod event;
mod executor;
mod failed;
mod graph;
mod input;
mod one_of;
mod output;
pub mod prelude;
mod resource;
mod retry;
mod run;
mod state;
mod workflow;

#[doc(hidden)]
pub mod __private;

#[doc = include_str!("../docs/blocking.md")]
pub mod working_with_blocking_code {}

#[doc = include_str!("../docs/state.md")]
pub mod state_of_a_run {}

#[doc = include_str!("../docs/resources.md")]
pub mod resources_and_configs {}

#[doc(inline)]
pub use self::blocking::known::page as what_is_known_to_block;

#[doc = include_str!("../docs/retries.md")]
pub mod retries {}

#[doc = include_str!("../docs/error_handlers.md")]
pub mod error_handlers {}

#[doc = include_str!("../docs/people.md")]
pub mod asking_people {}

#[doc = include_str!("../docs/snapshots.md")]
pub mod pause_and_resume {}

#[doc = include_str!("../docs/children.md")]
pub mod child_workflows {}

#[doc = include_str!("../docs/sending.md")]
pub mod sending_and_collecting {}

#[doc = include_str!("../docs/codes.md")]
pub mod codes {}

pub use self::{
    context::{
        AskedBy, Attempt, AwaitedBy, Cancelled, Context, DeclaredBy, StreamItem, Wait, WaitTimedOut, WaitTimeout,
    },
    core::{StepEvent, StepPhase},
    error::{Failure, Panicked, Parked, RunError, StepError, StepResult, StepTimedOut},
    event::{Event, First, HumanResponse, InputRequired, Never, Payload, Start, Stop},
    executor::{ExecutorError, Executors, ExecutorsBuilder},
    failed::StepFailed,
    input::StepInput,
    one_of::{Holds, IntoOneOf, OneOf},
    output::StepOutput,
    resource::{ConfigError, ResourceError, ResourceErrors},
    retry::{Backoff, Condition, FailedAttempt, GiveUp, Retry, RetryPolicy, RetryWith},
    run::{
        End, EventStream, Flow, Overrun, PollOverrun, ResumeError, Run, RunEvent, RunHandle, RunId, RunResult,
        Snapshot, SnapshotError,
    },
    state::{At, PathError, State, StateMap},
    workflow::{Answers, Settings, TakenBy, Takes, Workflow},
};
#[doc(hidden)]
pub use workflows_macros::__with_known_blocking;
pub use workflows_macros::{blocking, catch_error, event, known_blocking, nonblocking, resource, step, workflow};

/// Lets one call block where it is, for a reason that the next reader can judge.
///
/// ```
/// # use workflows_runtime::allow_blocking;
/// # fn f() -> std::io::Result<Vec<u8>> {
/// let table = allow_blocking!(std::fs::read("table.bin"), "a page of memory, read once at start")?;
/// # Ok(table) }
/// ```
#[macro_export]
macro_rules! allow_blocking {
    ($expr:expr, "" $(,)?) => {
        compile_error!("W013: say why this call may block the executor, as in `allow_blocking!(.., \"reads a page\")`")
    };
    ($expr:expr, $reason:literal $(,)?) => {
        $expr
    };
    ($expr:expr $(,)?) => {
        compile_error!("W013: say why this call may block the executor, as in `allow_blocking!(.., \"reads a page\")`")
    };
}
