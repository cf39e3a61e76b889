//! `use workflows_runtime::prelude::*;` imports what declaring a workflow and running it for the first
//! time need.
//!
//! These are the attributes, the types in the signatures of steps and the values that their bodies use,
//! and the types that a run returns. Options of runs and the traits of generic code are not included:
//! import [`Executors`](crate::Executors), [`Overrun`](crate::Overrun), [`Backoff`](crate::Backoff) and
//! others from the crate root.
//!
//! An explicit import shadows the glob, so the prelude can be used next to others. `use anyhow::{Context as _, Result}`
//! leaves the name `Context` to this crate; with `use anyhow::{Context, Result}`, name this crate's context
//! `workflows_runtime::Context`.

// Attributes.
pub use crate::{allow_blocking, blocking, catch_error, event, nonblocking, resource, step, workflow};
pub use workflows_macros::{Deserialize, Serialize};

// Signatures and bodies of steps.
pub use crate::{
    Context, Event, First, HumanResponse, InputRequired, IntoOneOf, OneOf, Retry, Start, StateMap, StepError,
    StepFailed, StepResult, Stop, WaitTimedOut,
};
pub use core::time::Duration;

// Runs.
pub use crate::{
    PromptId, RunError, RunEvent, RunHandle, RunId, RunOutcome, Snapshot, StepEvent, StepPhase, Workflow, WorkflowExt,
};
