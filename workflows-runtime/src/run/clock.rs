//! The driver's clock: tokio's, which tests can pause and advance.

use crate::engine::Time;
use std::{
    pin::{Pin, pin},
    task::{Context, Poll},
};
use tokio::{
    task::coop::unconstrained,
    time::{Instant, Sleep, sleep_until},
};

/// Measures the time of a run, and wakes its task at a deadline.
#[derive(Debug)]
pub(super) struct Clock {
    /// When the run began. Read when it is first needed; a run that never waits needs none.
    at: Option<Instant>,
    /// The run's time at `at`: not zero if it was resumed.
    before: Time,
    /// Created when the first timer is set; most runs set none.
    sleep: Option<Pin<Box<Sleep>>>,
}

/// When a run began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Began {
    at: Instant,
    /// The run's time at `at`: not zero if it was resumed.
    before: Time,
}

impl Clock {
    pub(super) fn new(before: Time) -> Self {
        Self { at: None, before, sleep: None }
    }

    /// The clock of a run that has begun.
    pub(super) fn running(Began { at, before }: Began) -> Self {
        Self { at: Some(at), before, sleep: None }
    }

    /// When the run began: at the first call of this.
    pub(super) fn began(&mut self) -> Began {
        Began { at: *self.at.get_or_insert_with(Instant::now), before: self.before }
    }

    /// The run's time at its start.
    pub(super) fn before(&self) -> Time {
        self.before
    }

    pub(super) fn now(&mut self) -> Time {
        self.before + self.began().at.elapsed()
    }

    /// Ready once the run's time is `at`; wakes the task then.
    pub(super) fn poll(&mut self, at: Time, cx: &mut Context<'_>) -> Poll<()> {
        let until = self.began().at + (at - self.before);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if sleep.deadline() != until {
            sleep.as_mut().reset(until);
        }
        // A step that has used up the task's budget must not delay the run's own timer.
        pin!(unconstrained(sleep.as_mut())).poll(cx)
    }
}
