//! What has to come of a run, told in the slowest and plainest way: nothing is counted ahead,
//! nothing is numbered twice, and what a batch still has in it is looked up each time.

mod batches;

use super::{
    graph::{Case, STEPS, Token, number},
    tally::Tally,
    told::Made,
};
use crate::{
    Parked,
    core::{ExecutionId, Time},
    graph::{EventKey, Leaf, PortKind},
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
    parent: usize,
    /// The branch of `parent` in which it was opened.
    branch: u32,
    opener: u16,
    filling: bool,
    drained: bool,
    cancelled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    batch: usize,
    branch: u32,
}

#[derive(Debug)]
struct Kept {
    event: u64,
    place: Place,
    leaf: u16,
}

/// One launch that is due or has happened.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) number: usize,
    pub(super) step: u16,
    pub(super) events: Vec<u64>,
    place: Place,
    /// When it got a worker.
    pub(super) since: Option<Time>,
    /// Since the driver knows of it.
    pub(super) id: Option<ExecutionId>,
    /// It has returned, and its output is being gone through.
    returning: bool,
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
    kept: Vec<Kept>,
    /// What is queued or running, in the order in which it came up.
    pub(super) work: Vec<Work>,
    begun: usize,
    /// Races that have been decided; none in `batch` stands for the run itself.
    decided: BTreeSet<(Option<usize>, u16)>,
    pub(super) fates: BTreeMap<(u64, u16), Fate>,
    run_timeout: Option<(Time, Duration)>,
    pub(super) end: Option<End>,
    /// What the core has to say and has not said yet.
    pub(super) launches: [VecDeque<usize>; STEPS],
    pub(super) drops: BTreeSet<ExecutionId>,
    pub(super) prompts: VecDeque<u64>,
    pub(super) tally: Tally,
}

impl Model {
    pub(super) fn new(case: Case) -> Self {
        Self {
            case,
            batches: vec![Batch { parent: 0, branch: 0, opener: 0, filling: false, drained: false, cancelled: false }],
            root: 0,
            kept: Vec::new(),
            work: Vec::new(),
            begun: 0,
            decided: BTreeSet::new(),
            fates: BTreeMap::new(),
            run_timeout: None,
            end: None,
            launches: Default::default(),
            drops: BTreeSet::new(),
            prompts: VecDeque::new(),
            tally: Tally::default(),
        }
    }

    pub(super) fn slot(&self, key: &EventKey) -> u16 {
        self.case.slot(key)
    }

    fn root(&self) -> Place {
        Place { batch: self.root, branch: 0 }
    }

    pub(super) fn start(&mut self, event: &Token, timeout: Option<Duration>, now: Time) {
        self.run_timeout = timeout.map(|after| (now + after, after));
        self.route(event, self.root());
    }

    pub(super) fn sent(&mut self, from: ExecutionId, event: &Token) {
        if let Some(place) = self.running(from).map(|work| work.place) {
            self.route(event, place);
        }
    }

    pub(super) fn running(&self, id: ExecutionId) -> Option<&Work> {
        self.work.iter().find(|work| work.id == Some(id))
    }

    pub(super) fn done(&mut self, id: ExecutionId, output: &[Made]) {
        let Some(work) = self.work.iter_mut().find(|work| work.id == Some(id)) else { return };
        work.returning = true;
        let (number, mut place) = (work.number, work.place);
        for made in output {
            match made {
                Made::Event(event) => self.route(event, place),
                Made::Prompt(prompt) => self.prompts.push_back(*prompt),
                Made::Stop(result) => {
                    self.end = Some(End::Completed(*result));
                    return;
                }
                Made::Open(opener) => {
                    let opener = opener + self.case.table.openers[self.step_of(number) as usize];
                    self.batches.push(Batch {
                        parent: place.batch,
                        branch: place.branch,
                        opener,
                        filling: true,
                        drained: false,
                        cancelled: false,
                    });
                    place = Place { batch: self.batches.len() - 1, branch: u32::MAX };
                }
                Made::Branch => place.branch = place.branch.wrapping_add(1),
                Made::Close => {
                    let batch = &mut self.batches[place.batch];
                    batch.filling = false;
                    place = Place { batch: batch.parent, branch: batch.branch };
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

    pub(super) fn failed(&mut self, id: ExecutionId, now: Time) {
        let failed =
            self.running(id).map(|work| End::Failed(self.name(work.step), 1, now - work.since.expect("it runs")));
        self.end = failed.or(self.end.take());
    }

    pub(super) fn external(&mut self, event: &Token) {
        self.route(event, self.root());
    }

    /// What time brings: the soonest of what is due.
    pub(super) fn time(&mut self, now: Time) {
        let Some(at) = self.deadline().filter(|at| *at <= now) else { return };
        if let Some((_, after)) = self.run_timeout.filter(|(due, _)| *due == at) {
            self.end = Some(End::TimedOut(after, self.active()));
            return;
        }
        // What is due at once comes in the order in which it was launched.
        let due = self.work.iter().filter(|work| self.due(work) == Some(at));
        let work = due.min_by_key(|work| work.id).expect("it is due");
        self.end = Some(End::Failed(self.name(work.step), 1, now - work.since.expect("it runs")));
        self.drops.extend(work.id);
    }

    fn due(&self, work: &Work) -> Option<Time> {
        Some(work.since? + self.case.table.steps[work.step as usize].timeout?)
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        let works = self.work.iter().filter_map(|work| self.due(work));
        works.chain(self.run_timeout.map(|(at, _)| at)).min()
    }

    fn name(&self, step: u16) -> &'static str {
        self.case.table.steps[step as usize].name
    }

    /// The steps that have an execution.
    fn active(&self) -> Vec<&'static str> {
        let steps: BTreeSet<u16> = self.work.iter().filter(|work| work.since.is_some()).map(|work| work.step).collect();
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
    pub(super) fn settle(&mut self, now: Time) {
        if self.end.is_some() {
            self.launches = Default::default();
            return;
        }
        if self.work.is_empty() && !self.is_live(self.root) {
            for step in 0..number(STEPS) {
                let events = self.gather(self.root, step);
                if !events.is_empty() {
                    self.tally.root_joins += 1;
                    self.enqueue(step, events, self.root());
                }
            }
        }
        for step in 0..number(STEPS) {
            let workers = self.case.table.steps[step as usize].workers as usize;
            let busy = self.work.iter().filter(|work| work.step == step && work.since.is_some()).count();
            let waiting = self.work.iter_mut().filter(|work| work.step == step && work.since.is_none());
            for work in waiting.take(workers - busy) {
                work.since = Some(now);
                self.launches[step as usize].push_back(work.number);
                self.tally.launches += 1;
            }
        }
    }

    fn leaf(&self, leaf: u16) -> &'static Leaf {
        &self.case.table.leaves[leaf as usize]
    }

    fn route(&mut self, event: &Token, place: Place) {
        for leaf in self.case.takers[event.slot as usize].clone() {
            let taker = self.leaf(leaf);
            assert_eq!(self.fates.insert((event.id, taker.step), Fate::Parked), None, "a step takes an event once");
            let race = if place.batch == self.root { None } else { Some(place.batch) };
            if self.is_cancelled(place.batch) || self.decided.contains(&(race, taker.step)) {
                self.fates.insert((event.id, taker.step), Fate::Dropped);
                self.tally.dropped_events += 1;
                continue;
            }
            self.kept.push(Kept { event: event.id, place, leaf });
            match taker.kind {
                PortKind::All => {}
                PortKind::First(n) => {
                    if self.kept_by(place.batch, leaf).len() == n {
                        let won = self.take(place.batch, leaf, n);
                        let events = won.iter().map(|kept| kept.event).collect();
                        self.tally.races += u32::from(race.is_some());
                        self.tally.root_races += u32::from(race.is_none());
                        let home = self.cancel(place.batch);
                        self.decided.insert((race, taker.step));
                        self.enqueue(taker.step, events, home);
                    }
                }
                PortKind::One | PortKind::Every(_) => self.pair(taker.step, place.batch),
            }
        }
    }

    /// Launches `step` if `batch` has enough for each of its parameters.
    fn pair(&mut self, step: u16, batch: usize) {
        let ports: BTreeMap<u16, (u16, usize)> = (0..)
            .zip(self.case.table.leaves)
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
            self.enqueue(step, taken.iter().map(|kept| kept.event).collect(), Place { batch, branch });
        }
    }

    /// Where in `kept` the events of the parameter of `leaf` are, in the order of arrival.
    fn kept_by(&self, batch: usize, leaf: u16) -> Vec<usize> {
        let of = |leaf: u16| (self.leaf(leaf).step, self.leaf(leaf).port);
        let same = |kept: &Kept| kept.place.batch == batch && of(kept.leaf) == of(leaf);
        self.kept.iter().enumerate().filter(|(_, kept)| same(kept)).map(|(at, _)| at).collect()
    }

    fn take(&mut self, batch: usize, leaf: u16, n: usize) -> Vec<Kept> {
        let at = self.kept_by(batch, leaf);
        at[..n].iter().enumerate().map(|(before, at)| self.kept.remove(at - before)).collect()
    }

    fn enqueue(&mut self, step: u16, events: Vec<u64>, place: Place) {
        for event in &events {
            let was = self.fates.insert((*event, step), Fate::Queued);
            assert_eq!(was, Some(Fate::Parked), "an event is taken once");
        }
        self.begun += 1;
        self.work.push(Work { number: self.begun, step, events, place, since: None, id: None, returning: false });
    }
}
