//! Time, as it comes in with the ticks, and what is due when.

use super::ExecutionId;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    ops::{Add, Sub},
    time::Duration,
};

/// Nanoseconds since the run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub(crate) struct Time(pub(crate) u64);

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, after: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(after.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl Sub for Time {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// Something that is due at a time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Timer {
    /// The run has taken too long.
    Run { after: Duration },
    /// An execution has taken too long.
    Step { execution: ExecutionId, after: Duration },
}

/// Which timer: when it is due, and its number among all that were set.
pub(super) type TimerKey = (Time, u64);

/// All timers, soonest first; those due together in the order in which they were set.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(TimerKey, Timer)>", into = "Vec<(TimerKey, Timer)>")]
pub(super) struct Timers {
    set: u64,
    due: BTreeMap<TimerKey, Timer>,
}

impl Timers {
    pub(super) fn set(&mut self, at: Time, timer: Timer) -> TimerKey {
        let key = (at, self.set);
        self.set += 1;
        self.due.insert(key, timer);
        key
    }

    pub(super) fn clear(&mut self, key: TimerKey) {
        self.due.remove(&key);
    }

    pub(super) fn next(&self) -> Option<Time> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes out the first timer that is due at `now`.
    pub(super) fn due(&mut self, now: Time) -> Option<Timer> {
        let first = self.due.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(first.remove())
    }
}

impl Clone for Timers {
    fn clone(&self) -> Self {
        Self { set: self.set, due: self.due.clone() }
    }
}

// Formats such as JSON have no maps with pairs as keys.
impl From<Vec<(TimerKey, Timer)>> for Timers {
    fn from(list: Vec<(TimerKey, Timer)>) -> Self {
        let set = list.iter().map(|((_, number), _)| number + 1).max().unwrap_or(0);
        Self { set, due: list.into_iter().collect() }
    }
}

impl From<Timers> for Vec<(TimerKey, Timer)> {
    fn from(timers: Timers) -> Self {
        timers.due.into_iter().collect()
    }
}
