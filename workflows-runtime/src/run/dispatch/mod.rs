//! The interface between the generated dispatch and the driver.
//!
//! A dispatch is a future that asks its [`Dispatcher`] for the next step, runs it, and hands the output back, until the
//! dispatcher ends it. The same generated code runs in two places:
//!
//! * in the driver, for one execution after the other: a chain of steps never leaves the dispatch;
//! * in a box of its own, for one execution that runs next to the driver's ([`boxed::BoxedExecution`]).

pub(super) mod boxed;
pub(super) mod current;
mod generated;

pub(crate) use self::current::CurrentExecution;

use crate::{
    context::Context,
    engine::{Effects, Events},
    error::StepError,
    executor::{self, Kind, Offloaded, Origin},
    workflow::Workflow,
};
#[cfg(feature = "isolated")]
use crate::{executor::Isolation, run::remote::isolated::IsolatedStep};
use core::{
    fmt,
    marker::PhantomData,
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

    /// Polls the step's future, and stores its output. Ready with `None` if the execution was dropped.
    fn poll_step<E>(
        &mut self,
        step: Pin<&mut dyn StepPlace<Self::Workflow, E>>,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<Result<(), StepError>>>;

    /// Completes the step: its output is stored, or it has failed.
    fn complete(&mut self, outcome: Result<(), StepError>);

    /// The execution of the step.
    fn execution(&mut self) -> &mut CurrentExecution<Self::Workflow>;

    /// The input of the step. Call it once per step.
    #[inline]
    fn events(&mut self) -> Events<'_, Self::Workflow> {
        self.execution().input()
    }

    /// The context for a step that takes one.
    fn context<S>(&self) -> Context<Self::Workflow, S>;

    /// The executor of this kind, for a blocking step.
    fn offload(&self, kind: Kind) -> Offload;

    /// The step, to be executed in another process. `None` in the process that executes it.
    #[cfg(feature = "isolated")]
    fn isolate(&mut self, isolation: Isolation) -> Option<IsolatedStep<Self::Workflow>>;
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

/// Makes a value in its place, such as that of a `pin!`. In a debug build, a value is copied on the stack on its way:
/// here, and not in the caller, in whose frame the copies would stay while the value is used. A dispatch may be large.
#[inline]
#[allow(clippy::unnecessary_wraps, reason = "the place can be emptied")]
pub(super) fn made<T>(make: impl FnOnce() -> T) -> Option<T> {
    Some(make())
}

/// The place of a step's future.
///
/// Dispatchers know it as a trait object, because what is generic over the future is compiled for each step again, and
/// after each change of one. The virtual call costs a hop 29 instructions of 188.
pub trait StepPlace<W: Workflow, E> {
    /// Polls the future and stores its output. The output may be large, and is not copied in the caller's frame, nor in
    /// the one in which the future is polled.
    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>, effects: &mut Effects<W>) -> Poll<Result<(), StepError>>;

    /// Drops the future.
    fn clear(self: Pin<&mut Self>);
}

pin_project! {
    /// A step's future until it is dropped.
    ///
    /// Not an `Option`: rustc would generate the methods of each kind of type in another unit, and each unit describes
    /// the futures of all steps for debuggers.
    #[project = FuturePlaceProjection]
    pub enum FuturePlace<F> {
        /// The step runs, or has returned.
        Filled {
            #[pin]
            future: F,
        },
        /// The future has been dropped.
        Empty,
    }
}

impl<F> fmt::Debug for FuturePlace<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FuturePlace").finish_non_exhaustive()
    }
}

/// Makes a step's future in its place, as `made` does. It may be large.
#[inline]
pub fn placed<F>(make: impl FnOnce() -> F) -> FuturePlace<F> {
    FuturePlace::Filled { future: make() }
}

impl<W: Workflow, F: Future, E: EmitOutput<F::Output, W>> StepPlace<W, E> for FuturePlace<F> {
    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>, effects: &mut Effects<W>) -> Poll<Result<(), StepError>> {
        match self.project() {
            FuturePlaceProjection::Filled { future } => E::emit(future.poll(cx), effects),
            FuturePlaceProjection::Empty => Poll::Pending,
        }
    }

    #[inline]
    fn clear(mut self: Pin<&mut Self>) {
        self.set(FuturePlace::Empty);
    }
}

/// Future of [`run`].
pub struct Running<'l, L, F, E> {
    dispatcher: &'l mut L,
    step: Pin<&'l mut FuturePlace<F>>,
    emit: PhantomData<fn() -> E>,
}

/// Runs a step's future.
#[inline]
pub fn run<'l, L: Dispatcher, F: Future, E: EmitOutput<F::Output, L::Workflow>>(
    dispatcher: &'l mut L,
    step: Pin<&'l mut FuturePlace<F>>,
) -> Running<'l, L, F, E> {
    Running { dispatcher, step, emit: PhantomData }
}

impl<L: Dispatcher, F: Future, E: EmitOutput<F::Output, L::Workflow>> Future for Running<'_, L, F, E> {
    type Output = Option<Result<(), StepError>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        this.dispatcher.poll_step::<E>(this.step.as_mut(), cx)
    }
}

impl<L, F, E> fmt::Debug for Running<'_, L, F, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}

/// Hands the output of a step to the engine.
pub trait EmitOutput<O, W: Workflow> {
    /// Adds the output to `effects`, if the step has returned.
    ///
    /// # Errors
    ///
    /// The step's failure, if the output is one.
    fn emit(output: Poll<O>, effects: &mut Effects<W>) -> Poll<Result<(), StepError>>;

    /// The output as effects of its own.
    ///
    /// # Errors
    ///
    /// The step's failure, if the output is one.
    fn effects(output: O) -> Outcome<W> {
        let mut effects = Effects::new();
        match Self::emit(Poll::Ready(output), &mut effects) {
            Poll::Ready(Err(error)) => Err(error),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(effects),
        }
    }
}

/// Stores the outcome of a step that ran on another thread.
#[derive(Debug)]
pub struct StoreOutcome;

impl<W: Workflow> EmitOutput<Outcome<W>, W> for StoreOutcome {
    fn emit(outcome: Poll<Outcome<W>>, effects: &mut Effects<W>) -> Poll<Result<(), StepError>> {
        outcome.map_ok(|output| *effects = output)
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
        executor::offload_step(Some(origin), kind, reports != Reports::Nothing, work)
    }
}

#[cfg(feature = "isolated")]
impl Offload {
    /// Reports that the step waits for its process. Returns what reports that it begins.
    pub(in crate::run) fn report_queued(&self) -> impl FnOnce() + Send + use<> {
        if self.reports == Reports::QueueAndBeginning {
            self.origin.scope.queued(self.origin.execution);
        }
        let begins = if self.reports == Reports::Nothing { None } else { Some(self.origin.clone()) };
        move || {
            if let Some(Origin { scope, execution, .. }) = begins {
                scope.began(execution);
            }
        }
    }

    pub(in crate::run) fn into_origin(self) -> Origin {
        self.origin
    }
}

impl fmt::Debug for Offload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offload").field("kind", &self.kind).finish_non_exhaustive()
    }
}
