#![doc = include_str!("../docs/guide.md")]
//!
//! # Features
//!
//! | feature | default | enables |
//! |---|---|---|
//! | `anyhow` | yes | the types of errors that are converted from `anyhow::Error`, and the conversion back |
//! | `tracing` | yes | warnings of steps that block the executor, and the caller's span in blocking code |
//! | `eyre` | no | the same as `anyhow` for `eyre::Report` |
//! | `testing` | no | the module `testing`, a kit for tests of workflows |
//! | `metrics` | no | [counts, latencies and queues](https://github.com/workflows-rs/workflows/tree/main/examples/telemetry) for the `metrics` facade |
//! | `engine` | no | the module `remote`, for adapters: executing steps elsewhere, and driving a run without its driver |
//! | `isolated` | no | [steps and functions in processes of their own](isolated) |
//! | `durable` | no | the module `durable`, for hosts: runs that are journaled before anything follows from what they do |
//! | `debug` | no | formatted output of `WORKFLOWS_MACROS_DEBUG`, see [`#[workflow]`](macro@workflow) |
//!
//! Configs and the [`StateMap`] have no feature: error handlers store inputs as JSON, so `serde_json` is
//! always a dependency.

// The models of concurrent code declare workflows, and generated code names this crate.
#[cfg(all(test, shuttle))]
extern crate self as workflows_runtime;

#[allow(clippy::must_use_candidate, reason = "generated code names it")]
mod blocking;
mod const_text;
mod context;
mod engine;
mod error;
mod event;
mod executor;
#[allow(clippy::must_use_candidate, reason = "generated code names it")]
pub mod graph;
mod instances;
mod instruments;
#[cfg(feature = "isolated")]
pub mod isolated;
#[cfg(all(test, shuttle))]
#[allow(unused_imports, unreachable_patterns, reason = "rustc reports them for macros of the same crate only")]
mod models;
mod one_of;
mod panics;
pub mod prelude;
#[cfg(feature = "isolated")]
mod process;
mod resource;
mod retry;
mod round_trip;
mod run;
pub mod run_trace;
mod sealed;
mod signature;
mod state;
mod step_event;
mod step_failed;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
mod trace;
mod workflow;

#[cfg(doc)]
pub mod guide;

#[cfg(feature = "durable")]
pub mod durable {
    // Inside, where its links are resolved.
    #![doc = include_str!("../docs/durable.md")]

    #[doc(inline)]
    pub use crate::run::journal::{
        Adapted, Attempts, Child, ChildOf, Commit, Durable, Journal, LastRecord, Prepared, ReadError, Receipt, Record,
        Recorded, RecordedItem, Renames, StartedChild, StateChange, StepAttempt, accepts, adapt, adapt_message,
        attempts, deliver, has_graph, id_of, is_awaited, is_released, message_for, park, read, release, shared, waits,
    };
}

#[cfg(feature = "engine")]
pub mod remote {
    // Inside, where its links are resolved.
    #![doc = include_str!("../docs/remote.md")]

    #[doc(inline)]
    pub use crate::run::remote::{
        AnswerRefused, Answered, CallId, Command, Engine, Execution, External, Published, RetryDecision, StepAnswer,
        StepCall, execute,
    };
}

#[cfg(feature = "metrics")]
pub mod metrics {
    // Inside, where its links are resolved.
    #![doc = include_str!("../docs/metrics.md")]

    #[doc(inline)]
    pub use crate::instruments::names::{
        OVERRUNS, POOL_LIMIT, POOL_QUEUED, POOL_RUNNING, POOL_WAIT_SECONDS, RUN_SECONDS, RUNS, RUNS_LIVE, STEP_RETRIES,
        STEP_SECONDS, describe,
    };
}

#[doc(hidden)]
pub mod __private;

pub use self::{
    context::{Attempt, Cancelled, Context, Wait, WaitTimedOut, WaitTimeout},
    error::{Panicked, Parked, QueueTimedOut, ResumeError, RunError, StepError, StepResult, StepTimedOut, Waiting},
    event::{Event, First, HumanResponse, InputRequired, Never, Payload, Start, Stop},
    executor::{BlockingJob, ExecutorError, Executors, ExecutorsBuilder, PoolMetrics},
    one_of::{Holds, IntoOneOf, OneOf},
    resource::{ConfigError, ResourceError, ResourceErrors},
    retry::{Backoff, Condition, FailedAttempt, GiveUp, Retry, RetryPolicy, RetryWith},
    run::{
        AnswerError, AnswerErrorKind, EventStream, OpenPrompt, Overrun, ParsePromptIdError, PollOverrun, PromptId, Run,
        RunEvent, RunHandle, RunId, RunOutcome, RunResult, SendError, Snapshot, SnapshotError, StepLoad, WorkflowExt,
    },
    signature::{StepInput, StepOutput},
    state::{PathError, State, StateEntry, StateMap},
    step_event::{StepEvent, StepPhase},
    step_failed::StepFailed,
    workflow::{Answers, AskedBy, AwaitedBy, DeclaredBy, Settings, StepOptions, StreamItem, TakenBy, Takes, Workflow},
};
/// Crates of which a program may have to name the path.
// A hidden module: through a re-export at the root, the compiler names types of std by serde's re-exports of them.
#[doc(hidden)]
pub mod reexports {
    /// The serde whose traits events implement. Name it where this crate has another name, as in
    /// `#[serde(crate = "facade::workflows::reexports::serde")]`.
    pub use serde;
}
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
