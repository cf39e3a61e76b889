//! A run whose executions do the same for the same events, whenever they begin.

use super::LONG;
use super::script::{Asked, Deed, Deeds};
use crate::engine::tests::simulation::{
    coverage::Tally,
    graph::{Token, after_timeout, number},
    trace::{Seen, Told, apply, seen, state, tick, write},
};
use crate::engine::{Config, Engine, definition::Definition, id::ExecutionId, queue::Queue, tick::Tick, timer::Time};
use fastrand::Rng;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

const CONFIG: Config = Config { keeps: true, internal: false, seed: 0 };

/// What is known of a run after one of its ticks.
pub(super) struct Point {
    written: String,
    /// How much was said before.
    pub(super) said: usize,
    /// How much of what goes on has been done, and how many waits there are.
    done: u32,
    waiting: u32,
    /// The answers that have come, and who has seen them.
    given: BTreeMap<u64, usize>,
    taken: BTreeSet<(u64, u64)>,
    /// What goes on, or has yet to begin again.
    pub(super) running: BTreeMap<ExecutionId, u16>,
    launched: BTreeSet<ExecutionId>,
    answers: u64,
    now: Time,
    pub(super) is_lined_up: bool,
}

/// An attempt that goes on, and how much it has done.
struct Doing {
    step: u16,
    deeds: Vec<Deed>,
    done: usize,
    /// How much of what it waits for next it has asked for, and what it waits for, by its number.
    asked: usize,
    waiting: BTreeMap<usize, Asked>,
}

impl Doing {
    fn new(step: u16, deeds: Vec<Deed>) -> Self {
        Self { step, deeds, done: 0, asked: 0, waiting: BTreeMap::new() }
    }

    fn is_ready(&self) -> bool {
        match &self.deeds[self.done] {
            Deed::Hang => false,
            Deed::Wait(all) => self.asked < all.len(),
            _ => true,
        }
    }

    /// Whether it is about to wait for more at once.
    fn is_asking(&self) -> bool {
        matches!(&self.deeds[self.done], Deed::Wait(all) if (1..all.len()).contains(&self.asked))
    }

    /// How much has been done that would have an effect a second time.
    fn effects(&self) -> u32 {
        let is_effect = |deed: &&Deed| matches!(deed, Deed::Send(_) | Deed::Ask(_));
        number(self.deeds[..self.done].iter().filter(is_effect).count()).into()
    }
}

/// A run whose executions do the same for the same events, whenever they begin.
pub(super) struct Run<'a, D: Definition> {
    engine: Engine<D>,
    deeds: Deeds<'a>,
    /// Who goes on; whoever has begun first if there is no chance in it.
    chance: Option<Rng>,
    now: Time,
    running: BTreeMap<ExecutionId, Doing>,
    launched: BTreeSet<ExecutionId>,
    /// What was going on when the run was lost, and has not begun again.
    pub(super) again: BTreeMap<ExecutionId, u16>,
    pub(super) begun_again: Vec<(u16, ExecutionId)>,
    /// How much has come from outside by itself, and which answers have.
    answers: u64,
    given: BTreeMap<u64, usize>,
    /// Which of these have been seen by which executions, by number.
    taken: BTreeSet<(u64, u64)>,
    /// All but what begins again.
    pub(super) said: Vec<Seen>,
    pub(super) is_over: bool,
    pub(super) tally: Tally,
}

impl<'a, D: Definition<Event = Token, Output = u64, Prompt = u64>> Run<'a, D> {
    fn new(deeds: Deeds<'a>, chance: Option<Rng>) -> Self {
        Self {
            engine: Engine::new(deeds.case.table, CONFIG),
            deeds,
            chance,
            now: Time::default(),
            running: BTreeMap::new(),
            launched: BTreeSet::new(),
            again: BTreeMap::new(),
            begun_again: Vec::new(),
            answers: 0,
            given: BTreeMap::new(),
            taken: BTreeSet::new(),
            said: Vec::new(),
            is_over: false,
            tally: Tally::default(),
        }
    }

    /// A run from its start to its end, and all that was between its ticks, unless it is a long one.
    pub(super) fn materialize(deeds: Deeds<'a>) -> Option<(Self, Vec<Point>)> {
        let mut run = Self::new(deeds, None);
        run.tick(&Told::Start(Token { slot: deeds.case.start, id: 0 }, None));
        let mut points = vec![run.point()];
        while points.len() < LONG && run.turn() {
            points.push(run.point());
        }
        (points.len() < LONG).then_some((run, points))
    }

    pub(super) fn point(&mut self) -> Point {
        let stands = |queue: &Queue<_>| queue.has_requeued();
        let state = state(&self.engine);
        Point {
            written: write(&state),
            is_lined_up: state.queues.iter().any(stands),
            said: self.said.len(),
            done: self.running.values().map(Doing::effects).sum(),
            waiting: self.running.values().map(|doing| number(doing.waiting.len())).map(u32::from).sum(),
            given: self.given.clone(),
            taken: self.taken.clone(),
            running: self.running.iter().map(|(id, doing)| (*id, doing.step)).chain(self.again.clone()).collect(),
            launched: self.launched.clone(),
            answers: self.answers,
            now: self.now,
        }
    }

    pub(super) fn resumed(deeds: Deeds<'a>, point: &Point, away: Duration, chance: Option<Rng>) -> Self {
        let mut run = Self::new(deeds, chance);
        run.engine.restore(serde_json::from_str(&point.written).expect("it was written"), away);
        (run.now, run.answers) = (point.now, point.answers);
        (run.given, run.taken) = (point.given.clone(), point.taken.clone());
        (run.launched, run.again) = (point.launched.clone(), point.running.clone());
        run.tally.crashes += 1;
        run.tally.repeats += point.done;
        run.tally.waits_again += point.waiting;
        run.tick(&Told::Resume);
        run
    }

    /// The next thing that happens; nothing does after the end.
    pub(super) fn turn(&mut self) -> bool {
        if self.is_over {
            return false;
        }
        let told = self.next();
        self.tick(&told);
        !self.is_over
    }

    fn next(&mut self) -> Told {
        let is_at_once = self.running.iter().find(|(_, doing)| doing.is_asking()).map(|(id, _)| *id);
        if let Some(id) = is_at_once {
            return self.resume(id);
        }
        let ready: Vec<_> = self.running.iter().filter(|(_, doing)| doing.is_ready()).map(|(id, _)| *id).collect();
        if let Some(answer) = self.next_answer(ready.is_empty()) {
            return answer;
        }
        if let Some(first) = ready.first() {
            let id = self.chance.as_mut().map_or(*first, |rng| ready[rng.usize(..ready.len())]);
            return self.resume(id);
        }
        if self.engine.is_replaying() {
            return Told::Quiet;
        }
        if let Some(due) = self.engine.deadline() {
            self.now = self.now.max(due);
            return Told::Time;
        }
        assert!(self.engine.is_idle() && self.running.is_empty(), "something is forgotten");
        self.answers += 1;
        self.deeds.event(self.answers).map_or(Told::Stalled, Told::External)
    }

    /// An answer for somebody: at last when nobody goes on, and sometimes sooner, be it too soon.
    fn next_answer(&mut self, is_late: bool) -> Option<Told> {
        let is_soon = self.chance.as_mut().is_some_and(|rng| rng.u8(..4) == 0);
        let mut open = self.on_the_way();
        let mut wanted = Vec::new();
        for (id, doing) in &self.running {
            let to_come = doing.deeds.iter().filter(|_| is_soon).flat_map(Deed::waits);
            let asked: BTreeSet<u64> = to_come.chain(doing.waiting.values()).filter_map(Asked::answered).collect();
            // Two executions may be alike.
            let missing = asked.into_iter().filter(|answer| !self.taken.contains(&(*answer, id.serial)));
            wanted.extend(missing.filter(|answer| {
                let is_there = open.get_mut(answer).filter(|count| **count > 0);
                is_there.map(|count| *count -= 1).is_none()
            }));
        }
        if wanted.is_empty() || !is_late && !is_soon {
            return None;
        }
        let answer = wanted[self.chance.as_mut().map_or(0, |rng| rng.usize(..wanted.len()))];
        *self.given.entry(answer).or_default() += 1;
        self.tally.answers += 1;
        self.tally.answers_too_soon += u32::from(!is_late);
        Some(Told::External(Token { slot: self.deeds.wait_slot()?, id: answer }))
    }

    /// How many of each answer have come that nobody has seen.
    fn on_the_way(&self) -> BTreeMap<u64, usize> {
        let mut open = self.given.clone();
        for (answer, _) in &self.taken {
            let count = open.get_mut(answer).expect("it has come");
            *count = count.checked_sub(1).expect("an answer is for one wait");
        }
        open
    }

    /// It waits for one thing more, if that is what it does next.
    fn wait(&mut self, id: ExecutionId) -> Option<Told> {
        let doing = self.running.get_mut(&id)?;
        let Deed::Wait(all) = &doing.deeds[doing.done] else { return None };
        let asked = all[doing.asked].clone();
        doing.asked += 1;
        let slot = self.deeds.wait_slot()?;
        let told = Told::Wait(id, asked.wanted(slot));
        let Tick::Wait { matcher, timeout, .. } = tick::<D>(&told) else { unreachable!("it is made so") };
        let wait = self.engine.next_wait(id, slot, matcher.as_ref(), timeout.is_some()).expect("it goes on");
        assert!(doing.waiting.insert(wait, asked).is_none(), "two waits are one");
        Some(told)
    }

    fn resume(&mut self, id: ExecutionId) -> Told {
        if let Some(told) = self.wait(id) {
            return told;
        }
        let recovers = self.recovers(id);
        let doing = self.running.get_mut(&id).expect("it is ready");
        let deed = doing.deeds[doing.done].clone();
        doing.done += 1;
        if let Deed::Send(event) = deed {
            return Told::Sent(id, event);
        } else if let Deed::Ask(prompt) = deed {
            return Told::Asked(id, prompt);
        }
        let step = doing.step;
        self.running.remove(&id);
        match deed {
            Deed::Fail(again) if again.is_some() && self.deeds.case.table.steps[step as usize].retries => {
                Told::Failed(id, again)
            }
            // Where the order does not count, no failure ends a run: others would not come to theirs.
            Deed::Fail(_) if !self.deeds.is_ordered && !recovers => Told::Done(id, Vec::new()),
            Deed::Fail(again) => Told::Failed(id, again),
            Deed::Done(output) => Told::Done(id, output),
            Deed::Send(_) | Deed::Ask(_) | Deed::Wait(_) | Deed::Hang => unreachable!("it is not over"),
        }
    }

    /// Whether a handler would take a failure for good.
    fn recovers(&mut self, id: ExecutionId) -> bool {
        let case = self.deeds.case;
        let state = state(&self.engine);
        let execution = &state.executions[id.slot];
        // A handler is told the first event.
        let is_told = match execution.input.as_ref().map_or(0, |input| input.events().len()) {
            0 => false,
            1 => true,
            _ => self.deeds.is_ordered,
        };
        case.handler(execution.step).filter(|_| is_told).is_some_and(|handler| {
            let catches = case.table.steps[handler as usize].catches.expect("it is a handler");
            state.recovery_budgets.count(execution.place.lineage, handler) < catches.max_recoveries
        })
    }

    fn tick(&mut self, told: &Told) {
        apply(&mut self.engine, told, self.now);
        while let Some(action) = self.engine.action().map(seen) {
            self.see(action);
        }
    }

    fn see(&mut self, action: Seen) {
        match &action {
            Seen::Launch(id, step, events, before) => {
                let is_timed_out = before.as_ref().is_some_and(|(text, _)| text.starts_with("took longer"));
                let mut deeds = self.deeds.of(*step, events, id.attempt);
                if let Some(Deed::Hang) = deeds.last()
                    && !self.is_timed_out_well(*id, *step)
                {
                    deeds.pop();
                    deeds.push(Deed::Done(Vec::new()));
                }
                self.running.insert(*id, Doing::new(*step, deeds));
                self.has_worker(*step);
                if !self.launched.insert(*id) {
                    assert_eq!(self.again.remove(id), Some(*step), "it begins twice for no reason");
                    let before = self.begun_again.iter().rfind(|(of, _)| of == step);
                    assert!(before.is_none_or(|(_, before)| before < id), "not in the order of their numbers");
                    self.begun_again.push((*step, *id));
                    self.tally.begun_again += 1;
                    return;
                }
                let stands_back = self.again.values().any(|of| of == step);
                assert!(!stands_back || id.attempt > 1, "what is queued comes before what was going on");
                self.tally.retries += u32::from(id.attempt > 1);
                self.tally.timeouts += u32::from(is_timed_out);
                self.tally.recoveries += u32::from(self.deeds.case.table.steps[*step as usize].catches.is_some());
            }
            Seen::Drop(id) => {
                self.running.remove(id);
                self.again.remove(id);
            }
            Seen::Wake(id, wait, answer) => {
                let doing = self.running.get_mut(id).expect("who is woken goes on");
                let asked = doing.waiting.remove(wait).expect("it waits for this");
                assert_eq!(*answer, asked.answered());
                self.taken.extend(answer.map(|answer| (answer, id.serial)));
                if doing.waiting.is_empty() && !doing.is_ready() {
                    (doing.asked, doing.done) = (0, doing.done + 1);
                }
                let step = doing.step;
                self.tally.waits_timed_out += u32::from(answer.is_none());
                return self.has_worker(step);
            }
            Seen::Finish(_) => self.is_over = true,
            _ => {}
        }
        self.said.push(action);
    }

    /// Whoever does not wait has a worker.
    fn has_worker(&self, step: u16) {
        let busy = self.running.values().filter(|doing| doing.step == step && doing.waiting.is_empty()).count();
        assert!(busy <= self.deeds.case.table.steps[step as usize].workers as usize, "too many workers of {step}");
    }

    /// Whether the run goes on if this takes too long.
    fn is_timed_out_well(&mut self, id: ExecutionId, step: u16) -> bool {
        let step = &self.deeds.case.table.steps[step as usize];
        let Some(timeout) = step.timeout else { return false };
        let again = after_timeout(timeout, id.attempt);
        step.retries && again.is_some() || self.recovers(id)
    }
}
