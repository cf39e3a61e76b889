//! One execution, as the generated dispatch sees it.

use super::Shared;
use crate::{
    Context, StepError, Workflow,
    core::{Effects, Launch},
    executor::{Kind, Origin, Scope},
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
        Context::new(Arc::clone(self.shared), self.launch.execution, self.launch.step, self.launch.before.clone())
    }

    /// The events with which it is launched.
    pub fn events(self) -> Events<W> {
        Events::new(self.launch.input)
    }

    /// Where it comes from, for a hop to another thread.
    pub(crate) fn origin(&self) -> Origin {
        Origin {
            scope: Arc::clone(self.shared) as Arc<dyn Scope>,
            step: W::TABLE.steps[self.launch.step as usize].name,
            execution: self.launch.execution.serial,
            attempt: self.launch.execution.attempt,
        }
    }

    /// What its blocking code needs to get to the executor of this kind.
    pub fn offload(&self, kind: Kind) -> Offload {
        Offload { origin: self.origin(), kind }
    }
}

/// A hop that a blocking step is about to make.
pub struct Offload {
    origin: Origin,
    kind: Kind,
}

impl Offload {
    pub(crate) fn into_parts(self) -> (Origin, Kind) {
        (self.origin, self.kind)
    }
}

impl std::fmt::Debug for Offload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offload").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl<W: Workflow> std::fmt::Debug for Job<'_, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("step", &self.launch.step).finish_non_exhaustive()
    }
}
