//! Finds steps that block: each poll of a step is to be short.

use crate::engine::Time;
use std::time::{Duration, Instant};
use tracing::{Level, level_filters::LevelFilter};

/// How long one poll of a step may take by default.
const BUDGET: Duration = Duration::from_millis(10);

/// No poll can take so long.
const ENDLESS: Duration = Duration::from_nanos(u64::MAX);

/// So many polls share one look at the clock, which costs more than a short step.
const WINDOW: u32 = 64;

/// So many single polls in a row that are short end the close look.
const CALM: u32 = 256;

/// The reaction to a poll of a step that exceeds the run's [`poll_budget`](crate::Run::poll_budget).
///
/// ```
/// # use workflows_runtime::prelude::*;
/// use workflows_runtime::{Overrun, PollOverrun};
///
/// # #[workflow] struct Spin;
/// #[workflow]
/// impl Spin {
///     #[step]
///     async fn spin(&self, Start(time): Start<Duration>) -> Stop<()> {
///         let start = std::time::Instant::now();
///         while start.elapsed() < time {}
///         Stop(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let run = Spin.run(Duration::from_millis(20)).on_overrun(Overrun::Fail);
/// assert!(run.await.unwrap_err().is::<PollOverrun>());
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Overrun {
    /// Logs a `tracing` warning, counts it on the [handle](crate::RunHandle::overruns), and publishes a
    /// [`StepEvent`](crate::StepEvent) if these are enabled.
    #[default]
    Warn,
    /// Additionally fails the step with [`PollOverrun`]. For tests.
    Fail,
}

/// A poll of a step exceeded the run's budget: the step blocks. Found inside a
/// [`StepError`](crate::StepError) of a run with [`Overrun::Fail`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error(
    "blocked the async executor for {took:?}, and one poll may take {budget:?}; put `#[blocking(io)]` or `#[blocking(cpu)]` on what blocks"
)]
pub struct PollOverrun {
    /// How long the poll took.
    pub took: Duration,
    /// The budget.
    pub budget: Duration,
}

/// How long one poll of a step may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct PollBudget {
    /// In nanoseconds, since a run that waits keeps it.
    budget: Time,
    pub(super) reaction: Overrun,
}

impl PollBudget {
    pub(super) fn set_budget(&mut self, budget: Duration) {
        self.budget = Time::default() + budget;
    }
}

impl Default for PollBudget {
    fn default() -> Self {
        Self { budget: Time::default() + BUDGET, reaction: Overrun::default() }
    }
}

/// Times the polls of one run.
///
/// A few polls are timed together: if that took less than one may take, each of them did. Once
/// they did not, each is timed alone for a while.
#[derive(Debug)]
pub(super) struct PollTimer {
    budget: Duration,
    /// Somebody learns of an overrun in any case.
    is_heard: bool,
    /// Unless nobody would learn of an overrun: a clock costs more than a short step.
    since: Option<Instant>,
    /// The steps polled since then, by their number modulo 64.
    polled: u64,
    count: u32,
    window: u32,
    /// How many are timed together where nothing has taken too long.
    widest: u32,
    /// How many in a row were short since something has.
    short_streak: u32,
    pub(super) reaction: Overrun,
}

impl PollTimer {
    /// With `each`, every poll is timed alone from the start. A run that is not `observed` has nobody who
    /// could ask for the count.
    pub(super) fn new(PollBudget { budget, reaction }: PollBudget, each: bool, observed: bool) -> Self {
        let widest = if each || reaction == Overrun::Fail { 1 } else { WINDOW };
        let is_heard = observed || reaction == Overrun::Fail;
        let budget = budget - Time::default();
        Self { budget, reaction, is_heard, since: None, polled: 0, count: 0, window: widest, widest, short_streak: 0 }
    }

    /// The driver begins to poll.
    pub(super) fn begin(&mut self) {
        let is_heard = || self.is_heard || LevelFilter::current() >= Level::WARN;
        self.since = (self.budget < ENDLESS && is_heard()).then(Instant::now);
        (self.polled, self.count) = (0, 0);
    }

    /// Whether polls are timed.
    #[inline]
    pub(super) fn is_on(&self) -> bool {
        self.since.is_some()
    }

    /// `step` has been polled; tells whether it is time to [`look`](Self::check).
    #[inline]
    pub(super) fn polled(&mut self, step: u16) -> bool {
        self.polled |= 1 << (step % 64);
        self.count += 1;
        self.count >= self.window
    }

    /// Tells if what was polled since the last look has taken too long.
    pub(super) fn check(&mut self) -> Option<(PollOverrun, Polls)> {
        let (polls, count) = (Polls(self.polled), self.count);
        (self.polled, self.count) = (0, 0);
        let since = self.since.as_mut().filter(|_| count > 0)?;
        let now = Instant::now();
        let took = now - std::mem::replace(since, now);
        if took <= self.budget {
            self.short_streak += 1;
            if self.short_streak >= CALM {
                self.window = self.widest;
            }
            return None;
        }
        (self.window, self.short_streak) = (1, 0);
        Some((PollOverrun { took, budget: self.budget }, polls))
    }
}

/// Which steps may have been polled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Polls(u64);

impl Polls {
    pub(super) fn has(self, step: usize) -> bool {
        self.0 >> (step % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_budget_is_not_timed() {
        let mut poll_budget = PollBudget::default();
        for (budget, is_timed) in [(BUDGET, true), (Duration::from_hours(1), true), (Duration::MAX, false)] {
            poll_budget.set_budget(budget);
            let mut poll_timer = PollTimer::new(poll_budget, false, true);
            poll_timer.begin();
            assert_eq!(poll_timer.is_on(), is_timed, "with a budget of {budget:?}");
        }
    }
}
