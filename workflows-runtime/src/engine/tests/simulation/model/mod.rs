//! What has to come of a run, told in the slowest and plainest way: nothing is counted ahead,
//! nothing is numbered twice, and what a batch still has in it is looked up each time.

mod batches;
mod failures;
mod queue;

use super::{
    coverage::Tally,
    graph::{Case, STEPS, Token, number},
    trace::Made,
};
use crate::{
    engine::{execution::ExecutionId, timer::Time},
    error::Parked,
    graph::{EventInput, EventKey, PortKind},
    step_event::StepPhase,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

/// What has become of one step's copy of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    Parked,
    Queued,
    Launched,
    Dropped,
}

#[derive(Debug)]
struct Batch {
    /// Where it was opened.
    home: Place,
    opener: u16,
    filling: bool,
    drained: bool,
    cancelled: bool,
}

/// How often each step has taken a failure in a line of events.
type Recoveries = [u32; STEPS];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    batch: usize,
    branch: u32,
    recovered: Recoveries,
}

/// One step's copy of one event; for a handler, also whose failure came with it.
pub(super) type Copied = (u64, u16, Option<u16>);

#[derive(Debug)]
struct BufferedResponse {
    event: u64,
    place: Place,
    leaf: u16,
}

/// One execution that is due or has begun.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) number: usize,
    pub(super) step: u16,
    pub(super) events: Vec<u64>,
    /// The step whose failure it takes, if it takes one.
    pub(super) of: Option<u16>,
    place: Place,
    pub(super) stage: Stage,
    attempt: u32,
    /// When its first attempt began, and how many had begun before.
    began: Option<(usize, Time)>,
    /// How its last attempt ended.
    failure: Option<String>,
    /// Its present attempt, since the driver knows of it.
    pub(super) id: Option<ExecutionId>,
    /// How much this attempt has sent and asked, and how much of it has yet to come again.
    sent: u32,
    repeats: u32,
}

/// What a piece of work is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Queued,
    /// It has begun before, and has this place in line.
    Again(usize),
    /// It has a worker, and so many timers were set before its own.
    Running {
        since: Time,
        timer: usize,
    },
    Backoff {
        until: Time,
        timer: usize,
    },
    /// It has returned, and its output is being gone through.
    Returning,
}

/// How a run ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    Completed(u64),
    Failed(&'static str, u32, Duration),
    TimedOut(Duration, Vec<&'static str>),
    Cancelled,
    Stalled(Vec<Parked>, Vec<String>),
}

#[derive(Debug)]
pub(super) struct Model {
    case: Case,
    batches: Vec<Batch>,
    root: usize,
    kept: Vec<BufferedResponse>,
    /// What is queued or running, in the order in which it came up.
    pub(super) work: Vec<Work>,
    /// How many pieces of work there have been, how many have begun, how many have got in line
    /// again, and how many timers were set.
    made: usize,
    begun: usize,
    lined_up: usize,
    timers: usize,
    /// Races that have been decided; none in `batch` stands for the run itself.
    decided: BTreeSet<(Option<usize>, u16)>,
    pub(super) fates: BTreeMap<Copied, Fate>,
    run_timeout: Option<(Time, Duration)>,
    pub(super) end: Option<End>,
    /// What the core has to say and has not said yet.
    pub(super) launches: [VecDeque<usize>; STEPS],
    pub(super) drops: BTreeSet<ExecutionId>,
    pub(super) prompts: VecDeque<u64>,
    pub(super) phases: VecDeque<(u64, u32, StepPhase)>,
    pub(super) tally: Tally,
}

impl Model {
    pub(super) fn new(case: Case) -> Self {
        Self {
            case,
            batches: vec![Batch::root(0)],
            root: 0,
            kept: Vec::new(),
            work: Vec::new(),
            made: 0,
            begun: 0,
            lined_up: 0,
            timers: 1,
            decided: BTreeSet::new(),
            fates: BTreeMap::new(),
            run_timeout: None,
            end: None,
            launches: Default::default(),
            drops: BTreeSet::new(),
            prompts: VecDeque::new(),
            phases: VecDeque::new(),
            tally: Tally::default(),
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
        if let Some(place) = self.is_new(from) {
            self.route(event, place);
        }
    }

    pub(super) fn asked(&mut self, from: ExecutionId, prompt: u64) {
        if self.is_new(from).is_some() {
            self.prompts.push_back(prompt);
        }
    }

    /// Where what an execution sends or asks belongs, unless it has done so before.
    fn is_new(&mut self, from: ExecutionId) -> Option<Place> {
        let work = self.work.iter_mut().find(|work| work.is(from))?;
        if work.repeats > 0 {
            work.repeats -= 1;
            self.tally.repeats += 1;
            return None;
        }
        work.sent += 1;
        Some(work.place)
    }

    pub(super) fn done(&mut self, id: ExecutionId, output: &[Made]) {
        let Some(work) = self.work.iter_mut().find(|work| work.is(id)) else { return };
        work.stage = Stage::Returning;
        let (number, mut place) = (work.number, work.place);
        self.phases.push_back((id.serial, id.attempt, StepPhase::Done));
        for made in output {
            match made {
                Made::Event(event) => self.route(event, place),
                Made::Prompt(prompt) => self.prompts.push_back(*prompt),
                Made::Stop(result) => {
                    self.end = Some(End::Completed(*result));
                    return;
                }
                Made::Open(opener) => {
                    let opener = opener + self.case.table.batch_sources[self.step_of(number) as usize];
                    self.batches.push(Batch { home: place, opener, filling: true, drained: false, cancelled: false });
                    place = Place { batch: self.batches.len() - 1, branch: u32::MAX, ..place };
                }
                Made::Branch => place.branch = place.branch.wrapping_add(1),
                Made::Close => {
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
        self.work.iter().find(|work| work.number == number).expect("it is returning").step
    }

    pub(super) fn external(&mut self, event: &Token) {
        self.route(event, self.root());
    }

    fn name(&self, step: u16) -> &'static str {
        self.case.table.steps[step as usize].name
    }

    /// The steps that have an execution.
    fn active(&self) -> Vec<&'static str> {
        let steps: BTreeSet<u16> = self.work.iter().filter(|work| work.is_running()).map(|work| work.step).collect();
        steps.into_iter().map(|step| self.name(step)).collect()
    }

    pub(super) fn stalled(&mut self) {
        if !self.work.is_empty() {
            return;
        }
        let count = |step| self.kept.iter().filter(|kept| self.leaf(kept.leaf).step == step).count();
        let parked = |step| Parked { step: self.name(step).to_owned(), events: count(step) };
        let parked = (0..number(STEPS)).map(parked);
        self.end = Some(End::Stalled(parked.filter(|parked| parked.events > 0).collect(), Vec::new()));
    }

    /// After each tick: the outermost batch drains when nothing goes on any more, and whoever is
    /// first in line gets the free workers.
    pub(super) fn drain_if_idle(&mut self, now: Time) {
        if self.end.is_some() {
            self.launches = Default::default();
            return;
        }
        if self.work.is_empty() && !self.is_live(self.root) {
            for step in 0..number(STEPS) {
                let (events, recovered) = self.gather(self.root, step);
                if !events.is_empty() {
                    self.tally.root_joins += 1;
                    self.enqueue(step, events, self.root().after(recovered));
                }
            }
        }
        self.launch(now);
    }

    fn leaf(&self, leaf: u16) -> &'static EventInput {
        &self.case.table.inputs[leaf as usize]
    }

    fn route(&mut self, event: &Token, place: Place) {
        for leaf in self.case.takers[event.slot as usize].clone() {
            let taker = self.leaf(leaf);
            let copy = (event.id, taker.step, None);
            assert_eq!(self.fates.insert(copy, Fate::Parked), None, "a step takes an event once");
            let race = if place.batch == self.root { None } else { Some(place.batch) };
            if self.is_cancelled(place.batch) || self.decided.contains(&(race, taker.step)) {
                self.fates.insert(copy, Fate::Dropped);
                self.tally.dropped_events += 1;
                continue;
            }
            self.kept.push(BufferedResponse { event: event.id, place, leaf });
            match taker.kind {
                PortKind::All => {}
                PortKind::First(n) => {
                    if self.kept_by(place.batch, leaf).len() == n {
                        let won = self.take(place.batch, leaf, n);
                        let events = won.iter().map(|kept| kept.event).collect();
                        let recovered = self.joined(&won);
                        self.tally.races += u32::from(race.is_some());
                        self.tally.root_races += u32::from(race.is_none());
                        let home = self.cancel(place.batch);
                        self.decided.insert((race, taker.step));
                        self.enqueue(taker.step, events, home.after(recovered));
                    }
                }
                PortKind::One | PortKind::Every(_) => self.pair(taker.step, place.batch),
            }
        }
    }

    /// Launches `step` if `batch` has enough for each of its parameters.
    fn pair(&mut self, step: u16, batch: usize) {
        let ports: BTreeMap<u16, (u16, usize)> = (0..)
            .zip(self.case.table.inputs)
            .filter(|(_, leaf)| leaf.step == step)
            .map(|(at, leaf)| (leaf.port, (at, if let PortKind::Every(n) = leaf.kind { n } else { 1 })))
            .collect();
        if ports.values().all(|(leaf, n)| self.kept_by(batch, *leaf).len() >= *n) {
            let mut taken = Vec::new();
            for (leaf, n) in ports.into_values() {
                taken.extend(self.take(batch, leaf, n));
            }
            self.tally.sets += u32::from(taken.len() > 1);
            let branch = taken.iter().map(|kept| kept.place.branch).min().expect("there is a parameter");
            let recovered = self.joined(&taken);
            self.enqueue(step, taken.iter().map(|kept| kept.event).collect(), Place { batch, branch, recovered });
        }
    }

    /// Where in `kept` the events of the parameter of `leaf` are, in the order of arrival.
    fn kept_by(&self, batch: usize, leaf: u16) -> Vec<usize> {
        let of = |leaf: u16| (self.leaf(leaf).step, self.leaf(leaf).port);
        let same = |kept: &BufferedResponse| kept.place.batch == batch && of(kept.leaf) == of(leaf);
        self.kept.iter().enumerate().filter(|(_, kept)| same(kept)).map(|(at, _)| at).collect()
    }

    fn take(&mut self, batch: usize, leaf: u16, n: usize) -> Vec<BufferedResponse> {
        let at = self.kept_by(batch, leaf);
        at[..n].iter().enumerate().map(|(before, at)| self.kept.remove(at - before)).collect()
    }

    fn enqueue(&mut self, step: u16, events: Vec<u64>, place: Place) {
        for event in &events {
            let was = self.fates.insert((*event, step, None), Fate::Queued);
            assert_eq!(was, Some(Fate::Parked), "an event is taken once");
        }
        self.add_work(step, events, None, place);
    }

    fn add_work(&mut self, step: u16, events: Vec<u64>, of: Option<u16>, place: Place) {
        self.made += 1;
        self.work.push(Work {
            number: self.made,
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
            repeats: 0,
        });
    }
}
