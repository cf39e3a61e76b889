//! Drops of user code whose panics stay where they happen.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
};

/// Drops what is in `place`. A panic on the way is nobody's failure: the run goes on without this
/// future, or has ended.
pub(crate) fn discard<F>(mut place: Pin<&mut Option<F>>) {
    quietly(&mut || place.set(None));
}

/// Drops something of the user's in the same way.
// Not generic: an instance for each closure would be rebuilt with each change of a step.
pub(crate) fn quietly(drop: &mut dyn FnMut()) {
    // The panic hook has told it.
    let _ = catch_unwind(AssertUnwindSafe(drop));
}
