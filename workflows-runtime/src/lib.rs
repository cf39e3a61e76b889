#![doc = include_str!("../docs/guide.md")]

mod context;
mod core;
mod error;
mod event;
mod executor;
mod graph;
mod input;
mod one_of;
mod output;
pub mod prelude;
mod run;
mod state;
mod workflow;

#[doc(hidden)]
pub mod __private;

#[doc = include_str!("../docs/blocking.md")]
pub mod working_with_blocking_code {}

#[doc = include_str!("../docs/codes.md")]
pub mod codes {}

pub use self::{
    context::{Context, DeclaredBy, StreamItem},
    core::{StepEvent, StepPhase},
    error::{Failure, Panicked, Parked, RunError, StepError, StepResult, StepTimedOut},
    event::{Event, First, HumanResponse, InputRequired, Never, Payload, Start, Stop},
    executor::{ExecutorError, Executors, ExecutorsBuilder},
    input::StepInput,
    one_of::{Holds, IntoOneOf, OneOf},
    output::StepOutput,
    run::{EventStream, Finish, Flow, Overrun, PollOverrun, Run, RunEvent, RunHandle, RunId},
    state::State,
    workflow::{Answers, Settings, TakenBy, Takes, Workflow},
};
pub use workflows_macros::{blocking, event, step, workflow};
