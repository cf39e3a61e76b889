//! The driver's clock: tokio's, which tests can pause and advance.

use crate::engine::Time;
use std::{
    panic::catch_unwind,
    pin::{Pin, pin},
    task::{Context, Poll},
};
use tokio::{
    runtime::Handle,
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

/// The run is not driven by a tokio runtime with time enabled.
#[derive(Debug)]
pub(super) struct NoTimer;

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
    #[inline]
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

    /// Makes sure that there is a timer to [`poll`](Self::poll).
    pub(super) fn ensure_timer(&mut self) -> Result<(), NoTimer> {
        let now = self.began().at;
        self.timer(now).map(|_| ())
    }

    fn timer(&mut self, until: Instant) -> Result<&mut Pin<Box<Sleep>>, NoTimer> {
        if self.sleep.is_none() {
            Handle::try_current().map_err(|_| NoTimer)?;
            // Panics if the runtime has no time enabled, which it does not report otherwise.
            let sleep = catch_unwind(|| Box::pin(sleep_until(until)));
            self.sleep = Some(sleep.map_err(|_| NoTimer)?);
        }
        self.sleep.as_mut().ok_or(NoTimer)
    }

    /// Ready once the run's time is `at`; wakes the task then.
    pub(super) fn poll(&mut self, at: Time, cx: &mut Context<'_>) -> Poll<Result<(), NoTimer>> {
        let until = self.began().at + (at - self.before);
        let sleep = self.timer(until)?;
        if sleep.deadline() != until {
            sleep.as_mut().reset(until);
        }
        // A step that has used up the task's budget must not delay the run's own timer.
        pin!(unconstrained(sleep.as_mut())).poll(cx).map(Ok)
    }
}
