//! One random run: applies random ticks to the engine and to the model, and compares each action.

mod replay;
mod turns;

use super::{
    coverage::Coverage,
    graph::{Case, Token, number},
    model::{CopyKey, CopyState, End, Model},
    trace::{RecordedAction, RecordedTick, apply, next_action, numbers, state},
};
use crate::{
    engine::{Config, Engine, definition::Definition, id::ExecutionId, timer::Time},
    graph::Table,
};
use fastrand::Rng;
use replay::LogEntry;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

pub(super) struct Runner<D: Definition<Event = Token, Output = u64, Prompt = u64>> {
    engine: Engine<D>,
    model: Model,
    config: Config,
    rng: Rng,
    now: Time,
    /// The number of events so far, and how many more may be created.
    events: u64,
    fuel: u64,
    running: Vec<(ExecutionId, u16)>,
    /// Dropped executions whose code still runs, with their steps.
    outliving: Vec<(ExecutionId, u16)>,
    /// Attempts that have ended.
    past: Vec<ExecutionId>,
    /// The serials of the executions that were launched.
    known: BTreeSet<u64>,
    /// How often each copy was launched, not counting retries.
    launched: BTreeMap<CopyKey, u32>,
    idles: u32,
    finished: bool,
    crashes: bool,
    /// The actions that are taken were lost in a crash.
    is_crashing: bool,
    log: Vec<LogEntry>,
    table: &'static Table,
    start: u16,
}

impl<D: Definition<Event = Token, Output = u64, Prompt = u64>> Runner<D> {
    pub(super) fn new(case: Case, mut rng: Rng) -> Self {
        let keeps = rng.u8(..3) > 0;
        let internal = rng.bool();
        let config = Config { keeps, internal, machine_only: internal, ..Config::default() };
        let table = case.table;
        let start = case.start;
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
            outliving: Vec::new(),
            past: Vec::new(),
            known: BTreeSet::new(),
            launched: BTreeMap::new(),
            idles: 0,
            finished: false,
            crashes,
            is_crashing: false,
            log: Vec::new(),
            table,
            start,
        }
    }

    pub(super) fn run(mut self) -> Coverage {
        let event = self.event(self.start);
        let timeout = (self.rng.u8(..8) == 0).then(|| Duration::from_millis(self.rng.u64(1..500)));
        self.tick(&RecordedTick::Start(event, timeout));
        // A driver may apply further ticks before it takes all actions.
        let lazy = self.rng.u8(..3) == 0;
        let may_end = self.rng.u8(..12) == 0;
        let mut turns = 0;
        while !self.finished {
            turns += 1;
            assert!(turns < 2_000, "the run does not end");
            let patience = if lazy && self.engine.waiting_actions() < 20 { self.rng.usize(..4) } else { usize::MAX };
            self.perform(patience);
            if self.finished {
                break;
            }
            self.check_invariants();
            self.turn(may_end);
        }
        self.check_end_is_final();
        self.check_each_event_is_taken_once();
        #[cfg(feature = "durable")]
        self.replay_tails();
        let coverage = self.model.coverage;
        self.replay();
        coverage
    }

    fn tick(&mut self, tick: &RecordedTick) {
        apply(&mut self.engine, tick, self.now);
        self.log.push(LogEntry::Tick(tick.clone(), self.now));
        let model = &mut self.model;
        let now = self.now;
        if model.end.is_some() {
            // The run has ended, but its last action was not taken yet.
            return;
        }
        match tick {
            RecordedTick::Start(event, timeout) => model.start(event, *timeout, now),
            RecordedTick::External(event) => model.external(event),
            RecordedTick::Sent(from, event) => model.sent(*from, event),
            RecordedTick::Done(id, output) => model.done(*id, output),
            RecordedTick::Asked(from, prompt) => model.asked(*from, *prompt),
            RecordedTick::Failed(id, retry_after) => model.failed(*id, *retry_after, now),
            RecordedTick::Queued(id) => model.queued(*id, now),
            RecordedTick::Began(id) => model.began(*id, now),
            RecordedTick::Outlived(id) => model.outlived(*id),
            RecordedTick::Vacated(id) => _ = model.held.remove(id),
            RecordedTick::Time => model.time(now),
            RecordedTick::Cancel => model.end = Some(End::Cancelled),
            RecordedTick::Stalled => model.stalled(),
            RecordedTick::Resume => {}
            RecordedTick::Wait(..) | RecordedTick::Unwait(..) | RecordedTick::Quiet => {
                unreachable!("no step waits")
            }
        }
        model.drain_if_idle(now);
        let may_be_idle = matches!(
            tick,
            RecordedTick::Start(..) | RecordedTick::External(_) | RecordedTick::Done(..) | RecordedTick::Resume
        );
        if model.end.is_some() {
            self.idles = 0;
        } else if may_be_idle && model.work.is_empty() {
            self.idles += 1;
        }
    }

    /// Performs up to `count` actions.
    fn perform(&mut self, count: usize) {
        for _ in 0..count {
            let action = next_action(&mut self.engine);
            self.log.push(LogEntry::Action(action.clone()));
            let Some(action) = action else {
                return self.assert_no_action_is_missing();
            };
            assert!(!self.finished, "{action:?} after the end");
            self.compare_with_model(action);
        }
    }

    fn compare_with_model(&mut self, action: RecordedAction) {
        let model = &mut self.model;
        match action {
            RecordedAction::Launch(id, step, events, before) => {
                let is_first = model.launched(id, step, &events, before);
                let state = state(&self.engine);
                let stored = state.executions[id.slot].input.as_ref();
                let keeps = self.config.keeps || model.keeps_input(step);
                assert_eq!(stored.map(numbers), keeps.then(|| events.clone()));
                if is_first {
                    assert!(self.known.insert(id.serial), "serials are not reused");
                    let of = model.whose_failure(id);
                    for event in events {
                        *self.launched.entry((event, step, of)).or_default() += 1;
                    }
                }
                assert!(!self.past.contains(&id) && self.running.iter().all(|(other, _)| *other != id));
                self.running.push((id, step));
                let is_of_step = |(_, of): &&(ExecutionId, u16)| *of == step;
                let busy = self.running.iter().chain(&self.outliving).filter(is_of_step).count();
                assert!(busy <= self.table.steps[step as usize].workers as usize, "too many workers of {step}");
            }
            RecordedAction::Drop(id) => {
                assert!(model.drops.remove(&id), "{id:?} is dropped unexpectedly");
                // It may have returned after it was cancelled, which has no effect.
                let dropped = self.running.iter().position(|(running, _)| *running == id);
                let dropped = dropped.map(|at| self.running.remove(at));
                if dropped.is_some() {
                    self.past.push(id);
                }
                assert!(self.known.contains(&id.serial), "only launched executions are dropped");
                match dropped {
                    Some(dropped) if self.rng.bool() || self.is_crashing => self.outliving.push(dropped),
                    None if self.is_crashing => {}
                    // The driver had dropped its future by itself, and its code still runs.
                    None if self.outliving.iter().any(|(outliving, _)| *outliving == id) => {}
                    _ => self.tick(&RecordedTick::Vacated(id)),
                }
            }
            RecordedAction::Wake(..) => panic!("no step waits"),
            RecordedAction::Prompt(prompt) => assert_eq!(model.prompts.pop_front(), Some(prompt)),
            RecordedAction::Phase(event) => {
                assert!(self.config.internal);
                let error = event.error.map(|error| error.to_string());
                assert_eq!(model.phases.pop_front(), Some((event.execution, event.attempt, event.phase, error)));
            }
            RecordedAction::Idle => self.idles = self.idles.checked_sub(1).expect("idle is reported unexpectedly"),
            RecordedAction::Finish(end) => {
                assert_eq!(Some(&end), model.end.as_ref());
                self.finished = true;
                self.assert_no_action_is_missing();
            }
        }
    }

    fn assert_no_action_is_missing(&self) {
        let model = &self.model;
        assert_eq!(model.end.is_some(), self.finished);
        assert!(model.launches.iter().all(std::collections::VecDeque::is_empty), "not launched: {:?}", model.launches);
        assert!(model.drops.is_empty() || self.finished, "not dropped: {:?}", model.drops);
        assert!(model.prompts.is_empty() && self.idles == 0);
        assert!(model.phases.is_empty() || !self.config.internal, "not emitted: {:?}", model.phases);
    }

    /// Checks the facts that hold after each tick.
    fn check_invariants(&mut self) {
        if self.model.end.is_some() {
            return;
        }
        assert_eq!(self.engine.deadline(), self.model.deadline());
        assert_eq!(self.engine.is_idle(), self.model.work.is_empty());
        for (step, queue) in state(&self.engine).queues.iter().enumerate() {
            let busy = queue.running as usize + self.model.held_workers(number(step));
            let workers = self.table.steps[step].workers as usize;
            assert!(busy == workers || queue.is_empty(), "step {step} has a queue and a free worker");
        }
    }

    /// No event is lost, and none is taken twice.
    fn check_each_event_is_taken_once(&self) {
        for (copy, fate) in &self.model.copies {
            let times = self.launched.get(copy).copied().unwrap_or_default();
            assert_eq!(times, u32::from(*fate == CopyState::Launched), "event and step {copy:?}: {fate:?}");
            let settled = matches!(fate, CopyState::Parked | CopyState::Launched | CopyState::Dropped);
            assert!(settled || !matches!(self.model.end, Some(End::Stalled(..))), "{copy:?} is still queued");
        }
        assert!(self.launched.keys().all(|copy| self.model.copies.contains_key(copy)));
    }
}
