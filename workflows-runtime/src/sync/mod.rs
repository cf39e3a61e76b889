//! The primitives through which threads share data: those of `std` and tokio, or those of the model checker.
//!
//! Modules that share data between threads import from here. A build is one of two kinds:
//!
//! * Normal builds re-export the primitives of `std` and tokio, at no cost.
//! * Unit tests of the package in `models/`, which sets `cfg(shuttle)`, use [shuttle](https://docs.rs/shuttle). It
//!   decides at each operation which thread continues. `thread`, `thread_local` and atomics are shuttle's own. Those
//!   that shuttle lacks are in `stand_in`.
//!
//! Not modeled: memory orderings, all of which are sequentially consistent in shuttle; `State` and the default
//! executors, whose locks are held for a few instructions; tokio's paused clock, which needs a runtime of tokio; and the
//! inner workings of tokio's primitives.

#[cfg(all(test, shuttle))]
pub(crate) mod model;
#[cfg(all(test, shuttle))]
mod stand_in;

#[cfg(not(all(test, shuttle)))]
pub(crate) use self::real::*;
#[cfg(all(test, shuttle))]
pub(crate) use self::stand_in::*;

/// Waits until `is_so`, which may change before [`Notify::notify_waiters`] is called.
pub(crate) async fn notified_until(notify: &Notify, is_so: impl Fn() -> bool) {
    loop {
        // Before the check: it is notified from here on.
        let notified = notify.notified();
        if is_so() {
            return;
        }
        notified.await;
    }
}

#[cfg(not(all(test, shuttle)))]
mod real {
    pub(crate) use std::{
        sync::{Condvar, Mutex, MutexGuard, OnceLock, atomic},
        thread, thread_local,
    };
    pub(crate) use tokio::{
        spawn,
        sync::{Notify, OnceCell, OwnedSemaphorePermit, Semaphore, oneshot},
    };
}
