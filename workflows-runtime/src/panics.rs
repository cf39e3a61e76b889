//! Drops of user code whose panics are ignored.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
};

/// Drops the future in `place`. A panic of its destructor is ignored: the run continues without this future, or
/// has ended.
pub(crate) fn drop_future<F>(mut place: Pin<&mut Option<F>>) {
    suppress_panic(&mut || place.set(None));
}

/// Calls `drop`, which drops a value of a user's type, and ignores a panic.
// Not generic: an instance per closure would be compiled again with each change of a step.
pub(crate) fn suppress_panic(drop: &mut dyn FnMut()) {
    // The panic hook has reported it.
    let _ = catch_unwind(AssertUnwindSafe(drop));
}
