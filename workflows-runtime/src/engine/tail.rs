//! Ticks that are recorded in place of the state that they lead to.
//!
//! A snapshot and the ticks since then lead to the present state, if they are applied in the same order and at the same
//! times, and decide the [same](super::decisions). That holds for all ticks but these:
//!
//! | tick                    | depends on                                                         |
//! |-------------------------|--------------------------------------------------------------------|
//! | `Time`                  | ends the run, if its timeout has expired                           |
//! | `Resume`                | the state that the run was restored from                           |
//! | `Cancel`, `Stalled`     | end the run                                                        |
//!
//! After one of them the whole state must be recorded. A host that resumes a recorded run records how long no process has
//! executed it, in place of `Resume`; a replay [restores](Engine::replay_restored) the state at that place.
//!
//! A `Failed` tick has the decision of the retry policy, which needs the type of the error, and so have timeouts. The workers
//! that dropped executions hold are no part of a snapshot: those that are [held](Engine::held) then are recorded with the
//! ticks behind it. Where the driver takes the action that wakes a step, the waits that lose by that are no part of a tick:
//! that is [recorded](Engine::take_woken), too.
//!
//! The timers of attempts and the threads of blocking code are not a part of what is compared: a restored run sets them anew.

use super::{
    Config, Engine, Phase,
    action::Action,
    decisions::Decision,
    definition::Definition,
    digest::Digest,
    execution::Stage,
    gate::Gate,
    id::ExecutionId,
    machine::Machine,
    prompt::PromptedBy,
    state::EngineState,
    tick::Tick,
    timer::{Time, Timer},
};
use crate::{error::StepError, graph::Table};
use std::time::Duration;

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
            | Tick::Began { .. }
            | Tick::Outlived { .. }
            | Tick::Vacated { .. } => true,
            Tick::Time { .. } => {
                let mut expired = self.state.timers.pending.range(..=(now, u64::MAX));
                !expired.any(|(_, timer)| matches!(timer, Timer::RunTimeout { .. }))
            }
            Tick::Resume | Tick::Cancel | Tick::Stalled => false,
        }
    }

    /// Clears the timers of attempts. Those that have expired in the run that is replayed are recorded.
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
    /// Whether a replay can lead to the present state: it is one of the machine.
    pub(crate) fn has_machine(&self) -> bool {
        matches!(self.phase, Phase::Full(_))
    }

    /// The dropped executions that hold a worker, with their steps.
    pub(crate) fn held(&self) -> Vec<(ExecutionId, u16)> {
        match &self.phase {
            Phase::Full(machine) => machine.held_executions(),
            Phase::Idle { .. } | Phase::Single { .. } | Phase::Ended => Vec::new(),
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
        match &self.phase {
            Phase::Full(machine) => machine.decide_retry(id, error, now),
            Phase::Idle { .. } | Phase::Single { .. } | Phase::Ended => error,
        }
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

    /// A dropped execution of `step` holds a worker at the snapshot from which a replay begins.
    pub(crate) fn replay_held(&mut self, id: ExecutionId, step: u16) {
        self.materialize().hold_worker(id, step);
    }

    /// In a replay, the run is restored from the present state, after no process has executed it for this time. Replay
    /// [`Tick::Resume`] next.
    pub(crate) fn replay_restored(&mut self, away: Duration) {
        let state = self.take_final_snapshot();
        self.phase = Phase::Idle { launched: 0 };
        let machine = self.materialize();
        machine.gate = Some(Box::new(Gate::replaying()));
        machine.restore(state, away);
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
