//! The interface between the generated dispatch and the driver.
//!
//! A dispatch is a future that asks its [`Dispatcher`] for the next step, runs it, and hands the output back, until the
//! dispatcher ends it. The same generated code runs in two places:
//!
//! * in the driver, for one execution after the other: a chain of steps never leaves the dispatch;
//! * in a box of its own, for one execution that runs next to the driver's ([`boxed::BoxedExecution`]).

pub(super) mod boxed;
pub(super) mod current;

use crate::{
    context::Context,
    engine::{Effects, Events},
    error::StepError,
    executor::{self, Kind, Offloaded, Origin},
    workflow::Workflow,
};
use core::{
    ops::ControlFlow,
    pin::Pin,
    task::{self, Poll},
};
use pin_project_lite::pin_project;

/// Hands executions to one dispatch.
pub trait Dispatcher: Send {
    /// The workflow.
    type Workflow: Workflow;
    /// The result of the dispatch.
    type End: Send;

    /// The step to run next, or the end.
    fn poll_next(&mut self, cx: &mut task::Context<'_>) -> Poll<ControlFlow<Self::End, u16>>;

    /// Polls the step's future. Ready with `None` if the execution was dropped.
    fn poll_step<F: Future>(
        &mut self,
        step: Pin<&mut Option<F>>,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<F::Output>>;

    /// Where the step's output is stored.
    fn effects(&mut self) -> &mut Effects<Self::Workflow>;

    /// Completes the step: its output is stored, or it has failed.
    fn complete(&mut self, outcome: Result<(), StepError>);

    /// Stores the output of a step that ran on another thread.
    ///
    /// # Errors
    ///
    /// The step's failure.
    fn set_output(&mut self, outcome: Outcome<Self::Workflow>) -> Result<(), StepError> {
        *self.effects() = outcome?;
        Ok(())
    }

    /// The input of the step. Call it once per step.
    fn events(&mut self) -> Events<'_, Self::Workflow>;

    /// The context for a step that takes one.
    fn context<S>(&self) -> Context<Self::Workflow, S>;

    /// The executor of this kind, for a blocking step.
    fn offload(&self, kind: Kind) -> Offload;
}

/// Future of [`next`].
#[derive(Debug)]
pub struct Next<'l, L>(&'l mut L);

/// Waits for the next step.
pub fn next<L: Dispatcher>(dispatcher: &mut L) -> Next<'_, L> {
    Next(dispatcher)
}

impl<L: Dispatcher> Future for Next<'_, L> {
    type Output = ControlFlow<L::End, u16>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        self.0.poll_next(cx)
    }
}

pin_project! {
    /// Future of [`run`].
    #[derive(Debug)]
    pub struct Running<'l, L, F> {
        dispatcher: &'l mut L,
        #[pin]
        step: Option<F>,
    }
}

/// Runs a step's future.
#[inline]
pub fn run<L: Dispatcher, F: Future>(dispatcher: &mut L, step: F) -> Running<'_, L, F> {
    Running { dispatcher, step: Some(step) }
}

impl<L: Dispatcher, F: Future> Future for Running<'_, L, F> {
    type Output = Option<F::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        this.dispatcher.poll_step(this.step, cx)
    }
}

/// The outcome of an execution: its output or its failure.
pub type Outcome<W> = Result<Effects<W>, StepError>;

/// The way of a blocking step to another thread.
pub struct Offload {
    origin: Origin,
    kind: Kind,
    reports: Reports,
}

/// What the run must know of a blocking step on its way to another thread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reports {
    Nothing,
    Beginning,
    QueueAndBeginning,
}

impl Offload {
    /// Runs the work on the executor.
    pub(crate) fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Offloaded<T> {
        let Self { origin, kind, reports } = self;
        if reports == Reports::QueueAndBeginning {
            origin.scope.queued(origin.execution);
        }
        let begins = if reports == Reports::Nothing { None } else { Some(origin.clone()) };
        executor::offload(Some(origin), kind, move || {
            if let Some(Origin { scope, execution, .. }) = begins {
                scope.began(execution);
            }
            work()
        })
    }
}

impl std::fmt::Debug for Offload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offload").field("kind", &self.kind).finish_non_exhaustive()
    }
}
