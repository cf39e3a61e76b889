//! One execution, as the generated dispatch sees it.

use super::{Shared, line::Line};
use crate::{
    Context, StepError, Workflow,
    core::{Before, Effect, Effects, ExecutionId, Input, Launch},
    executor::{Kind, Origin, Scope},
    input::Events,
};
use core::{
    ops::ControlFlow,
    pin::Pin,
    task::{self, Poll},
};
use std::sync::Arc;

/// What an execution comes to: what it wants done, or its failure.
pub type Outcome<W> = Result<Effects<W>, StepError>;

/// An execution that is to be started.
pub(super) struct Job<W: Workflow> {
    pub(super) execution: ExecutionId,
    pub(super) step: u16,
    /// The events that it is launched with, if it takes several.
    pub(super) input: Option<Vec<W::Event>>,
    before: Option<Arc<Before>>,
}

impl<W: Workflow> Job<W> {
    /// None yet.
    pub(super) const fn none() -> Self {
        let execution = ExecutionId { serial: 0, slot: 0, attempt: 0 };
        Self { execution, step: 0, input: None, before: None }
    }

    /// The next one in the same place. A single event is left in `taken`.
    #[inline]
    pub(super) fn becomes(&mut self, launch: Launch<W>, taken: &mut Effects<W>) {
        self.execution = launch.execution;
        self.step = launch.step;
        self.before = launch.before;
        match launch.input {
            Input::One(event) => taken.push(Effect::Event(event)),
            Input::Many(events) => self.input = Some(events),
        }
    }

    pub(super) fn context<S>(&self, shared: &Arc<Shared<W>>) -> Context<W, S> {
        Context::new(Arc::clone(shared), self.execution, self.step, self.before.clone())
    }

    /// Where it comes from, for a hop to another thread.
    pub(super) fn origin(&self, shared: &Arc<Shared<W>>) -> Origin {
        Origin {
            scope: Arc::clone(shared) as Arc<dyn Scope>,
            step: W::TABLE.steps[self.step as usize].name,
            execution: self.execution.serial,
            attempt: self.execution.attempt,
        }
    }
}

/// Alone in a box: there is this one execution, and then the end.
pub(super) struct Alone<W: Workflow> {
    shared: Arc<Shared<W>>,
    job: Job<W>,
    effects: Effects<W>,
    stage: Stage<W>,
}

enum Stage<W: Workflow> {
    New,
    Going,
    Over(Outcome<W>),
}

impl<W: Workflow> Alone<W> {
    pub(super) fn new(launch: Launch<W>, shared: &Arc<Shared<W>>) -> Self {
        let (mut job, mut effects) = (Job::none(), Effects::new());
        job.becomes(launch, &mut effects);
        Self { shared: Arc::clone(shared), job, effects, stage: Stage::New }
    }

    pub(super) fn origin(&self) -> Origin {
        self.job.origin(&self.shared)
    }
}

impl<W: Workflow> Line for Alone<W> {
    type Workflow = W;
    type End = Outcome<W>;

    #[inline]
    fn poll_next(&mut self, _: &mut task::Context<'_>) -> Poll<ControlFlow<Outcome<W>, u16>> {
        match std::mem::replace(&mut self.stage, Stage::Going) {
            Stage::Over(outcome) => Poll::Ready(ControlFlow::Break(outcome)),
            Stage::New | Stage::Going => Poll::Ready(ControlFlow::Continue(self.job.step)),
        }
    }

    #[inline]
    fn poll_step<F: Future>(
        &mut self,
        step: Pin<&mut Option<F>>,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<F::Output>> {
        match step.as_pin_mut() {
            Some(step) => step.poll(cx).map(Some),
            None => Poll::Pending,
        }
    }

    #[inline]
    fn effects(&mut self) -> &mut Effects<W> {
        &mut self.effects
    }

    #[inline]
    fn over(&mut self, outcome: Result<(), StepError>) {
        self.stage = Stage::Over(outcome.map(|()| std::mem::replace(&mut self.effects, Effects::new())));
    }

    #[inline]
    fn events(&mut self) -> Events<'_, W> {
        Events::new(&mut self.effects, self.job.input.take())
    }

    fn context<S>(&self) -> Context<W, S> {
        self.job.context(&self.shared)
    }

    fn offload(&self, kind: Kind) -> Offload {
        Offload::new(self.origin(), kind)
    }
}

/// A hop that a blocking step is about to make.
pub struct Offload {
    origin: Origin,
    kind: Kind,
}

impl Offload {
    pub(super) fn new(origin: Origin, kind: Kind) -> Self {
        Self { origin, kind }
    }

    pub(crate) fn into_parts(self) -> (Origin, Kind) {
        (self.origin, self.kind)
    }
}

impl std::fmt::Debug for Offload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offload").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl<W: Workflow> std::fmt::Debug for Job<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("step", &self.step).finish_non_exhaustive()
    }
}

impl<W: Workflow> std::fmt::Debug for Alone<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.job.fmt(f)
    }
}
