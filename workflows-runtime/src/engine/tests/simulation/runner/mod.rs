//! One random run: whatever may happen to a core happens, in a random order, and each time what
//! the core does is held against what the model says.

mod replay;
mod turns;

use super::{
    coverage::Tally,
    graph::{Case, Token},
    model::{Copied, End, Fate, Model},
    trace::{Seen, Told, apply, numbers, seen, state},
};
use crate::{
    engine::{Config, Engine, definition::Definition, id::ExecutionId, timer::Time},
    graph::Table,
};
use fastrand::Rng;
use replay::Record;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

pub(super) struct World<D: Definition<Event = Token, Output = u64, Prompt = u64>> {
    engine: Engine<D>,
    model: Model,
    config: Config,
    rng: Rng,
    now: Time,
    /// Events so far, and how many there may be.
    events: u64,
    fuel: u64,
    running: Vec<(ExecutionId, u16)>,
    /// Attempts that are over.
    past: Vec<ExecutionId>,
    /// Executions that the driver has heard of, by number.
    known: BTreeSet<u64>,
    /// How many copies have been launched, without further attempts.
    launched: BTreeMap<Copied, u32>,
    idles: u32,
    finished: bool,
    crashes: bool,
    log: Vec<Record>,
    table: &'static Table,
    start: u16,
}

impl<D: Definition<Event = Token, Output = u64, Prompt = u64>> World<D> {
    pub(super) fn new(case: Case, mut rng: Rng) -> Self {
        let config = Config { keeps: rng.u8(..3) > 0, internal: rng.bool(), seed: 0 };
        let (table, start) = (case.table, case.start);
        let crashes = config.keeps && rng.bool();
        Self {
            engine: Engine::new(table, config),
            model: Model::new(case),
            config,
            now: Time(rng.u64(..1000)),
            events: 0,
            fuel: rng.u64(5..150),
            rng,
            running: Vec::new(),
            past: Vec::new(),
            known: BTreeSet::new(),
            launched: BTreeMap::new(),
            idles: 0,
            finished: false,
            crashes,
            log: Vec::new(),
            table,
            start,
        }
    }

    pub(super) fn run(mut self) -> Tally {
        let event = self.event(self.start);
        let timeout = (self.rng.u8(..8) == 0).then(|| Duration::from_millis(self.rng.u64(1..500)));
        self.tick(&Told::Start(event, timeout));
        // Sometimes actions are left lying while ticks come in, as a driver may do.
        let lazy = self.rng.u8(..3) == 0;
        let deadly = self.rng.u8(..12) == 0;
        let mut turns = 0;
        while !self.finished {
            turns += 1;
            assert!(turns < 2_000, "it never ends");
            let patience = if lazy && self.engine.waiting_actions() < 20 { self.rng.usize(..4) } else { usize::MAX };
            self.perform(patience);
            if self.finished {
                break;
            }
            self.look();
            self.turn(deadly);
        }
        self.stays_over();
        self.account();
        let tally = self.model.tally;
        self.replay();
        tally
    }

    fn tick(&mut self, told: &Told) {
        apply(&mut self.engine, told, self.now);
        self.log.push(Record::Tick(told.clone(), self.now));
        let (model, now) = (&mut self.model, self.now);
        if model.end.is_some() {
            // It is over, though the driver has not come to it yet.
            return;
        }
        match told {
            Told::Start(event, timeout) => model.start(event, *timeout, now),
            Told::External(event) => model.external(event),
            Told::Sent(from, event) => model.sent(*from, event),
            Told::Done(id, output) => model.done(*id, output),
            Told::Asked(from, prompt) => model.asked(*from, *prompt),
            Told::Failed(id, again) => model.failed(*id, *again, now),
            Told::Time => model.time(now),
            Told::Cancel => model.end = Some(End::Cancelled),
            Told::Stalled => model.stalled(),
            Told::Resume => {}
            Told::Wait(..) | Told::Unwait(..) | Told::Quiet => unreachable!("no body does so here"),
        }
        model.drain_if_idle(now);
        let comes_to_rest = matches!(told, Told::Start(..) | Told::External(_) | Told::Done(..) | Told::Resume);
        if model.end.is_some() {
            self.idles = 0;
        } else if comes_to_rest && model.work.is_empty() {
            self.idles += 1;
        }
    }

    /// Performs up to `count` actions.
    fn perform(&mut self, count: usize) {
        for _ in 0..count {
            let action = self.engine.action().map(seen);
            self.log.push(Record::Action(action.clone()));
            let Some(action) = action else {
                return self.has_said_all();
            };
            assert!(!self.finished, "{action:?} after the end");
            self.hold_against_model(action);
        }
    }

    fn hold_against_model(&mut self, action: Seen) {
        let model = &mut self.model;
        match action {
            Seen::Launch(id, step, events, before) => {
                let is_first = model.launched(id, step, &events, before);
                let state = state(&self.engine);
                let kept = state.executions[id.slot].input.as_ref();
                let keeps = self.config.keeps || model.may_need_again(step);
                assert_eq!(kept.map(numbers), keeps.then(|| events.clone()));
                if is_first {
                    assert!(self.known.insert(id.serial), "numbers are not used again");
                    let of = model.whose_failure(id);
                    for event in events {
                        *self.launched.entry((event, step, of)).or_default() += 1;
                    }
                }
                assert!(!self.past.contains(&id) && self.running.iter().all(|(other, _)| *other != id));
                self.running.push((id, step));
                let busy = self.running.iter().filter(|(_, of)| *of == step).count();
                assert!(busy <= self.table.steps[step as usize].workers as usize, "too many workers of {step}");
            }
            Seen::Drop(id) => {
                assert!(model.drops.remove(&id), "{id:?} is dropped for no reason");
                // It may have returned since it was cancelled; that is not seen.
                if let Some(at) = self.running.iter().position(|(running, _)| *running == id) {
                    self.running.remove(at);
                    self.past.push(id);
                }
                assert!(self.known.contains(&id.serial), "what is dropped has been launched");
            }
            Seen::Wake(..) => panic!("nothing waits"),
            Seen::Prompt(prompt) => assert_eq!(model.prompts.pop_front(), Some(prompt)),
            Seen::Phase(event) => {
                assert!(self.config.internal);
                assert_eq!(model.phases.pop_front(), Some((event.execution, event.attempt, event.phase)));
            }
            Seen::Idle => self.idles = self.idles.checked_sub(1).expect("idle for no reason"),
            Seen::Finish(end) => {
                assert_eq!(Some(&end), model.end.as_ref());
                self.finished = true;
                self.has_said_all();
            }
        }
    }

    fn has_said_all(&self) {
        let model = &self.model;
        assert_eq!(model.end.is_some(), self.finished);
        assert!(model.launches.iter().all(std::collections::VecDeque::is_empty), "not launched: {:?}", model.launches);
        assert!(model.drops.is_empty() || self.finished, "not dropped: {:?}", model.drops);
        assert!(model.prompts.is_empty() && self.idles == 0);
        assert!(model.phases.is_empty() || !self.config.internal, "not told: {:?}", model.phases);
    }

    /// What can be seen from outside at any time.
    fn look(&mut self) {
        if self.model.end.is_some() {
            return;
        }
        assert_eq!(self.engine.deadline(), self.model.deadline());
        assert_eq!(self.engine.is_idle(), self.model.work.is_empty());
        for (step, queue) in state(&self.engine).queues.iter().enumerate() {
            let workers = self.table.steps[step].workers;
            assert!(queue.running == workers || queue.is_empty(), "step {step} could work and does not");
        }
    }

    /// Nothing is lost and nothing comes twice.
    fn account(&self) {
        for (copy, fate) in &self.model.fates {
            let times = self.launched.get(copy).copied().unwrap_or_default();
            assert_eq!(times, u32::from(*fate == Fate::Launched), "event and step {copy:?}: {fate:?}");
            let settled = matches!(fate, Fate::Parked | Fate::Launched | Fate::Dropped);
            assert!(settled || !matches!(self.model.end, Some(End::Stalled(..))), "{copy:?} is still queued");
        }
        assert!(self.launched.keys().all(|copy| self.model.fates.contains_key(copy)));
    }
}
