//! An execution whose dispatch is boxed, next to the driver's own.

use super::{CurrentExecution, Dispatcher, Offload, Outcome, StepPlace};
use crate::{
    context::Context,
    engine::{Effects, Launch},
    error::StepError,
    executor::{Kind, Origin},
    run::shared::Shared,
    workflow::Workflow,
};
#[cfg(feature = "isolated")]
use crate::{executor::Isolation, run::remote::isolated::IsolatedStep};
use core::{
    ops::ControlFlow,
    pin::Pin,
    task::{self, Poll},
};
use std::sync::Arc;

/// The dispatcher of one execution: its dispatch starts one step and ends with the step's outcome.
pub(in crate::run) struct BoxedExecution<W: Workflow> {
    shared: Arc<Shared<W>>,
    execution: CurrentExecution<W>,
    /// `Some` once the step has completed.
    outcome: Option<Outcome<W>>,
}

impl<W: Workflow> BoxedExecution<W> {
    pub(in crate::run) fn new(launch: Launch<W>, shared: &Arc<Shared<W>>) -> Self {
        let mut execution = CurrentExecution::none();
        execution.launch(launch);
        Self { shared: Arc::clone(shared), execution, outcome: None }
    }

    pub(in crate::run) fn step(&self) -> u16 {
        self.execution.step
    }

    pub(in crate::run) fn origin(&self) -> Origin {
        self.execution.origin(&self.shared)
    }
}

impl<W: Workflow> Dispatcher for BoxedExecution<W> {
    type Workflow = W;
    type End = Outcome<W>;

    #[inline]
    fn poll_next(&mut self, _: &mut task::Context<'_>) -> Poll<ControlFlow<Outcome<W>, u16>> {
        match self.outcome.take() {
            Some(outcome) => Poll::Ready(ControlFlow::Break(outcome)),
            None => Poll::Ready(ControlFlow::Continue(self.execution.step)),
        }
    }

    #[cfg_attr(debug_assertions, inline)]
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll_step<E>(
        &mut self,
        step: Pin<&mut dyn StepPlace<W, E>>,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<Result<(), StepError>>> {
        step.poll(cx, self.execution.handover.output()).map(Some)
    }

    #[inline]
    fn complete(&mut self, outcome: Result<(), StepError>) {
        self.outcome = Some(match outcome {
            Ok(()) => Ok(std::mem::replace(self.execution.handover.output(), Effects::new())),
            Err(error) => Err(error),
        });
    }

    #[inline]
    fn execution(&mut self) -> &mut CurrentExecution<W> {
        &mut self.execution
    }

    fn context<S>(&self) -> Context<W, S> {
        self.execution.context(&self.shared)
    }

    fn offload(&self, kind: Kind) -> Offload {
        self.execution.offload(&self.shared, kind)
    }

    #[cfg(feature = "isolated")]
    fn isolate(&mut self, isolation: Isolation) -> Option<IsolatedStep<W>> {
        self.execution.isolate(&self.shared, isolation)
    }
}

impl<W: Workflow> std::fmt::Debug for BoxedExecution<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.execution.fmt(f)
    }
}
