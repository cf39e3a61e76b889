//! Checks of variables that a `#[blocking]` statement moves while a closure or a reference may borrow them.
//!
//! A closure that mentions `x` as in `x.len()` borrows `x`. If `x` is a reference, it borrows what `x` refers to, and `x`
//! may move. The same is true of each place on the way to `x.a.b`.

use super::never;
use core::{fmt, marker::PhantomData, ops::Deref};

/// A place of type `T` in code that never runs.
pub struct Borrowed<T: ?Sized>(PhantomData<T>);

/// Starts the check of a place.
pub fn borrowed<T: ?Sized>(_: &T) -> Borrowed<T> {
    Borrowed(PhantomData)
}

/// The verdict about a place that is a pointer: what it points to is borrowed, and does not move.
#[derive(Debug)]
pub struct Elsewhere;

/// The verdict about any other place.
pub struct Inside<T: ?Sized>(PhantomData<T>);

macro_rules! pointers {
    ($($ty:ty),*) => {
        $(impl<T: ?Sized> Borrowed<$ty> {
            /// Returns the verdict about the place.
            pub fn verdict(&self) -> Elsewhere {
                Elsewhere
            }
        })*
    };
}

pointers!(&T, &mut T, Box<T>);

impl<T: ?Sized> Deref for Borrowed<T> {
    type Target = Inside<T>;

    fn deref(&self) -> &Self::Target {
        never()
    }
}

impl Elsewhere {
    /// Accepts the move.
    pub fn may_move(&self) {}

    /// Returns the verdict about a place and a part of it.
    #[must_use]
    pub fn and<V>(&self, _: V) -> Self {
        Self
    }
}

impl<T: ?Sized> Inside<T> {
    /// Returns the verdict about the place.
    #[must_use]
    pub fn verdict(&self) -> Self {
        Self(PhantomData)
    }

    /// Returns the verdict about a place and a part of it.
    pub fn and<V>(&self, part: V) -> V {
        part
    }

    /// Rejects the move.
    pub fn may_move(&self)
    where
        T: NotBorrowed,
    {
    }
}

/// Implemented for no type.
#[diagnostic::on_unimplemented(
    message = "W024: this variable moves to another thread and back while a closure or a reference borrows it",
    label = "is borrowed until after this statement",
    note = "create the closure or the reference again after the statement"
)]
pub trait NotBorrowed {}

impl<T: ?Sized> fmt::Debug for Borrowed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Borrowed")
    }
}

impl<T: ?Sized> fmt::Debug for Inside<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inside")
    }
}
