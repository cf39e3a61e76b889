//! Resources and configs as types: the output of a factory, and the type of a parameter.

use super::checked::{Checkable, Checked, Placeholder};
use crate::error::StepError;
use core::marker::PhantomData;

/// The return type `O` of a factory, and whether it is a `Result`.
#[derive(Debug)]
pub struct FactoryOutput<O, const FALLIBLE: bool>(PhantomData<O>);

/// The parts of a [`FactoryOutput`].
pub trait FactoryParts {
    /// The type that the factory builds.
    type Value;
    /// The error type.
    type Failure;
}

impl<T> FactoryParts for FactoryOutput<T, false> {
    type Value = T;
    type Failure = StepError;
}

impl<T, E> FactoryParts for FactoryOutput<Result<T, E>, true> {
    type Value = T;
    type Failure = E;
}

/// The type that a factory builds.
pub type Value<F> = <F as FactoryParts>::Value;

/// The error type of a factory.
pub type Failure<F> = <F as FactoryParts>::Failure;

/// Converts the output of a factory, a [`FactoryOutput`], into its value. Implemented by the checked value type.
pub trait MakeValue<F>: Checkable {
    /// The factory's return type.
    type Output;

    /// The value, or why there is none.
    ///
    /// # Errors
    ///
    /// The factory's own.
    fn make(output: Self::Output) -> Result<Self::Accepted, StepError>;
}

impl<T> MakeValue<FactoryOutput<T, false>> for Checked<T, true> {
    type Output = T;

    fn make(output: T) -> Result<T, StepError> {
        Ok(output)
    }
}

impl<T, E: Into<StepError>> MakeValue<FactoryOutput<Result<T, E>, true>> for Checked<T, true> {
    type Output = Result<T, E>;

    fn make(output: Result<T, E>) -> Result<T, StepError> {
        output.map_err(Into::into)
    }
}

impl<T, O, const FALLIBLE: bool> MakeValue<FactoryOutput<O, FALLIBLE>> for Checked<T, false> {
    type Output = O;

    fn make(_: O) -> Result<Placeholder, StepError> {
        unreachable!("rejected at compile time")
    }
}

/// Clones a config for one execution.
pub trait CloneConfig: Checkable {
    /// A clone.
    fn cloned(value: &Self::Type) -> Self::Type;
}

impl<T: Clone> CloneConfig for Checked<T, true> {
    fn cloned(value: &T) -> T {
        value.clone()
    }
}

impl<T> CloneConfig for Checked<T, false> {
    fn cloned(_: &T) -> T {
        unreachable!("rejected at compile time")
    }
}

/// Only [`Placeholder`] implements it. Generated code requires it of a resource type that is rejected, for its
/// message.
#[diagnostic::on_unimplemented(
    message = "W028: a resource of type `{Self}` cannot be shared between threads",
    label = "not `Send` and `Sync`",
    note = "several executions use one value at the same time: use `Arc` in place of `Rc`, and `Mutex` in place of `RefCell`"
)]
pub trait Shareable {
    /// Named by generated code to require the trait.
    #[doc(hidden)]
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl Shareable for Placeholder {}

/// The type that a resource parameter refers to, and whether the factory makes it.
#[derive(Debug)]
pub struct Lent<T: ?Sized, const ACCEPTED: bool>(PhantomData<T>);

/// What follows from a [`Lent`] type.
pub trait Lending {
    /// The type itself.
    type Type: ?Sized;
    /// The type if it is not accepted, else [`Placeholder`].
    type Rejected: ?Sized;
}

impl<T: ?Sized> Lending for Lent<T, true> {
    type Type = T;
    type Rejected = Placeholder;
}

impl<T: ?Sized> Lending for Lent<T, false> {
    type Type = T;
    type Rejected = T;
}

/// The type that a parameter refers to.
pub type LentType<L> = <L as Lending>::Type;

/// The type if the factory makes another one, else a placeholder.
pub type NotLent<L> = <L as Lending>::Rejected;

/// What a resource parameter refers to, if the factory makes a `V`.
#[diagnostic::on_unimplemented(
    message = "W028: this parameter takes `&{Self}`, but the resource is a `{V}`",
    label = "the factory makes a `{V}`",
    note = "write `&{V}`, or name another resource in `#[resource(..)]`"
)]
pub trait LentBy<V> {
    /// Named by generated code to require the trait.
    #[doc(hidden)]
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<V> LentBy<V> for Placeholder {}

/// The same for a rejected config type.
#[diagnostic::on_unimplemented(
    message = "W029: a config of type `{Self}` cannot be read from a file",
    label = "must implement `Deserialize`, `Send` and `Sync`, and own its data",
    note = "add `#[derive(Deserialize)]` to `{Self}`"
)]
pub trait ConfigType {
    /// Named by generated code to require the trait.
    #[doc(hidden)]
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl ConfigType for Placeholder {}

/// The same for a config type that is taken by value and cannot be cloned.
#[diagnostic::on_unimplemented(
    message = "W029: a config of type `{Self}` cannot be taken by value: each execution gets a clone",
    label = "not `Clone`",
    note = "take `&{Self}`, or add `#[derive(Clone)]` to it"
)]
pub trait CopiedConfig {
    /// Named by generated code to require the trait.
    #[doc(hidden)]
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl CopiedConfig for Placeholder {}
