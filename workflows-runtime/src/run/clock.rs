//! The driver's time: tokio's clock, which tests can pause and move.

use crate::core::Time;
use std::{
    pin::Pin,
    task::{Context, Poll},
};
use tokio::time::{Instant, Sleep, sleep_until};

/// Tells the time of a run, and wakes its task when something is due.
#[derive(Debug)]
pub(super) struct Clock {
    began: Instant,
    /// How long the run had gone on before, if this is not its beginning.
    before: Time,
    /// Made when the first timer is set; most runs set none.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Clock {
    pub(super) fn new(before: Time) -> Self {
        Self { began: Instant::now(), before, sleep: None }
    }

    /// The clock, for another driver of the run.
    pub(super) fn take(&self) -> Self {
        Self { began: self.began, before: self.before, sleep: None }
    }

    /// When the run began, in its own time.
    pub(super) fn before(&self) -> Time {
        self.before
    }

    pub(super) fn now(&self) -> Time {
        self.before + self.began.elapsed()
    }

    /// Whether `at` has come; if not, the task is woken then.
    pub(super) fn poll(&mut self, at: Time, cx: &mut Context<'_>) -> Poll<()> {
        let until = self.began + (at - self.before);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if sleep.deadline() != until {
            sleep.as_mut().reset(until);
        }
        sleep.as_mut().poll(cx)
    }
}
