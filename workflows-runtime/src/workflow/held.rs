//! Values on their way through the engine: in place, or in a box if they are large.
//!
//! Engine and driver pass events, prompts and outputs by value, and every event takes as much room as the largest one. In a
//! debug build, each function on the way has several copies on its stack.

use std::sync::Arc;

/// Values of more bytes are boxed.
const LARGE: usize = 1024;

/// Whether a value of this type is boxed.
#[must_use]
pub const fn is_large<T>() -> bool {
    size_of::<T>() > LARGE
}

/// Selects how a value is held. `LARGE` is [`is_large`].
pub trait Hold<const LARGE: bool>: Sized {
    /// The value or a box.
    type Held: Held<Self>;
}

impl<T> Hold<false> for T {
    type Held = T;
}

impl<T> Hold<true> for T {
    type Held = Box<T>;
}

/// A `T` or a box with one.
pub trait Held<T>: Sized {
    /// Holds the value.
    fn hold(value: T) -> Self;

    /// Returns the value.
    fn release(self) -> T;

    /// Returns the value, to be shared.
    fn share(self) -> Arc<T>;
}

impl<T> Held<T> for T {
    #[inline]
    fn hold(value: T) -> T {
        value
    }

    #[inline]
    fn release(self) -> T {
        self
    }

    fn share(self) -> Arc<T> {
        Arc::new(self)
    }
}

impl<T> Held<T> for Box<T> {
    fn hold(value: T) -> Self {
        Self::new(value)
    }

    fn release(self) -> T {
        *self
    }

    fn share(self) -> Arc<T> {
        self.into()
    }
}
