//! Where a wait receives its response.

use crate::workflow::Workflow;
use std::{
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    task::{Poll, Waker},
};

/// Where the driver leaves what a body waits for.
pub(crate) struct ResponseSlot<W: Workflow> {
    /// Which of its execution's waits it is; the driver knows.
    pub(crate) number: OnceLock<usize>,
    locked: Mutex<Locked<W>>,
}

struct Locked<W: Workflow> {
    outcome: Response<W>,
    waker: Option<Waker>,
}

/// What has come of a wait.
enum Response<W: Workflow> {
    Nothing,
    Answer(W::Event),
    TimedOut,
}

impl<W: Workflow> ResponseSlot<W> {
    pub(crate) fn new(waker: Waker) -> Self {
        Self { number: OnceLock::new(), locked: Mutex::new(Locked { outcome: Response::Nothing, waker: Some(waker) }) }
    }

    fn locked(&self) -> MutexGuard<'_, Locked<W>> {
        self.locked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is there, or has `waker` woken once it is.
    pub(crate) fn poll(&self, waker: &Waker) -> Poll<Option<W::Event>> {
        let mut locked = self.locked();
        match std::mem::replace(&mut locked.outcome, Response::Nothing) {
            Response::Answer(event) => return Poll::Ready(Some(event)),
            Response::TimedOut => return Poll::Ready(None),
            Response::Nothing => {}
        }
        let known = locked.waker.as_ref().is_some_and(|known| known.will_wake(waker));
        let old = if known { None } else { locked.waker.replace(waker.clone()) };
        drop(locked);
        drop(old);
        Poll::Pending
    }

    /// Leaves the answer, or that nobody has answered in time, and wakes the body.
    pub(super) fn fill(&self, answer: Option<W::Event>) {
        let mut locked = self.locked();
        locked.outcome = answer.map_or(Response::TimedOut, Response::Answer);
        let waker = locked.waker.take();
        drop(locked);
        waker.into_iter().for_each(Waker::wake);
    }
}
