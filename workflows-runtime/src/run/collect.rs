//! Events that steps collect until there are enough of them.

use crate::{
    engine::{Definition, ExecutionId, Numbered, Slab},
    graph::Table,
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::Error,
    ser::{SerializeMap, SerializeSeq},
};
use std::collections::BTreeMap;

/// The step's number, the name of the collection, and the slot of the event's type.
pub(crate) type CollectKey = (u16, String, u16);

/// The events that the steps of a run have collected.
///
/// An execution that restarts, after a failure or a resume, makes the same calls again. A call is identified by its
/// execution and its number: a repeated call does not add its event again, and returns the same set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "E: Serialize", deserialize = "E: Deserialize<'de>"))]
pub(crate) struct Collected<E> {
    pending: Pending<E>,
    /// The calls of executions that are not over, by their serial.
    #[serde(with = "by_serial")]
    calls: Numbered<Calls<E>>,
    /// The calls that have added an event, if they are recorded.
    #[cfg(feature = "engine")]
    #[serde(skip)]
    pub(super) record: Option<Vec<RecordedCall<E>>>,
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
        Self {
            pending: Pending::default(),
            calls: Numbered::default(),
            #[cfg(feature = "engine")]
            record: None,
        }
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
        #[cfg(feature = "engine")]
        let may_repeat = may_repeat || self.record.is_some();
        if !may_repeat {
            return self.add(key, event, count);
        }
        if self.calls.get_mut(from.serial).is_none() {
            let calls = Calls { attempt: from.attempt, made: 0, added: 0, returned: Vec::new() };
            self.calls.insert(from.serial, calls);
        }
        let calls = self.calls.get_mut(from.serial)?;
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
        #[cfg(feature = "engine")]
        self.record(from, &key, &event, count);
        let set = self.add(key, event, count)?;
        if let Some(calls) = self.calls.get_mut(from.serial) {
            calls.returned.push((call, set.clone()));
        }
        Some(set)
    }

    fn add(&mut self, key: CollectKey, event: E, count: usize) -> Option<Vec<E>> {
        let place = self.pending.place(&key);
        let items = &mut self.pending.sets[place];
        items.push(event);
        if items.len() < count {
            return None;
        }
        if items.len() == count {
            self.pending.index.remove(&key);
            return self.pending.sets.remove(place);
        }
        Some(items.drain(..count).collect())
    }

    /// Forgets the calls of an execution that will not restart.
    pub(crate) fn over(&mut self, serial: u64) {
        self.calls.remove(serial);
    }

    /// Whether it contains nothing, and no call is left to be recorded.
    pub(crate) fn is_empty(&self) -> bool {
        #[cfg(feature = "engine")]
        if self.record.as_ref().is_some_and(|calls| !calls.is_empty()) {
            return false;
        }
        self.pending.index.len() == 0 && self.calls.len() == 0
    }

    /// Forgets the calls of all executions but these, whose serials are sorted.
    #[cfg(feature = "durable")]
    pub(super) fn over_but(&mut self, running: &[u64]) {
        let mut over = Vec::new();
        for (serial, _) in self.calls.iter() {
            if running.binary_search(&serial).is_err() {
                over.push(serial);
            }
        }
        for serial in over {
            self.calls.remove(serial);
        }
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
        for ((step, name, slot), events) in self.pending.iter() {
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
        for (serial, calls) in self.calls.iter() {
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

/// A call that has added an event.
#[cfg(feature = "engine")]
#[derive(Debug, Clone)]
#[cfg_attr(
    not(feature = "durable"),
    expect(dead_code, reason = "an execution elsewhere is known where it is recorded")
)]
pub(super) struct RecordedCall<E> {
    pub(super) from: ExecutionId,
    pub(super) step: u16,
    pub(super) added: Added<E>,
}

/// An event that a call has added, as the record of an execution elsewhere or of a durable run has it.
#[cfg(feature = "engine")]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Added<E> {
    name: String,
    slot: u16,
    event: E,
    count: usize,
    /// Whether the call has returned a set.
    is_complete: bool,
}

#[cfg(feature = "engine")]
impl<E: Clone> Collected<E> {
    /// The collections of a step and the calls of an execution, which begins from the top.
    pub(super) fn part(&self, step: u16, serial: u64) -> Self {
        let mut part = Self::default();
        for (key, events) in self.pending.iter() {
            if key.0 == step {
                let place = part.pending.place(key);
                part.pending.sets[place].clone_from(events);
            }
        }
        if let Some((_, calls)) = self.calls.iter().find(|(of, _)| *of == serial) {
            part.calls.insert(serial, calls.clone());
        }
        part.rewind();
        part
    }

    fn record(&mut self, from: ExecutionId, key: &CollectKey, event: &E, count: usize) {
        let before = self.len(key);
        let Some(record) = &mut self.record else { return };
        let (step, name, slot) = key;
        let is_complete = before + 1 >= count;
        let added = Added { name: name.clone(), slot: *slot, event: event.clone(), count, is_complete };
        record.push(RecordedCall { from, step: *step, added });
    }

    fn len(&self, key: &CollectKey) -> usize {
        match self.pending.index.get(key) {
            Some(place) => self.pending.sets[place].len(),
            None => 0,
        }
    }

    /// Whether calls that were made on an earlier version of the collections have the same results on this one.
    pub(super) fn allows(&self, step: u16, added: &[&Added<E>], is_same_version: bool) -> bool {
        let mut lens = BTreeMap::new();
        for Added { name, slot, count, is_complete, .. } in added {
            let key = (step, name.clone(), *slot);
            let before = self.len(&key);
            let len: &mut usize = lens.entry(key).or_insert(before);
            *len += 1;
            // A set has other events on another version.
            if (*len >= *count) != *is_complete || *is_complete && !is_same_version {
                return false;
            }
            if *is_complete {
                *len -= (*count).min(*len);
            }
        }
        true
    }

    /// Makes the calls of an execution.
    pub(super) fn add_all(&mut self, from: ExecutionId, step: u16, added: Vec<Added<E>>) {
        for Added { name, slot, event, count, .. } in added {
            let set = self.add((step, name, slot), event, count);
            if self.calls.get_mut(from.serial).is_none() {
                let calls = Calls { attempt: from.attempt, made: 0, added: 0, returned: Vec::new() };
                self.calls.insert(from.serial, calls);
            }
            let Some(calls) = self.calls.get_mut(from.serial) else { return };
            calls.added = calls.added.saturating_add(1);
            if let Some(set) = set {
                calls.returned.push((calls.added, set));
            }
        }
    }
}

#[cfg(feature = "engine")]
impl<E> Added<E> {
    /// Returns a description of what is wrong with it.
    pub(super) fn validate<D: Definition<Event = E>>(&self) -> Result<(), String> {
        let Self { name, slot, event, count, .. } = self;
        if D::slot(event) != *slot {
            return Err(format!("the collection `{name}` has an event of another type"));
        }
        if *count == 0 { Err(format!("the collection `{name}` has sets of no event")) } else { Ok(()) }
    }
}

/// Serializes calls as a map.
mod by_serial {
    use super::{BTreeMap, Calls, Deserialize, Deserializer, Numbered, Serialize, SerializeMap, Serializer};

    pub(super) fn serialize<S, E>(calls: &Numbered<Calls<E>>, serializer: S) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
        E: Serialize,
    {
        let mut map = serializer.serialize_map(Some(calls.len()))?;
        for (serial, calls) in calls.iter() {
            map.serialize_entry(&serial, calls)?;
        }
        map.end()
    }

    pub(super) fn deserialize<'de, D, E>(deserializer: D) -> Result<Numbered<Calls<E>>, D::Error>
    where
        D: Deserializer<'de>,
        E: Deserialize<'de>,
    {
        let mut calls = Numbered::default();
        for (serial, of) in BTreeMap::<u64, Calls<E>>::deserialize(deserializer)? {
            calls.insert(serial, of);
        }
        Ok(calls)
    }
}

/// The sets that are not complete.
#[derive(Debug, Clone)]
struct Pending<E> {
    index: SetIndex,
    sets: Slab<Vec<E>>,
}

impl<E> Default for Pending<E> {
    fn default() -> Self {
        Self { index: SetIndex::default(), sets: Slab::default() }
    }
}

impl<E> Pending<E> {
    /// The place of a set, which is empty if it is new.
    fn place(&mut self, key: &CollectKey) -> u32 {
        if let Some(place) = self.index.get(key) {
            return place;
        }
        let place = self.sets.insert(Vec::new());
        self.index.insert(key.clone(), place);
        place
    }

    /// All sets, in order of their keys.
    fn iter(&self) -> impl Iterator<Item = (&CollectKey, &Vec<E>)> {
        self.index.iter().map(|(key, place)| (key, &self.sets[place]))
    }
}

/// Serialized as a sequence of pairs, since formats such as JSON only have strings as keys.
impl<E: Serialize> Serialize for Pending<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pairs = serializer.serialize_seq(Some(self.index.len()))?;
        for pair in self.iter() {
            pairs.serialize_element(&pair)?;
        }
        pairs.end()
    }
}

impl<'de, E: Deserialize<'de>> Deserialize<'de> for Pending<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut pending = Self::default();
        for (key, set) in Vec::<(CollectKey, Vec<E>)>::deserialize(deserializer)? {
            if pending.index.get(&key).is_some() {
                return Err(D::Error::custom(format_args!("a step has two collections `{}`", key.1)));
            }
            let place = pending.sets.insert(set);
            pending.index.insert(key, place);
        }
        Ok(pending)
    }
}

/// Places of sets by key.
// Not generic, so the map is compiled once, in this crate.
#[derive(Debug, Clone, Default)]
struct SetIndex(BTreeMap<CollectKey, u32>);

impl SetIndex {
    fn get(&self, key: &CollectKey) -> Option<u32> {
        self.0.get(key).copied()
    }

    fn insert(&mut self, key: CollectKey, place: u32) {
        self.0.insert(key, place);
    }

    fn remove(&mut self, key: &CollectKey) {
        self.0.remove(key);
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn iter(&self) -> impl Iterator<Item = (&CollectKey, u32)> {
        self.0.iter().map(|(key, place)| (key, *place))
    }
}
