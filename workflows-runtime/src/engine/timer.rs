//! Time, as it comes in with the ticks, and what is due when.

use super::execution::ExecutionId;
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
    /// An attempt has taken too long.
    Step { execution: ExecutionId, after: Duration },
    /// A failed execution is tried again.
    Retry { execution: ExecutionId },
    /// Nobody has answered in time.
    Wait { execution: ExecutionId, wait: usize },
}

impl Timer {
    /// Whether it counts the time that passes for people, and not only that in which the run goes
    /// on.
    fn is_outside(&self) -> bool {
        matches!(self, Self::Retry { .. } | Self::Wait { .. })
    }
}

/// Which timer: when it is due, and its number among all that were set.
pub(super) type TimerKey = (Time, u64);

/// All timers, soonest first; those due together in the order in which they were set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
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

    /// Whether anything but the end of the run is due at some time.
    pub(super) fn any_but_run(&self) -> bool {
        self.due.values().any(|timer| !matches!(timer, Timer::Run { .. }))
    }

    /// Takes out every timer of this kind.
    pub(super) fn clear_all(&mut self, of: impl Fn(&Timer) -> bool) {
        self.due.retain(|_, timer| !of(timer));
    }

    /// Has what counts for people come sooner by the time that passed without the run; gives back
    /// the timers that have another key now.
    pub(super) fn pass_outside(&mut self, away: Duration) -> Vec<(TimerKey, Timer)> {
        let moved: Vec<_> = self.due.extract_if(.., |_, timer| timer.is_outside()).collect();
        let away = Time::default() + away;
        let sooner = |((at, number), timer): (TimerKey, Timer)| ((Time(at.0.saturating_sub(away.0)), number), timer);
        let moved: Vec<_> = moved.into_iter().map(sooner).collect();
        self.due.extend(moved.iter().cloned());
        moved
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
pub(super) mod pairs {
    use super::BTreeMap;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in crate::engine) fn serialize<S, K, V>(map: &BTreeMap<K, V>, to: S) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
        K: Serialize,
        V: Serialize,
    {
        to.collect_seq(map)
    }

    pub(in crate::engine) fn deserialize<'de, D, K, V>(from: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        D: Deserializer<'de>,
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(from)?.into_iter().collect())
    }
}
