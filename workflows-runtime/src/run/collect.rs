//! Events that steps put by until there are enough of them.

use crate::engine::ExecutionId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which pile: the step's number, the name, and the slot of the event's type.
pub(crate) type CollectKey = (u16, String, u16);

/// All that the steps of a run have put by.
///
/// An execution that begins again, after a failure or a resume, makes the same calls again: what
/// it has put by is recognised by the execution and the number of its call, so that it counts once
/// and a set that it has had is the same one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Collected<E> {
    piles: Vec<(CollectKey, Vec<E>)>,
    /// What executions that are not over have had, and how many calls they have made.
    calls: BTreeMap<u64, Calls<E>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Calls<E> {
    attempt: u32,
    made: u32,
    /// How many of them have put something by.
    put: u32,
    /// The sets that it has had, by call.
    sets: Vec<(u32, Vec<E>)>,
}

impl<E> Default for Collected<E> {
    fn default() -> Self {
        Self { piles: Vec::new(), calls: BTreeMap::new() }
    }
}

impl<E: Clone> Collected<E> {
    /// Puts `event` by; gives out a set once there are `count`.
    pub(crate) fn collect(&mut self, from: ExecutionId, pile: CollectKey, event: E, count: usize) -> Option<Vec<E>> {
        if count == 0 {
            return Some(Vec::new());
        }
        let calls =
            self.calls.entry(from.serial).or_insert(Calls { attempt: from.attempt, made: 0, put: 0, sets: Vec::new() });
        if calls.attempt != from.attempt {
            (calls.attempt, calls.made) = (from.attempt, 0);
        }
        calls.made += 1;
        let call = calls.made;
        if let Some((_, set)) = calls.sets.iter().find(|(of, _)| *of == call) {
            return Some(set.clone());
        }
        if call <= calls.put {
            return None;
        }
        calls.put = call;
        let at = self.piles.iter().position(|(known, _)| *known == pile).unwrap_or_else(|| {
            self.piles.push((pile, Vec::new()));
            self.piles.len() - 1
        });
        let items = &mut self.piles[at].1;
        items.push(event);
        if items.len() < count {
            return None;
        }
        let set: Vec<E> = items.drain(..count).collect();
        if items.is_empty() {
            self.piles.swap_remove(at);
        }
        calls.sets.push((call, set.clone()));
        Some(set)
    }

    /// The execution is over: it will not come again.
    pub(crate) fn over(&mut self, serial: u64) {
        self.calls.remove(&serial);
    }

    /// The run was resumed: what goes on makes its calls from the first one.
    pub(crate) fn rewind(&mut self) {
        self.calls.values_mut().for_each(|calls| calls.made = 0);
    }

    /// How many events each step has put by.
    pub(crate) fn parked(&self) -> impl Iterator<Item = (u16, usize)> {
        self.piles.iter().map(|((step, ..), items)| (*step, items.len()))
    }
}
