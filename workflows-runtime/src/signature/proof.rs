//! The calls of the generated dispatch, each behind the proof that it can be called.
//!
//! `type __Proof = Proof<{ __GRAPH.is_valid(..) }>` of a workflow is `Proof<true>` if every check of its graph
//! passes. Else the checks report why, and `Proof<false>` implements the same traits without any bound: the
//! dispatch then compiles, and does not report the same mistake in other words.

use super::{
    checked::{Checkable, Checked},
    input::FromEvents,
    output::Emit,
};
use crate::{
    context::StepContext,
    engine::{Effects, Events},
    error::StepError,
    event::Start,
    run::{CurrentExecution, Dispatcher, EmitOutput, FuturePlace},
    workflow::{Instance, Takes, Workflow},
};
use core::task::Poll;

/// Whether the graph of a workflow is valid.
#[derive(Debug)]
pub struct Proof<const VALID: bool>;

/// Makes the first event of a run.
pub trait StartEvent<W: Workflow> {
    /// The event that starts a run with `input`.
    fn start_event(input: W::Input) -> W::Event;
}

impl<W: Takes<Start<<W as Workflow>::Input>, 0>> StartEvent<W> for Proof<true> {
    fn start_event(input: W::Input) -> W::Event {
        W::wrap(Start(input))
    }
}

impl<W: Workflow> StartEvent<W> for Proof<false> {
    fn start_event(_: W::Input) -> W::Event {
        unreachable!("rejected at compile time")
    }
}

/// Makes an event parameter.
pub trait TakeInput<C: Checkable, W: Workflow> {
    /// Takes the parameter's events off the front of `events`.
    fn take(events: &mut Events<'_, W>) -> C::Type;
}

impl<C: Checkable<Type: FromEvents<W>>, W: Workflow> TakeInput<C, W> for Proof<true> {
    #[inline]
    fn take(events: &mut Events<'_, W>) -> C::Type {
        FromEvents::from_events(events)
    }
}

impl<C: Checkable, W: Workflow> TakeInput<C, W> for Proof<false> {
    fn take(_: &mut Events<'_, W>) -> C::Type {
        unreachable!("rejected at compile time")
    }
}

/// Makes the future of a step that takes one event, in its place as [`placed`](crate::run::placed) does.
#[inline]
pub fn call<'w, C: Checkable, P: TakeInput<C, W>, W: Workflow, F, S>(
    execution: &mut CurrentExecution<W>,
    workflow: &'w Instance<W>,
    step: S,
) -> FuturePlace<F>
where
    S: FnOnce(&'w Instance<W>, C::Type) -> F,
{
    FuturePlace::Filled { future: step(workflow, P::take(&mut execution.input())) }
}

/// As [`call`], for a step that takes a context before its event.
#[inline]
pub fn call_with_context<'w, C: Checkable, P: TakeInput<C, W>, W: Workflow, F, S, X>(
    execution: &mut CurrentExecution<W>,
    workflow: &'w Instance<W>,
    context: &'w X,
    step: S,
) -> FuturePlace<F>
where
    S: FnOnce(&'w Instance<W>, &'w X, C::Type) -> F,
{
    FuturePlace::Filled { future: step(workflow, context, P::take(&mut execution.input())) }
}

impl<O: Emit<W>, W: Workflow> EmitOutput<O, W> for Proof<true> {
    #[inline]
    fn emit(output: Poll<O>, effects: &mut Effects<W>) -> Poll<Result<(), StepError>> {
        match output {
            Poll::Ready(output) => Poll::Ready(output.emit(effects, 0)),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<O, W: Workflow> EmitOutput<O, W> for Proof<false> {
    fn emit(_: Poll<O>, _: &mut Effects<W>) -> Poll<Result<(), StepError>> {
        unreachable!("rejected at compile time")
    }
}

/// Makes a context parameter. It depends on its own type only, and is implemented by [`Checked`].
pub trait MakeContext<W: Workflow>: Checkable {
    /// The context of the step that the dispatcher starts.
    fn context<D: Dispatcher<Workflow = W>>(dispatcher: &D) -> Self::Type;
}

impl<C: StepContext<W>, W: Workflow> MakeContext<W> for Checked<C, true> {
    fn context<D: Dispatcher<Workflow = W>>(dispatcher: &D) -> C {
        C::of(dispatcher.context())
    }
}

impl<C, W: Workflow> MakeContext<W> for Checked<C, false> {
    fn context<D: Dispatcher<Workflow = W>>(_: &D) -> C {
        unreachable!("rejected at compile time")
    }
}
