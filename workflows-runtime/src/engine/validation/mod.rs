//! Whether a deserialized state is consistent.
//!
//! The engine relies on its own invariants: it indexes without checks, and adds and subtracts counts. A
//! snapshot that was damaged or edited may violate any of them, so a state is validated before it is
//! restored. What can be counted is counted again, and whatever refers to something else is looked up.
//!
//! | file         | validates                                                              |
//! |--------------|------------------------------------------------------------------------|
//! | `mod`        | counters, queues, lineages                                             |
//! | `inputs`     | that a step takes the events with which it is launched                 |
//! | `executions` | executions, their timers, and the timers                               |
//! | `waits`      | histories, the registry of waits, buffered responses                   |
//! | `prompts`    | the numbers of prompts, the waits of the open ones                     |
//! | `batches`    | batches, their holds, and the events that are parked in joins          |
//!
//! Invariant: [`Machine::restore`](super::machine::Machine::restore) and every tick after it neither panic nor
//! loop on a state that passes.

mod batches;
mod executions;
mod inputs;
mod prompts;
mod waits;

use self::{inputs::Inputs, prompts::Published};
#[cfg(feature = "engine")]
use super::{Config, machine::Machine};
use super::{
    definition::Definition,
    execution::Place,
    overrides,
    queue::{Queue, QueuedInput},
    state::EngineState,
    timer::Time,
};
use crate::graph::Table;

/// A description of the first inconsistency.
type Checked = Result<(), String>;

/// The highest value of a 64-bit counter. No run gets there, and the counter can still be incremented.
const MAX_COUNT: u64 = u64::MAX / 2;

/// The same for 32 bits.
const MAX_COUNT_32: u32 = u32::MAX / 2;

/// Returns an error unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}
use ensure;

impl<E> EngineState<E> {
    /// Returns a description of the first inconsistency in the state of a run whose time is `now`, and whose open
    /// prompts are `prompts`, in order of publication.
    pub(crate) fn validate<'a, D: Definition<Event = E> + 'a>(
        &self,
        table: &'static Table,
        now: Time,
        prompts: impl IntoIterator<Item = Published<'a, D>>,
    ) -> Checked {
        let validator = Validator::<D> { table, state: self, now, inputs: Inputs::new(table) };
        validator.validate()?;
        validator.prompts(prompts)
    }
}

/// Returns an error unless `step` can be launched with these events.
#[cfg(feature = "engine")]
pub(crate) fn validate_input<D: Definition>(table: &'static Table, step: u16, events: &[D::Event]) -> Checked {
    let machine = Machine::<D>::new(table, Config::default(), 0, 0);
    let validator = Validator::<D> { table, state: &machine.state, now: Time::default(), inputs: Inputs::new(table) };
    validator.input(step, events)
}

struct Validator<'a, D: Definition> {
    table: &'static Table,
    state: &'a EngineState<D::Event>,
    now: Time,
    inputs: Inputs,
}

impl<D: Definition> Validator<'_, D> {
    fn validate(&self) -> Checked {
        let state = self.state;
        let steps = self.table.steps.len();
        ensure!(self.now.0 <= MAX_COUNT, "the time of the run is {} ns", self.now.0);
        ensure!(state.launched <= MAX_COUNT, "{} executions were launched", state.launched);
        ensure!(state.queues.len() == steps, "there are {} queues for {steps} steps", state.queues.len());
        ensure!(state.executions.is_consistent(), "the list of vacant executions is broken");
        ensure!(state.batches.is_consistent(), "the list of vacant batches is broken");
        if let Some(overrides) = state.overrides() {
            overrides::validate(overrides, self.table)?;
        }
        self.lineages()?;
        for (step, queue) in (0..).zip(&state.queues) {
            self.queue(step, queue)?;
        }
        self.executions()?;
        self.timers()?;
        self.waits()?;
        self.batches()
    }

    fn step(&self, step: u16) -> Result<&'static str, String> {
        match self.table.steps.get(step as usize) {
            Some(step) => Ok(step.name),
            None => Err(format!("there is no step {step}")),
        }
    }

    fn lineages(&self) -> Checked {
        let budgets = &self.state.recovery_budgets;
        ensure!(budgets.is_indexed(), "the index of recovery budgets is broken");
        for counts in budgets.lineages() {
            ensure!(!counts.is_empty(), "a recovery budget has no counts");
            ensure!(counts.is_sorted_by_key(|(handler, _)| *handler), "the counts of a recovery budget are not sorted");
            for (handler, count) in counts {
                let name = self.step(*handler)?;
                let is_handler = self.table.steps[*handler as usize].catches.is_some();
                ensure!(is_handler, "`{name}` has a recovery budget, but handles no errors");
                ensure!(*count <= MAX_COUNT_32, "`{name}` has recovered {count} failures");
            }
        }
        Ok(())
    }

    fn queue(&self, step: u16, queue: &Queue<D::Event>) -> Checked {
        let name = self.step(step)?;
        for queued in &queue.inputs {
            match queued {
                QueuedInput::Single { input, place } => {
                    self.input(step, input.events())?;
                    self.place(*place)?;
                }
                QueuedInput::Branches(branches) => {
                    ensure!(!branches.events.is_empty(), "the queue of `{name}` has a batch without events");
                    for event in &branches.events {
                        self.input(step, std::slice::from_ref(event))?;
                    }
                    self.place(branches.first)?;
                }
            }
        }
        Ok(())
    }

    /// Checks that the batch and the lineage of a place exist.
    fn place(&self, place: Place) -> Checked {
        let batch = place.batch;
        let exists = if D::BATCHED { self.state.batches.get(batch).is_some() } else { batch == 0 };
        ensure!(exists, "an event or execution is in batch {batch}, which does not exist");
        self.lineage(place.lineage)
    }

    fn lineage(&self, lineage: u32) -> Checked {
        let exists = lineage as usize <= self.state.recovery_budgets.lineages().len();
        ensure!(exists, "an event or execution has the recovery budget {lineage}, which does not exist");
        Ok(())
    }
}
