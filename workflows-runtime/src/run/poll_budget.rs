//! Detects steps that block: each poll of a step must be short.

use crate::{engine::Time, graph::Step, trace};
use std::time::{Duration, Instant};

/// How long one poll of a step may take by default.
const BUDGET: Duration = Duration::from_millis(10);

/// A budget that no poll exceeds.
const ENDLESS: Time = Time(u64::MAX);

/// The polls that share one reading of the clock, which costs more than a short step.
const WINDOW: u32 = 64;

/// After this many short polls in a row that were timed alone, polls are timed together again.
const SHORT_STREAK: u32 = 256;

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

/// How long one poll of a step may take, and what happens otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) struct PollBudget {
    /// Nanoseconds, which are smaller than a `Duration`: a parked run stores it.
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
/// A window of polls is timed together: if all of them took less than the budget of one, each of them did. After a
/// window that took longer, each poll is timed alone until [`SHORT_STREAK`] of them were short.
#[derive(Debug)]
pub(super) struct PollTimer {
    budget: Time,
    /// An overrun is reported even without a `tracing` subscriber.
    is_observed: bool,
    /// When the window began. `None` if polls are not timed, because no overrun would be reported.
    since: Option<Instant>,
    /// The steps polled in the window, as bits, by their number modulo 64.
    polled: u64,
    /// The polls in the window so far.
    count: u32,
    /// The polls in a full window: `widest`, or 1 after an overrun.
    window: u32,
    widest: u32,
    /// The short windows in a row since the last overrun.
    short_streak: u32,
    pub(super) reaction: Overrun,
}

impl PollTimer {
    /// With `each`, every poll is timed alone. A run that is `observed` has a handle that returns the number of
    /// overruns.
    pub(super) fn new(budget: &PollBudget, each: bool, observed: bool) -> Self {
        let PollBudget { budget, reaction } = *budget;
        let widest = if each || reaction == Overrun::Fail { 1 } else { WINDOW };
        let is_observed = observed || reaction == Overrun::Fail;
        Self {
            budget,
            reaction,
            is_observed,
            since: None,
            polled: 0,
            count: 0,
            window: widest,
            widest,
            short_streak: 0,
        }
    }

    /// Begins a window, at the start of a poll of the driver.
    pub(super) fn begin(&mut self) {
        let is_timed =
            self.budget < ENDLESS && (self.is_observed || cfg!(feature = "metrics") || trace::receives_warnings());
        self.since = if is_timed { Some(Instant::now()) } else { None };
        self.polled = 0;
        self.count = 0;
    }

    /// Whether polls are timed.
    #[inline]
    pub(super) fn is_on(&self) -> bool {
        self.since.is_some()
    }

    /// Counts a poll of `step`. Returns whether the window is full, and [`check`](Self::check) is due.
    #[inline]
    pub(super) fn polled(&mut self, step: u16) -> bool {
        self.polled |= 1 << (step % 64);
        self.count += 1;
        self.count >= self.window
    }

    /// Ends the window, and begins the next one. Returns an overrun with the steps that may have caused it.
    pub(super) fn check(&mut self) -> Option<(PollOverrun, Polls)> {
        let polls = Polls(self.polled);
        let count = self.count;
        self.polled = 0;
        self.count = 0;
        if count == 0 {
            return None;
        }
        let began = self.since?;
        let now = Instant::now();
        self.since = Some(now);
        let took = now - began;
        if Time::default() + took <= self.budget {
            self.short_streak += 1;
            if self.short_streak >= SHORT_STREAK {
                self.window = self.widest;
            }
            return None;
        }
        self.window = 1;
        self.short_streak = 0;
        Some((PollOverrun { took, budget: self.budget - Time::default() }, polls))
    }
}

/// The steps polled in one window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Polls(u64);

impl Polls {
    fn has(self, step: usize) -> bool {
        self.0 >> (step % 64) & 1 == 1
    }

    /// The names of the steps, in alphabetical order.
    pub(super) fn names(self, steps: &[Step]) -> String {
        let mut names = Vec::new();
        for (number, step) in steps.iter().enumerate() {
            if self.has(number) {
                names.push(step.name);
            }
        }
        names.sort_unstable();
        names.dedup();
        names.join(" or ")
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
            let mut poll_timer = PollTimer::new(&poll_budget, false, true);
            poll_timer.begin();
            assert_eq!(poll_timer.is_on(), is_timed, "with a budget of {budget:?}");
        }
    }
}
