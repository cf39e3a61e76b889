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
pub(super) struct Timers {
    set: u64,
    #[serde(with = "pairs")]
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

/// Formats such as JSON have no maps with pairs as keys.
mod pairs {
    use super::{BTreeMap, Timer, TimerKey};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(due: &BTreeMap<TimerKey, Timer>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(due)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<TimerKey, Timer>, D::Error> {
        Ok(Vec::<(TimerKey, Timer)>::deserialize(from)?.into_iter().collect())
    }
}
