//! Waits: histories, the registry, and buffered responses.

use super::{Checked, MAX_COUNT, Validator, ensure};
use crate::engine::{
    definition::Definition,
    execution::{Execution, Stage},
    history::{History, RecordedWait, WaitOutcome},
    timer::Timer,
    waiters::Addressee,
};
use std::collections::BTreeSet;

impl<D: Definition> Validator<'_, D> {
    /// Checks the history of an execution by itself; [`Self::waits`] compares it with the registry.
    pub(super) fn history(&self, execution: &Execution<D::Event>, name: &str) -> Checked {
        let Some(history) = &execution.history else { return Ok(()) };
        let History { waits, unreplayed, open, vacant, .. } = &**history;
        let mut listed = BTreeSet::new();
        for at in unreplayed.iter().chain(open).chain(vacant) {
            ensure!(*at < waits.len(), "`{name}` refers to wait {at} of {}", waits.len());
            ensure!(listed.insert(*at), "`{name}` refers to wait {at} twice");
        }
        let in_order = unreplayed.iter().is_sorted_by_key(|at| waits[*at].sequence);
        ensure!(in_order, "the waits of `{name}` are not replayed in order");
        if execution.stage == Stage::Backoff {
            let replayed = waits.iter().filter(|wait| !wait.is_superseded()).count();
            let is_rewound = unreplayed.len() == replayed && waits.iter().all(|wait| !wait.attached);
            ensure!(is_rewound, "`{name}` is between two attempts, but has reached a wait");
        }
        let is_over = vacant.iter().all(|at| waits[*at].is_abandoned());
        ensure!(is_over, "`{name}` may replace a wait that is not over");
        for (at, wait) in waits.iter().enumerate() {
            self.recorded_wait(execution, at, wait, name)?;
        }
        Ok(())
    }

    fn recorded_wait(
        &self,
        execution: &Execution<D::Event>,
        at: usize,
        wait: &RecordedWait<D::Event>,
        name: &str,
    ) -> Checked {
        ensure!(self.inputs.is_slot(wait.slot), "wait {at} of `{name}` is for events that do not exist");
        ensure!(self.is_awaited(wait.slot), "wait {at} of `{name}` is for events that no step waits for");
        if let WaitOutcome::Answered(event) = &wait.outcome {
            ensure!(D::slot(event) == wait.slot, "wait {at} of `{name}` has received an event of another type");
        }
        let is_right = match wait.addressee {
            Addressee::Anyone => true,
            Addressee::NoPrompt => !wait.is_pending() && wait.prompt.is_none(),
            Addressee::Prompt | Addressee::Unchecked => !wait.is_pending() && wait.prompt.is_some(),
        };
        ensure!(is_right, "wait {at} of `{name}` has received the answer to another prompt");
        let Some(key) = wait.timer else { return Ok(()) };
        ensure!(wait.is_pending(), "wait {at} of `{name}` is over, but has a timer");
        let is_right = match self.state.timers.pending.get(&key) {
            Some(Timer::WaitTimeout { execution: id, wait }) => id.serial == execution.serial && *wait == at,
            _ => false,
        };
        ensure!(is_right, "wait {at} of `{name}` has a timer that is not set");
        Ok(())
    }

    /// Checks that the registry has exactly the pending waits of all executions.
    pub(super) fn waits(&self) -> Checked {
        let state = self.state;
        let registry = state.waits.as_deref();
        let created = registry.map_or(0, |registry| registry.created);
        let mut sequences = BTreeSet::new();
        let mut pending = 0;
        for (slot, execution) in state.executions.iter_indexed() {
            let Some(history) = &execution.history else { continue };
            let name = self.step(execution.step)?;
            for (at, wait) in history.waits.iter().enumerate() {
                let sequence = wait.sequence;
                ensure!(sequence < created, "wait {at} of `{name}` has number {sequence}, but {created} were made");
                ensure!(sequences.insert(sequence), "two waits have number {sequence}");
                if wait.is_pending() {
                    let registered = registry.and_then(|registry| registry.pending.get(&wait.waiter()));
                    ensure!(registered == Some(&(slot, at)), "wait {at} of `{name}` is not registered");
                    pending += 1;
                }
            }
        }
        let Some(registry) = registry else { return Ok(()) };
        ensure!(created <= MAX_COUNT, "{created} waits were made");
        ensure!(registry.pending.len() == pending, "a wait is registered that no execution has made");
        let is_pending = |waiter| registry.pending.contains_key(waiter);
        ensure!(registry.blocked.iter().all(is_pending), "a wait is blocked that is not registered");
        ensure!(registry.replaying.is_subset(&registry.blocked), "a wait is replayed that is not blocked");
        let is_sorted = registry.buffered.is_sorted_by(|(one, _), (next, _)| one < next);
        ensure!(is_sorted, "the buffered responses are not sorted by type");
        for (slot, responses) in &registry.buffered {
            ensure!(self.is_awaited(*slot), "a response is buffered that no step waits for");
            for response in responses {
                ensure!(D::slot(&response.event) == *slot, "a response is buffered as one of another type");
                let is_right = !response.addressee.is_prompt();
                ensure!(is_right, "a response is buffered that no wait but that of its prompt may receive");
            }
        }
        Ok(())
    }
}
