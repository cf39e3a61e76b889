//! Ticks since a snapshot that are replayed in another engine.

use super::{
    graph::Token,
    trace::{deserialize, serialize, state},
};
use crate::{
    engine::{Engine, EngineState, Tick, definition::Definition, gate::Gate, timer::Time},
    error::StepError,
    graph::Table,
};
use serde_json::Value;

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
}

impl<D: Definition<Event = Token, Output = u64, Prompt = u64>> Tail<D> {
    pub(super) fn new(table: &'static Table) -> Self {
        Self { table, engine: None, replayed: 0, decided: 0 }
    }

    /// The run was lost, or has another state for another reason: the next tick is behind a new snapshot.
    pub(super) fn end(&mut self) {
        self.engine = None;
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
        let Some(tick) = recorded else { return self.end() };
        if engine.has_ended() || !engine.is_self_contained() {
            return self.end();
        }
        let Some(replaying) = &mut self.engine else {
            let snapshot = deserialize::<D>(&serialize(&state(engine)), self.table);
            self.engine = Some(Engine::replaying(self.table, snapshot));
            return;
        };
        self.decided += u32::from(!decisions.is_empty());
        let decided = format!("{decisions:?}");
        assert!(replaying.replay(tick, now, decisions, &mut |_, _, _| {}), "{decided} cannot be replayed");
        assert_eq!(replaying.digest(), engine.digest());
        if self.replayed.is_multiple_of(8) {
            self.compare(engine);
        }
        self.replayed += 1;
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
