//! Time, as the ticks report it, and the timers of a run.

use super::id::ExecutionId;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    ops::{Add, Sub},
    time::Duration,
};

/// Nanoseconds since the start of the run, without the time between a snapshot and its resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub(crate) struct Time(pub(crate) u64);

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos))
    }
}

impl Sub for Time {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// What happens when a timer expires.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Timer {
    /// The run ends with a timeout.
    RunTimeout { timeout: Duration },
    /// The attempt fails with a timeout.
    StepTimeout { execution: ExecutionId, timeout: Duration },
    /// The failed execution is requeued.
    Retry { execution: ExecutionId },
    /// The wait is resolved without an answer.
    WaitTimeout { execution: ExecutionId, wait: usize },
    /// The attempt has not begun on its thread, and fails with a timeout.
    QueueTimeout { execution: ExecutionId, timeout: Duration },
}

impl Timer {
    /// Whether it also runs between a snapshot and its resume.
    fn runs_while_suspended(&self) -> bool {
        match self {
            Self::Retry { .. } | Self::WaitTimeout { .. } => true,
            Self::RunTimeout { .. } | Self::StepTimeout { .. } | Self::QueueTimeout { .. } => false,
        }
    }
}

/// Identifies a timer: when it expires, and its number among all timers of the run.
pub(super) type TimerKey = (Time, u64);

/// The timers of a run. Timers that expire together fire in the order in which they were set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Timers {
    /// The number of timers set so far.
    pub(super) created: u64,
    #[serde(with = "pairs")]
    pub(super) pending: BTreeMap<TimerKey, Timer>,
}

impl Timers {
    pub(super) fn set(&mut self, at: Time, timer: Timer) -> TimerKey {
        let key = (at, self.created);
        self.created += 1;
        self.pending.insert(key, timer);
        key
    }

    pub(super) fn clear(&mut self, key: TimerKey) {
        self.pending.remove(&key);
    }

    /// Whether any timer but the run timeout is set.
    pub(super) fn any_but_run(&self) -> bool {
        self.pending.values().any(|timer| !matches!(timer, Timer::RunTimeout { .. }))
    }

    /// Clears the timers that match.
    // Not generic over the function, so it is compiled once, in this crate.
    pub(super) fn clear_all(&mut self, matches: fn(&Timer) -> bool) {
        self.pending.retain(|_, timer| !matches(timer));
    }

    /// Advances the timers that run while the run does not, and returns those with their new keys.
    pub(super) fn advance_suspended(&mut self, away: Duration) -> Vec<(TimerKey, Timer)> {
        let away = (Time::default() + away).0;
        let mut advanced = Vec::new();
        for ((at, number), timer) in self.pending.extract_if(.., |_, timer| timer.runs_while_suspended()) {
            let at = Time(at.0.saturating_sub(away));
            advanced.push(((at, number), timer));
        }
        self.pending.extend(advanced.iter().cloned());
        advanced
    }

    /// Advances the timeout of the run as well.
    #[cfg(feature = "durable")]
    pub(super) fn advance_run_timeout(&mut self, away: Duration) {
        let away = (Time::default() + away).0;
        let mut advanced = Vec::new();
        for ((at, number), timer) in self.pending.extract_if(.., |_, timer| matches!(timer, Timer::RunTimeout { .. })) {
            advanced.push(((Time(at.0.saturating_sub(away)), number), timer));
        }
        self.pending.extend(advanced);
    }

    /// When the next timer expires.
    pub(super) fn next(&self) -> Option<Time> {
        let ((at, _), _) = self.pending.first_key_value()?;
        Some(*at)
    }

    /// Removes the first timer that has expired at `now`.
    pub(super) fn pop_expired(&mut self, now: Time) -> Option<Timer> {
        let first = self.pending.first_entry()?;
        let (at, _) = first.key();
        if *at > now {
            return None;
        }
        Some(first.remove())
    }
}

/// Serializes a map as a sequence of pairs, since formats such as JSON only have strings as keys.
pub(super) mod pairs {
    use super::BTreeMap;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(in crate::engine) fn serialize<S, K, V>(map: &BTreeMap<K, V>, serializer: S) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
        K: Serialize,
        V: Serialize,
    {
        serializer.collect_seq(map)
    }

    pub(in crate::engine) fn deserialize<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        D: Deserializer<'de>,
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
    {
        let pairs = Vec::<(K, V)>::deserialize(deserializer)?;
        let len = pairs.len();
        let map: BTreeMap<K, V> = pairs.into_iter().collect();
        if map.len() < len {
            return Err(D::Error::custom("a key occurs twice"));
        }
        Ok(map)
    }
}
