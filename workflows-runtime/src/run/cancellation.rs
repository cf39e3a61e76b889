//! Cancellation of attempts, for what outlives their futures: blocking code, clones of a context, and tasks that wait
//! for the cancellation.

use super::{
    shared::Shared,
    waker_set::{WaiterId, WakerSet},
};
use crate::{engine::ExecutionId, workflow::Workflow};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Waker,
};

/// Whether an attempt has been canceled.
pub(crate) type CancelFlag = Arc<AtomicBool>;

/// The serial of an execution, and the number of its attempt.
type Attempt = (u64, u32);

/// The attempts whose cancellation is of interest to anyone.
#[derive(Debug, Default)]
pub(super) struct CancelRegistry {
    /// Attempts that were dropped while their blocking code was running.
    abandoned: BTreeSet<Attempt>,
    /// Attempts with a flag or a waiter that are not over.
    open: BTreeMap<Attempt, OpenAttempt>,
    last_waiter_id: WaiterId,
}

#[derive(Debug, Default)]
struct OpenAttempt {
    flag: CancelFlag,
    waiters: WakerSet,
}

impl CancelRegistry {
    pub(super) fn abandon(&mut self, attempt: Attempt) {
        self.abandoned.insert(attempt);
    }

    pub(super) fn is_abandoned(&self, attempt: Attempt) -> bool {
        self.abandoned.contains(&attempt)
    }

    /// The flag of an attempt, already set if the attempt was abandoned.
    fn flag(&mut self, attempt: Attempt) -> CancelFlag {
        if self.is_abandoned(attempt) {
            return Arc::new(AtomicBool::new(true));
        }
        Arc::clone(&self.open.entry(attempt).or_default().flag)
    }

    fn register(&mut self, waiter: &mut CancelWaiter, waker: &Waker) -> Option<Waker> {
        let open = self.open.entry(waiter.attempt).or_default();
        open.waiters.register(&mut waiter.id, &mut self.last_waiter_id, waker)
    }

    fn deregister(&mut self, waiter: &CancelWaiter) -> Option<Waker> {
        self.open.get_mut(&waiter.attempt)?.waiters.deregister(waiter.id)
    }

    /// Ends an attempt; returns the waiters to wake. They wait until the end of the run for an attempt that was not
    /// canceled.
    fn end_attempt(&mut self, attempt: Attempt, canceled: bool) -> WakerSet {
        let Some(open) = self.open.get_mut(&attempt) else { return WakerSet::None };
        let waiters = std::mem::take(&mut open.waiters);
        if canceled {
            open.flag.store(true, Ordering::Release);
            self.open.remove(&attempt);
            return waiters;
        }
        if matches!(waiters, WakerSet::None) {
            self.open.remove(&attempt);
        } else {
            open.waiters = waiters;
        }
        WakerSet::None
    }

    /// Ends the run; returns the waiters to wake.
    pub(super) fn end_run(&mut self) -> CancelWakers {
        CancelWakers(std::mem::take(&mut self.open))
    }
}

/// The waiters of all attempts of a run.
pub(super) struct CancelWakers(BTreeMap<Attempt, OpenAttempt>);

impl CancelWakers {
    /// Wakes all waiters. Call it without the lock.
    pub(super) fn wake(self) {
        for open in self.0.into_values() {
            open.waiters.wake();
        }
    }
}

/// A task that waits for the cancellation of an attempt.
#[derive(Debug)]
pub(crate) struct CancelWaiter {
    attempt: Attempt,
    flag: CancelFlag,
    id: WaiterId,
}

impl CancelWaiter {
    pub(crate) fn new(execution: ExecutionId, flag: CancelFlag) -> Self {
        Self { attempt: (execution.serial, execution.attempt), flag, id: 0 }
    }
}

impl<W: Workflow> Shared<W> {
    /// The flag of an attempt that is running, or that has left blocking code running.
    pub(crate) fn cancel_flag(&self, of: ExecutionId) -> CancelFlag {
        self.cold_state(|cold_state| cold_state.cancellation.flag((of.serial, of.attempt)))
    }

    /// Ends an attempt, and with the `last` one its execution. Sets its flag if it was `canceled`.
    pub(super) fn attempt_over(&self, id: ExecutionId, canceled: bool, last: bool) {
        let waiters = self.cold_state(|cold_state| {
            if last && let Some(collected) = &mut cold_state.collected {
                collected.over(id.serial);
            }
            cold_state.cancellation.end_attempt((id.serial, id.attempt), canceled)
        });
        waiters.wake();
    }

    /// Returns true if the attempt has been canceled or the run has ended; otherwise registers `waker`.
    pub(crate) fn poll_cancelled(&self, waiter: &mut CancelWaiter, waker: &Waker) -> bool {
        let mut locked = self.locked();
        // Both are set before the lock is taken to wake the waiters.
        if self.is_over() || waiter.flag.load(Ordering::Acquire) {
            return true;
        }
        let old = self.cold_state_in(&mut locked).cancellation.register(waiter, waker);
        drop(locked);
        drop(old);
        false
    }

    pub(crate) fn remove_cancel_waiter(&self, waiter: &CancelWaiter) {
        if waiter.id != 0 {
            let waker = self.cold_state(|cold_state| cold_state.cancellation.deregister(waiter));
            drop(waker);
        }
    }
}
