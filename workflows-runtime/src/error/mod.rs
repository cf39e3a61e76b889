//! The errors of steps and runs.

mod decided;
mod inner;
mod resume;
mod run;
mod serialized;
mod step;
mod timeout;

pub(crate) use self::decided::Decision;
pub use self::{
    resume::ResumeError,
    run::{Parked, RunError, Waiting},
    step::{Panicked, StepError, StepResult},
    timeout::{QueueTimedOut, StepTimedOut},
};
