//! A run that is lost after any of its ticks, and gone on with from what was written down then.

mod deeds;

use self::deeds::{Deed, Deeds};
use super::{
    Seed,
    graph::{Case, Sim, Style, Token, after_timeout, number},
    run_all,
    tally::Tally,
    told::{Seen, Told, seen, state, tick, write},
};
use crate::core::{Config, Core, ExecutionId, Graph, Queue, Time};
use fastrand::Rng;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// So many ticks are too many to go on from each of them.
const LONG: usize = 60;

const CONFIG: Config = Config { keeps: true, internal: false, seed: 0 };

/// After each tick at which no attempt stands in line for a worker, a run is gone on with in a fresh
/// core. If whoever has begun first always goes on first, then what had begun begins again, each in
/// its turn, and from there on all is launched, asked, dropped and ended exactly as without the crash,
/// under the same numbers; what was sent and asked before has no effect again.
///
/// (Who stands in line does so by when it is due, and after a crash by its number: see the other test.)
#[test]
fn a_run_goes_on_after_any_tick_as_if_it_had_not_stopped() {
    let tally = run_all(0..400, |seed| {
        let _seed = Seed(seed);
        let mut rng = Rng::with_seed(seed);
        let style = [Style::Flat, Style::Batched, Style::Races][rng.usize(..3)];
        match Case::random(&mut rng, style) {
            case if case.table.races => in_the_same_order::<Sim<true, true>>(&case, seed),
            case if case.table.batched => in_the_same_order::<Sim<true, false>>(&case, seed),
            case => in_the_same_order::<Sim<false, false>>(&case, seed),
        }
    });
    assert!(tally.crashes > 3_000 && tally.begun_again > 6_000, "{tally:?}");
    assert!(tally.retries > 1_000 && tally.recoveries > 1_000 && tally.repeats > 1_000, "{tally:?}");
}

/// Where nothing depends on who comes first (each event goes its own way, or is gathered with all of its
/// batch), a run that is lost after any of its ticks, and once more later, and whose executions go on in
/// another order each time, comes to the same: the same attempts with the same events, counted
/// once; the same prompts, recoveries, and end. Nothing begins twice but what was going on when the
/// run was lost, and that does so in the order in which it had begun, before what is queued.
#[test]
fn a_run_comes_to_the_same_after_crashes_in_any_order() {
    let tally = run_all(0..400, |seed| {
        let _seed = Seed(seed);
        let mut rng = Rng::with_seed(seed);
        let style = [Style::Flat, Style::Gathers, Style::Gathers][rng.usize(..3)];
        match Case::random(&mut rng, style) {
            case if case.table.batched => in_any_order::<Sim<true, false>>(&case, seed),
            case => in_any_order::<Sim<false, false>>(&case, seed),
        }
    });
    assert!(tally.crashes > 3_000 && tally.begun_again > 6_000, "{tally:?}");
    assert!(tally.retries > 1_000 && tally.recoveries > 1_000 && tally.timeouts > 400, "{tally:?}");
}

fn in_the_same_order<G: Graph<Event = Token, Output = u64, Prompt = u64>>(case: &Case, seed: u64) -> Tally {
    let deeds = Deeds { case, seed, is_ordered: true };
    let Some((whole, points)) = Run::<G>::whole(deeds) else { return Tally::default() };
    let mut tally = whole.tally;
    for point in points.iter().filter(|point| !point.is_lined_up) {
        let mut run = Run::<G>::resumed(deeds, point, Duration::ZERO, None);
        let begun_again: Vec<_> = point.running.iter().map(|(id, step)| (*step, *id)).collect();
        let all: BTreeSet<_> = begun_again.into_iter().collect();
        assert_eq!(run.begun_again, all.into_iter().collect::<Vec<_>>(), "all at once, step by step");
        if let Some(Seen::Idle) = run.said.first() {
            // It is said once more to whoever goes on with it.
            run.said.remove(0);
        }
        while run.turn() {}
        assert_eq!(run.said, whole.said[point.said..]);
        tally = tally.and(run.tally);
    }
    tally
}

fn in_any_order<G: Graph<Event = Token, Output = u64, Prompt = u64>>(case: &Case, seed: u64) -> Tally {
    let deeds = Deeds { case, seed, is_ordered: false };
    let Some((whole, points)) = Run::<G>::whole(deeds) else { return Tally::default() };
    let mut tally = whole.tally;
    for (nth, point) in points.iter().enumerate() {
        let mut rng = Rng::with_seed(seed ^ nth as u64);
        let away = Duration::from_micros(rng.u64(..20_000));
        let mut run = Run::<G>::resumed(deeds, point, away, Some(rng.fork()));
        let mut said = whole.said[..point.said].to_vec();
        for _ in 0..rng.usize(..2 * points.len()) {
            run.turn();
        }
        if !run.is_over {
            let point = run.point();
            said.append(&mut run.said);
            tally = tally.and(run.tally);
            run = Run::<G>::resumed(deeds, &point, away, Some(rng));
        }
        while run.turn() {}
        assert!(run.again.is_empty(), "what was going on begins again");
        said.append(&mut run.said);
        assert_eq!(sorted(&said), sorted(&whole.said));
        tally = tally.and(run.tally);
    }
    tally
}

/// What was said, in an order of its own, without the names of executions.
fn sorted(said: &[Seen]) -> Vec<String> {
    let text = |seen: &Seen| match seen {
        Seen::Launch(id, step, events, before) => {
            let mut events = events.clone();
            events.sort_unstable();
            let failure = before.as_ref().map(|(text, _)| text);
            Some(format!("{step} with {events:?} for the {}. time after {failure:?}", id.attempt))
        }
        Seen::Idle | Seen::Drop(_) => None,
        other => Some(format!("{other:?}")),
    };
    let mut said: Vec<_> = said.iter().filter_map(text).collect();
    said.sort_unstable();
    said
}

/// What is known of a run after one of its ticks.
struct Point {
    written: String,
    /// How much was said before.
    said: usize,
    /// How much of what goes on has been done.
    done: u32,
    /// What goes on, or has yet to begin again.
    running: BTreeMap<ExecutionId, u16>,
    launched: BTreeSet<ExecutionId>,
    answers: u64,
    now: Time,
    is_lined_up: bool,
}

/// An attempt that goes on, and how much it has done.
struct Doing {
    step: u16,
    deeds: Vec<Deed>,
    done: usize,
}

/// A run whose executions do the same for the same events, whenever they begin.
struct Run<'a, G: Graph> {
    core: Core<G>,
    deeds: Deeds<'a>,
    /// Who goes on; whoever has begun first if there is no chance in it.
    chance: Option<Rng>,
    now: Time,
    running: BTreeMap<ExecutionId, Doing>,
    launched: BTreeSet<ExecutionId>,
    /// What was going on when the run was lost, and has not begun again.
    again: BTreeMap<ExecutionId, u16>,
    begun_again: Vec<(u16, ExecutionId)>,
    /// How much has come from outside.
    answers: u64,
    /// All but what begins again.
    said: Vec<Seen>,
    is_over: bool,
    tally: Tally,
}

impl<'a, G: Graph<Event = Token, Output = u64, Prompt = u64>> Run<'a, G> {
    fn new(deeds: Deeds<'a>, chance: Option<Rng>) -> Self {
        Self {
            core: Core::new(deeds.case.table, CONFIG),
            deeds,
            chance,
            now: Time::default(),
            running: BTreeMap::new(),
            launched: BTreeSet::new(),
            again: BTreeMap::new(),
            begun_again: Vec::new(),
            answers: 0,
            said: Vec::new(),
            is_over: false,
            tally: Tally::default(),
        }
    }

    /// A run from its start to its end, and all that was between its ticks, unless it is a long one.
    fn whole(deeds: Deeds<'a>) -> Option<(Self, Vec<Point>)> {
        let mut run = Self::new(deeds, None);
        run.tick(&Told::Start(Token { slot: deeds.case.start, id: 0 }, None));
        let mut points = vec![run.point()];
        while points.len() < LONG && run.turn() {
            points.push(run.point());
        }
        (points.len() < LONG).then_some((run, points))
    }

    fn point(&mut self) -> Point {
        let stands = |queue: &Queue<_>| queue.again.as_ref().is_some_and(|again| !again.is_empty());
        let state = state(&mut self.core);
        Point {
            written: write(state),
            is_lined_up: state.queues.iter().any(stands),
            said: self.said.len(),
            done: self.running.values().map(|doing| number(doing.done)).map(u32::from).sum(),
            running: self.running.iter().map(|(id, doing)| (*id, doing.step)).chain(self.again.clone()).collect(),
            launched: self.launched.clone(),
            answers: self.answers,
            now: self.now,
        }
    }

    fn resumed(deeds: Deeds<'a>, point: &Point, away: Duration, chance: Option<Rng>) -> Self {
        let mut run = Self::new(deeds, chance);
        run.core.restore(serde_json::from_str(&point.written).expect("it was written"), away);
        (run.now, run.answers) = (point.now, point.answers);
        (run.launched, run.again) = (point.launched.clone(), point.running.clone());
        run.tally.crashes += 1;
        run.tally.repeats += point.done;
        run.tick(&Told::Resume);
        run
    }

    /// The next thing that happens; nothing does after the end.
    fn turn(&mut self) -> bool {
        if self.is_over {
            return false;
        }
        let told = self.next();
        self.tick(&told);
        !self.is_over
    }

    fn next(&mut self) -> Told {
        let is_ready = |doing: &Doing| !matches!(doing.deeds[doing.done], Deed::Hang);
        let ready: Vec<_> = self.running.iter().filter(|(_, doing)| is_ready(doing)).map(|(id, _)| *id).collect();
        if let Some(first) = ready.first() {
            let id = self.chance.as_mut().map_or(*first, |rng| ready[rng.usize(..ready.len())]);
            return self.go_on(id);
        }
        if let Some(due) = self.core.deadline() {
            self.now = self.now.max(due);
            return Told::Time;
        }
        assert!(self.core.is_idle() && self.running.is_empty(), "something is forgotten");
        self.answers += 1;
        self.deeds.answer(self.answers).map_or(Told::Stalled, Told::External)
    }

    fn go_on(&mut self, id: ExecutionId) -> Told {
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
            Deed::Send(_) | Deed::Ask(_) | Deed::Hang => unreachable!("it is not over"),
        }
    }

    /// Whether a handler would take a failure for good.
    fn recovers(&mut self, id: ExecutionId) -> bool {
        let case = self.deeds.case;
        let state = state(&mut self.core);
        let execution = &state.executions[id.slot];
        // A handler is told the first event.
        let is_told = match execution.input.as_ref().map_or(0, |input| input.events().len()) {
            0 => false,
            1 => true,
            _ => self.deeds.is_ordered,
        };
        case.handler(execution.step).filter(|_| is_told).is_some_and(|handler| {
            let catches = case.table.steps[handler as usize].catches.expect("it is a handler");
            state.lineages.count(execution.place.lineage, handler) < catches.max_recoveries
        })
    }

    fn tick(&mut self, told: &Told) {
        self.core.apply(tick(told), self.now);
        while let Some(action) = self.core.action().map(seen) {
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
                self.running.insert(*id, Doing { step: *step, deeds, done: 0 });
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
            Seen::Finish(_) => self.is_over = true,
            _ => {}
        }
        self.said.push(action);
    }

    /// Whether the run goes on if this takes too long.
    fn is_timed_out_well(&mut self, id: ExecutionId, step: u16) -> bool {
        let step = &self.deeds.case.table.steps[step as usize];
        let Some(timeout) = step.timeout else { return false };
        let again = after_timeout(timeout, id.attempt);
        step.retries && again.is_some() || self.recovers(id)
    }
}
