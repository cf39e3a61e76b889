//! Questions about types in `const`: does a type implement a trait, are two types the same?
//!
//! An inherent constant takes precedence over a trait's constant of the same name. So
//! `Implements::<T>::__INPUT` is the inherent `true` where the bound of its `impl` holds, and [`Fallback`]'s
//! `false` elsewhere. `T` must be concrete: in generic code the answer would always be `false`.

use super::{
    checked::Checked,
    context_list::{List, Listed},
    input::{Present, StepInput},
    output::StepOutput,
};
use crate::{
    context::StepContext,
    error::StepError,
    event::{Keyed, Payload},
    workflow::Workflow,
};
use core::{fmt, marker::PhantomData, ops::Deref};
use serde::{Serialize, de::DeserializeOwned};

/// Which traits `T` implements, as constants.
#[derive(Debug)]
pub struct Implements<T>(PhantomData<T>);

impl<T: StepInput> Implements<T> {
    /// A step may take it.
    pub const __INPUT: bool = true;
}

impl<T: StepOutput> Implements<T> {
    /// A step may return it.
    pub const __OUTPUT: bool = true;
}

impl<T: List> Implements<T> {
    /// It is the list of a context.
    pub const __LIST: bool = true;
}

impl<T: Listed> Implements<T> {
    /// The list of a context may have it as a member.
    pub const __LISTED: bool = true;
}

impl<T: Payload> Implements<T> {
    /// `Start`, `Stop`, `InputRequired` and `HumanResponse` may hold it.
    pub const __PAYLOAD: bool = true;
}

impl<T: Into<StepError>> Implements<T> {
    /// A step or a factory may fail with it.
    pub const __FAILURE: bool = true;
}

impl<T: Send + Sync + 'static> Implements<T> {
    /// A factory may make it.
    pub const __SHAREABLE: bool = true;
}

impl<T: DeserializeOwned + Send + Sync + 'static> Implements<T> {
    /// A config file may be deserialized into it.
    pub const __CONFIG: bool = true;
}

impl<T: Clone + Default + Serialize + DeserializeOwned + Send + Sync + 'static> Implements<T> {
    /// It may be the state of a workflow.
    pub const __STATE: bool = true;
}

impl<T: Clone> Implements<T> {
    /// A parameter may take it by value, as a clone.
    pub const __CLONE: bool = true;
}

impl<T: Keyed> Implements<T> {
    /// Whether the fields of the event are accepted. If one is not, the constant is an error.
    pub const __SOUND: bool = T::IS_SOUND;
}

impl<T: fmt::Debug> Implements<T> {
    /// A field of an event may have it.
    pub const __DEBUG: bool = true;
}

impl<T: Serialize> Implements<T> {
    /// A field of an event may have it.
    pub const __SERIALIZE: bool = true;
}

impl<T: DeserializeOwned> Implements<T> {
    /// A field of an event may have it.
    pub const __DESERIALIZE: bool = true;
}

impl<T, E> Implements<Result<T, E>> {
    /// It is a `Result`.
    pub const __FALLIBLE: bool = true;
}

impl<W: Workflow, T: StepContext<W>> Implements<(T, W)> {
    /// `T` is a context of the workflow `W`.
    pub const __CONTEXT: bool = true;
}

impl<O: StepOutput<Ends = Present<T>>, T> Implements<(Checked<O, true>, T)> {
    /// The output ends the run with a `T`.
    pub const __ENDS_WITH: bool = true;
}

/// The answers of [`Implements`] and [`Same`] where a type does not implement a trait, or two types differ.
pub trait Fallback {
    /// No step can take it.
    const __INPUT: bool = false;
    /// No step can return it.
    const __OUTPUT: bool = false;
    /// It is not the list of a context.
    const __LIST: bool = false;
    /// No list can have it as a member.
    const __LISTED: bool = false;
    /// No payload.
    const __PAYLOAD: bool = false;
    /// Nothing fails with it.
    const __FAILURE: bool = false;
    /// No factory can make it.
    const __SHAREABLE: bool = false;
    /// No config.
    const __CONFIG: bool = false;
    /// It cannot be the state of a workflow.
    const __STATE: bool = false;
    /// No parameter can take it by value.
    const __CLONE: bool = false;
    /// It is not an event, or its fields have no check.
    const __SOUND: bool = true;
    /// Not `Debug`.
    const __DEBUG: bool = false;
    /// Not `Serialize`.
    const __SERIALIZE: bool = false;
    /// Not `Deserialize`.
    const __DESERIALIZE: bool = false;
    /// It is not a `Result`.
    const __FALLIBLE: bool = false;
    /// It is not a context of the workflow.
    const __CONTEXT: bool = false;
    /// The output does not end the run, or with another type.
    const __ENDS_WITH: bool = false;
    /// They are two types.
    const __SAME: bool = false;
    /// `V` does not dereference to it.
    const __DEREFERENCES: bool = false;
    /// `V` does not dereference to it in two steps.
    const __DEREFERENCES_TWICE: bool = false;
    /// `V` dereferences at most twice.
    const __IS_DEEP: bool = false;
    /// Its size is not known.
    const __IS_SIZED: bool = false;
}

impl<T> Fallback for Implements<T> {}

/// Whether a reference to `V` coerces to one to `T`: one of the constants is `true`, or `__IS_SIZED` is `false`.
///
/// It is not known for an unsized `T`, and more than two dereferences.
#[derive(Debug)]
pub struct Lends<V, T: ?Sized>(PhantomData<V>, PhantomData<T>);

impl<A> Lends<A, A> {
    /// They are one type.
    pub const __SAME: bool = true;
}

impl<V: Deref<Target = T>, T: ?Sized> Lends<V, T> {
    /// `V` dereferences to it.
    pub const __DEREFERENCES: bool = true;
}

impl<V: Deref<Target: Deref<Target = T>>, T: ?Sized> Lends<V, T> {
    /// `V` dereferences to it, with a type between them.
    pub const __DEREFERENCES_TWICE: bool = true;
}

impl<V: Deref<Target: Deref<Target: Deref>>, T: ?Sized> Lends<V, T> {
    /// `V` may dereference to it.
    pub const __IS_DEEP: bool = true;
}

impl<V, T> Lends<V, T> {
    /// Only a dereference can make it of another type.
    pub const __IS_SIZED: bool = true;
}

impl<V, T: ?Sized> Fallback for Lends<V, T> {}

/// Whether `A` and `B` are the same type: `Same::<A, B>::__SAME`.
#[derive(Debug)]
pub struct Same<A, B>(PhantomData<(A, B)>);

impl<T> Same<T, T> {
    /// They are one type.
    pub const __SAME: bool = true;
}

impl<A, B> Fallback for Same<A, B> {}
