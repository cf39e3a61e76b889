//! A job: blocking work on its way to a thread.
//!
//! | state | set by | meaning |
//! |---|---|---|
//! | `QUEUED` | `Job::new` | holds the work |
//! | `RUNNING` | the pool's thread | the thread has taken the work |
//! | `DONE` | the pool's thread | returned or panicked |
//! | `DONE` | `Job::clear` | the work was dropped by a shutdown |
//! | `WITHDRAWN` | dropping the future | the work was dropped, or its result will be |
//!
//! Invariant: the work and its result are dropped by [`discard`](crate::panics::discard), so a destructor that panics ends neither a
//! thread of a pool nor the process.

use super::scope::Hold;
use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU8, Ordering},
};

const QUEUED: u8 = 0;
const RUNNING: u8 = 1;
const DONE: u8 = 2;
const WITHDRAWN: u8 = 3;

/// Blocking work and the place of its result.
pub(super) trait Work: Send {
    /// Runs the work and stores its result. Does not unwind.
    fn run(&mut self);
    /// Gives the result to the future that waits for it, or drops it by [`discard`](crate::panics::discard).
    fn deliver(self: Box<Self>);
    /// Drops the result by [`discard`](crate::panics::discard).
    fn abandon(&mut self);
}

/// Work that runs at most once, on a thread of a pool.
///
/// Invariant: [`start`](Self::start), [`withdraw`](Self::withdraw) and [`clear`](Self::clear) are called under the
/// lock of the pool, so its queue knows which jobs can start.
pub(super) struct Job {
    state: AtomicU8,
    work: Mutex<Option<Box<dyn Work>>>,
    /// Set by the withdrawal of work that still runs. Dropped with the job, after the work has ended.
    hold: Mutex<Option<Hold>>,
}

/// Work that has ended on its thread.
pub(super) enum Ended {
    /// For its [delivery](Work::deliver).
    Needed(Box<dyn Work>),
    /// It was withdrawn meanwhile, and its result has been dropped. Its clock must be held until the job is dropped.
    Abandoned(Box<dyn Work>),
}

/// The effect of withdrawing a job.
pub(super) enum Withdrawal {
    /// The work had not started. To be dropped by [`discard`](crate::panics::discard), outside of the lock.
    Queued(Option<Box<dyn Work>>),
    /// The work is still running.
    Running,
    /// The work has ended before.
    Ended,
}

impl Job {
    pub(super) fn new(work: Box<dyn Work>) -> Self {
        Self { state: AtomicU8::new(QUEUED), work: Mutex::new(Some(work)), hold: Mutex::new(None) }
    }

    /// Returns whether the job can run: it has not been withdrawn.
    pub(super) fn start(&self) -> bool {
        self.state.compare_exchange(QUEUED, RUNNING, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    pub(super) fn is_withdrawn(&self) -> bool {
        self.state.load(Ordering::Acquire) == WITHDRAWN
    }

    /// Runs the work of a job that was started.
    pub(super) fn run(&self) -> Option<Ended> {
        let mut work = self.work().take()?;
        work.run();
        if self.state.swap(DONE, Ordering::AcqRel) == WITHDRAWN {
            work.abandon();
            return Some(Ended::Abandoned(work));
        }
        Some(Ended::Needed(work))
    }

    /// Withdraws the job. If its work still runs, `hold` is dropped after the work has ended.
    pub(super) fn withdraw(&self, hold: Option<Hold>) -> Withdrawal {
        // Set first: the thread drops it as soon as it sees the withdrawal.
        *self.hold() = hold;
        let withdrawal = match self.state.swap(WITHDRAWN, Ordering::AcqRel) {
            QUEUED => Withdrawal::Queued(self.work().take()),
            RUNNING => return Withdrawal::Running,
            _ => Withdrawal::Ended,
        };
        // A withdrawn job may remain in the queue for a while.
        let unneeded = self.hold().take();
        drop(unneeded);
        withdrawal
    }

    /// Ends a job that was not started. Returns its work, to be dropped by [`discard`](crate::panics::discard), outside of the lock.
    pub(super) fn clear(&self) -> Option<Box<dyn Work>> {
        let is_queued = self.state.compare_exchange(QUEUED, DONE, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if is_queued { self.work().take() } else { None }
    }

    fn hold(&self) -> MutexGuard<'_, Option<Hold>> {
        self.hold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) -> MutexGuard<'_, Option<Box<dyn Work>>> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
