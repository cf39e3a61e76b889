//! What a factory returns and what a parameter takes, as types; with a stand-in for what is refused,
//! as everywhere in the graph.

use super::stand_in::{Carry, Flag, Is, Unknown};
use crate::error::StepError;
use serde::de::DeserializeOwned;

impl<T, E> Is<Result<T, E>> {
    /// What a factory returns may be a failure.
    pub const __FALLIBLE: bool = true;
}

impl<T: Send + Sync + 'static> Is<T> {
    /// A resource may be one.
    pub const __SHAREABLE: bool = true;
}

impl<T: DeserializeOwned + Send + Sync + 'static> Is<T> {
    /// A config may be one.
    pub const __CONFIG: bool = true;
}

impl<T: Clone> Is<T> {
    /// It may be taken by value.
    pub const __CLONE: bool = true;
}

/// The parts of what a factory returns; the flag says whether it may be a failure.
pub trait Parts<O> {
    /// What it makes.
    type Value;
    /// What it fails with.
    type Failure;
}

impl<T> Parts<T> for Flag<false> {
    type Value = T;
    type Failure = StepError;
}

impl<T, E> Parts<Result<T, E>> for Flag<true> {
    type Value = T;
    type Failure = E;
}

/// What a factory has given, if the second flag says that its types are right.
#[derive(Debug)]
pub struct Maker<const FALLIBLE: bool, const FINE: bool>;

/// See [`Maker`].
pub trait Make<O> {
    /// What is kept.
    type Kept;
    /// The value, or why there is none.
    ///
    /// # Errors
    ///
    /// The factory's own.
    fn make(output: O) -> Result<Self::Kept, StepError>;
}

impl<T> Make<T> for Maker<false, true> {
    type Kept = T;

    fn make(output: T) -> Result<T, StepError> {
        Ok(output)
    }
}

impl<T, E: Into<StepError>> Make<Result<T, E>> for Maker<true, true> {
    type Kept = T;

    fn make(output: Result<T, E>) -> Result<T, StepError> {
        output.map_err(Into::into)
    }
}

impl<O, const FALLIBLE: bool> Make<O> for Maker<FALLIBLE, false> {
    type Kept = Unknown;

    fn make(_: O) -> Result<Unknown, StepError> {
        unreachable!("refused at compile time")
    }
}

/// Lends a value out of what stands in for its type.
pub trait Lend<T>: Carry<T> {
    /// The value.
    fn lend(kept: &Self::As) -> &T;
}

impl<T> Lend<T> for Flag<true> {
    fn lend(kept: &T) -> &T {
        kept
    }
}

impl<T> Lend<T> for Flag<false> {
    fn lend(kept: &Unknown) -> &T {
        match *kept {}
    }
}

/// A copy for one execution.
pub trait Copied<T> {
    /// A copy.
    fn copied(value: &T) -> T;
}

impl<T: Clone> Copied<T> for Flag<true> {
    fn copied(value: &T) -> T {
        value.clone()
    }
}

impl<T> Copied<T> for Flag<false> {
    fn copied(_: &T) -> T {
        unreachable!("refused at compile time")
    }
}

/// Nothing but a stand-in implements it: what is asked for it is refused with its message.
#[diagnostic::on_unimplemented(
    message = "W028: a resource of type `{Self}` cannot be shared between threads",
    label = "not `Send` and `Sync`",
    note = "several executions use one value at the same time: use `Arc` in place of `Rc`, and `Mutex` in place of `RefCell`"
)]
pub trait Shareable {
    /// To ask for in generated code.
    #[doc(hidden)]
    const IS: () = ();
}

impl Shareable for Unknown {}

/// The same for what a file cannot become.
#[diagnostic::on_unimplemented(
    message = "W029: a config of type `{Self}` cannot be read from a file",
    label = "must implement `Deserialize`, `Send` and `Sync`, and own its data",
    note = "add `#[derive(Deserialize)]` to `{Self}`"
)]
pub trait ConfigType {
    /// To ask for in generated code.
    #[doc(hidden)]
    const IS: () = ();
}

impl ConfigType for Unknown {}

/// The same for a config that is taken by value and cannot be copied.
#[diagnostic::on_unimplemented(
    message = "W029: a config of type `{Self}` cannot be taken by value: each execution gets a clone",
    label = "not `Clone`",
    note = "take `&{Self}`, or add `#[derive(Clone)]` to it"
)]
pub trait CopiedConfig {
    /// To ask for in generated code.
    #[doc(hidden)]
    const IS: () = ();
}

impl CopiedConfig for Unknown {}

/// What a factory makes, by what it returns.
#[doc(hidden)]
#[macro_export]
macro_rules! __value {
    ($output:ty) => {
        <$crate::__private::Flag<{ $crate::__private::Is::<$output>::__FALLIBLE }> as $crate::__private::Parts<
            $output,
        >>::Value
    };
}

/// What a factory fails with, by what it returns.
#[doc(hidden)]
#[macro_export]
macro_rules! __failure {
    ($output:ty) => {
        <$crate::__private::Flag<{ $crate::__private::Is::<$output>::__FALLIBLE }> as $crate::__private::Parts<
            $output,
        >>::Failure
    };
}

/// Whether what a factory makes and fails with can be that.
#[doc(hidden)]
#[macro_export]
macro_rules! __is_made {
    ($output:ty) => {
        $crate::__private::Is::<$crate::__private::value!($output)>::__SHAREABLE
            && $crate::__private::Is::<$crate::__private::failure!($output)>::__FAILURE
    };
}

/// How what a factory returns is kept.
#[doc(hidden)]
#[macro_export]
macro_rules! __maker {
    ($output:ty) => {
        $crate::__private::Maker<
            { $crate::__private::Is::<$output>::__FALLIBLE },
            { $crate::__private::is_made!($output) },
        >
    };
}

/// What is kept of what a factory returns.
#[doc(hidden)]
#[macro_export]
macro_rules! __made {
    ($output:ty) => {
        <$crate::__private::maker!($output) as $crate::__private::Make<$output>>::Kept
    };
}

/// What is kept of a config.
#[doc(hidden)]
#[macro_export]
macro_rules! __read {
    ($type:ty) => {
        $crate::__private::Known<$type, { $crate::__private::Is::<$type>::__CONFIG }>
    };
}
