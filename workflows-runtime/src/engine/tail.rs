//! Ticks that are recorded in place of the state that they lead to.
//!
//! A snapshot and the ticks since then lead to the present state, if they are applied in the same order and at the same
//! times. That holds for the ticks that name all they depend on:
//!
//! | tick     | is recorded with                                                        |
//! |----------|-------------------------------------------------------------------------|
//! | `Done`   | the output, unless it has prompts                                       |
//! | `Sent`   | the event                                                               |
//! | `Failed` | the delay that the policy has chosen, if the step is retried            |
//! | `Time`   | only if no timer but those of retries expires                           |
//!
//! All others depend on something that is not a part of the state: the matchers of waits, the workers that dropped
//! executions hold, or the actions that the driver has taken. After one of them the whole state must be recorded. Each
//! time it must be recorded while a response may be passed on to a wait, or a dropped execution holds a worker: then even
//! the ticks above depend on it. Steps that only wait change nothing.
//!
//! Step timeouts and the threads of blocking code are not a part of what is compared: a restored run sets them anew.

use super::{
    Config, Engine, Phase,
    definition::Definition,
    digest::Digest,
    execution::Stage,
    failure::retry_seed,
    id::ExecutionId,
    machine::Machine,
    prompt::PromptedBy,
    state::EngineState,
    tick::Tick,
    timer::{Time, Timer},
};
use crate::{error::StepError, graph::Table, retry::FailedAttempt};

impl<D: Definition> Machine<D> {
    /// Whether a replay of the tick leads to the same state. Called before it is applied.
    pub(super) fn is_replayable(&self, tick: &Tick<D>, now: Time) -> bool {
        match tick {
            // The last two change nothing that is compared.
            Tick::Done { .. } | Tick::Sent { .. } | Tick::Queued { .. } | Tick::Began { .. } => true,
            Tick::Failed { execution, error, .. } => match self.execution(*execution) {
                // Otherwise it may reach a handler, which gets the error itself.
                Some(execution) => self.table.steps[execution.step as usize].retries && error.retry_after().is_some(),
                None => true,
            },
            Tick::Time { .. } => {
                let mut expired = self.state.timers.pending.range(..=(now, u64::MAX));
                expired.all(|(_, timer)| matches!(timer, Timer::Retry { .. }))
            }
            Tick::Resume
            | Tick::External(_)
            | Tick::Answer { .. }
            | Tick::Asked { .. }
            | Tick::Wait { .. }
            | Tick::Unwait { .. }
            | Tick::Outlived { .. }
            | Tick::Vacated { .. }
            | Tick::Quiet
            | Tick::Cancel
            | Tick::Stalled => false,
        }
    }

    /// Clears the timeouts of steps, none of which has expired in the run that is replayed.
    fn clear_attempt_timers(&mut self) {
        self.state.timers.clear_all(|timer| matches!(timer, Timer::StepTimeout { .. } | Timer::QueueTimeout { .. }));
        for (_, execution) in self.state.executions.iter_mut() {
            if execution.stage == Stage::Running {
                execution.timer = None;
            }
        }
    }

    /// Whether the state is all there is: no dropped execution holds a worker, and no response may be passed on to a
    /// wait, whose matcher is not a part of the state.
    fn is_self_contained(&self) -> bool {
        !self.has_unread_responses() && self.held_steps().is_empty()
    }

    /// Whether a response is buffered, or an execution has not read one: others may receive it.
    fn has_unread_responses(&self) -> bool {
        let Some(waits) = &self.state.waits else { return false };
        if waits.buffered.iter().any(|(_, buffered)| !buffered.is_empty()) {
            return true;
        }
        self.state.executions.iter().any(|execution| match &execution.history {
            Some(history) => history.has_unread(),
            None => false,
        })
    }
}

impl<E> EngineState<E> {
    /// The serials of all executions that have not ended, sorted.
    pub(crate) fn serials(&self) -> Vec<u64> {
        let mut serials: Vec<u64> = self.executions.iter().map(|execution| execution.serial).collect();
        serials.sort_unstable();
        serials
    }
}

impl<D: Definition> Engine<D> {
    /// Whether ticks may be recorded from the present state on.
    pub(crate) fn is_self_contained(&self) -> bool {
        match &self.phase {
            Phase::Full(machine) => machine.is_self_contained(),
            Phase::Idle { .. } | Phase::Single { .. } | Phase::Ended => false,
        }
    }

    /// Whether the wait of a prompt is pending, if it belongs to one.
    pub(crate) fn is_prompt_open(&self, prompt: u32, by: &PromptedBy<D>) -> bool {
        match &self.phase {
            Phase::Full(machine) => machine.state.is_prompt_open(prompt, by),
            Phase::Idle { .. } | Phase::Single { .. } | Phase::Ended => false,
        }
    }

    /// A digest of the state without the values of users, whose serialization may differ from time to time.
    pub(crate) fn digest(&self) -> u64 {
        self.digest_of_first(self.table.steps.len())
    }

    /// As [`Self::digest`], of a graph with only the first `steps` of the steps. The others have not been used.
    pub(crate) fn digest_of_first(&self, steps: usize) -> u64 {
        match &self.phase {
            Phase::Full(machine) => Digest::of(machine, steps),
            Phase::Idle { .. } | Phase::Single { .. } | Phase::Ended => 0,
        }
    }

    /// Asks the step's retry policy, and attaches its decision to the error: the policy needs the type of the error.
    pub(crate) fn decided(&mut self, id: ExecutionId, error: StepError, now: Time) -> StepError {
        let Phase::Full(machine) = &self.phase else { return error };
        let Some(execution) = machine.execution(id) else { return error };
        let step = execution.step;
        if !self.table.steps[step as usize].retries || error.is_decided() {
            return error;
        }
        let seed = retry_seed(self.config.seed, id, step);
        let elapsed = now - execution.started;
        let delay = D::retry(step, &FailedAttempt { error: &error, attempts: id.attempt, elapsed, seed });
        error.decided(delay)
    }

    /// An engine that continues from `state` as the engine that it was taken from, for a replay of ticks.
    pub(crate) fn replaying(table: &'static Table, state: EngineState<D::Event>) -> Self {
        let config = Config { keeps: true, machine_only: true, ..Config::default() };
        let mut engine = Self::new(table, config);
        let machine = engine.materialize();
        if state.overrides.is_some() {
            machine.offloads.get_or_insert_default().has_overrides = true;
        }
        // Nothing was launched here, so there is nothing to drop.
        machine.last_launched = 0;
        machine.state = state;
        engine
    }

    /// Applies a recorded tick, and takes no action.
    pub(crate) fn replay(&mut self, tick: Tick<D>, now: Time) {
        if let (Phase::Full(machine), Tick::Time { .. }) = (&mut self.phase, &tick) {
            machine.clear_attempt_timers();
        }
        self.apply(tick, now);
        if let Phase::Full(machine) = &mut self.phase {
            machine.actions.clear();
        }
    }
}
