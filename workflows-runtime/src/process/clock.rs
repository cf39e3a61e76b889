//! Timers in real time. A process is not part of a test's virtual time, so neither is its timeout.

use crate::sync::{Condvar, Mutex, MutexGuard, thread};
use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::PoisonError,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

static CLOCK: Clock = Clock {
    timers: Mutex::new(Timers { by_time: BTreeMap::new(), next_number: 0, next_wake: None, has_thread: false }),
    earlier: Condvar::new(),
};

struct Clock {
    timers: Mutex<Timers>,
    /// Wakes the thread because of a timer before its next wake.
    earlier: Condvar,
}

type Key = (Instant, u64);

struct Timers {
    by_time: BTreeMap<Key, Waker>,
    next_number: u64,
    /// When the thread looks at the timers. Cancelled timers do not change it, so most calls wake no thread.
    next_wake: Option<Instant>,
    has_thread: bool,
}

/// Resolves at a time. Dropping it cancels the timer.
pub(super) struct Timer {
    at: Instant,
    key: Option<Key>,
}

/// A timer that is due after this duration.
pub(super) fn after(duration: Duration) -> Timer {
    let now = Instant::now();
    // A year, for durations that no clock represents.
    let at = now.checked_add(duration).unwrap_or_else(|| now + Duration::from_hours(24 * 365));
    Timer { at, key: None }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.at {
            return Poll::Ready(());
        }
        let mut timers = CLOCK.lock();
        let at = self.at;
        let key = *self.key.get_or_insert_with(|| {
            timers.next_number += 1;
            (at, timers.next_number)
        });
        timers.by_time.insert(key, cx.waker().clone());
        CLOCK.ensure_wake(timers, self.at);
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = CLOCK.lock().by_time.remove(&key);
            // Outside of the lock: it may be the last reference to a task.
            drop(waker);
        }
    }
}

impl Clock {
    fn lock(&self) -> MutexGuard<'_, Timers> {
        self.timers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ensures that the thread looks at the timers at this time.
    fn ensure_wake(&'static self, mut timers: MutexGuard<'_, Timers>, at: Instant) {
        if !timers.has_thread {
            let started = thread::Builder::new().name("wf-clock".to_owned()).spawn(|| self.run());
            timers.has_thread = started.is_ok();
        }
        if timers.next_wake.is_none_or(|next| at < next) {
            timers.next_wake = Some(at);
            drop(timers);
            self.earlier.notify_one();
        }
    }

    fn run(&self) {
        let mut timers = self.lock();
        loop {
            let now = Instant::now();
            let later = timers.by_time.split_off(&(now, u64::MAX));
            let due = std::mem::replace(&mut timers.by_time, later);
            timers.next_wake = timers.by_time.first_key_value().map(|((at, _), _)| *at);
            if !due.is_empty() {
                drop(timers);
                due.into_values().for_each(Waker::wake);
                timers = self.lock();
                continue;
            }
            timers = match timers.next_wake {
                Some(at) => {
                    let wait = self.earlier.wait_timeout(timers, at.saturating_duration_since(now));
                    wait.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.earlier.wait(timers).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}
