//! Asking in `const` whether a type is what a signature may hold.
//!
//! A type that is not is refused once, at its own place. Everywhere else [`Unknown`] stands in
//! for it, so that one mistake does not bring others, and the rest of the graph is still proved.

use super::{
    context_list::{List, Listed},
    input::{Absent, FromEvent, FromEvents, StepInput},
    output::{Emit, StepOutput},
};
use crate::graph::{LeafKey, Port, PortKind, Shape};
use crate::{
    context::{Context, StepContext},
    engine::{Effects, Events, unreachable_event},
    error::StepError,
    event::{Payload, Start},
    run::{Dispatcher, Outcome},
    workflow::{Takes, Workflow},
};
use core::marker::PhantomData;
use serde::{Deserialize, Serialize};

/// Whether a type is this or that: `<Is<T>>::__INPUT`.
///
/// The inherent constants exist where it is, and win over those of [`is_not`].
#[derive(Debug)]
pub struct Is<T>(PhantomData<T>);

impl<T: StepInput> Is<T> {
    /// A step may take it.
    pub const __INPUT: bool = true;
}

impl<T: StepOutput> Is<T> {
    /// A step may return it.
    pub const __OUTPUT: bool = true;
}

impl<T: List> Is<T> {
    /// A context may have it as its list.
    pub const __LIST: bool = true;
}

impl<T: Listed> Is<T> {
    /// A context may list it.
    pub const __LISTED: bool = true;
}

impl<T: Payload> Is<T> {
    /// It can stand inside `Start`, `Stop`, `InputRequired` and `HumanResponse`.
    pub const __PAYLOAD: bool = true;
}

impl<T: Into<StepError>> Is<T> {
    /// A step may fail with it.
    pub const __FAILURE: bool = true;
}

impl<W: Workflow, T: StepContext<W>> Is<(T, W)> {
    /// It is a context of this workflow.
    pub const __CONTEXT: bool = true;
}

/// The answers of [`Is`] for a type that is none of this.
#[allow(non_camel_case_types, reason = "never named by users")]
pub trait is_not {
    /// No step can take it.
    const __INPUT: bool = false;
    /// No step can return it.
    const __OUTPUT: bool = false;
    /// It is no list.
    const __LIST: bool = false;
    /// No context can list it.
    const __LISTED: bool = false;
    /// It cannot be carried.
    const __PAYLOAD: bool = false;
    /// No step can fail with it.
    const __FAILURE: bool = false;
    /// It is no context.
    const __CONTEXT: bool = false;
    /// What a factory returns is its value.
    const __FALLIBLE: bool = false;
    /// No resource can be one.
    const __SHAREABLE: bool = false;
    /// No config can be one.
    const __CONFIG: bool = false;
    /// It cannot be taken by value.
    const __CLONE: bool = false;
}

impl<T> is_not for Is<T> {}

/// `T` if it is known to be right, else a stand-in.
pub type Known<T, const IS: bool> = <Flag<IS> as Carry<T>>::As;

/// `T` if it is to be refused here, else what is never refused.
pub type Doubtful<T, const FINE: bool> = <Flag<FINE> as Refuse<T>>::Type;

/// Passes a value as what stands in for its type.
pub trait Carry<T> {
    /// The type itself, or [`Unknown`].
    type As;
    /// Into the stand-in.
    fn carry(value: T) -> Self::As;
    /// Out of it.
    fn restore(value: Self::As) -> T;
}

impl<T> Carry<T> for Flag<true> {
    type As = T;

    fn carry(value: T) -> T {
        value
    }

    fn restore(value: T) -> T {
        value
    }
}

impl<T> Carry<T> for Flag<false> {
    type As = Unknown;

    fn carry(_: T) -> Unknown {
        unreachable!("refused at compile time")
    }

    fn restore(value: Unknown) -> T {
        match value {}
    }
}

/// See [`Doubtful`].
pub trait Refuse<T> {
    /// The type itself, or [`Unknown`].
    type Type;
}

impl<T> Refuse<T> for Flag<true> {
    type Type = Unknown;
}

impl<T> Refuse<T> for Flag<false> {
    type Type = T;
}

/// Stands in for a type that is refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Unknown {}

impl crate::sealed::Sealed for Unknown {}

impl StepInput for Unknown {
    type Begins = Absent;
    const LEAF: LeafKey = LeafKey::Unknown;
    const PORT: Port = Port { kind: PortKind::One, leaves: Port::UNKNOWN };
}

impl StepOutput for Unknown {
    type Ends = Absent;
    type Asks = Absent;
    const SHAPE: &'static Shape = &Shape::Unknown;
    const BATCHES: u16 = 0;
}

impl<W: Workflow> FromEvent<W> for Unknown {
    fn is_in(_: &W::Event) -> bool {
        false
    }

    fn from_event(event: W::Event) -> Self {
        unreachable_event(event)
    }
}

impl<W: Workflow> FromEvents<W> for Unknown {
    fn from_events(_: &mut Events<'_, W>) -> Self {
        unreachable!("refused at compile time")
    }
}

impl<W: Workflow> Emit<W> for Unknown {
    fn emit(self, _: &mut Effects<W>, _: u16) -> Result<(), StepError> {
        match self {}
    }
}

impl From<Unknown> for StepError {
    fn from(refused: Unknown) -> Self {
        match refused {}
    }
}

/// A type that a step takes, with a stand-in if it is refused.
#[doc(hidden)]
#[macro_export]
macro_rules! __taken {
    ($type:ty) => {
        $crate::__private::Known<$type, { $crate::__private::Is::<$type>::__INPUT }>
    };
}

/// A type that a step returns, with a stand-in if it is refused.
#[doc(hidden)]
#[macro_export]
macro_rules! __returned {
    ($type:ty) => {
        $crate::__private::Known<$type, { $crate::__private::Is::<$type>::__OUTPUT }>
    };
}

/// A type inside `Start` and the like, with a stand-in if it is refused.
#[doc(hidden)]
#[macro_export]
macro_rules! __carried {
    ($type:ty) => {
        $crate::__private::Known<$type, { $crate::__private::Is::<$type>::__PAYLOAD }>
    };
}

#[diagnostic::do_not_recommend]
impl<W: Workflow> StepContext<W> for Unknown {
    type Sends = Self;

    fn of(_: Context<W, Self>) -> Self {
        unreachable!("refused at compile time")
    }
}

#[doc(hidden)]
#[derive(Debug)]
pub struct Flag<const CHECKED: bool>;

/// Hands over an output whose routes have been checked; where they have been refused, a
/// stand-in, so that one mistake is reported once.
#[doc(hidden)]
pub trait Output<O, W: Workflow> {
    fn effects(output: O) -> Outcome<W> {
        let mut effects = Effects::new();
        Self::emit(output, &mut effects)?;
        Ok(effects)
    }

    fn emit(output: O, effects: &mut Effects<W>) -> Result<(), StepError>;
}

impl<O: Emit<W>, W: Workflow> Output<O, W> for Flag<true> {
    #[inline]
    fn emit(output: O, effects: &mut Effects<W>) -> Result<(), StepError> {
        output.emit(effects, 0)
    }
}

impl<O, W: Workflow> Output<O, W> for Flag<false> {
    fn emit(_: O, _: &mut Effects<W>) -> Result<(), StepError> {
        unreachable!("refused at compile time")
    }
}

/// The same for a parameter.
#[doc(hidden)]
pub trait Input<P, W: Workflow> {
    fn parameter(events: &mut Events<'_, W>) -> P;
}

impl<P: FromEvents<W>, W: Workflow> Input<P, W> for Flag<true> {
    #[inline]
    fn parameter(events: &mut Events<'_, W>) -> P {
        P::from_events(events)
    }
}

impl<P, W: Workflow> Input<P, W> for Flag<false> {
    fn parameter(_: &mut Events<'_, W>) -> P {
        unreachable!("refused at compile time")
    }
}

/// The same for a context.
#[doc(hidden)]
pub trait Given<C, W: Workflow> {
    fn context<L: Dispatcher<Workflow = W>>(line: &L) -> C;
}

impl<C: StepContext<W>, W: Workflow> Given<C, W> for Flag<true> {
    fn context<L: Dispatcher<Workflow = W>>(line: &L) -> C {
        C::of(line.context())
    }
}

impl<C, W: Workflow> Given<C, W> for Flag<false> {
    fn context<L: Dispatcher<Workflow = W>>(_: &L) -> C {
        unreachable!("refused at compile time")
    }
}

/// The first event of a run, unless the workflow has no start.
#[doc(hidden)]
pub trait Begin<W: Workflow> {
    fn begin(input: W::Input) -> W::Event;
}

impl<W: Takes<Start<<W as Workflow>::Input>, 0>> Begin<W> for Flag<true> {
    fn begin(input: W::Input) -> W::Event {
        W::wrap(Start(input))
    }
}

impl<W: Workflow> Begin<W> for Flag<false> {
    fn begin(_: W::Input) -> W::Event {
        unreachable!("refused at compile time")
    }
}
