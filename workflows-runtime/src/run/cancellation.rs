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
pub(crate) type Fate = Arc<AtomicBool>;

/// An attempt, by its execution.
type Attempt = (u64, u32);

/// The fates in which anyone takes an interest.
#[derive(Debug, Default)]
pub(super) struct Fates {
    /// Attempts whose blocking code goes on without them.
    abandoned: BTreeSet<Attempt>,
    /// Those of attempts that are not over.
    open: BTreeMap<Attempt, Fate>,
    /// Who is to be woken.
    waiting: Vigils,
    /// How many seats have been given.
    seats: u64,
}

impl Fates {
    pub(super) fn abandon(&mut self, attempt: Attempt) {
        self.abandoned.insert(attempt);
    }

    pub(super) fn is_abandoned(&self, attempt: Attempt) -> bool {
        self.abandoned.contains(&attempt)
    }

    fn of(&mut self, attempt: Attempt) -> Fate {
        if self.is_abandoned(attempt) {
            return Arc::new(AtomicBool::new(true));
        }
        Arc::clone(self.open.entry(attempt).or_default())
    }

    /// The attempt is over; gives back whom to wake.
    fn over(&mut self, attempt: Attempt, cancelled: bool) -> Vigils {
        let fate = self.open.remove(&attempt);
        if !cancelled {
            return Vigils::new();
        }
        fate.inspect(|fate| fate.store(true, Ordering::Release));
        let mut woken = self.waiting.split_off(&(attempt, 0));
        let mut later = woken.split_off(&(attempt, u64::MAX));
        self.waiting.append(&mut later);
        woken
    }

    /// The run is over; gives back whom to wake.
    pub(super) fn all_over(&mut self) -> Vigils {
        std::mem::take(&mut self.waiting)
    }
}

/// Who waits for the end of an attempt, by attempt and seat.
pub(super) type Vigils = BTreeMap<(Attempt, u64), Waker>;

/// Who waits for the end of an attempt, and where it is found.
#[derive(Debug)]
pub(crate) struct Vigil {
    attempt: Attempt,
    fate: Fate,
    /// 0 is none.
    seat: u64,
}

impl Vigil {
    pub(crate) fn new(execution: ExecutionId, fate: Fate) -> Self {
        Self { attempt: (execution.serial, execution.attempt), fate, seat: 0 }
    }
}

impl<W: Workflow> Shared<W> {
    fn fates<T>(&self, look: impl FnOnce(&mut Fates) -> T) -> T {
        self.rare(|rare| look(&mut rare.fates))
    }

    /// The fate of an attempt that goes on, or has left blocking code behind.
    pub(crate) fn fate(&self, of: ExecutionId) -> Fate {
        self.fates(|fates| fates.of((of.serial, of.attempt)))
    }

    /// An attempt is over, and with its last one the execution. What belongs to it learns of it if it was
    /// `cancelled`.
    pub(super) fn attempt_over(&self, id: ExecutionId, cancelled: bool, is_last: bool) {
        let woken = self.rare(|rare| {
            if let Some(collected) = rare.collected.as_mut().filter(|_| is_last) {
                collected.over(id.serial);
            }
            rare.fates.over((id.serial, id.attempt), cancelled)
        });
        woken.into_values().for_each(Waker::wake);
    }

    /// Whether the run has ended or goes on without the attempt; if not, `waker` is woken then.
    pub(crate) fn keep_vigil(&self, vigil: &mut Vigil, waker: &Waker) -> bool {
        let mut inside = self.inside();
        // The flag is set before the lock is taken for the last time.
        if self.is_over() || vigil.fate.load(Ordering::Acquire) {
            return true;
        }
        let fates = &mut self.rare_in(&mut inside).fates;
        if vigil.seat == 0 {
            fates.seats += 1;
            vigil.seat = fates.seats;
        }
        let old = fates.waiting.insert((vigil.attempt, vigil.seat), waker.clone());
        // A waker may own a whole task, and is dropped without the lock.
        drop(inside);
        drop(old);
        false
    }

    pub(crate) fn end_vigil(&self, vigil: &Vigil) {
        if vigil.seat != 0 {
            let waker = self.fates(|fates| fates.waiting.remove(&(vigil.attempt, vigil.seat)));
            drop(waker);
        }
    }
}
