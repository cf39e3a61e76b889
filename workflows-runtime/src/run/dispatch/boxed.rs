//! An execution in a box of its own, next to the one in the driver.

use super::{Line, Offload, Outcome, current::Job};
use crate::{
    context::Context,
    engine::{Effects, Events, Launch},
    error::StepError,
    executor::{Kind, Origin},
    run::shared::Shared,
    workflow::Workflow,
};
use core::{
    ops::ControlFlow,
    pin::Pin,
    task::{self, Poll},
};
use std::sync::Arc;

/// Alone in a box: there is this one execution, and then the end.
pub(in crate::run) struct Alone<W: Workflow> {
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
    pub(in crate::run) fn new(launch: Launch<W>, shared: &Arc<Shared<W>>) -> Self {
        let (mut job, mut effects) = (Job::none(), Effects::new());
        job.becomes(launch, &mut effects);
        Self { shared: Arc::clone(shared), job, effects, stage: Stage::New }
    }

    pub(in crate::run) fn origin(&self) -> Origin {
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

impl<W: Workflow> std::fmt::Debug for Alone<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.job.fmt(f)
    }
}
