//! A reference model of the engine, written for clarity and not for speed.
//!
//! It stores no counters and reuses no numbers: whether a batch has drained is searched for each time.
//! The runner applies every tick to both, and compares each action of the engine with the model.

mod batches;
mod failures;
mod queue;
mod routing;

use super::{
    coverage::Coverage,
    graph::{Case, STEPS, Token, number},
    trace::RecordedEffect,
};
use crate::{
    engine::{id::ExecutionId, timer::Time},
    error::{Parked, Waiting},
    graph::{EventInput, EventKey, PortKind},
    step_event::StepPhase,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

/// The state of one step's copy of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CopyState {
    Parked,
    Queued,
    Launched,
    Dropped,
}

#[derive(Debug)]
struct Batch {
    /// The place of the execution that opened it.
    home: Place,
    opener: u16,
    filling: bool,
    drained: bool,
    cancelled: bool,
}

/// The number of recoveries by each handler.
type Recoveries = [u32; STEPS];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    batch: usize,
    branch: u32,
    recovered: Recoveries,
}

/// One step's copy of one event; for a handler, also the step that failed.
pub(super) type CopyKey = (u64, u16, Option<u16>);

#[derive(Debug)]
struct ParkedCopy {
    event: u64,
    place: Place,
    leaf: u16,
}

/// One execution that is queued or was launched.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) number: usize,
    pub(super) step: u16,
    pub(super) events: Vec<u64>,
    /// The failed step, for a handler.
    pub(super) of: Option<u16>,
    place: Place,
    pub(super) stage: Stage,
    attempt: u32,
    /// The number and time of its first launch.
    began: Option<(usize, Time)>,
    /// The text of its last failure.
    failure: Option<String>,
    /// Its current attempt, once the engine has launched it.
    pub(super) id: Option<ExecutionId>,
    /// The number of sends of this attempt, and how many of them will be duplicates.
    sent: u32,
    duplicates: u32,
}

/// The stage of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Queued,
    /// Launched before; requeued with this number.
    Requeued(usize),
    /// Holds a worker since then. `timer` is the number of its timer.
    Running {
        since: Time,
        timer: usize,
        /// When a blocking step had its resources, and when its code began on its thread.
        queued: Option<Time>,
        begun: Option<Time>,
    },
    Backoff {
        until: Time,
        timer: usize,
    },
    /// Has returned; its output is being routed.
    Returning,
}

/// How a run ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    Completed(u64),
    Failed(&'static str, u32, Duration),
    TimedOut(Duration, Vec<&'static str>),
    Cancelled,
    Stalled(Vec<Parked>, Vec<Waiting>),
}

#[derive(Debug)]
pub(super) struct Model {
    case: Case,
    batches: Vec<Batch>,
    root: usize,
    parked: Vec<ParkedCopy>,
    /// The executions that have not ended, in the order of their creation.
    pub(super) work: Vec<Work>,
    /// Counters of executions, first launches, requeued executions, and timers.
    created: usize,
    launched_count: usize,
    requeued: usize,
    timers: usize,
    /// The decided races, by batch and step. The root batch is `None`.
    decided: BTreeSet<(Option<usize>, u16)>,
    pub(super) copies: BTreeMap<CopyKey, CopyState>,
    run_timeout: Option<(Time, Duration)>,
    pub(super) end: Option<End>,
    /// The actions that the engine has yet to return.
    pub(super) launches: [VecDeque<usize>; STEPS],
    pub(super) drops: BTreeSet<ExecutionId>,
    /// The dropped executions that hold a worker, with their steps.
    pub(super) held: BTreeMap<ExecutionId, u16>,
    pub(super) prompts: VecDeque<u64>,
    pub(super) phases: VecDeque<(u64, u32, StepPhase, Option<String>)>,
    pub(super) coverage: Coverage,
}

impl Model {
    pub(super) fn new(case: Case) -> Self {
        Self {
            case,
            batches: vec![Batch::root(0)],
            root: 0,
            parked: Vec::new(),
            work: Vec::new(),
            created: 0,
            launched_count: 0,
            requeued: 0,
            timers: 1,
            decided: BTreeSet::new(),
            copies: BTreeMap::new(),
            run_timeout: None,
            end: None,
            launches: Default::default(),
            drops: BTreeSet::new(),
            held: BTreeMap::new(),
            prompts: VecDeque::new(),
            phases: VecDeque::new(),
            coverage: Coverage::default(),
        }
    }

    pub(super) fn slot(&self, key: &EventKey) -> u16 {
        self.case.slot(key)
    }

    fn root(&self) -> Place {
        self.batches[self.root].inside()
    }

    pub(super) fn start(&mut self, event: &Token, timeout: Option<Duration>, now: Time) {
        self.run_timeout = timeout.map(|after| (now + after, after));
        self.route(event, self.root());
    }

    pub(super) fn sent(&mut self, from: ExecutionId, event: &Token) {
        if let Some(place) = self.count_send(from) {
            self.route(event, place);
        }
    }

    pub(super) fn asked(&mut self, from: ExecutionId, prompt: u64) {
        if self.count_send(from).is_some() {
            self.prompts.push_back(prompt);
        }
    }

    /// The place of an execution that sends, unless the send is a duplicate.
    fn count_send(&mut self, from: ExecutionId) -> Option<Place> {
        let work = self.work.iter_mut().find(|work| work.is(from))?;
        if work.duplicates > 0 {
            work.duplicates -= 1;
            self.coverage.duplicates += 1;
            return None;
        }
        work.sent += 1;
        Some(work.place)
    }

    pub(super) fn done(&mut self, id: ExecutionId, output: &[RecordedEffect]) {
        let Some(work) = self.work.iter_mut().find(|work| work.is(id)) else { return };
        work.stage = Stage::Returning;
        let number = work.number;
        let mut place = work.place;
        self.phases.push_back((id.serial, id.attempt, StepPhase::Done, None));
        for effect in output {
            match effect {
                RecordedEffect::Event(event) => self.route(event, place),
                RecordedEffect::Prompt(prompt) => self.prompts.push_back(*prompt),
                RecordedEffect::Stop(result) => {
                    self.end = Some(End::Completed(*result));
                    return;
                }
                RecordedEffect::Open(opener) => {
                    let opener = opener + self.case.table.batch_sources[self.step_of(number) as usize];
                    self.batches.push(Batch { home: place, opener, filling: true, drained: false, cancelled: false });
                    place = Place { batch: self.batches.len() - 1, branch: u32::MAX, ..place };
                }
                RecordedEffect::Branch => place.branch = place.branch.wrapping_add(1),
                RecordedEffect::Close => {
                    let batch = &mut self.batches[place.batch];
                    batch.filling = false;
                    place = batch.home;
                    self.drain();
                }
            }
        }
        self.work.retain(|work| work.number != number);
        self.drain();
    }

    fn step_of(&self, number: usize) -> u16 {
        self.work.iter().find(|work| work.number == number).expect("the execution is returning").step
    }

    pub(super) fn external(&mut self, event: &Token) {
        self.route(event, self.root());
    }

    fn name(&self, step: u16) -> &'static str {
        self.case.table.steps[step as usize].name
    }

    /// The steps with a running execution.
    fn active(&self) -> Vec<&'static str> {
        let steps: BTreeSet<u16> = self.work.iter().filter(|work| work.is_running()).map(|work| work.step).collect();
        steps.into_iter().map(|step| self.name(step)).collect()
    }

    pub(super) fn stalled(&mut self) {
        if !self.work.is_empty() {
            return;
        }
        let count = |step| self.parked.iter().filter(|parked| self.leaf(parked.leaf).step == step).count();
        let parked =
            |step| Parked { step: self.name(step).to_owned(), events: count(step), missing: self.missing(step) };
        let parked = (0..number(STEPS)).map(parked);
        self.end = Some(End::Stalled(parked.filter(|parked| parked.events > 0).collect(), Vec::new()));
    }

    /// The types that a join misses in any batch in which it has parked an event.
    fn missing(&self, step: u16) -> Vec<String> {
        let mut leaves = BTreeSet::new();
        let here: Vec<&ParkedCopy> = self.parked.iter().filter(|parked| self.leaf(parked.leaf).step == step).collect();
        for ParkedCopy { place, .. } in &here {
            for (leaf, input) in (0..).zip(self.case.table.inputs) {
                let arrived = here
                    .iter()
                    .filter(|other| other.place.batch == place.batch && self.leaf(other.leaf).port == input.port);
                let needed = match input.kind {
                    PortKind::One => 1,
                    PortKind::Every(n) | PortKind::First(n) => n,
                    PortKind::All => 0,
                };
                if input.step == step && input.port != EventInput::WAIT && arrived.count() < needed {
                    leaves.insert(leaf);
                }
            }
        }
        leaves.into_iter().map(|leaf| self.leaf(leaf).key.name()).collect()
    }

    /// Runs after each tick: drains the root batch if nothing else is left, and launches what is queued.
    pub(super) fn drain_if_idle(&mut self, now: Time) {
        if self.end.is_some() {
            self.launches = Default::default();
            return;
        }
        if self.work.is_empty() && !self.is_live(self.root) {
            for step in 0..number(STEPS) {
                let (events, recovered) = self.gather(self.root, step);
                if !events.is_empty() {
                    self.coverage.root_joins += 1;
                    self.enqueue(step, events, self.root().after(recovered));
                }
            }
        }
        self.launch(now);
    }

    fn leaf(&self, leaf: u16) -> &'static EventInput {
        &self.case.table.inputs[leaf as usize]
    }

    fn add_work(&mut self, step: u16, events: Vec<u64>, of: Option<u16>, place: Place) {
        self.created += 1;
        self.work.push(Work {
            number: self.created,
            step,
            events,
            of,
            place,
            stage: Stage::Queued,
            attempt: 1,
            began: None,
            failure: None,
            id: None,
            sent: 0,
            duplicates: 0,
        });
    }
}
