//! Drops of user code whose panics stay where they happen.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
};

/// Drops what is in `place`. A panic on the way is nobody's failure: the run goes on without this
/// future, or has ended.
pub(crate) fn discard<F>(mut place: Pin<&mut Option<F>>) {
    quietly(|| place.set(None));
}

/// Drops something of the user's in the same way.
pub(crate) fn quietly(drop: impl FnOnce()) {
    // The panic hook has told it.
    let _ = catch_unwind(AssertUnwindSafe(drop));
}
