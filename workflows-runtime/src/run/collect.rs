//! Events that steps collect until there are enough of them.

use crate::{
    engine::{Definition, ExecutionId},
    graph::Table,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The step's number, the name of the collection, and the slot of the event's type.
pub(crate) type CollectKey = (u16, String, u16);

/// The events that the steps of a run have collected.
///
/// An execution that restarts, after a failure or a resume, makes the same calls again. A call is identified by its
/// execution and its number: a repeated call does not add its event again, and returns the same set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Collected<E> {
    pending: Vec<(CollectKey, Vec<E>)>,
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
    /// The sets that calls have returned, by the number of the call.
    returned: Vec<(u32, Vec<E>)>,
}

impl<E> Default for Collected<E> {
    fn default() -> Self {
        Self { pending: Vec::new(), calls: BTreeMap::new() }
    }
}

impl<E: Clone> Collected<E> {
    /// Adds `event`; returns a set once there are `count`.
    pub(crate) fn collect(&mut self, from: ExecutionId, key: CollectKey, event: E, count: usize) -> Option<Vec<E>> {
        if count == 0 {
            return Some(Vec::new());
        }
        let calls = self.calls.entry(from.serial).or_insert(Calls {
            attempt: from.attempt,
            made: 0,
            added: 0,
            returned: Vec::new(),
        });
        if calls.attempt != from.attempt {
            calls.attempt = from.attempt;
            calls.made = 0;
        }
        calls.made += 1;
        let call = calls.made;
        if let Some((_, set)) = calls.returned.iter().find(|(of, _)| *of == call) {
            return Some(set.clone());
        }
        if call <= calls.added {
            return None;
        }
        calls.added = call;
        let at = self.pending.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
            self.pending.push((key, Vec::new()));
            self.pending.len() - 1
        });
        let items = &mut self.pending[at].1;
        items.push(event);
        if items.len() < count {
            return None;
        }
        let set: Vec<E> = items.drain(..count).collect();
        if items.is_empty() {
            self.pending.swap_remove(at);
        }
        calls.returned.push((call, set.clone()));
        Some(set)
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
        let mut keys = BTreeSet::new();
        for (key, events) in &self.pending {
            let (step, name, slot) = key;
            let Some(step) = table.steps.get(*step as usize) else {
                return Err(format!("there is no step {step} to collect events"));
            };
            let step = step.name;
            if !keys.insert(key) {
                return Err(format!("`{step}` has two collections `{name}`"));
            }
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

    /// The number of collected events per step.
    pub(crate) fn parked(&self) -> impl Iterator<Item = (u16, usize)> {
        self.pending.iter().map(|((step, ..), items)| (*step, items.len()))
    }
}
