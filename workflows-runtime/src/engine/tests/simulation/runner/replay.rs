//! Ticks without effect, snapshots, crashes, and the replay of the whole run.

use super::Runner;
#[cfg(feature = "durable")]
use crate::engine::tests::simulation::{tails::Tail, trace::to_tick};
use crate::{
    engine::{
        Config, Engine,
        definition::Definition,
        state::EngineState,
        tests::simulation::{
            graph::Token,
            trace::{
                RecordedAction, RecordedEffect, RecordedTick, apply, deserialize, frozen, next_action, serialize, state,
            },
        },
        timer::Time,
    },
    graph::Table,
};
use std::time::Duration;

/// One entry of the log, which is replayed with another engine.
#[derive(Debug)]
pub(super) enum LogEntry {
    Tick(RecordedTick, Time),
    Action(Option<RecordedAction>),
    State(String),
    /// The engine is restored from this state, after this time.
    Crash(String, Duration),
}

/// An engine restored from a serialized state.
pub(super) fn resumed<D: Definition<Event = Token>>(
    serialized: &str,
    table: &'static Table,
    config: Config,
    away: Duration,
) -> Engine<D> {
    let mut engine = Engine::new(table, config);
    engine.restore(deserialize::<D>(serialized, table), away);
    engine
}

impl<D: Definition<Event = Token, Output = u64, Prompt = u64>> Runner<D> {
    /// A snapshot and the ticks since then lead to the same state, as long as they are replayable.
    #[cfg(feature = "durable")]
    pub(super) fn replay_tails(&mut self) {
        if !self.config.machine_only || !self.config.keeps {
            return;
        }
        let mut engine = Engine::<D>::new(self.table, self.config);
        let mut tail = Tail::new(self.table);
        for entry in &self.log {
            match entry {
                LogEntry::Tick(tick @ RecordedTick::Start(..), now) => apply(&mut engine, tick, *now),
                LogEntry::Tick(tick, now) => {
                    let recorded = Tail::recorded(&mut engine, to_tick(tick), *now);
                    apply(&mut engine, tick, *now);
                    tail.replay(&mut engine, recorded, *now);
                }
                LogEntry::Action(_) => {
                    drop(next_action(&mut engine));
                    tail.acted(&mut engine);
                }
                LogEntry::State(_) => {}
                LogEntry::Crash(serialized, away) => {
                    // What a run that was recorded by ticks would be resumed from.
                    drop(tail.compare(&engine));
                    engine = resumed(serialized, self.table, self.config, *away);
                    tail.restored(*away);
                }
            }
        }
        let coverage = &mut self.model.coverage;
        coverage.replayed_ticks = tail.replayed;
        coverage.replayed_timeouts = tail.timeouts;
        coverage.replayed_holds = tail.held;
        coverage.replayed_crashes = tail.restores;
        coverage.held_at_snapshot = tail.held_at_snapshot;
    }

    /// Ticks of executions that have ended, or never existed, have no effect.
    pub(super) fn send_late_ticks(&mut self) {
        let slot = self.start;
        let mut tick = Vec::new();
        for mut id in self.rng.choose_multiple(self.past.clone(), 3) {
            if self.rng.u8(..4) == 0 {
                id.serial += 1_000_000;
            }
            tick.push(match self.rng.u8(..7) {
                4 => RecordedTick::Began(id),
                6 => RecordedTick::Queued(id),
                5 => RecordedTick::Outlived(id),
                0 => RecordedTick::Asked(id, 0),
                1 => RecordedTick::Failed(id, Some(0)),
                2 => RecordedTick::Sent(id, Token { slot, id: 0 }),
                _ => {
                    RecordedTick::Done(id, vec![RecordedEffect::Event(Token { slot, id: 0 }), RecordedEffect::Stop(0)])
                }
            });
        }
        if !self.engine.is_idle() {
            tick.push(RecordedTick::Stalled);
        }
        self.assert_no_effect(&tick);
    }

    fn assert_no_effect(&mut self, ticks: &[RecordedTick]) {
        let before = (serialize(&state(&self.engine)), self.engine.waiting_actions());
        for tick in ticks {
            apply(&mut self.engine, tick, self.now);
        }
        let after = (serialize(&state(&self.engine)), self.engine.waiting_actions());
        assert_eq!(after, before, "one of {ticks:?} has an effect");
    }

    /// Replaces the engine by one with the deserialized state.
    pub(super) fn round_trip(&mut self) {
        if self.engine.waiting_actions() > 0 {
            return;
        }
        let serialized = serialize(&state(&self.engine));
        let state: EngineState<Token> = serde_json::from_str(&serialized).expect("a serialized state can be read");
        assert_eq!(serialize(&state), serialized);
        // Not serialized, and empty after a resume.
        let offloads = std::mem::take(&mut self.engine.materialize().offloads);
        self.engine = frozen(self.table, self.config, state);
        self.engine.materialize().offloads = offloads;
        self.log.push(LogEntry::State(serialized));
    }

    /// Loses all running attempts, and resumes the run from its serialized state.
    pub(super) fn crash(&mut self) {
        let serialized = serialize(&state(&self.engine));
        // The actions that were not taken are lost; the model must see them.
        self.is_crashing = true;
        self.perform(usize::MAX);
        self.is_crashing = false;
        if self.finished {
            return;
        }
        let away = Duration::from_micros(self.rng.u64(..10_000) * self.rng.u64(..2));
        self.engine = resumed(&serialized, self.table, self.config, away);
        self.running.clear();
        self.outliving.clear();
        self.model.coverage.crashes += 1;
        self.model.resumed(away);
        self.log.push(LogEntry::Crash(serialized, away));
        self.tick(&RecordedTick::Resume);
    }

    pub(super) fn check_end_is_final(&mut self) {
        let event = self.event(self.start);
        let mut ticks =
            vec![RecordedTick::External(event), RecordedTick::Time, RecordedTick::Cancel, RecordedTick::Stalled];
        if let Some((id, _)) = self.running.first().copied() {
            ticks.extend([RecordedTick::Failed(id, None), RecordedTick::Done(id, vec![RecordedEffect::Stop(0)])]);
        }
        self.assert_no_effect(&ticks);
        assert!(self.engine.action().is_none());
    }

    /// The same ticks produce the same actions and states in another engine.
    pub(super) fn replay(self) {
        let mut engine = Engine::<D>::new(self.table, self.config);
        for record in self.log {
            match record {
                LogEntry::Tick(tick, now) => apply(&mut engine, &tick, now),
                LogEntry::Action(action) => assert_eq!(next_action(&mut engine), action),
                LogEntry::State(serialized) => assert_eq!(serialize(&state(&engine)), serialized),
                LogEntry::Crash(serialized, away) => {
                    assert_eq!(serialize(&state(&engine)), serialized);
                    engine = resumed(&serialized, self.table, self.config, away);
                }
            }
        }
        assert_eq!(serialize(&state(&engine)), serialize(&state(&self.engine)));
    }
}
