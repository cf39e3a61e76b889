//! One execution, as the generated dispatch sees it.

use crate::run::shared::Shared;
use crate::{
    context::Context,
    engine::{Before, Effect, Effects, ExecutionId, Input, Launch},
    executor::{Origin, Scope},
    workflow::Workflow,
};
use std::sync::Arc;

/// An execution that is to be started.
pub(in crate::run) struct CurrentExecution<W: Workflow> {
    pub(in crate::run) execution: ExecutionId,
    pub(in crate::run) step: u16,
    /// The events that it is launched with, if it takes several.
    pub(in crate::run) input: Option<Vec<W::Event>>,
    before: Option<Arc<Before>>,
}

impl<W: Workflow> CurrentExecution<W> {
    /// None yet.
    pub(in crate::run) const fn none() -> Self {
        let execution = ExecutionId { serial: 0, slot: 0, attempt: 0 };
        Self { execution, step: 0, input: None, before: None }
    }

    /// The next one in the same place. A single event is left in `taken`.
    #[inline]
    pub(in crate::run) fn becomes(&mut self, launch: Launch<W>, taken: &mut Effects<W>) {
        self.execution = launch.execution;
        self.step = launch.step;
        self.before = launch.before;
        match launch.input {
            Input::One(event) => taken.push(Effect::Event(event)),
            Input::Many(events) => self.input = Some(events),
        }
    }

    pub(in crate::run) fn context<S>(&self, shared: &Arc<Shared<W>>) -> Context<W, S> {
        Context::new(Arc::clone(shared), self.execution, self.step, self.before.clone())
    }

    /// Where it comes from, for a hop to another thread.
    pub(in crate::run) fn origin(&self, shared: &Arc<Shared<W>>) -> Origin {
        Origin {
            scope: Arc::clone(shared) as Arc<dyn Scope>,
            step: W::TABLE.steps[self.step as usize].name,
            execution: self.execution.serial,
            attempt: self.execution.attempt,
        }
    }
}

impl<W: Workflow> std::fmt::Debug for CurrentExecution<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CurrentExecution").field("step", &self.step).finish_non_exhaustive()
    }
}
