//! Where a wait receives its response.

use crate::workflow::Workflow;
use std::{
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    task::{Poll, Waker},
};

/// Where the driver leaves what a body waits for.
pub(crate) struct Cell<W: Workflow> {
    /// Which of its execution's waits it is; the driver knows.
    pub(crate) number: OnceLock<usize>,
    inside: Mutex<Inside<W>>,
}

struct Inside<W: Workflow> {
    outcome: Outcome<W>,
    waker: Option<Waker>,
}

/// What has come of a wait.
enum Outcome<W: Workflow> {
    Nothing,
    Answer(W::Event),
    TimedOut,
}

impl<W: Workflow> Cell<W> {
    pub(crate) fn new(waker: Waker) -> Self {
        Self { number: OnceLock::new(), inside: Mutex::new(Inside { outcome: Outcome::Nothing, waker: Some(waker) }) }
    }

    fn inside(&self) -> MutexGuard<'_, Inside<W>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is there, or has `waker` woken once it is.
    pub(crate) fn poll(&self, waker: &Waker) -> Poll<Option<W::Event>> {
        let mut inside = self.inside();
        match std::mem::replace(&mut inside.outcome, Outcome::Nothing) {
            Outcome::Answer(event) => return Poll::Ready(Some(event)),
            Outcome::TimedOut => return Poll::Ready(None),
            Outcome::Nothing => {}
        }
        let known = inside.waker.as_ref().is_some_and(|known| known.will_wake(waker));
        let old = if known { None } else { inside.waker.replace(waker.clone()) };
        drop(inside);
        drop(old);
        Poll::Pending
    }

    /// Leaves the answer, or that nobody has answered in time, and wakes the body.
    pub(super) fn fill(&self, answer: Option<W::Event>) {
        let mut inside = self.inside();
        inside.outcome = answer.map_or(Outcome::TimedOut, Outcome::Answer);
        let waker = inside.waker.take();
        drop(inside);
        waker.into_iter().for_each(Waker::wake);
    }
}
