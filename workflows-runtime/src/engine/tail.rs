//! Ticks that are recorded in place of the state that they lead to.
//!
//! A snapshot and the ticks since then lead to the present state, if they are applied in the same order and at the same
//! times, and decide the [same](super::decisions). That holds for all ticks but these:
//!
//! | tick                    | depends on                                                         |
//! |-------------------------|--------------------------------------------------------------------|
//! | `Time`                  | the actions that the driver has taken, if an attempt or the run times out |
//! | `Outlived`, `Vacated`   | the workers that dropped executions hold                           |
//! | `Resume`                | how long no process has executed the run                           |
//! | `Cancel`, `Stalled`     | end the run                                                        |
//!
//! After one of them the whole state must be recorded. Each time it must be recorded while a dropped execution holds a
//! worker: then all ticks depend on it. A `Failed` tick has the decision of the retry policy, which needs the type of the
//! error. Where the driver takes the action that wakes a step, the waits that lose by that are no part of a tick: that is
//! [recorded](Engine::take_woken), too.
//!
//! Step timeouts and the threads of blocking code are not a part of what is compared: a restored run sets them anew.

use super::{
    Config, Engine, Phase,
    action::Action,
    decisions::Decision,
    definition::Definition,
    digest::Digest,
    execution::Stage,
    failure::retry_seed,
    gate::Gate,
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
            Tick::Done { .. }
            | Tick::Sent { .. }
            | Tick::Failed { .. }
            | Tick::External(_)
            | Tick::Answer { .. }
            | Tick::Asked { .. }
            | Tick::Wait { .. }
            | Tick::Unwait { .. }
            | Tick::Quiet
            // These change nothing that is compared.
            | Tick::Queued { .. }
            | Tick::Began { .. } => true,
            Tick::Time { .. } => {
                let mut expired = self.state.timers.pending.range(..=(now, u64::MAX));
                expired.all(|(_, timer)| matches!(timer, Timer::Retry { .. } | Timer::WaitTimeout { .. }))
            }
            Tick::Resume | Tick::Outlived { .. } | Tick::Vacated { .. } | Tick::Cancel | Tick::Stalled => false,
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
    /// Whether ticks may be recorded from the present state on: no dropped execution holds a worker.
    pub(crate) fn is_self_contained(&self) -> bool {
        match &self.phase {
            Phase::Full(machine) => machine.held_steps().is_empty(),
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
        self.digest_of_first(self.table.steps.len(), true)
    }

    /// As [`Self::digest`], of a graph with only the first `steps` of the steps. The others have not been used. Without
    /// the waits, as before they were replayed, if not `with_waits`.
    pub(crate) fn digest_of_first(&self, steps: usize, with_waits: bool) -> u64 {
        match &self.phase {
            Phase::Full(machine) => Digest::of(machine, steps, with_waits),
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
        machine.gate = Some(Box::new(Gate::replaying()));
        engine
    }

    /// Applies a recorded tick with its decisions, and calls `published` with the prompts that it publishes. Returns
    /// whether it could decide so.
    pub(crate) fn replay(
        &mut self,
        tick: Tick<D>,
        now: Time,
        decisions: Vec<Decision>,
        published: &mut dyn FnMut(u32, D::Prompt, PromptedBy<D>),
    ) -> bool {
        let machine = self.materialize();
        if let Tick::Time { .. } = &tick {
            machine.clear_attempt_timers();
        }
        if let Some(gate) = &mut machine.gate {
            gate.decisions.begin(decisions);
        }
        self.apply(tick, now);
        let Phase::Full(machine) = &mut self.phase else { return false };
        for action in machine.actions.drain(..) {
            if let Action::Prompt { id, prompt, by } = action {
                published(id, prompt, by);
            }
        }
        machine.gate.as_ref().is_some_and(|gate| gate.decisions.is_replayed())
    }

    /// As if the driver had taken the action that wakes a step with this wait. Returns whether there is such a wait.
    pub(crate) fn replay_woken(&mut self, id: ExecutionId, wait: usize) -> bool {
        let machine = self.materialize();
        if let Some(execution) = machine.execution(id)
            && let Some(history) = &execution.history
            && wait < history.waits.len()
        {
            machine.mark_woken(id, wait);
            return true;
        }
        false
    }

    /// The number of prompts published so far.
    pub(crate) fn published_prompts(&self) -> u32 {
        match &self.phase {
            Phase::Full(machine) => machine.state.prompts,
            Phase::Idle { .. } | Phase::Single { .. } | Phase::Ended => self.prompts,
        }
    }
}
