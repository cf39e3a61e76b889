//! All that a workflow needs: `use workflows_runtime::prelude::*;`.

pub use crate::{
    Context, Event, First, HumanResponse, InputRequired, IntoOneOf, OneOf, Retry, RunError, RunEvent, RunHandle, RunId,
    Snapshot, Start, StateMap, StepError, StepFailed, StepPhase, StepResult, Stop, WaitTimedOut, Workflow, WorkflowExt,
    blocking, catch_error, event, nonblocking, resource, step, workflow,
};
pub use core::time::Duration;
pub use workflows_macros::{Deserialize, Serialize};
