//! One execution, as the generated dispatch sees it.

use super::Shared;
use crate::{
    Context, StepError, Workflow,
    core::{Effects, Launch},
    executor::Kind,
    input::Events,
};
use std::sync::Arc;

/// What an execution comes to: what it wants done, or its failure.
pub type Outcome<W> = Result<Effects<W>, StepError>;

/// An execution that is to be started.
pub struct Job<'a, W: Workflow> {
    launch: Launch<W>,
    shared: &'a Arc<Shared<W>>,
}

impl<'a, W: Workflow> Job<'a, W> {
    pub(super) fn new(launch: Launch<W>, shared: &'a Arc<Shared<W>>) -> Self {
        Self { launch, shared }
    }

    /// The step's number.
    pub fn step(&self) -> u16 {
        self.launch.step
    }

    /// The context for a step that takes one.
    pub fn context<S>(&self) -> Context<W, S> {
        Context::new(Arc::clone(self.shared), self.launch.execution, self.launch.step, self.launch.attempt)
    }

    /// The events with which it is launched.
    pub fn events(self) -> Events<W> {
        Events::new(self.launch.input)
    }

    /// A place to run blocking code for it.
    pub fn offload(&self, kind: Kind) -> crate::executor::Offload<W> {
        crate::executor::Offload::new(self.context(), kind)
    }
}

impl<W: Workflow> std::fmt::Debug for Job<'_, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("step", &self.launch.step).finish_non_exhaustive()
    }
}
