//! What must change nothing, and what is done again.

use super::World;
use crate::{
    engine::{
        Config, Engine,
        definition::Definition,
        state::EngineState,
        tests::simulation::{
            graph::Token,
            trace::{Made, Seen, Told, apply, frozen, seen, state, write},
        },
        timer::Time,
    },
    graph::Table,
};
use std::time::Duration;

/// What happens to a core, and is done again to another one.
#[derive(Debug)]
pub(super) enum Record {
    Tick(Told, Time),
    Action(Option<Seen>),
    State(String),
    /// It goes on with this, after so much time.
    Crash(String, Duration),
}

/// A core that goes on with what was written down of another one.
fn resumed<D: Definition<Event = Token>>(
    written: &str,
    table: &'static Table,
    config: Config,
    away: Duration,
) -> Engine<D> {
    let mut engine = Engine::new(table, config);
    engine.restore(serde_json::from_str(written).expect("it was written"), away);
    engine
}

impl<D: Definition<Event = Token, Output = u64, Prompt = u64>> World<D> {
    /// Ticks of executions that are over, or never were, change nothing.
    pub(super) fn repeat(&mut self) {
        let slot = self.start;
        let mut told = Vec::new();
        for mut id in self.rng.choose_multiple(self.past.clone(), 3) {
            if self.rng.u8(..4) == 0 {
                id.serial += 1_000_000;
            }
            told.push(match self.rng.u8(..4) {
                0 => Told::Asked(id, 0),
                1 => Told::Failed(id, Some(0)),
                2 => Told::Sent(id, Token { slot, id: 0 }),
                _ => Told::Done(id, vec![Made::Event(Token { slot, id: 0 }), Made::Stop(0)]),
            });
        }
        if !self.engine.is_idle() {
            told.push(Told::Stalled);
        }
        self.changes_nothing(&told);
    }

    fn changes_nothing(&mut self, ticks: &[Told]) {
        let before = (write(&state(&self.engine)), self.engine.waiting_actions());
        for told in ticks {
            apply(&mut self.engine, told, self.now);
        }
        let after = (write(&state(&self.engine)), self.engine.waiting_actions());
        assert_eq!(after, before, "one of {ticks:?} changes something");
    }

    /// From here on the run is gone on with from what was written down of it.
    pub(super) fn freeze(&mut self) {
        if self.engine.waiting_actions() > 0 {
            return;
        }
        let written = write(&state(&self.engine));
        let state: EngineState<Token> = serde_json::from_str(&written).expect("it was written");
        assert_eq!(write(&state), written);
        self.engine = frozen(self.table, self.config, state);
        self.log.push(Record::State(written));
    }

    /// All that goes on is lost, and the run is gone on with from what was written down of it.
    pub(super) fn crash(&mut self) {
        let written = write(&state(&self.engine));
        // What is still to be done is known to the driver, and lost with it.
        self.perform(usize::MAX);
        if self.finished {
            return;
        }
        let away = Duration::from_micros(self.rng.u64(..10_000) * self.rng.u64(..2));
        self.engine = resumed(&written, self.table, self.config, away);
        self.running.clear();
        self.model.tally.crashes += 1;
        self.model.resumed(away);
        self.log.push(Record::Crash(written, away));
        self.tick(&Told::Resume);
    }

    pub(super) fn stays_over(&mut self) {
        let event = self.event(self.start);
        let mut ticks = vec![Told::External(event), Told::Time, Told::Cancel, Told::Stalled];
        if let Some((id, _)) = self.running.first().copied() {
            ticks.extend([Told::Failed(id, None), Told::Done(id, vec![Made::Stop(0)])]);
        }
        self.changes_nothing(&ticks);
        assert!(self.engine.action().is_none());
    }

    /// The same ticks make another core do and be the same.
    pub(super) fn replay(self) {
        let mut engine = Engine::<D>::new(self.table, self.config);
        for record in self.log {
            match record {
                Record::Tick(told, now) => apply(&mut engine, &told, now),
                Record::Action(action) => assert_eq!(engine.action().map(seen), action),
                Record::State(written) => assert_eq!(write(&state(&engine)), written),
                Record::Crash(written, away) => {
                    assert_eq!(write(&state(&engine)), written);
                    engine = resumed(&written, self.table, self.config, away);
                }
            }
        }
        assert_eq!(write(&state(&engine)), write(&state(&self.engine)));
    }
}
