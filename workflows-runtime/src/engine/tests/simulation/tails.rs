//! Ticks since a snapshot that are replayed in another engine.

use super::{
    graph::Token,
    trace::{deserialize, serialize, state},
};
use crate::{
    engine::{Engine, EngineState, Tick, definition::Definition, timer::Time},
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

/// Removes what is not a part of the state that ticks lead to: the driver sets `lost_race` when it takes an action, the
/// error of a failed attempt has another text here, and timers have other numbers.
fn remove_transient(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for transient in ["lost_race", "last_failure", "timer", "remaining_timeout"] {
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
}

impl<D: Definition<Event = Token, Output = u64, Prompt = u64>> Tail<D> {
    pub(super) fn new(table: &'static Table) -> Self {
        Self { table, engine: None, replayed: 0 }
    }

    /// The run was lost, or has another state for another reason: the next tick is behind a new snapshot.
    pub(super) fn end(&mut self) {
        self.engine = None;
    }

    /// The tick that `engine` is about to apply, as it is recorded: with the decision of the retry policy, which is not
    /// asked again. `None` if a replay of it does not lead to the same state.
    pub(super) fn recorded(engine: &mut Engine<D>, mut tick: Tick<D>, now: Time) -> Option<Tick<D>> {
        engine.materialize();
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
    pub(super) fn replay(&mut self, engine: &Engine<D>, recorded: Option<Tick<D>>, now: Time) {
        let Some(tick) = recorded else { return self.end() };
        if engine.has_ended() || !engine.is_self_contained() {
            return self.end();
        }
        let Some(replaying) = &mut self.engine else {
            let snapshot = deserialize::<D>(&serialize(&state(engine)), self.table);
            self.engine = Some(Engine::replaying(self.table, snapshot));
            return;
        };
        replaying.replay(tick, now);
        assert_eq!(replaying.digest(), engine.digest());
        if self.replayed.is_multiple_of(8) {
            let found = state(replaying);
            assert_eq!(contents(&found), contents(&state(engine)));
            // It could be resumed.
            deserialize::<D>(&serialize(&found), self.table);
        }
        self.replayed += 1;
    }
}
