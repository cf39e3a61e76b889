//! A type of a signature, and whether the signature may have it.
//!
//! Generated code gives each type of the signatures one alias, such as
//! `type __T0 = Checked<Draft, { Implements::<Draft>::__INPUT }>`, and uses that alias everywhere else.
//! A type that a signature may not have is reported once, where the signature names it. Everywhere else
//! [`Placeholder`] takes its place, which every check accepts. So one mistake causes one error, and the rest of
//! the workflow is still checked.

use super::{
    input::{Absent, FromEvent, FromEvents, StepInput},
    output::{Emit, StepOutput},
};
use crate::{
    context::{Context, StepContext},
    engine::{Effects, Events, unreachable_event},
    error::StepError,
    graph::{EventInput, InputKey, Port, PortKind, Shape},
    sealed::Sealed,
    workflow::Workflow,
};
use core::marker::PhantomData;
use serde::{Deserialize, Serialize};

/// The type `T`, which its place in a signature accepts or not.
#[derive(Debug)]
pub struct Checked<T, const ACCEPTED: bool>(PhantomData<T>);

/// What follows from a [`Checked`] type.
pub trait Checkable {
    /// The type itself.
    type Type;
    /// The type if it is accepted, else [`Placeholder`].
    type Accepted;
    /// The type if it is not accepted, else [`Placeholder`].
    type Rejected;
    /// `Other` if the type is accepted, else [`Placeholder`].
    type IfAccepted<Other>;
    /// `Other` if the type is not accepted, else [`Placeholder`].
    type IfRejected<Other>;

    /// The value as an accepted type. A value of a rejected type is never passed at run time.
    fn accept(value: Self::Type) -> Self::Accepted;
    /// The reverse of [`accept`](Self::accept).
    fn restore(value: Self::Accepted) -> Self::Type;
    /// The reverse of [`accept`](Self::accept), by reference.
    fn lend(value: &Self::Accepted) -> &Self::Type;
}

impl<T> Checkable for Checked<T, true> {
    type Type = T;
    type Accepted = T;
    type Rejected = Placeholder;
    type IfAccepted<Other> = Other;
    type IfRejected<Other> = Placeholder;

    #[inline]
    fn accept(value: T) -> T {
        value
    }

    #[inline]
    fn restore(value: T) -> T {
        value
    }

    fn lend(value: &T) -> &T {
        value
    }
}

impl<T> Checkable for Checked<T, false> {
    type Type = T;
    type Accepted = Placeholder;
    type Rejected = T;
    type IfAccepted<Other> = Placeholder;
    type IfRejected<Other> = Other;

    fn accept(_: T) -> Placeholder {
        unreachable!("rejected at compile time")
    }

    fn restore(value: Placeholder) -> T {
        match value {}
    }

    fn lend(value: &Placeholder) -> &T {
        match *value {}
    }
}

/// The list of a context behind an alias, for which a program has implementations; or a type that is no list, if there are
/// others for that list. The number keeps apart these types.
///
/// The workflow is a parameter because two implementations conflict if a trait and a type of another crate decide for which
/// types they are.
pub trait HiddenList<W, const STEP: usize> {
    /// The list.
    type List;
}

impl<C: StepContext<W>, W: Workflow, const STEP: usize> HiddenList<W, STEP> for Checked<C, true> {
    type List = C::Sends;
}

impl<C, W, const STEP: usize> HiddenList<W, STEP> for Checked<C, false> {
    type List = [Placeholder; STEP];
}

/// The type inside a [`Checked`].
pub type Type<C> = <C as Checkable>::Type;

/// The type if it is accepted, else a placeholder.
pub type Accepted<C> = <C as Checkable>::Accepted;

/// The type if it is rejected, else a placeholder: which trait it lacks is reported where it is required of
/// this.
pub type Rejected<C> = <C as Checkable>::Rejected;

/// `Other` if the type `C` is accepted, else a placeholder.
pub type IfAccepted<C, Other> = <C as Checkable>::IfAccepted<Other>;

/// `Other` if the type `C` is rejected, else a placeholder.
pub type IfRejected<C, Other> = <C as Checkable>::IfRejected<Other>;

/// What an output emits.
#[must_use]
pub const fn shape<C: Checkable<Accepted: StepOutput>>() -> &'static Shape {
    <C::Accepted as StepOutput>::SHAPE
}

/// How a parameter collects events.
#[must_use]
pub const fn port<C: Checkable<Accepted: StepInput>>() -> Port {
    <C::Accepted as StepInput>::PORT
}

/// A row of the graph: the parameter `port` of the step `step` takes one event type.
#[must_use]
pub const fn event_input<C: Checkable<Accepted: StepInput>>(step: u16, port: u16) -> EventInput {
    EventInput::new(step, port, <C::Accepted as StepInput>::PORT, <C::Accepted as StepInput>::INPUT_KEY)
}

/// A row of the graph: the parameter `port` of the error handler `step`.
#[must_use]
pub const fn failed_input<C: Checkable<Accepted: StepInput>>(step: u16, port: u16) -> EventInput {
    EventInput::failed(step, port, <C::Accepted as StepInput>::PORT, <C::Accepted as StepInput>::INPUT_KEY)
}

/// Takes the place of a rejected type. It has no values.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Placeholder {}

#[diagnostic::do_not_recommend]
impl Sealed for Placeholder {}

#[diagnostic::do_not_recommend]
impl StepInput for Placeholder {
    type Begins = Absent;
    const INPUT_KEY: InputKey = InputKey::Unknown;
    const PORT: Port = Port { kind: PortKind::One, inputs: Port::UNKNOWN };
}

#[diagnostic::do_not_recommend]
impl StepOutput for Placeholder {
    type Ends = Absent;
    type Asks = Absent;
    const SHAPE: &'static Shape = &Shape::Unknown;
    const BATCHES: u16 = 0;
}

impl<W: Workflow> FromEvent<W> for Placeholder {
    fn is_in(_: &W::Event) -> bool {
        false
    }

    fn from_event(event: W::Event) -> Self {
        unreachable_event(event)
    }
}

impl<W: Workflow> FromEvents<W> for Placeholder {
    fn from_events(_: &mut Events<'_, W>) -> Self {
        unreachable!("rejected at compile time")
    }
}

impl<W: Workflow> Emit<W> for Placeholder {
    fn emit(self, _: &mut Effects<W>, _: u16) -> Result<(), StepError> {
        match self {}
    }
}

#[diagnostic::do_not_recommend]
impl From<Placeholder> for StepError {
    fn from(placeholder: Placeholder) -> Self {
        match placeholder {}
    }
}

#[diagnostic::do_not_recommend]
impl<W: Workflow> StepContext<W> for Placeholder {
    type Sends = Self;

    fn of(_: Context<W, Self>) -> Self {
        unreachable!("rejected at compile time")
    }
}
