//! `Children`: what a host knows of the children of a run, and how a step finds them again.
//!
//! A step that begins again starts its children again. Each of these starts finds the child that the same attempt has
//! started before, by its workflow and its input, in the order of their starts. What is not found again, because the step
//! does something else now, is cancelled with the attempt.

use crate::store::StoredChild;
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use workflows_runtime::{
    RunId, Workflow,
    durable::{Attempts, Child},
};

/// The children of a run, in memory.
#[derive(Default)]
pub(crate) struct Children {
    /// Whether there ever was one; if not, the lock is not taken.
    exist: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Those of the store that no step has found yet.
    stored: Vec<StoredChild>,
    /// The ids of all that were stored: a new child has another one.
    ids: HashSet<RunId>,
    /// The last number of a child, by attempt: of those with children in this process.
    numbers: HashMap<(u64, u32), u32>,
    /// The attempts with children that have ended since the last record.
    over: Vec<(u64, u32)>,
}

/// A child that a step starts, as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    workflow: &'static str,
    /// The id that the step has set.
    pub(crate) id: Option<RunId>,
    pub(crate) execution: u64,
    pub(crate) attempt: u32,
    /// As JSON, or why there is none.
    pub(crate) input: Result<String, String>,
}

impl Wanted {
    pub(crate) fn of(child: &Child) -> Self {
        Self {
            workflow: child.workflow(),
            id: child.id().cloned(),
            execution: child.execution(),
            attempt: child.attempt(),
            input: child.input().map(str::to_owned).map_err(str::to_owned),
        }
    }

    /// `read` is a stored input as this program writes it: an earlier version may have written fewer fields.
    fn is(&self, stored: &StoredChild, read: impl Fn(&str) -> Option<String>) -> bool {
        let is_of_attempt = (stored.execution, stored.attempt) == (self.execution, self.attempt);
        let is_named = self.id.as_ref().is_none_or(|id| *id == stored.id);
        let Ok(input) = &self.input else { return false };
        is_of_attempt
            && is_named
            && stored.workflow == self.workflow
            && (*input == stored.input || read(&stored.input).as_ref() == Some(input))
    }
}

impl Children {
    /// The children that the store has of a run, and those of their attempts that are over.
    pub(crate) fn of_stored(stored: Vec<StoredChild>, attempts: &Attempts) -> (Self, Vec<(u64, u32)>) {
        let mut state = State::default();
        let mut over = Vec::new();
        let exist = AtomicBool::new(!stored.is_empty());
        for child in stored {
            let attempt = (child.execution, child.attempt);
            state.ids.insert(child.id.clone());
            if !attempts.is_over(child.execution, child.attempt) {
                state.stored.push(child);
            } else if !over.contains(&attempt) {
                over.push(attempt);
            }
        }
        (Self { exist, state: Mutex::new(state) }, over)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stored child that a step starts again: one of workflow `W`.
    pub(crate) fn find<W: Workflow>(&self, wanted: &Wanted) -> Option<StoredChild> {
        let read = |input: &str| {
            let input: W::Input = serde_json::from_str(input).ok()?;
            serde_json::to_string(&input).ok()
        };
        let mut state = self.state();
        let place = state.stored.iter().position(|stored| wanted.is(stored, read))?;
        state.numbers.entry((wanted.execution, wanted.attempt)).or_default();
        Some(state.stored.remove(place))
    }

    /// The stored child that has the id of a new one.
    pub(crate) fn take_named(&self, id: &RunId) -> Option<StoredChild> {
        let mut state = self.state();
        let place = state.stored.iter().position(|stored| stored.id == *id)?;
        Some(state.stored.remove(place))
    }

    /// The id of a new child.
    pub(crate) fn new_id(&self, parent: &RunId, wanted: &Wanted) -> RunId {
        self.exist.store(true, Ordering::Release);
        let mut state = self.state();
        let State { ids, numbers, .. } = &mut *state;
        let Wanted { execution, attempt, .. } = *wanted;
        let number = numbers.entry((execution, attempt)).or_default();
        if let Some(id) = &wanted.id {
            return id.clone();
        }
        loop {
            *number += 1;
            let id: RunId = match attempt {
                1 => format!("{parent}/{execution}/{number}").into(),
                attempt => format!("{parent}/{execution}.{attempt}/{number}").into(),
            };
            if !ids.contains(&id) {
                return id;
            }
        }
    }

    pub(crate) fn attempt_over(&self, execution: u64, attempt: u32) {
        if !self.exist.load(Ordering::Acquire) {
            return;
        }
        let mut state = self.state();
        let has_children = state.numbers.remove(&(execution, attempt)).is_some();
        let before = state.stored.len();
        state.stored.retain(|child| child.execution != execution || child.attempt > attempt);
        if has_children || state.stored.len() < before {
            state.over.push((execution, attempt));
        }
    }

    /// The attempts with children that have ended since the last record.
    pub(crate) fn take_over(&self) -> Vec<(u64, u32)> {
        if !self.exist.load(Ordering::Acquire) {
            return Vec::new();
        }
        std::mem::take(&mut self.state().over)
    }
}
