//! Drops values of the user and ignores panics of their destructors.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Calls `drop`, which drops a value of a user's type, and ignores a panic.
// A `dyn` closure: a generic function would be compiled again for each step that changes.
pub(crate) fn suppress_panic(drop: &mut dyn FnMut()) {
    // The panic hook has reported the panic already.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(drop)) {
        discard(payload);
    }
}

/// Drops a value of a user's type, such as the payload of a panic, and ignores a panic of its destructor.
pub(crate) fn discard<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value)))
        && let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload)))
    {
        // The destructor of the payload panics as well.
        mem::forget(payload);
    }
}
