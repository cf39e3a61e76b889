//! Ticks since a snapshot that are replayed in another engine.

use super::{
    Runner,
    replay::{LogEntry, resumed},
};
use crate::{
    engine::{
        Engine, EngineState, Tick,
        definition::Definition,
        tests::simulation::{
            graph::Token,
            trace::{RecordedTick, apply, deserialize, next_action, serialize, state, to_tick},
        },
    },
    error::StepError,
};
use std::time::{Duration, UNIX_EPOCH};

/// A tick as it is recorded: with the decision of the retry policy, which the engine does not ask again.
fn recorded<D: Definition<Event = Token, Output = u64, Prompt = u64>>(tick: &RecordedTick) -> Tick<D> {
    match tick {
        RecordedTick::Failed(execution, Some(after)) => {
            let error = StepError::msg("a text without the delay").decided(Some(Duration::from_millis(*after)));
            Tick::Failed { execution: *execution, error, at: UNIX_EPOCH }
        }
        tick => to_tick(tick),
    }
}

/// The queued and the parked events.
fn events(state: &EngineState<Token>) -> String {
    serde_json::to_string(&(&state.queues, &state.batches)).expect("events can be serialized")
}

impl<D: Definition<Event = Token, Output = u64, Prompt = u64>> Runner<D> {
    /// A snapshot and the ticks since then lead to the same state, as long as they are replayable. Returns how many were
    /// replayed.
    pub(super) fn replay_tails(&self) -> u32 {
        let mut replayed = 0;
        if !self.config.machine_only || !self.config.keeps {
            return replayed;
        }
        let mut engine = Engine::<D>::new(self.table, self.config);
        let mut tail: Option<Engine<D>> = None;
        for entry in &self.log {
            match entry {
                LogEntry::Tick(tick @ RecordedTick::Start(..), now) => apply(&mut engine, tick, *now),
                LogEntry::Tick(tick, now) => {
                    let is_replayable = engine.materialize().is_replayable(&recorded(tick), *now);
                    apply(&mut engine, tick, *now);
                    if !is_replayable || engine.has_ended() || !engine.is_self_contained() {
                        tail = None;
                        continue;
                    }
                    let Some(tail) = &mut tail else {
                        let snapshot = deserialize::<D>(&serialize(&state(&engine)), self.table);
                        tail = Some(Engine::replaying(self.table, snapshot));
                        continue;
                    };
                    tail.replay(recorded(tick), *now);
                    assert_eq!(tail.digest(), engine.digest(), "{tick:?}");
                    if replayed % 8 == 0 {
                        let found = state(tail);
                        assert_eq!(events(&found), events(&state(&engine)), "{tick:?}");
                        // It could be resumed.
                        deserialize::<D>(&serialize(&found), self.table);
                    }
                    replayed += 1;
                }
                LogEntry::Action(_) => drop(next_action(&mut engine)),
                LogEntry::State(_) => {}
                LogEntry::Crash(serialized, away) => {
                    engine = resumed(serialized, self.table, self.config, *away);
                    tail = None;
                }
            }
        }
        replayed
    }
}
