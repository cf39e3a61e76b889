//! Seals for traits that users name but cannot implement.
//!
//! A trait that the macros implement has [`Sealed`] as a supertrait. A trait with a blanket implementation
//! has a hidden method that takes a [`Seal`]. Neither takes part in the resolution of a bound, so an unmet
//! bound is reported with the message of the trait itself.

/// Supertrait of the traits that the macros implement.
pub trait Sealed {}

/// An argument that only this crate can create.
#[derive(Debug, Clone, Copy)]
pub struct Seal(());

/// The only value of [`Seal`].
pub(crate) const SEAL: Seal = Seal(());

impl Sealed for () {}
impl<T> Sealed for Option<T> {}
impl<T, E> Sealed for Result<T, E> {}
impl<T> Sealed for Vec<T> {}
impl<T, const N: usize> Sealed for [T; N] {}

macro_rules! tuples {
    ($first:ident $($rest:ident)*) => {
        impl<$first, $($rest),*> Sealed for ($first, $($rest,)*) {}
        tuples!($($rest)*);
    };
    () => {};
}

tuples!(A B C D E F G H I J K L);
