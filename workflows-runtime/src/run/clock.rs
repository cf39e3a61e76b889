//! The driver's time: tokio's clock, which tests can pause and move.

use crate::engine::Time;
use std::{
    pin::Pin,
    task::{Context, Poll},
};
use tokio::time::{Instant, Sleep, sleep_until};

/// Tells the time of a run, and wakes its task when something is due.
#[derive(Debug)]
pub(super) struct Clock {
    /// Looked up only once it is needed: a run that never waits does without.
    at: Option<Instant>,
    before: Time,
    /// Made when the first timer is set; most runs set none.
    sleep: Option<Pin<Box<Sleep>>>,
}

/// When a run began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Began {
    at: Instant,
    /// How long the run had gone on before, if this is not its beginning.
    before: Time,
}

impl Clock {
    pub(super) fn new(before: Time) -> Self {
        Self { at: None, before, sleep: None }
    }

    /// That of a run that has begun.
    pub(super) fn going(Began { at, before }: Began) -> Self {
        Self { at: Some(at), before, sleep: None }
    }

    /// When the run began; if nobody has asked before, now.
    pub(super) fn began(&mut self) -> Began {
        Began { at: *self.at.get_or_insert_with(Instant::now), before: self.before }
    }

    /// The time at which the run began.
    pub(super) fn before(&self) -> Time {
        self.before
    }

    pub(super) fn now(&mut self) -> Time {
        self.before + self.began().at.elapsed()
    }

    /// Whether `at` has come; if not, the task is woken then.
    pub(super) fn poll(&mut self, at: Time, cx: &mut Context<'_>) -> Poll<()> {
        let until = self.began().at + (at - self.before);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if sleep.deadline() != until {
            sleep.as_mut().reset(until);
        }
        sleep.as_mut().poll(cx)
    }
}
