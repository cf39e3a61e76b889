//! Events that steps collect until there are enough of them.

use crate::{
    engine::{Definition, ExecutionId},
    graph::Table,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, btree_map::Entry};

/// The step's number, the name of the collection, and the slot of the event's type.
pub(crate) type CollectKey = (u16, String, u16);

/// The events that the steps of a run have collected.
///
/// An execution that restarts, after a failure or a resume, makes the same calls again. A call is identified by its
/// execution and its number: a repeated call does not add its event again, and returns the same set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "E: Serialize", deserialize = "E: Deserialize<'de>"))]
pub(crate) struct Collected<E> {
    #[serde(with = "pairs")]
    pending: BTreeMap<CollectKey, Vec<E>>,
    /// The calls of executions that are not over, by their serial.
    calls: BTreeMap<u64, Calls<E>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Calls<E> {
    attempt: u32,
    /// The number of calls of this attempt.
    made: u32,
    /// The number of calls that have added their event, over all attempts.
    added: u32,
    /// The sets that calls have returned, in the order of the calls' numbers.
    returned: Vec<(u32, Vec<E>)>,
}

impl<E> Default for Collected<E> {
    fn default() -> Self {
        Self { pending: BTreeMap::new(), calls: BTreeMap::new() }
    }
}

impl<E: Clone> Collected<E> {
    /// Adds `event`; returns a set once there are `count`. `may_repeat` if the execution may restart. An attempt that
    /// a later one has replaced adds and takes nothing.
    pub(crate) fn collect(
        &mut self,
        from: ExecutionId,
        key: CollectKey,
        event: E,
        count: usize,
        may_repeat: bool,
    ) -> Option<Vec<E>> {
        if count == 0 {
            return Some(Vec::new());
        }
        if !may_repeat {
            return self.add(key, event, count);
        }
        let calls = self.calls.entry(from.serial).or_insert(Calls {
            attempt: from.attempt,
            made: 0,
            added: 0,
            returned: Vec::new(),
        });
        if from.attempt < calls.attempt {
            return None;
        }
        if calls.attempt != from.attempt {
            calls.attempt = from.attempt;
            calls.made = 0;
        }
        calls.made += 1;
        let call = calls.made;
        if let Ok(at) = calls.returned.binary_search_by_key(&call, |(of, _)| *of) {
            return Some(calls.returned[at].1.clone());
        }
        if call <= calls.added {
            return None;
        }
        calls.added = call;
        let set = self.add(key, event, count)?;
        if let Some(calls) = self.calls.get_mut(&from.serial) {
            calls.returned.push((call, set.clone()));
        }
        Some(set)
    }

    fn add(&mut self, key: CollectKey, event: E, count: usize) -> Option<Vec<E>> {
        let mut items = match self.pending.entry(key) {
            Entry::Occupied(items) => items,
            Entry::Vacant(place) => place.insert_entry(Vec::new()),
        };
        items.get_mut().push(event);
        let collected = items.get().len();
        if collected < count {
            return None;
        }
        if collected == count {
            return Some(items.remove());
        }
        Some(items.get_mut().drain(..count).collect())
    }

    /// Forgets the calls of an execution that will not restart.
    pub(crate) fn over(&mut self, serial: u64) {
        self.calls.remove(&serial);
    }

    /// Restarts all executions: the next call of each is its first one.
    pub(crate) fn rewind(&mut self) {
        for calls in self.calls.values_mut() {
            // A failed execution is in its first attempt again.
            calls.attempt = 0;
            calls.made = 0;
        }
    }

    /// Returns a description of the first inconsistency.
    pub(super) fn validate<D: Definition<Event = E>>(&self, table: &Table) -> Result<(), String> {
        for ((step, name, slot), events) in &self.pending {
            let Some(step) = table.steps.get(*step as usize) else {
                return Err(format!("there is no step {step} to collect events"));
            };
            let step = step.name;
            if events.is_empty() {
                return Err(format!("the collection `{name}` of `{step}` is empty"));
            }
            if events.iter().any(|event| D::slot(event) != *slot) {
                return Err(format!("the collection `{name}` of `{step}` has events of another type"));
            }
        }
        for (serial, calls) in &self.calls {
            // One more call would overflow.
            if calls.made == u32::MAX || calls.added == u32::MAX {
                return Err(format!("execution {serial} has collected {} events", u32::MAX));
            }
            if !calls.returned.is_sorted_by(|(one, _), (next, _)| one < next) {
                return Err(format!("execution {serial} has collected its sets in another order"));
            }
        }
        Ok(())
    }

    /// The number of collected events, by step and slot.
    pub(crate) fn parked(&self) -> impl Iterator<Item = (u16, u16, usize)> {
        self.pending.iter().map(|((step, _, slot), items)| (*step, *slot, items.len()))
    }
}

/// Serializes a map as a sequence of pairs, since formats such as JSON only have strings as keys.
mod pairs {
    use super::{BTreeMap, CollectKey, Entry};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer, V: Serialize>(
        map: &BTreeMap<CollectKey, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, V: Deserialize<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<CollectKey, V>, D::Error> {
        let pairs = Vec::<(CollectKey, V)>::deserialize(deserializer)?;
        let mut map = BTreeMap::new();
        for (key, value) in pairs {
            match map.entry(key) {
                Entry::Vacant(place) => _ = place.insert(value),
                Entry::Occupied(place) => {
                    let (_, name, _) = place.key();
                    return Err(D::Error::custom(format_args!("a step has two collections `{name}`")));
                }
            }
        }
        Ok(map)
    }
}
