//! The changes of a test to the steps of its run, and which of them had an effect.

use super::Attempts;
use crate::{run::Overrides, workflow::Workflow};
use core::panic::Location;

/// The calls in a test that change steps.
#[derive(Default)]
pub(super) struct Changes(Vec<Change>);

struct Change {
    call: String,
    place: &'static Location<'static>,
    changed: Changed,
}

enum Changed {
    /// A step that is replaced, by number.
    Step(u16),
    /// A fault, by its place in the overrides.
    Fault(usize),
}

impl Changes {
    /// Adds a step that is replaced.
    #[track_caller]
    pub(super) fn replace(&mut self, name: &str, step: u16) {
        self.push(format!(".replace({name:?}, ..)"), Changed::Step(step));
    }

    /// Adds a fault.
    #[track_caller]
    pub(super) fn fault(&mut self, name: &str, attempts: Attempts, fault: usize) {
        self.push(format!(".fault({name:?}, {attempts}, ..)"), Changed::Fault(fault));
    }

    #[track_caller]
    fn push(&mut self, call: String, changed: Changed) {
        self.0.push(Change { call, place: Location::caller(), changed });
    }

    /// Returns one line for each replaced step that has not run, and for each fault that affected no attempt.
    pub(super) fn unused<W: Workflow>(&self, overrides: &Overrides<W>) -> Vec<String> {
        let mut lines = Vec::new();
        for Change { call, place, changed } in &self.0 {
            let is_used = match *changed {
                Changed::Step(step) => overrides.executions.contains_key(&step),
                Changed::Fault(fault) => overrides.used_faults.contains(&fault),
            };
            if !is_used {
                lines.push(format!("`{call}` at {place}"));
            }
        }
        lines
    }
}
