//! What becomes of an attempt, for what goes on outside of its future: its blocking code, clones
//! of its context, and who waits for it to be cancelled.

use super::shared::Shared;
use crate::{engine::ExecutionId, workflow::Workflow};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Waker,
};

/// Whether the run goes on without an attempt.
pub(crate) type CancelFlag = Arc<AtomicBool>;

/// An attempt, by its execution.
type Attempt = (u64, u32);

/// The fates in which anyone takes an interest.
#[derive(Debug, Default)]
pub(super) struct CancelRegistry {
    /// Attempts whose blocking code goes on without them.
    abandoned: BTreeSet<Attempt>,
    /// Those of attempts that are not over.
    open: BTreeMap<Attempt, CancelFlag>,
    /// Who is to be woken.
    waiting: CancelWakers,
    /// How many seats have been given.
    next_waiter_id: u64,
}

impl CancelRegistry {
    pub(super) fn abandon(&mut self, attempt: Attempt) {
        self.abandoned.insert(attempt);
    }

    pub(super) fn is_abandoned(&self, attempt: Attempt) -> bool {
        self.abandoned.contains(&attempt)
    }

    fn of(&mut self, attempt: Attempt) -> CancelFlag {
        if self.is_abandoned(attempt) {
            return Arc::new(AtomicBool::new(true));
        }
        Arc::clone(self.open.entry(attempt).or_default())
    }

    /// The attempt is over; gives back whom to wake.
    fn over(&mut self, attempt: Attempt, cancelled: bool) -> CancelWakers {
        let cancel_flag = self.open.remove(&attempt);
        if !cancelled {
            return CancelWakers::new();
        }
        cancel_flag.inspect(|cancel_flag| cancel_flag.store(true, Ordering::Release));
        let mut woken = self.waiting.split_off(&(attempt, 0));
        let mut later = woken.split_off(&(attempt, u64::MAX));
        self.waiting.append(&mut later);
        woken
    }

    /// The run is over; gives back whom to wake.
    pub(super) fn all_over(&mut self) -> CancelWakers {
        std::mem::take(&mut self.waiting)
    }
}

/// Who waits for the end of an attempt, by attempt and seat.
pub(super) type CancelWakers = BTreeMap<(Attempt, u64), Waker>;

/// Who waits for the end of an attempt, and where it is found.
#[derive(Debug)]
pub(crate) struct CancelWaiter {
    attempt: Attempt,
    cancel_flag: CancelFlag,
    /// 0 is none.
    waiter_id: u64,
}

impl CancelWaiter {
    pub(crate) fn new(execution: ExecutionId, cancel_flag: CancelFlag) -> Self {
        Self { attempt: (execution.serial, execution.attempt), cancel_flag, waiter_id: 0 }
    }
}

impl<W: Workflow> Shared<W> {
    fn cancellation<T>(&self, look: impl FnOnce(&mut CancelRegistry) -> T) -> T {
        self.cold_state(|cold_state| look(&mut cold_state.cancellation))
    }

    /// The fate of an attempt that goes on, or has left blocking code behind.
    pub(crate) fn cancel_flag(&self, of: ExecutionId) -> CancelFlag {
        self.cancellation(|cancellation| cancellation.of((of.serial, of.attempt)))
    }

    /// An attempt is over, and with its last one the execution. What belongs to it learns of it if it was
    /// `cancelled`.
    pub(super) fn attempt_over(&self, id: ExecutionId, cancelled: bool, is_last: bool) {
        let woken = self.cold_state(|cold_state| {
            if let Some(collected) = cold_state.collected.as_mut().filter(|_| is_last) {
                collected.over(id.serial);
            }
            cold_state.cancellation.over((id.serial, id.attempt), cancelled)
        });
        woken.into_values().for_each(Waker::wake);
    }

    /// Whether the run has ended or goes on without the attempt; if not, `waker` is woken then.
    pub(crate) fn poll_cancelled(&self, waiter: &mut CancelWaiter, waker: &Waker) -> bool {
        let mut locked = self.locked();
        // The flag is set before the lock is taken for the last time.
        if self.is_over() || waiter.cancel_flag.load(Ordering::Acquire) {
            return true;
        }
        let cancellation = &mut self.cold_state_in(&mut locked).cancellation;
        if waiter.waiter_id == 0 {
            cancellation.next_waiter_id += 1;
            waiter.waiter_id = cancellation.next_waiter_id;
        }
        let old = cancellation.waiting.insert((waiter.attempt, waiter.waiter_id), waker.clone());
        // A waker may own a whole task, and is dropped without the lock.
        drop(locked);
        drop(old);
        false
    }

    pub(crate) fn remove_cancel_waiter(&self, waiter: &CancelWaiter) {
        if waiter.waiter_id != 0 {
            let waker =
                self.cancellation(|cancellation| cancellation.waiting.remove(&(waiter.attempt, waiter.waiter_id)));
            drop(waker);
        }
    }
}
