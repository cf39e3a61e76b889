//! An execution in a box of its own, next to the one in the driver.

use super::{Dispatcher, Offload, Outcome, current::CurrentExecution};
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

/// One execution in a box of its own, next to the one in the driver.
pub(in crate::run) struct BoxedExecution<W: Workflow> {
    shared: Arc<Shared<W>>,
    current: CurrentExecution<W>,
    effects: Effects<W>,
    stage: Stage<W>,
}

enum Stage<W: Workflow> {
    New,
    Going,
    Over(Outcome<W>),
}

impl<W: Workflow> BoxedExecution<W> {
    pub(in crate::run) fn new(launch: Launch<W>, shared: &Arc<Shared<W>>) -> Self {
        let (mut current, mut effects) = (CurrentExecution::none(), Effects::new());
        current.becomes(launch, &mut effects);
        Self { shared: Arc::clone(shared), current, effects, stage: Stage::New }
    }

    pub(in crate::run) fn origin(&self) -> Origin {
        self.current.origin(&self.shared)
    }
}

impl<W: Workflow> Dispatcher for BoxedExecution<W> {
    type Workflow = W;
    type End = Outcome<W>;

    #[inline]
    fn poll_next(&mut self, _: &mut task::Context<'_>) -> Poll<ControlFlow<Outcome<W>, u16>> {
        match std::mem::replace(&mut self.stage, Stage::Going) {
            Stage::Over(outcome) => Poll::Ready(ControlFlow::Break(outcome)),
            Stage::New | Stage::Going => Poll::Ready(ControlFlow::Continue(self.current.step)),
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
    fn complete(&mut self, outcome: Result<(), StepError>) {
        self.stage = Stage::Over(outcome.map(|()| std::mem::replace(&mut self.effects, Effects::new())));
    }

    #[inline]
    fn events(&mut self) -> Events<'_, W> {
        Events::new(&mut self.effects, self.current.input.take())
    }

    fn context<S>(&self) -> Context<W, S> {
        self.current.context(&self.shared)
    }

    fn offload(&self, kind: Kind) -> Offload {
        Offload::new(self.origin(), kind)
    }
}

impl<W: Workflow> std::fmt::Debug for BoxedExecution<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.current.fmt(f)
    }
}
