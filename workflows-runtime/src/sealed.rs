//! Seals for traits that users name but cannot implement.
//!
//! A trait that the macros implement has [`Sealed`] as a supertrait. A trait with a blanket implementation
//! has a hidden method that takes a [`Seal`]. Neither takes part in the resolution of a bound, so an unmet
//! bound is reported with the message of the trait itself.

/// Supertrait of the traits that the macros implement.
#[diagnostic::on_unimplemented(
    message = "W047: this trait is sealed, and `{Self}` implements it by hand",
    label = "only the attributes of `workflows_runtime` implement it",
    note = "put `#[workflow]` or `#[event]` on the declaration of `{Self}`, and remove this `impl`"
)]
pub trait Sealed {}

/// An argument that only this crate can create.
#[derive(Debug, Clone, Copy)]
pub struct Seal(());

/// The only value of [`Seal`].
pub(crate) const SEAL: Seal = Seal(());

// `do_not_recommend`: an error about a sealed trait does not list these types.
#[diagnostic::do_not_recommend]
impl Sealed for () {}
#[diagnostic::do_not_recommend]
impl<T> Sealed for Option<T> {}
#[diagnostic::do_not_recommend]
impl<T, E> Sealed for Result<T, E> {}
#[diagnostic::do_not_recommend]
impl<T> Sealed for Vec<T> {}
#[diagnostic::do_not_recommend]
impl<T, const N: usize> Sealed for [T; N] {}

macro_rules! tuples {
    ($first:ident $($rest:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$first, $($rest),*> Sealed for ($first, $($rest,)*) {}
        tuples!($($rest)*);
    };
    () => {};
}

tuples!(A B C D E F G H I J K L);
