//! Options of steps that a run overrides.
//!
//! They are part of the state, so a resumed run keeps them. A run without any pays nothing for them: while a run has
//! overrides, its machine has [`Offloads`](super::workers::Offloads), which every fast path checks anyway.

use super::{
    Engine,
    action::Action,
    definition::Definition,
    execution::Stage,
    id::ExecutionId,
    machine::Machine,
    state::EngineState,
    timer::{Time, Timer},
};
use crate::graph::Table;
use serde::{Deserialize, Serialize};
use std::{num::NonZeroU32, time::Duration};

/// The options of a run's steps that differ from the declared ones. Invariant: sorted by step, each once.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Overrides(pub(super) Vec<Override>);

/// The overridden options of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Override {
    pub(crate) step: u16,
    /// `None` for the declared number.
    pub(crate) workers: Option<NonZeroU32>,
    pub(crate) timeout: OverriddenTimeout,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OverriddenTimeout {
    Declared,
    Given(Option<Duration>),
}

impl Overrides {
    /// Adds the overridden options of a step; each option replaces an earlier one.
    pub(crate) fn add(&mut self, options: Override) {
        match self.0.binary_search_by_key(&options.step, |known| known.step) {
            Ok(at) => {
                let known = &mut self.0[at];
                known.workers = options.workers.or(known.workers);
                if options.timeout != OverriddenTimeout::Declared {
                    known.timeout = options.timeout;
                }
            }
            Err(at) => self.0.insert(at, options),
        }
    }

    fn of(&self, step: u16) -> Option<&Override> {
        let at = self.0.binary_search_by_key(&step, |known| known.step).ok()?;
        Some(&self.0[at])
    }

    /// The number of workers of a step, unless it is the declared one.
    fn workers(&self, step: u16) -> Option<u32> {
        Some(self.of(step)?.workers?.get())
    }

    /// The timeout of a step, whose declared one is `declared`.
    pub(crate) fn timeout(&self, step: u16, declared: Option<Duration>) -> Option<Duration> {
        match self.of(step) {
            Some(Override { timeout: OverriddenTimeout::Given(timeout), .. }) => *timeout,
            Some(_) | None => declared,
        }
    }

    /// Whether any step has a timeout that may not be declared.
    fn have_timeout(&self) -> bool {
        self.0.iter().any(|options| matches!(options.timeout, OverriddenTimeout::Given(Some(_))))
    }
}

impl<E> EngineState<E> {
    /// The options that the run overrides.
    pub(crate) fn overrides(&self) -> Option<&Overrides> {
        self.overrides.as_deref()
    }
}

impl<D: Definition> Engine<D> {
    /// Overrides options of steps. Attempts that are running have their new timeout from now on.
    pub(crate) fn configure(&mut self, overrides: &Overrides, now: Time) {
        if !self.has_ended() {
            self.materialize().configure(overrides, now);
        }
    }

    /// The timeout of a step in this run.
    #[cfg(feature = "engine")]
    pub(crate) fn step_timeout(&self, step: u16) -> Option<Duration> {
        match self.phase.machine() {
            Some(machine) => machine.timeout(step),
            None => self.table.steps[step as usize].timeout,
        }
    }

    /// Whether the run needs a timer, as far as that is known.
    pub(crate) fn needs_timer(&self) -> bool {
        let Some(machine) = self.phase.machine() else { return false };
        let state = &machine.state;
        state.timers.next().is_some() || state.overrides().is_some_and(Overrides::have_timeout)
    }
}

impl<D: Definition> Machine<D> {
    fn configure(&mut self, overrides: &Overrides, now: Time) {
        let all = self.state.overrides.get_or_insert_default();
        for options in &overrides.0 {
            all.add(*options);
        }
        self.offloads.get_or_insert_default().has_overrides = true;
        for Override { step, timeout, .. } in &overrides.0 {
            if *timeout != OverriddenTimeout::Declared {
                self.restart_timeouts(*step, now);
            }
            self.launch_queued(*step, now);
        }
    }

    /// Starts the timeouts of the running attempts of a step again.
    fn restart_timeouts(&mut self, step: u16, now: Time) {
        let mut running = Vec::new();
        for (slot, execution) in self.state.executions.iter_indexed() {
            if execution.step == step && execution.stage == Stage::Running {
                running.push(execution.id(slot));
            }
        }
        for id in running {
            if let Some(timer) = self.state.executions[id.slot].timer.take() {
                self.state.timers.clear(timer);
            }
            if self.is_due(id) {
                self.set_launch_timer(id, step, now);
            } else if let Some(timeout) = self.timeout(step) {
                let timer = Timer::StepTimeout { execution: id, timeout };
                self.state.executions[id.slot].timer = Some(self.state.timers.set(now + timeout, timer));
            }
        }
    }

    /// Whether the driver has not started an attempt yet.
    fn is_due(&self, id: ExecutionId) -> bool {
        self.actions.iter().any(|action| matches!(action, Action::Launch(launch) if launch.execution == id))
    }

    /// The number of workers of a step.
    #[inline]
    pub(super) fn workers(&self, step: u16) -> u32 {
        let declared = self.table.steps[step as usize].workers;
        match &self.offloads {
            None => declared,
            Some(_) => self.overridden_workers(step).unwrap_or(declared),
        }
    }

    #[cold]
    fn overridden_workers(&self, step: u16) -> Option<u32> {
        self.state.overrides()?.workers(step)
    }

    /// The timeout of one attempt of a step.
    #[inline]
    pub(super) fn timeout(&self, step: u16) -> Option<Duration> {
        let declared = self.table.steps[step as usize].timeout;
        match &self.offloads {
            None => declared,
            Some(_) => self.overridden_timeout(step, declared),
        }
    }

    #[cold]
    fn overridden_timeout(&self, step: u16, declared: Option<Duration>) -> Option<Duration> {
        match self.state.overrides() {
            Some(overrides) => overrides.timeout(step, declared),
            None => declared,
        }
    }
}

/// Returns a description of what is wrong with the overrides of a deserialized state.
pub(super) fn validate(overrides: &Overrides, table: &Table) -> Result<(), String> {
    let Overrides(all) = overrides;
    if !all.is_sorted_by(|one, next| one.step < next.step) {
        return Err("the overridden options of the steps are not sorted".to_owned());
    }
    match all.last() {
        Some(last) if usize::from(last.step) >= table.steps.len() => Err(format!("there is no step {}", last.step)),
        Some(_) | None => Ok(()),
    }
}
