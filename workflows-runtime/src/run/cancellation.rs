//! Cancellation of attempts, for what outlives their futures: blocking code, clones of a context, and tasks that wait
//! for the cancellation.

use super::{
    shared::Shared,
    waker_set::{WaiterId, WakerSet},
};
use crate::{
    engine::ExecutionId,
    sync::atomic::{AtomicU8, Ordering},
    workflow::Workflow,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    task::Waker,
};

/// The status of an attempt, for contexts that may outlive it.
pub(crate) type CancelFlag = Arc<AttemptStatus>;

/// Whether an attempt is running, has returned, or was canceled. Both ends are final.
#[derive(Debug, Default)]
pub(crate) struct AttemptStatus(AtomicU8);

const RUNNING: u8 = 0;
const RETURNED: u8 = 1;
const CANCELED: u8 = 2;

impl AttemptStatus {
    fn canceled() -> Self {
        Self(AtomicU8::new(CANCELED))
    }

    fn end(&self, canceled: bool) {
        self.0.store(if canceled { CANCELED } else { RETURNED }, Ordering::Release);
    }

    pub(crate) fn is_running(&self) -> bool {
        self.0.load(Ordering::Acquire) == RUNNING
    }

    pub(crate) fn is_canceled(&self) -> bool {
        self.0.load(Ordering::Acquire) == CANCELED
    }
}

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
            return Arc::new(AttemptStatus::canceled());
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

    pub(super) fn is_empty(&self) -> bool {
        self.abandoned.is_empty() && self.open.is_empty()
    }

    /// Ends an attempt; returns the waiters to wake. Those that wait for the cancellation of an attempt that has returned
    /// register again, until the end of the run.
    fn end_attempt(&mut self, attempt: Attempt, canceled: bool) -> WakerSet {
        let Some(open) = self.open.get_mut(&attempt) else { return WakerSet::None };
        let waiters = std::mem::take(&mut open.waiters);
        open.flag.end(canceled);
        self.open.remove(&attempt);
        waiters
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
    /// Whether it waits for any end of the attempt.
    at_return: bool,
    id: WaiterId,
}

impl CancelWaiter {
    pub(crate) fn new(execution: ExecutionId, flag: CancelFlag, at_return: bool) -> Self {
        Self { attempt: (execution.serial, execution.attempt), flag, at_return, id: 0 }
    }

    fn is_over(&self) -> bool {
        if self.at_return { !self.flag.is_running() } else { self.flag.is_canceled() }
    }
}

impl<W: Workflow> Shared<W> {
    /// The flag of an attempt that is running, or that has left blocking code running.
    pub(crate) fn cancel_flag(&self, of: ExecutionId) -> CancelFlag {
        if self.is_dropping(of) {
            return Arc::new(AttemptStatus::canceled());
        }
        self.cold_state(|cold_state| cold_state.cancellation.flag((of.serial, of.attempt)))
    }

    /// Ends an attempt, and with the `last` one its execution. Sets its status.
    pub(super) fn attempt_over(&self, id: ExecutionId, canceled: bool, last: bool) {
        let mut locked = self.locked();
        let cold_state = self.cold_state_in(&mut locked);
        if last && let Some(collected) = &mut cold_state.collected {
            collected.over(id.serial);
        }
        let waiters = cold_state.cancellation.end_attempt((id.serial, id.attempt), canceled);
        self.note_empty_cold_state(&locked);
        drop(locked);
        waiters.wake();
    }

    /// Returns true if what the waiter waits for has happened or the run has ended; otherwise registers `waker`.
    pub(crate) fn poll_cancelled(&self, waiter: &mut CancelWaiter, waker: &Waker) -> bool {
        let mut locked = self.locked();
        // Both are set before the lock is taken to wake the waiters.
        if self.is_over() || waiter.is_over() {
            return true;
        }
        let old = self.cold_state_in(&mut locked).cancellation.register(waiter, waker);
        drop(locked);
        drop(old);
        false
    }

    pub(crate) fn remove_cancel_waiter(&self, waiter: &CancelWaiter) {
        if waiter.id != 0 {
            let mut locked = self.locked();
            let waker = self.cold_state_in(&mut locked).cancellation.deregister(waiter);
            self.note_empty_cold_state(&locked);
            drop(locked);
            drop(waker);
        }
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;
    use crate::{state::StateMap, workflow::Generic};

    #[test]
    fn cold_state_is_empty_after_the_last_attempt_with_a_flag() {
        let shared = Shared::<Generic>::detached(StateMap::default());
        let attempt = |serial| ExecutionId { serial, slot: 0, attempt: 1 };
        assert!(!shared.has_cold_state());
        let flags = [1, 2].map(|serial| shared.cancel_flag(attempt(serial)));
        shared.attempt_over(attempt(1), false, true);
        assert!(shared.has_cold_state());
        shared.attempt_over(attempt(2), true, true);
        assert!(!shared.has_cold_state());
        assert!(!flags[0].is_running() && !flags[0].is_canceled() && flags[1].is_canceled());

        // A child waits for the end of its attempt, and is dropped after it.
        let mut waiter = CancelWaiter::new(attempt(3), shared.cancel_flag(attempt(3)), true);
        assert!(!shared.poll_cancelled(&mut waiter, Waker::noop()));
        shared.attempt_over(attempt(3), false, true);
        shared.remove_cancel_waiter(&waiter);
        assert!(!shared.has_cold_state());
    }
}
