//! Types that a step may return, and how their values reach the engine.

use super::input::{Absent, Present, Role};
use crate::{
    engine::{Effect, Effects},
    error::StepError,
    event::{Event, HumanResponse, InputRequired, Never, Payload, Stop},
    graph::Shape,
    one_of::OneOf,
    sealed::Sealed,
    workflow::{Held, Prompts, Takes, Workflow},
};
use core::any::type_name;

/// A type that a step may return: an event, [`Stop`], [`InputRequired`], `()`, and of these: [`OneOf`],
/// `Option`, `Vec` (a batch), tuples (all of them) and `Result` (these, or a failure of the step). This
/// trait is sealed.
///
/// ```
/// use workflows_runtime::{StepOutput, prelude::*};
///
/// #[event] struct Page { text: String }
///
/// fn is_output<T: StepOutput>() {}
/// is_output::<StepResult<Option<Vec<Page>>>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "W036: a step cannot return `{Self}`: it is not an event",
    label = "not an event",
    note = "return the run's result as `Stop<{Self}>`",
    note = "return an event: a type of this crate with `#[event]` on its declaration; wrap another one: `#[event] struct Name({Self});`"
)]
pub trait StepOutput: Sealed + Sized {
    /// Named by generated code to require the trait.
    #[doc(hidden)]
    const IS: () = ();
    /// The run's result type, if it names one.
    #[doc(hidden)]
    type Ends: Role;
    /// The type of its first prompt, if it has one.
    #[doc(hidden)]
    type Asks: Role;
    /// The events that it may emit.
    #[doc(hidden)]
    const SHAPE: &'static Shape;
    /// How many batches it may open: the count of `SHAPE`, for run time.
    #[doc(hidden)]
    const BATCHES: u16;
}

/// An output whose events the workflow `W` takes.
#[diagnostic::on_unimplemented(
    message = "W036: workflow `{W}` cannot route all events of `{Self}`",
    label = "contains an event that no step of `{W}` takes"
)]
pub trait Emit<W: Workflow>: StepOutput {
    /// Emits the events. `batch_source` is the number of the first batch in this output.
    ///
    /// # Errors
    ///
    /// The step's own failure.
    fn emit(self, effects: &mut Effects<W>, batch_source: u16) -> Result<(), StepError>;

    /// The same for all branches of a batch.
    ///
    /// # Errors
    ///
    /// The first one's own failure.
    fn emit_branches(branches: Vec<Self>, effects: &mut Effects<W>, batch_source: u16) -> Result<(), StepError> {
        effects.reserve(branches.len());
        for branch in branches {
            effects.push(Effect::Branch);
            branch.emit(effects, batch_source)?;
        }
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Event> StepOutput for E {
    type Ends = Absent;
    type Asks = Absent;
    const SHAPE: &'static Shape = &Shape::Event(E::KEY);
    const BATCHES: u16 = 0;
}

#[diagnostic::do_not_recommend]
impl<W: Takes<E, 0>, E: Event> Emit<W> for E {
    #[inline]
    fn emit(self, effects: &mut Effects<W>, _: u16) -> Result<(), StepError> {
        effects.push(Effect::Event(W::wrap(self)));
        Ok(())
    }

    fn emit_branches(branches: Vec<Self>, effects: &mut Effects<W>, _: u16) -> Result<(), StepError> {
        effects.push(Effect::Branches(branches.into_iter().map(W::wrap).collect()));
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Payload> StepOutput for Stop<T> {
    type Ends = Present<T>;
    type Asks = Absent;
    const SHAPE: &'static Shape = &Shape::Stop(type_name::<T>);
    const BATCHES: u16 = 0;
}

#[diagnostic::do_not_recommend]
impl<W: Workflow<Output = T>, T: Payload> Emit<W> for Stop<T> {
    #[inline]
    fn emit(self, effects: &mut Effects<W>, _: u16) -> Result<(), StepError> {
        effects.push(Effect::Stop(W::HeldOutput::hold(self.0)));
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Payload> StepOutput for InputRequired<T> {
    type Ends = Absent;
    type Asks = Present<T>;
    const SHAPE: &'static Shape = &Shape::Prompt(type_name::<T>);
    const BATCHES: u16 = 0;
}

#[diagnostic::do_not_recommend]
impl<W: Prompts<T, 0>, T: Payload> Emit<W> for InputRequired<T> {
    #[inline]
    fn emit(self, effects: &mut Effects<W>, _: u16) -> Result<(), StepError> {
        effects.push(Effect::Prompt(W::HeldPrompt::hold(W::prompt(self.0))));
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Payload> StepOutput for HumanResponse<T> {
    type Ends = Absent;
    type Asks = Absent;
    const SHAPE: &'static Shape = &Shape::Awaited(type_name::<T>);
    const BATCHES: u16 = 0;
}

macro_rules! nothing {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl StepOutput for $type {
            type Ends = Absent;
            type Asks = Absent;
            const SHAPE: &'static Shape = &Shape::Nothing;
            const BATCHES: u16 = 0;
        }

        #[diagnostic::do_not_recommend]
        impl<W: Workflow> Emit<W> for $type {
            fn emit(self, _: &mut Effects<W>, _: u16) -> Result<(), StepError> {
                Ok(())
            }
        }
    )* };
}

nothing!((), Never);

#[diagnostic::do_not_recommend]
impl<O: StepOutput> StepOutput for Option<O> {
    type Ends = O::Ends;
    type Asks = O::Asks;
    const SHAPE: &'static Shape = &Shape::Maybe(O::SHAPE);
    const BATCHES: u16 = O::BATCHES;
}

#[diagnostic::do_not_recommend]
impl<W: Workflow, O: Emit<W>> Emit<W> for Option<O> {
    #[inline]
    fn emit(self, effects: &mut Effects<W>, batch_source: u16) -> Result<(), StepError> {
        match self {
            Some(output) => output.emit(effects, batch_source),
            None => Ok(()),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<O: StepOutput, E: Into<StepError>> StepOutput for Result<O, E> {
    type Ends = O::Ends;
    type Asks = O::Asks;
    const SHAPE: &'static Shape = O::SHAPE;
    const BATCHES: u16 = O::BATCHES;
}

#[diagnostic::do_not_recommend]
impl<W: Workflow, O: Emit<W>, E: Into<StepError>> Emit<W> for Result<O, E> {
    #[inline]
    fn emit(self, effects: &mut Effects<W>, batch_source: u16) -> Result<(), StepError> {
        match self {
            Ok(output) => output.emit(effects, batch_source),
            Err(error) => Err(error.into()),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<O: StepOutput> StepOutput for Vec<O> {
    type Ends = O::Ends;
    type Asks = O::Asks;
    const SHAPE: &'static Shape = &Shape::Batch(O::SHAPE);
    const BATCHES: u16 = 1 + O::BATCHES;
}

#[diagnostic::do_not_recommend]
impl<W: Workflow, O: Emit<W>> Emit<W> for Vec<O> {
    #[inline]
    fn emit(self, effects: &mut Effects<W>, batch_source: u16) -> Result<(), StepError> {
        effects.push(Effect::Open(batch_source));
        O::emit_branches(self, effects, batch_source + 1)?;
        effects.push(Effect::Close);
        Ok(())
    }
}

macro_rules! one_of {
    ($($member:ident),*) => {
        #[diagnostic::do_not_recommend]
        impl<$($member: StepOutput),*> StepOutput for OneOf<$($member),*> {
            type Ends = one_of!(@first Ends $($member)*);
            type Asks = one_of!(@first Asks $($member)*);
            const SHAPE: &'static Shape = &Shape::OneOf(&[$($member::SHAPE),*]);
            const BATCHES: u16 = 0 $(+ $member::BATCHES)*;
        }

        #[diagnostic::do_not_recommend]
        impl<W: Workflow, $($member: Emit<W>),*> Emit<W> for OneOf<$($member),*> {
            #[inline]
            #[allow(unused_assignments, reason = "the last member has none behind it")]
            fn emit(self, effects: &mut Effects<W>, mut batch_source: u16) -> Result<(), StepError> {
                $(
                    if let Self::$member(member) = self {
                        return member.emit(effects, batch_source);
                    }
                    batch_source += $member::BATCHES;
                )*
                Ok(())
            }
        }
    };
    (@first $role:ident $last:ident) => { $last::$role };
    (@first $role:ident $first:ident $($rest:ident)+) => {
        <$first::$role as Role>::Or<one_of!(@first $role $($rest)+)>
    };
}

one_of!(A, B, C, D, E, F, G, H, I, J, K, L);

macro_rules! tuple {
    ($($member:ident $at:tt),+) => {
        #[diagnostic::do_not_recommend]
        impl<$($member: StepOutput),+> StepOutput for ($($member,)+) {
            type Ends = one_of!(@first Ends $($member)+);
            type Asks = one_of!(@first Asks $($member)+);
            const SHAPE: &'static Shape = &Shape::Any(&[$($member::SHAPE),+]);
            const BATCHES: u16 = 0 $(+ $member::BATCHES)+;
        }

        #[diagnostic::do_not_recommend]
        impl<W: Workflow, $($member: Emit<W>),+> Emit<W> for ($($member,)+) {
            #[inline]
            #[allow(unused_assignments, reason = "the last member has none behind it")]
            fn emit(self, effects: &mut Effects<W>, mut batch_source: u16) -> Result<(), StepError> {
                $(
                    self.$at.emit(effects, batch_source)?;
                    batch_source += $member::BATCHES;
                )+
                Ok(())
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
