//! Where the generated dispatch gets its work from, one execution after the other.
//!
//! It runs in two places with the same code. In the driver, which hands it whatever comes up as long as
//! it is free: a step that leads straight to another one never leaves it. And in a box of its own, for
//! one execution that goes on beside that.

pub(super) mod boxed;
pub(super) mod current;

use crate::{
    context::Context,
    engine::{Effects, Events},
    error::StepError,
    executor::{Kind, Origin},
    workflow::Workflow,
};
use core::{
    ops::ControlFlow,
    pin::Pin,
    task::{self, Poll},
};
use pin_project_lite::pin_project;

/// The work of one dispatch.
pub trait Dispatcher: Send {
    /// Of which workflow.
    type Workflow: Workflow;
    /// What is left at the end.
    type End: Send;

    /// The step to run next, or the end.
    fn poll_next(&mut self, cx: &mut task::Context<'_>) -> Poll<ControlFlow<Self::End, u16>>;

    /// Polls the step's future; nothing if the run goes on without it.
    fn poll_step<F: Future>(
        &mut self,
        step: Pin<&mut Option<F>>,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<F::Output>>;

    /// Where the step's output goes.
    fn effects(&mut self) -> &mut Effects<Self::Workflow>;

    /// The step has returned, and its effects are there; else it has failed.
    fn complete(&mut self, outcome: Result<(), StepError>);

    /// Puts effects there that were made elsewhere.
    ///
    /// # Errors
    ///
    /// The step's failure.
    fn set_output(&mut self, outcome: Outcome<Self::Workflow>) -> Result<(), StepError> {
        *self.effects() = outcome?;
        Ok(())
    }

    /// The events with which it is launched. There once.
    fn events(&mut self) -> Events<'_, Self::Workflow>;

    /// The context for a step that takes one.
    fn context<S>(&self) -> Context<Self::Workflow, S>;

    /// What its blocking code needs to get to the executor of this kind.
    fn offload(&self, kind: Kind) -> Offload;
}

/// Waits for the step to run next.
#[derive(Debug)]
pub struct Next<'l, L>(&'l mut L);

/// Waits for the step to run next.
pub fn next<L: Dispatcher>(line: &mut L) -> Next<'_, L> {
    Next(line)
}

impl<L: Dispatcher> Future for Next<'_, L> {
    type Output = ControlFlow<L::End, u16>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        self.0.poll_next(cx)
    }
}

pin_project! {
    /// Runs a step's future in its line.
    #[derive(Debug)]
    pub struct Running<'l, L, F> {
        line: &'l mut L,
        #[pin]
        step: Option<F>,
    }
}

/// Runs a step's future in its line.
#[inline]
pub fn run<L: Dispatcher, F: Future>(line: &mut L, step: F) -> Running<'_, L, F> {
    Running { line, step: Some(step) }
}

impl<L: Dispatcher, F: Future> Future for Running<'_, L, F> {
    type Output = Option<F::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        this.line.poll_step(this.step, cx)
    }
}

/// What an execution comes to: what it wants done, or its failure.
pub type Outcome<W> = Result<Effects<W>, StepError>;

/// A hop that a blocking step is about to make.
pub struct Offload {
    origin: Origin,
    kind: Kind,
}

impl Offload {
    pub(in crate::run) fn new(origin: Origin, kind: Kind) -> Self {
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
