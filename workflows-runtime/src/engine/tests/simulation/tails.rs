//! Ticks since a snapshot that are replayed in another engine.

use super::{
    graph::Token,
    trace::{deserialize, serialize, state},
};
use crate::{
    engine::{Decision, Engine, EngineState, Tick, definition::Definition, gate::Gate, timer::Time},
    error::StepError,
    graph::Table,
};
use serde_json::Value;
use std::time::Duration;

/// The queued and the parked events, and the waits.
fn contents(state: &EngineState<Token>) -> Value {
    let histories: Vec<_> = state.executions.iter().map(|execution| &execution.history).collect();
    let mut contents =
        serde_json::to_value((&state.queues, &state.batches, &state.waits, histories)).expect("it can be serialized");
    remove_transient(&mut contents);
    contents
}

/// Removes what is not a part of the state that ticks lead to: the error of a failed attempt has another text here, and
/// timers have other numbers.
fn remove_transient(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for transient in ["last_failure", "timer", "remaining_timeout"] {
                fields.remove(transient);
            }
            fields.values_mut().for_each(remove_transient);
        }
        Value::Array(values) => values.iter_mut().for_each(remove_transient),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// An engine that replays the ticks of another one since a snapshot, as long as they are replayable.
pub(super) struct Tail<D: Definition<Event = Token, Output = u64, Prompt = u64>> {
    table: &'static Table,
    engine: Option<Engine<D>>,
    /// The number of ticks that were replayed.
    pub(super) replayed: u32,
    /// Of these, those that decide something.
    pub(super) decided: u32,
    /// Of these decisions, the timeouts of attempts and the workers that are held.
    pub(super) timeouts: u32,
    pub(super) held: u32,
    /// The number of crashes in between.
    pub(super) restores: u32,
    /// The number of snapshots at which workers were held.
    pub(super) held_at_snapshot: u32,
    is_restored: bool,
}

impl<D: Definition<Event = Token, Output = u64, Prompt = u64>> Tail<D> {
    pub(super) fn new(table: &'static Table) -> Self {
        Self {
            table,
            engine: None,
            replayed: 0,
            decided: 0,
            timeouts: 0,
            held: 0,
            restores: 0,
            held_at_snapshot: 0,
            is_restored: false,
        }
    }

    /// The run has another state for a reason that is not recorded: the next tick is behind a new snapshot.
    fn end(&mut self) {
        self.engine = None;
    }

    /// The run was lost, and is restored after this time. Its next tick is a [`Tick::Resume`].
    pub(super) fn restored(&mut self, away: Duration) {
        if let Some(replaying) = &mut self.engine {
            replaying.replay_restored(away);
            self.is_restored = true;
            self.restores += 1;
        }
    }

    /// The tick that `engine` is about to apply, as it is recorded: with the decision of the retry policy, which is not
    /// asked again, and without a matcher. `None` if a replay of it does not lead to the same state.
    pub(super) fn recorded(engine: &mut Engine<D>, mut tick: Tick<D>, now: Time) -> Option<Tick<D>> {
        // It records the decisions, and holds nothing back.
        engine.materialize().gate.get_or_insert_with(|| Box::new(Gate::new(true)));
        if let Tick::Wait { matcher, .. } = &mut tick {
            *matcher = None;
        }
        if let Tick::Failed { execution, error, at } = tick {
            let decided = engine.decided(execution, error, now);
            let delay = decided.retry_after();
            let error =
                if delay.is_some() { StepError::msg("a text without the delay").decided(delay) } else { decided };
            tick = Tick::Failed { execution, error, at };
        }
        if engine.materialize().is_replayable(&tick, now) { Some(tick) } else { None }
    }

    /// Replays the tick that `engine` has applied, and compares the states.
    pub(super) fn replay(&mut self, engine: &mut Engine<D>, recorded: Option<Tick<D>>, now: Time) {
        let decisions = engine.take_decisions();
        let recorded = if std::mem::take(&mut self.is_restored) { Some(Tick::Resume) } else { recorded };
        let Some(tick) = recorded else { return self.end() };
        if engine.has_ended() {
            return self.end();
        }
        let Some(replaying) = &mut self.engine else {
            let snapshot = deserialize::<D>(&serialize(&state(engine)), self.table);
            let mut replaying = Engine::replaying(self.table, snapshot);
            for (id, step) in engine.held() {
                replaying.replay_held(id, step);
            }
            self.held_at_snapshot += u32::from(!engine.held().is_empty());
            self.engine = Some(replaying);
            return;
        };
        self.decided += u32::from(!decisions.is_empty());
        for decision in &decisions {
            self.timeouts += u32::from(matches!(decision, Decision::TimedOut(_)));
            self.held += u32::from(matches!(decision, Decision::Held(_)));
        }
        let decided = format!("{decisions:?}");
        assert!(replaying.replay(tick, now, decisions, &mut |_, _, _| {}), "{decided} cannot be replayed");
        assert_eq!(replaying.digest(), engine.digest());
        assert_eq!(replaying.held(), engine.held());
        if self.replayed.is_multiple_of(8) {
            self.compare(engine);
        }
        self.replayed += 1;
        if self.replayed.is_multiple_of(48) {
            // The next tick is behind another snapshot.
            self.end();
        }
    }

    /// The driver has taken an action of `engine`.
    pub(super) fn acted(&mut self, engine: &mut Engine<D>) {
        for (id, wait) in engine.take_woken() {
            if let Some(replaying) = &mut self.engine {
                assert!(replaying.replay_woken(id, wait));
            }
        }
    }

    /// Compares the states, and returns what a run would be resumed from.
    pub(super) fn compare(&self, engine: &Engine<D>) -> Option<EngineState<Token>> {
        let replaying = self.engine.as_ref()?;
        let found = state(replaying);
        assert_eq!(contents(&found), contents(&state(engine)));
        Some(deserialize::<D>(&serialize(&found), self.table))
    }
}
