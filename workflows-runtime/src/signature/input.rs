//! Types that a step may take, and how they are made from events.

use crate::{
    engine::{Events, unreachable_event},
    event::{Event, First, HumanResponse, Never, Payload, Start, Stop},
    graph::{InputKey, Port, PortKind},
    one_of::OneOf,
    sealed::Sealed,
    step_failed::StepFailed,
    workflow::{Takes, Workflow},
};
use core::any::type_name;

/// A type that a step may take by value: an event, [`Start`], [`HumanResponse`], and `Vec`s, arrays,
/// [`First`] and [`OneOf`] of these. This trait is sealed.
///
/// ```
/// use workflows_runtime::{StepInput, prelude::*};
///
/// #[event] struct Page { text: String }
///
/// fn is_input<T: StepInput>() {}
/// is_input::<Vec<Page>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "W017: a step cannot take `{Self}`: it is not an event",
    label = "not an event",
    note = "take the run's input as `Start<{Self}>`, and a response as `HumanResponse<{Self}>`",
    note = "take an event: a type of this crate with `#[event]` on its declaration; wrap another one: `#[event] struct Name({Self});`"
)]
pub trait StepInput: Sealed + Sized {
    /// Named by generated code to require the trait.
    #[doc(hidden)]
    const IS: () = ();
    /// The run's input type, if it names one.
    #[doc(hidden)]
    type Begins: Role;
    /// Which event type it takes.
    #[doc(hidden)]
    const INPUT_KEY: InputKey;
    /// How it collects events.
    #[doc(hidden)]
    const PORT: Port;
    /// Adds the event types that it takes, in order.
    #[cfg(feature = "testing")]
    #[doc(hidden)]
    fn add_keys(keys: &mut Vec<InputKey>) {
        keys.push(Self::INPUT_KEY);
    }
}

/// A type with some role in a workflow, or none. Finds the first one in many signatures.
pub trait Role {
    /// This one, or `Other` if this is none.
    type Or<Other: Role>: Role;
    /// The type inside.
    type Type;
}

/// No type of that role.
#[derive(Debug)]
pub struct Absent;

/// A type of that role.
#[derive(Debug)]
pub struct Present<T>(T);

impl Role for Absent {
    type Or<Other: Role> = Other;
    type Type = Never;
}

impl<T> Role for Present<T> {
    type Or<Other: Role> = Self;
    type Type = T;
}

#[diagnostic::do_not_recommend]
impl<E: Event> StepInput for E {
    type Begins = Absent;
    const INPUT_KEY: InputKey = InputKey::Event(E::KEY);
    const PORT: Port = Port::ONE;
}

#[diagnostic::do_not_recommend]
impl<T: Payload> StepInput for Start<T> {
    type Begins = Present<T>;
    const INPUT_KEY: InputKey = InputKey::Start(type_name::<T>);
    const PORT: Port = Port::ONE;
}

#[diagnostic::do_not_recommend]
impl<T: Payload> StepInput for HumanResponse<T> {
    type Begins = Absent;
    const INPUT_KEY: InputKey = InputKey::Human(type_name::<T>);
    const PORT: Port = Port::ONE;
}

#[diagnostic::do_not_recommend]
impl<T: Payload> StepInput for Stop<T> {
    type Begins = Absent;
    const INPUT_KEY: InputKey = InputKey::Stop(type_name::<T>);
    const PORT: Port = Port::ONE;
}

#[diagnostic::do_not_recommend]
impl StepInput for StepFailed {
    type Begins = Absent;
    const INPUT_KEY: InputKey = InputKey::Failed;
    const PORT: Port = Port::ONE;
}

#[diagnostic::do_not_recommend]
impl StepInput for Never {
    type Begins = Absent;
    const INPUT_KEY: InputKey = InputKey::Nothing;
    const PORT: Port = Port { kind: PortKind::One, inputs: 0 };

    #[cfg(feature = "testing")]
    fn add_keys(_: &mut Vec<InputKey>) {}
}

#[diagnostic::do_not_recommend]
impl<E: StepInput> StepInput for Vec<E> {
    type Begins = E::Begins;
    const INPUT_KEY: InputKey = E::INPUT_KEY;
    const PORT: Port = E::PORT.collected(PortKind::All);

    #[cfg(feature = "testing")]
    fn add_keys(keys: &mut Vec<InputKey>) {
        E::add_keys(keys);
    }
}

#[diagnostic::do_not_recommend]
impl<E: StepInput, const N: usize> StepInput for [E; N] {
    type Begins = E::Begins;
    const INPUT_KEY: InputKey = E::INPUT_KEY;
    const PORT: Port = E::PORT.collected(PortKind::Every(N));

    #[cfg(feature = "testing")]
    fn add_keys(keys: &mut Vec<InputKey>) {
        E::add_keys(keys);
    }
}

#[diagnostic::do_not_recommend]
impl<E: StepInput, const N: usize> StepInput for First<E, N> {
    type Begins = E::Begins;
    const INPUT_KEY: InputKey = E::INPUT_KEY;
    const PORT: Port = E::PORT.collected(PortKind::First(N));

    #[cfg(feature = "testing")]
    fn add_keys(keys: &mut Vec<InputKey>) {
        E::add_keys(keys);
    }
}

/// A parameter type that is made from events of the workflow `W`.
pub trait FromEvents<W: Workflow>: Sized {
    /// Takes its events off the front.
    fn from_events(events: &mut Events<'_, W>) -> Self;
}

/// A type that is made from one event of the workflow `W`.
pub trait FromEvent<W: Workflow>: Sized {
    /// Whether an event is one of this type.
    fn is_in(event: &W::Event) -> bool;
    /// Takes it out of an event that it [is in](Self::is_in).
    fn from_event(event: W::Event) -> Self;
}

impl<W: Takes<E, 0>, E: Event> FromEvent<W> for E {
    #[inline]
    fn is_in(event: &W::Event) -> bool {
        W::is(event)
    }

    #[inline]
    fn from_event(event: W::Event) -> Self {
        W::take(event)
    }
}

impl<W: Takes<Start<T>, 0>, T: Payload> FromEvent<W> for Start<T> {
    #[inline]
    fn is_in(event: &W::Event) -> bool {
        W::is(event)
    }

    #[inline]
    fn from_event(event: W::Event) -> Self {
        W::take(event)
    }
}

impl<W: Takes<HumanResponse<T>, 0>, T: Payload> FromEvent<W> for HumanResponse<T> {
    #[inline]
    fn is_in(event: &W::Event) -> bool {
        W::is(event)
    }

    #[inline]
    fn from_event(event: W::Event) -> Self {
        W::take(event)
    }
}

impl<W: Takes<Stop<T>, 0>, T: Payload> FromEvent<W> for Stop<T> {
    #[inline]
    fn is_in(event: &W::Event) -> bool {
        W::is(event)
    }

    #[inline]
    fn from_event(event: W::Event) -> Self {
        W::take(event)
    }
}

impl<W: Workflow> FromEvent<W> for StepFailed {
    #[inline]
    fn is_in(event: &W::Event) -> bool {
        W::is_failed(event)
    }

    #[inline]
    fn from_event(event: W::Event) -> Self {
        *W::failed(event)
    }
}

impl<W: Workflow> FromEvent<W> for Never {
    #[inline]
    fn is_in(_: &W::Event) -> bool {
        false
    }

    #[inline]
    fn from_event(event: W::Event) -> Self {
        unreachable_event(event)
    }
}

macro_rules! one_of {
    ($($member:ident),*) => {
        #[diagnostic::do_not_recommend]
        impl<$($member: StepInput),*> StepInput for OneOf<$($member),*> {
            type Begins = A::Begins;
            const INPUT_KEY: InputKey = A::INPUT_KEY;
            const PORT: Port = Port::any_of(&[$($member::PORT),*]);

            #[cfg(feature = "testing")]
            fn add_keys(keys: &mut Vec<InputKey>) {
                $($member::add_keys(keys);)*
            }
        }

        impl<W: Workflow, $($member: FromEvent<W>),*> FromEvent<W> for OneOf<$($member),*> {
            #[inline]
            fn is_in(event: &W::Event) -> bool {
                false $(|| $member::is_in(event))*
            }

            #[inline]
            fn from_event(event: W::Event) -> Self {
                $(if $member::is_in(&event) {
                    return Self::$member($member::from_event(event));
                })*
                unreachable_event(event)
            }
        }
    };
}

one_of!(A, B, C, D, E, F, G, H, I, J, K, L);

/// The next event, if it is an `E`.
#[inline]
fn next<W: Workflow, E: FromEvent<W>>(events: &mut Events<'_, W>) -> Option<E> {
    events.next_if(E::is_in).map(E::from_event)
}

/// The next event, for a parameter that takes exactly one.
#[inline]
fn one<W: Workflow, E: FromEvent<W>>(events: &mut Events<'_, W>) -> E {
    E::from_event(events.take(E::is_in))
}

macro_rules! single {
    ($($type:ty, [$($generics:tt)*]);* $(;)?) => { $(
        impl<W: Workflow, $($generics)*> FromEvents<W> for $type
        where
            Self: FromEvent<W>,
        {
            #[inline]
            fn from_events(events: &mut Events<'_, W>) -> Self {
                one(events)
            }
        }
    )* };
}

single! {
    T, [T: Event];
    Start<T>, [T: Payload];
    HumanResponse<T>, [T: Payload];
    Stop<T>, [T: Payload];
    StepFailed, [];
    OneOf<A, B, C, D, E, F, G, H, I, J, K, L>, [A, B, C, D, E, F, G, H, I, J, K, L];
}

impl<W: Workflow, E: FromEvent<W>> FromEvents<W> for Vec<E> {
    fn from_events(events: &mut Events<'_, W>) -> Self {
        let mut all = Self::with_capacity(events.remaining());
        while let Some(event) = next(events) {
            all.push(event);
        }
        all
    }
}

impl<W: Workflow, E: FromEvent<W>, const N: usize> FromEvents<W> for [E; N] {
    fn from_events(events: &mut Events<'_, W>) -> Self {
        core::array::from_fn(|_| one(events))
    }
}

impl<W: Workflow, E: FromEvent<W>, const N: usize> FromEvents<W> for First<E, N> {
    fn from_events(events: &mut Events<'_, W>) -> Self {
        Self(FromEvents::from_events(events))
    }
}
