//! The semantics again, in a simple form: a tree of batches, and every order of executions.
//!
//! It shares nothing with the search but the numbers of the net. Outputs are read from the graph.

use super::{
    effect::{Effect, stops},
    net::{Net, Place},
};
use crate::graph::workflow_graph::{Collects, WorkflowGraph};
use std::collections::{BTreeSet, HashSet};

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Batch {
    source: Option<usize>,
    queued: Vec<u8>,
    sent: Vec<u8>,
    parked: Vec<Vec<u8>>,
    inner: Vec<Batch>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    run: Batch,
    decided: Vec<bool>,
    asked: bool,
    responses: u8,
}

enum Change {
    Continues,
    /// The batch is over, and these steps run around it.
    Closes(Vec<usize>),
    Stops,
    TooLarge,
}

#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) runs: Vec<bool>,
    pub(super) completes: bool,
    pub(super) stalls: BTreeSet<Vec<usize>>,
    /// Every state was looked at.
    pub(super) is_exhaustive: bool,
}

pub(super) struct BruteForce<'a> {
    pub(super) graph: &'a WorkflowGraph,
    pub(super) net: &'a Net,
    pub(super) branches: usize,
    pub(super) sends: usize,
}

const MAX_COUNT: u8 = 8;
const MAX_BATCHES: usize = 16;
const MAX_STATES: usize = 1_500;
const MAX_OUTPUTS: usize = 100;

impl BruteForce<'_> {
    pub(super) fn run(&self) -> Found {
        let steps = self.net.steps.len();
        let mut found = Found { runs: vec![false; steps], is_exhaustive: true, ..Found::default() };
        let outputs: Vec<Vec<Vec<Effect>>> = self.graph.steps.iter().map(|step| self.outputs(&step.output)).collect();
        if outputs.iter().any(|outputs| outputs.len() > MAX_OUTPUTS) {
            found.is_exhaustive = false;
            return found;
        }
        let mut world = World { run: self.batch(None), decided: vec![false; steps], asked: false, responses: 0 };
        if let Some(start) = self.net.start {
            self.deliver(&mut world.run, start, true, &mut world.decided);
        }
        let mut known = HashSet::from([world.clone()]);
        let mut open = vec![world];
        while let Some(world) = open.pop() {
            if known.len() > MAX_STATES {
                found.is_exhaustive = false;
                break;
            }
            mark(&world.run, &mut found.runs);
            for mut next in self.nexts(&world, &outputs, &mut found) {
                sort(&mut next.run);
                if known.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        found
    }

    fn batch(&self, source: Option<usize>) -> Batch {
        let steps = self.net.steps.len();
        let parked = self.net.steps.iter().map(|step| vec![0; step.parameters.len()]).collect();
        Batch { source, queued: vec![0; steps], sent: vec![0; steps], parked, inner: Vec::new() }
    }

    fn nexts(&self, world: &World, outputs: &[Vec<Vec<Effect>>], found: &mut Found) -> Vec<World> {
        let mut paths = Vec::new();
        list(&world.run, &mut Vec::new(), &mut paths);
        let mut nexts = Vec::new();
        let mut is_active = false;
        for path in &paths {
            let batch = at(&world.run, path);
            for (step, outputs) in outputs.iter().enumerate() {
                let sends = !self.net.steps[step].sends.is_empty();
                if batch.queued[step] > 0 {
                    is_active = true;
                    let effects = if sends { self.sent(step) } else { outputs.clone() };
                    for effects in effects {
                        let act = |batch: &mut Batch| {
                            batch.queued[step] -= 1;
                            batch.sent[step] += u8::from(sends);
                        };
                        self.turn(world, path, step, act, &effects, &mut nexts, found);
                    }
                    if !sends {
                        self.fail(world, path, step, |batch| batch.queued[step] -= 1, &mut nexts, found);
                    }
                }
                if batch.sent[step] > 0 {
                    is_active = true;
                    for effects in outputs {
                        self.turn(world, path, step, |batch| batch.sent[step] -= 1, effects, &mut nexts, found);
                    }
                    self.fail(world, path, step, |batch| batch.sent[step] -= 1, &mut nexts, found);
                }
            }
        }
        let may_respond = world.asked || !self.net.has_prompts;
        if may_respond && world.responses < 3 {
            for event in &self.net.responses {
                let mut next = world.clone();
                next.responses += 1;
                self.turn(&next, &[], 0, |_| {}, &[Effect::Event(*event)], &mut nexts, found);
            }
        }
        if !is_active {
            self.rest(world, &mut nexts, found);
        }
        nexts
    }

    fn rest(&self, world: &World, nexts: &mut Vec<World>, found: &mut Found) {
        let is_gathering = |step: &usize| {
            let is_gatherer = |parameter: usize| self.kind(*step, parameter) == Collects::All;
            (0..world.run.parked[*step].len()).any(|at| is_gatherer(at) && world.run.parked[*step][at] > 0)
        };
        let gathering: Vec<usize> = (0..self.net.steps.len()).filter(is_gathering).collect();
        if world.run.inner.is_empty() && self.holding(&world.run).is_empty() && !gathering.is_empty() {
            let mut next = world.clone();
            for step in gathering {
                next.run.parked[step].fill(0);
                next.run.queued[step] += 1;
            }
            nexts.push(next);
        } else if self.net.responses.is_empty() {
            let mut steps = BTreeSet::new();
            self.all_holding(&world.run, &mut steps);
            found.stalls.insert(steps.into_iter().collect());
        }
    }

    fn fail(
        &self,
        world: &World,
        path: &[usize],
        step: usize,
        act: impl Fn(&mut Batch),
        nexts: &mut Vec<World>,
        found: &mut Found,
    ) {
        if let Some(handler) = self.net.steps[step].handler {
            let act = |batch: &mut Batch| {
                act(batch);
                batch.queued[handler] += 1;
            };
            self.turn(world, path, step, act, &[], nexts, found);
        }
    }

    #[allow(clippy::too_many_arguments, reason = "all of a turn")]
    fn turn(
        &self,
        world: &World,
        path: &[usize],
        step: usize,
        act: impl Fn(&mut Batch),
        effects: &[Effect],
        nexts: &mut Vec<World>,
        found: &mut Found,
    ) {
        let mut next = world.clone();
        let World { run, decided, asked, .. } = &mut next;
        // A response comes from no step.
        *asked |= self.net.steps[step].asks
            && !matches!(effects, [Effect::Event(event)] if self.net.responses.contains(event));
        let change = self.go(run, path, decided, &mut |batch, is_run, decided| {
            act(batch);
            self.perform(batch, effects, is_run, decided, asked)
        });
        match change {
            Change::Stops => found.completes = true,
            Change::TooLarge => found.is_exhaustive = false,
            _ if is_large(&next.run) || count(&next.run) > MAX_BATCHES => found.is_exhaustive = false,
            _ => nexts.push(next),
        }
    }

    /// Does something in the batch at `path`, and closes the batches that are over because of it.
    fn go(
        &self,
        batch: &mut Batch,
        path: &[usize],
        decided: &mut Vec<bool>,
        act: &mut dyn FnMut(&mut Batch, bool, &mut Vec<bool>) -> Change,
    ) -> Change {
        let is_run = batch.source.is_none();
        let change = match path {
            [] => act(batch, is_run, decided),
            [first, rest @ ..] => match self.go(&mut batch.inner[*first], rest, decided, act) {
                Change::Closes(steps) => {
                    batch.inner.remove(*first);
                    launch(batch, &steps);
                    Change::Continues
                }
                other => other,
            },
        };
        match change {
            Change::Closes(steps) if is_run => {
                *batch = self.batch(None);
                launch(batch, &steps);
                Change::Continues
            }
            Change::Continues if !is_run && self.is_drained(batch) => Change::Closes(self.gatherers(batch.source)),
            other => other,
        }
    }

    fn gatherers(&self, source: Option<usize>) -> Vec<usize> {
        source.map(|source| self.net.sources[source].gatherers.clone()).unwrap_or_default()
    }

    fn perform(
        &self,
        batch: &mut Batch,
        effects: &[Effect],
        is_run: bool,
        decided: &mut Vec<bool>,
        asked: &mut bool,
    ) -> Change {
        for (at, effect) in effects.iter().enumerate() {
            match effect {
                Effect::Stop => return Change::Stops,
                Effect::Prompt => *asked = true,
                Effect::Event(event) => match self.deliver(batch, *event, is_run, decided) {
                    Change::Continues => {}
                    Change::Closes(_) if effects[at + 1..].iter().any(stops) => return Change::Stops,
                    other => return other,
                },
                Effect::Open(source, branches) => {
                    let mut inner = self.batch(Some(*source));
                    let mut change = Change::Continues;
                    for (at, branch) in branches.iter().enumerate() {
                        change = self.perform(&mut inner, branch, false, decided, asked);
                        if let Change::Closes(_) = change
                            && branches[at + 1..].iter().flatten().any(stops)
                        {
                            return Change::Stops;
                        }
                        if !matches!(change, Change::Continues) {
                            break;
                        }
                    }
                    match change {
                        Change::Continues if self.is_drained(&inner) => {
                            launch(batch, &self.gatherers(Some(*source)));
                        }
                        Change::Continues => batch.inner.push(inner),
                        Change::Closes(steps) => launch(batch, &steps),
                        other => return other,
                    }
                }
            }
        }
        Change::Continues
    }

    fn kind(&self, step: usize, parameter: usize) -> Collects {
        self.net.parameter(Place { step, parameter }).kind
    }

    fn deliver(&self, batch: &mut Batch, event: usize, is_run: bool, decided: &mut [bool]) -> Change {
        for Place { step, parameter } in self.net.takers[event].iter().copied() {
            let parameters = &self.net.steps[step].parameters;
            match parameters[parameter].kind {
                Collects::All => batch.parked[step][parameter] = 1,
                Collects::FirstOf(_) if is_run && decided[step] => {}
                Collects::FirstOf(_) => {
                    batch.parked[step][parameter] += 1;
                    if batch.parked[step][parameter] == parameters[parameter].need {
                        decided[step] |= is_run;
                        return Change::Closes(vec![step]);
                    }
                }
                Collects::One if parameters.len() == 1 => batch.queued[step] += 1,
                Collects::One | Collects::Every(_) => {
                    batch.parked[step][parameter] += 1;
                    let has_all =
                        |(at, parameter): (usize, &super::net::Parameter)| batch.parked[step][at] >= parameter.need;
                    if parameters.iter().enumerate().all(has_all) {
                        for (at, parameter) in parameters.iter().enumerate() {
                            batch.parked[step][at] -= parameter.need;
                        }
                        batch.queued[step] += 1;
                    }
                }
            }
            if is_large(batch) {
                return Change::TooLarge;
            }
        }
        Change::Continues
    }

    /// The steps that hold events in this batch, apart from those that gather.
    fn holding(&self, batch: &Batch) -> Vec<usize> {
        let holds = |step: &usize| {
            let parked = &batch.parked[*step];
            (0..parked.len()).any(|at| parked[at] > 0 && self.kind(*step, at) != Collects::All)
        };
        (0..self.net.steps.len()).filter(holds).collect()
    }

    fn all_holding(&self, batch: &Batch, steps: &mut BTreeSet<usize>) {
        steps.extend(self.holding(batch));
        for inner in &batch.inner {
            self.all_holding(inner, steps);
        }
    }

    fn is_drained(&self, batch: &Batch) -> bool {
        let is_idle = batch.queued.iter().chain(&batch.sent).all(|count| *count == 0);
        is_idle && batch.inner.is_empty() && self.holding(batch).is_empty()
    }
}

fn launch(batch: &mut Batch, steps: &[usize]) {
    for step in steps {
        batch.queued[*step] += 1;
    }
}

fn is_large(batch: &Batch) -> bool {
    let counts = batch.queued.iter().chain(&batch.sent).chain(batch.parked.iter().flatten());
    counts.copied().max().unwrap_or_default() > MAX_COUNT || batch.inner.iter().any(is_large)
}

fn count(batch: &Batch) -> usize {
    1 + batch.inner.iter().map(count).sum::<usize>()
}

fn sort(batch: &mut Batch) {
    for inner in &mut batch.inner {
        sort(inner);
    }
    batch.inner.sort();
}

fn mark(batch: &Batch, runs: &mut [bool]) {
    for (step, runs) in runs.iter_mut().enumerate() {
        *runs |= batch.queued[step] + batch.sent[step] > 0;
    }
    for inner in &batch.inner {
        mark(inner, runs);
    }
}

fn list(batch: &Batch, path: &mut Vec<usize>, paths: &mut Vec<Vec<usize>>) {
    paths.push(path.clone());
    for (number, inner) in batch.inner.iter().enumerate() {
        path.push(number);
        list(inner, path, paths);
        path.pop();
    }
}

fn at<'a>(batch: &'a Batch, path: &[usize]) -> &'a Batch {
    path.iter().fold(batch, |batch, number| &batch.inner[*number])
}
