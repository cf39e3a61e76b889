//! Virtual time, for as long as a test drives runs.

use crate::executor::is_paused;
use std::{cell::Cell, time::Duration};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    time::{Instant, advance, sleep},
};

/// The nanoseconds of a millisecond, the unit of tokio's timers.
const NANOS: u64 = 1_000_000;

thread_local! {
    /// The tests on this thread that need the clock to be paused, if one of them has paused it.
    static USERS: Cell<usize> = const { Cell::new(0) };
}

/// Pauses tokio's clock until it is dropped, unless it is paused already.
pub(super) struct VirtualTime {
    counts: bool,
    /// Whether this one has paused the clock.
    has_paused: bool,
}

impl VirtualTime {
    /// # Panics
    ///
    /// Panics outside of tokio's current-thread runtime.
    #[track_caller]
    pub(super) fn enter() -> Self {
        let Ok(runtime) = Handle::try_current() else {
            panic!("the test of a run needs a tokio runtime\nhelp: annotate the test with `#[tokio::test]`");
        };
        assert!(
            runtime.runtime_flavor() == RuntimeFlavor::CurrentThread,
            "virtual time needs tokio's current-thread runtime\n\
             help: remove `flavor` from `#[tokio::test]`, or call `.real_time()` on the test of the run"
        );
        let users = USERS.get();
        if users == 0 && is_paused() {
            return Self { counts: false, has_paused: false };
        }
        if users == 0 {
            tokio::time::pause();
        }
        USERS.set(users + 1);
        Self { counts: true, has_paused: users == 0 }
    }
}

impl VirtualTime {
    /// Advances the clock to a full millisecond of tokio's timers. Otherwise each timer would be late by one: deadlines
    /// are rounded up, and a paused clock advances by full milliseconds.
    pub(super) async fn align(&self) {
        if !self.has_paused {
            return;
        }
        // tokio does not report how far the clock is past a millisecond, but a timer that is set up to the next one
        // expires there, and a longer one a millisecond later. Invariant: it is at least `low` and less than `high`.
        let (mut low, mut high) = (0, NANOS);
        while high - low > 1 {
            let middle = u64::midpoint(low, high);
            let before = Instant::now();
            sleep(Duration::from_nanos(NANOS + 1 - middle)).await;
            if before.elapsed() <= Duration::from_nanos(NANOS) {
                high = middle;
            } else {
                low = middle;
            }
        }
        if low > 0 {
            advance(Duration::from_nanos(NANOS - low)).await;
        }
    }
}

impl Drop for VirtualTime {
    fn drop(&mut self) {
        if !self.counts {
            return;
        }
        USERS.set(USERS.get() - 1);
        if USERS.get() == 0 && Handle::try_current().is_ok() && is_paused() {
            tokio::time::resume();
        }
    }
}
