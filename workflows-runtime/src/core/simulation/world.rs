//! One random run: whatever may happen to a core happens, in a random order, and each time what
//! the core does is held against what the model says.

use super::{
    graph::{Case, Token, number},
    model::{End, Fate, Model},
    tally::Tally,
    told::{Made, Seen, Told, numbers, seen, tick, write},
};
use crate::{
    StepPhase,
    core::{Config, Core, ExecutionId, Graph, State, Time},
    graph::{LeafKey, Shape, Table},
};
use fastrand::Rng;
use std::{collections::BTreeMap, time::Duration};

/// What happens to a core, and is done again to another one.
#[derive(Debug)]
enum Record {
    Tick(Told, Time),
    Action(Option<Seen>),
    State(String),
}

pub(super) struct World<G: Graph<Event = Token, Output = u64, Prompt = u64>> {
    core: Core<G>,
    model: Model,
    config: Config,
    rng: Rng,
    now: Time,
    /// Events so far, and how many there may be.
    events: u64,
    fuel: u64,
    running: Vec<(ExecutionId, u16)>,
    /// Executions that are over.
    past: Vec<ExecutionId>,
    phases: BTreeMap<u64, StepPhase>,
    /// How many copies have been launched, by event and step.
    launched: BTreeMap<(u64, u16), u32>,
    idles: u32,
    finished: bool,
    log: Vec<Record>,
    table: &'static Table,
    start: u16,
}

impl<G: Graph<Event = Token, Output = u64, Prompt = u64>> World<G> {
    pub(super) fn new(case: Case, mut rng: Rng) -> Self {
        let config = Config { keeps: rng.bool(), internal: rng.bool(), seed: 0 };
        let (table, start) = (case.table, case.start);
        Self {
            core: Core::new(table, config),
            model: Model::new(case),
            config,
            now: Time(rng.u64(..1000)),
            events: 0,
            fuel: rng.u64(5..150),
            rng,
            running: Vec::new(),
            past: Vec::new(),
            phases: BTreeMap::new(),
            launched: BTreeMap::new(),
            idles: 0,
            finished: false,
            log: Vec::new(),
            table,
            start,
        }
    }

    pub(super) fn run(mut self) -> Tally {
        let event = self.event(self.start);
        let timeout = (self.rng.u8(..8) == 0).then(|| Duration::from_millis(self.rng.u64(1..100)));
        self.tick(&Told::Start(event, timeout));
        // Sometimes actions are left lying while ticks come in, as a driver may do.
        let lazy = self.rng.u8(..3) == 0;
        let deadly = self.rng.u8(..12) == 0;
        let mut turns = 0;
        while !self.finished {
            turns += 1;
            assert!(turns < 2_000, "it never ends");
            let patience = if lazy && self.core.waiting_actions() < 20 { self.rng.usize(..4) } else { usize::MAX };
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

    /// One random thing that may happen to a run.
    fn turn(&mut self, deadly: bool) {
        let happens = self.rng.u16(..1000);
        let told = match happens {
            0..=4 if deadly => Told::Cancel,
            5..=9 if deadly && !self.running.is_empty() => Told::Failed(self.any_running().0, None),
            10..=39 => return self.pass_time(deadly),
            40..=44 => return self.repeat(),
            45..=49 => return self.freeze(),
            50..=59 if self.fuel > 0 => self.any_external(),
            60..=189 if self.fuel > 0 && !self.running.is_empty() => {
                let (from, step) = self.any_running();
                let Shape::Any(members) = self.table.steps[step as usize].sends else { return };
                let Some(Shape::Event(key)) = self.rng.choice(members.iter()) else { return };
                let slot = self.model.slot(key);
                Told::Sent(from, self.event(slot))
            }
            _ if !self.running.is_empty() => self.any_output(),
            _ if self.core.waiting_actions() == 0 => {
                assert!(self.core.is_idle() && self.model.work.is_empty(), "nothing runs, so nothing is queued");
                if self.fuel > 0 && self.rng.u8(..8) > 0 { self.any_external() } else { Told::Stalled }
            }
            _ => return,
        };
        self.tick(&told);
    }

    fn any_running(&mut self) -> (ExecutionId, u16) {
        let at = self.rng.usize(..self.running.len());
        self.running[at]
    }

    /// Something that a step takes comes from outside, be it meant to or not.
    fn any_external(&mut self) -> Told {
        let leaf = self.rng.usize(..self.table.leaves.len());
        let slot = match self.table.leaves[leaf].key {
            LeafKey::Event(key) => self.model.slot(&key),
            _ => number(leaf),
        };
        Told::External(self.event(slot))
    }

    fn any_output(&mut self) -> Told {
        let at = self.rng.usize(..self.running.len());
        let (id, step) = self.running.remove(at);
        self.past.push(id);
        let mut output = Vec::new();
        self.make(self.table.steps[step as usize].emits, 0, &mut output);
        Told::Done(id, output)
    }

    fn event(&mut self, slot: u16) -> Token {
        self.events += 1;
        self.fuel = self.fuel.saturating_sub(1);
        Token { slot, id: self.events }
    }

    /// A random output of this shape; `opener` is the number of its first batch.
    fn make(&mut self, shape: &Shape, opener: u16, output: &mut Vec<Made>) {
        match shape {
            Shape::Event(key) => {
                let slot = self.model.slot(key);
                if self.fuel > 0 && self.rng.u8(..10) > 0 {
                    output.push(Made::Event(self.event(slot)));
                }
            }
            // A loop may go on opening empty batches for ever.
            Shape::Batch(_) if self.fuel == 0 => {}
            Shape::Batch(of) => {
                self.fuel -= 1;
                output.push(Made::Open(opener));
                for _ in 0..self.rng.u64(..6).min(self.fuel) {
                    output.push(Made::Branch);
                    self.make(of, opener + 1, output);
                }
                output.push(Made::Close);
            }
            Shape::Any(members) => {
                let mut opener = opener;
                for member in *members {
                    if self.rng.u8(..5) > 0 {
                        self.make(member, opener, output);
                    }
                    opener += number(member.batches());
                }
            }
            Shape::OneOf(members) => {
                let one = self.rng.usize(..members.len());
                let before: usize = members[..one].iter().map(|member| member.batches()).sum();
                self.make(members[one], opener + number(before), output);
            }
            Shape::Prompt => output.push(Made::Prompt(self.rng.u64(..1000))),
            Shape::Stop if self.rng.u8(..4) == 0 => output.push(Made::Stop(self.rng.u64(..1000))),
            _ => {}
        }
    }

    /// Time goes on, mostly not far enough for anything to be due.
    fn pass_time(&mut self, deadly: bool) {
        let at = Time(self.now.0 + self.rng.u64(..200_000));
        self.now = match self.core.deadline() {
            Some(due) if deadly && self.core.waiting_actions() == 0 && self.rng.bool() => self.now.max(due),
            Some(due) if due <= at => return,
            _ => at,
        };
        self.tick(&Told::Time);
    }

    /// Ticks of executions that are over, or never were, change nothing.
    fn repeat(&mut self) {
        let slot = self.start;
        let mut told = Vec::new();
        for mut id in self.rng.choose_multiple(self.past.clone(), 3) {
            if self.rng.u8(..4) == 0 {
                id.serial += 1_000_000;
            }
            told.push(match self.rng.u8(..3) {
                0 => Told::Sent(id, Token { slot, id: 0 }),
                1 => Told::Failed(id, None),
                _ => Told::Done(id, vec![Made::Event(Token { slot, id: 0 }), Made::Stop(0)]),
            });
        }
        if !self.core.is_idle() {
            told.push(Told::Stalled);
        }
        self.changes_nothing(&told);
    }

    fn changes_nothing(&mut self, ticks: &[Told]) {
        let before = (write(&self.core.state), self.core.waiting_actions());
        for told in ticks {
            self.core.apply(tick(told), self.now);
        }
        assert_eq!(
            (write(&self.core.state), self.core.waiting_actions()),
            before,
            "one of {ticks:?} changes something"
        );
    }

    /// From here on the run is gone on with from what was written down of it.
    fn freeze(&mut self) {
        if self.core.waiting_actions() > 0 {
            return;
        }
        let written = write(&self.core.state);
        let state: State<Token> = serde_json::from_str(&written).expect("it was written");
        assert_eq!(write(&state), written);
        let handed = state.launched;
        self.core = Core { state, handed, ..Core::new(self.table, self.config) };
        self.log.push(Record::State(written));
    }

    fn tick(&mut self, told: &Told) {
        self.core.apply(tick(told), self.now);
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
            Told::Failed(id, _) => model.failed(*id, now),
            Told::Time => model.time(now),
            Told::Cancel => model.end = Some(End::Cancelled),
            Told::Stalled => model.stalled(),
            Told::Resume => {}
            Told::Asked(..) | Told::Wait(..) | Told::Unwait(..) | Told::Quiet => unreachable!("no body does so here"),
        }
        model.settle(now);
        let comes_to_rest = matches!(told, Told::Start(..) | Told::External(_) | Told::Done(..));
        if model.end.is_some() {
            self.idles = 0;
        } else if comes_to_rest && model.work.is_empty() {
            self.idles += 1;
        }
    }

    /// Performs up to `count` actions.
    fn perform(&mut self, count: usize) {
        for _ in 0..count {
            let action = self.core.action().map(seen);
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
            Seen::Launch(id, attempt, step, events) => {
                let due = model.launches[step as usize].pop_front();
                let work = model.work.iter_mut().find(|work| Some(work.number) == due);
                let work = work.unwrap_or_else(|| panic!("step {step} is launched with {events:?} for no reason"));
                assert_eq!((attempt, step, &events), (1, work.step, &work.events), "not its turn");
                work.id = Some(id);
                let kept = self.core.state.executions[id.slot].input.as_ref();
                assert_eq!(kept.map(numbers), self.config.keeps.then(|| events.clone()));
                for event in events {
                    model.fates.insert((event, step), Fate::Launched);
                    *self.launched.entry((event, step)).or_default() += 1;
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
                assert!(self.past.contains(&id), "what is dropped has been launched");
            }
            Seen::Wake(..) => panic!("nothing waits"),
            Seen::Prompt(prompt) => assert_eq!(model.prompts.pop_front(), Some(prompt)),
            Seen::Phase(event) => {
                assert!(self.config.internal);
                assert_eq!(self.phases.insert(event.execution, event.phase), None, "an execution is over once");
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
    }

    /// What can be seen from outside at any time.
    fn look(&self) {
        if self.model.end.is_some() {
            return;
        }
        assert_eq!(self.core.deadline(), self.model.deadline());
        assert_eq!(self.core.is_idle(), self.model.work.is_empty());
        for (step, queue) in self.core.state.queues.iter().enumerate() {
            let workers = self.table.steps[step].workers;
            assert!(queue.running == workers || queue.waiting.is_empty(), "step {step} could work and does not");
        }
    }

    fn stays_over(&mut self) {
        let event = self.event(self.start);
        let mut ticks = vec![Told::External(event), Told::Time, Told::Cancel, Told::Stalled];
        if let Some((id, _)) = self.running.first().copied() {
            ticks.extend([Told::Failed(id, None), Told::Done(id, vec![Made::Stop(0)])]);
        }
        self.changes_nothing(&ticks);
        assert!(self.core.action().is_none());
    }

    /// Nothing is lost and nothing comes twice.
    fn account(&self) {
        for (copy, fate) in &self.model.fates {
            let times = self.launched.get(copy).copied().unwrap_or_default();
            assert_eq!(times, u32::from(*fate == Fate::Launched), "event and step {copy:?}: {fate:?}");
            let settled = matches!(fate, Fate::Parked | Fate::Launched | Fate::Dropped);
            assert!(settled || !matches!(self.model.end, Some(End::Stalled(..))), "{copy:?} is still queued");
        }
        if self.config.internal && matches!(self.model.end, Some(End::Stalled(..))) {
            assert!(self.past.iter().all(|id| self.phases.contains_key(&id.serial)), "every execution is told of");
        }
        assert!(self.launched.keys().all(|copy| self.model.fates.contains_key(copy)));
    }

    /// The same ticks make another core do and be the same.
    fn replay(self) {
        let mut core = Core::<G>::new(self.table, self.config);
        for record in self.log {
            match record {
                Record::Tick(told, now) => core.apply(tick(&told), now),
                Record::Action(action) => assert_eq!(core.action().map(seen), action),
                Record::State(written) => assert_eq!(write(&core.state), written),
            }
        }
        assert_eq!(write(&core.state), write(&self.core.state));
    }
}
