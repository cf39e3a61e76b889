//! Random workflows.

use crate::{
    FailedAttempt,
    core::{Failed, Graph},
    graph::{
        EventKey, Graph as Routes, Leaf, LeafKey, NONE, Port, PortKind, Shape, Step, Table, count_edges, count_openers,
    },
};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};

pub(super) const STEPS: usize = 7;
pub(super) const LEAVES: usize = 12;
const EDGES: usize = 48;
const OPENERS: usize = 24;
/// How deep the analysis follows a nest of batches.
const DEPTH: usize = 6;

const NAMES: [&str; STEPS] = ["zero", "one", "two", "three", "four", "five", "six"];
pub(super) const EVENTS: [EventKey; 5] = [
    EventKey::new("A", "simulation", 1, 1),
    EventKey::new("B", "simulation", 2, 1),
    EventKey::new("C", "simulation", 3, 1),
    EventKey::new("D", "simulation", 4, 1),
    EventKey::new("E", "simulation", 5, 1),
];

/// A workflow whose table is made up at run time.
#[derive(Debug)]
pub(super) struct Sim<const BATCHED: bool, const RACES: bool>;

/// An event, and which one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) slot: u16,
    pub(super) id: u64,
}

impl<const BATCHED: bool, const RACES: bool> Graph for Sim<BATCHED, RACES> {
    type Event = Token;
    type Output = u64;
    type Prompt = u64;
    const BATCHED: bool = BATCHED;
    const RACES: bool = RACES;

    fn slot(event: &Token) -> u16 {
        event.slot
    }

    fn retry(_: u16, failure: &FailedAttempt<'_>) -> Option<Duration> {
        let text = failure.error.to_string();
        text.strip_prefix(AGAIN)?.parse().ok().map(Duration::from_millis)
    }

    /// A failure is told by the number of the event that the step was launched with.
    fn failure(_: u16, failed: &Failed<'_, Token>) -> Option<Token> {
        failed.input?.events().first().cloned()
    }
}

/// What a failure says that is to be tried again: after so many milliseconds.
pub(super) const AGAIN: &str = "again after ";

/// Which kinds of parameters there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Flat,
    Batched,
    Races,
}

/// One random workflow, and what else is to be known about it, found in another way than the
/// table's own facts.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) table: &'static Table,
    /// The slot of the run's input.
    pub(super) start: u16,
    /// For each slot, the leaves that take it, in order.
    pub(super) takers: Vec<Vec<u16>>,
    /// Opener and step: the step gathers the opener's batch.
    pub(super) joins: BTreeSet<(u16, u16)>,
}

impl Case {
    pub(super) fn random(rng: &mut Rng, style: Style) -> Self {
        loop {
            let (leaves, ports) = random_leaves(rng, style);
            let taken: Vec<_> = EVENTS.into_iter().filter(|key| first(&leaves, key).is_some()).collect();
            if taken.is_empty() {
                continue;
            }
            let mut emits: [_; STEPS] = std::array::from_fn(|step| random_shape(rng, &taken, usize::from(step == 0)));
            if style != Style::Flat && rng.u8(..3) > 0 {
                weave(rng, &mut emits, &leaves);
            }
            let steps = std::array::from_fn(|step| Step {
                name: NAMES[step],
                emits: emits[step],
                sends: random_sends(rng, &taken),
                ports: ports[step],
                workers: rng.u32(1..4),
                timeout: (rng.u8(..5) == 0).then(|| Duration::from_millis(rng.u64(1..50))),
                retries: false,
                catches: None,
                unchecked_reachable: false,
                unchecked_dead_end: false,
            });
            if count_edges(&steps) <= EDGES && count_openers(&steps) <= OPENERS {
                return Self::new(&steps, &leaves);
            }
        }
    }

    pub(super) fn new(steps: &[Step; STEPS], leaves: &[Leaf; LEAVES]) -> Self {
        let routes: &'static _ = Box::leak(Box::new(Routes::<STEPS, LEAVES, EDGES, OPENERS>::new(*steps, *leaves)));
        let table: &'static Table = Box::leak(Box::new(routes.table()));
        let takers = (0..).zip(leaves).map(|(at, leaf)| match &leaf.key {
            LeafKey::Event(key) => taking(leaves, key),
            _ => vec![at],
        });
        let mut case = Self { table, start: 0, takers: takers.collect(), joins: BTreeSet::new() };
        case.joins = case.find_joins();
        for opener in 0..count_openers(steps) {
            for step in 0..STEPS {
                let told = table.joins[opener * STEPS + step];
                assert_eq!(told, case.joins.contains(&(number(opener), number(step))), "opener {opener}, step {step}");
            }
        }
        case
    }

    pub(super) fn slot(&self, key: &EventKey) -> u16 {
        first(self.table.leaves, key).expect("only events that are taken are emitted")
    }

    /// What a step emits and sends: the slot and the openers around it, outside in.
    fn emitted(&self, step: usize) -> Vec<(u16, Vec<u16>)> {
        fn walk(case: &Case, shape: &Shape, opener: u16, around: &[u16], found: &mut Vec<(u16, Vec<u16>)>) {
            match shape {
                Shape::Event(key) => found.push((case.slot(key), around.to_vec())),
                Shape::Batch(of) => walk(case, of, opener + 1, &[around, &[opener]].concat(), found),
                Shape::Any(members) | Shape::OneOf(members) => {
                    let mut opener = opener;
                    for member in *members {
                        walk(case, member, opener, around, found);
                        opener += number(member.batches());
                    }
                }
                _ => {}
            }
        }
        let mut found = Vec::new();
        walk(self, self.table.steps[step].emits, self.table.openers[step], &[], &mut found);
        walk(self, self.table.steps[step].sends, 0, &[], &mut found);
        found
    }

    /// Follows every event from every opener, with how many batches deeper it is.
    fn find_joins(&self) -> BTreeSet<(u16, u16)> {
        let mut joins = BTreeSet::new();
        let emitted: Vec<_> = (0..STEPS).map(|step| self.emitted(step)).collect();
        let openers: BTreeSet<u16> = emitted.iter().flatten().flat_map(|(_, around)| around.clone()).collect();
        for opener in openers {
            let inside = |(slot, around): &(u16, Vec<u16>)| {
                let at = around.iter().position(|of| *of == opener)?;
                Some((*slot, around.len() - 1 - at))
            };
            let mut events: Vec<(u16, usize)> = emitted.iter().flatten().filter_map(inside).collect();
            let mut steps = BTreeSet::new();
            while let Some((slot, depth)) = events.pop() {
                for leaf in &self.takers[slot as usize] {
                    let leaf = &self.table.leaves[*leaf as usize];
                    let depth = match leaf.kind {
                        PortKind::One | PortKind::Every(_) => depth,
                        PortKind::All if depth == 0 => {
                            joins.insert((opener, leaf.step));
                            continue;
                        }
                        PortKind::First(_) if depth == 0 => continue,
                        PortKind::All | PortKind::First(_) => depth - 1,
                    };
                    if depth < DEPTH && steps.insert((leaf.step, depth)) {
                        let further = emitted[leaf.step as usize].iter();
                        events.extend(further.map(|(slot, around)| (*slot, depth + around.len())));
                    }
                }
            }
        }
        joins
    }
}

fn first(leaves: &[Leaf], key: &EventKey) -> Option<u16> {
    taking(leaves, key).first().copied()
}

fn taking(leaves: &[Leaf], key: &EventKey) -> Vec<u16> {
    let takes = |leaf: &Leaf| matches!(leaf.key, LeafKey::Event(taken) if taken.name == key.name);
    (0..).zip(leaves).filter(|(_, leaf)| takes(leaf)).map(|(at, _)| at).collect()
}

/// The first step takes the start; what the others take is shared out at random.
fn random_leaves(rng: &mut Rng, style: Style) -> ([Leaf; LEAVES], [u16; STEPS]) {
    let mut counts = [1; STEPS];
    while counts.iter().sum::<usize>() < LEAVES {
        let step = rng.usize(1..STEPS);
        counts[step] += usize::from(counts[step] < 4);
    }
    let (mut leaves, mut ports) = (Vec::new(), [1; STEPS]);
    for (step, count) in counts.into_iter().enumerate() {
        let own = leaves.len();
        if step == 0 {
            leaves.push(Leaf::new(0, 0, Port::ONE, 1, false, LeafKey::Start, NONE));
            continue;
        }
        let mut keys = EVENTS;
        rng.shuffle(&mut keys);
        // Several parameters, or one that takes several types.
        let several = style != Style::Flat && count > 1 && rng.bool();
        let mut port = 0;
        let mut kind = random_kind(rng, style, several);
        for (at, key) in keys.into_iter().enumerate().take(count) {
            if several && at > 0 && rng.u8(..4) > 0 {
                port += 1;
                kind = random_kind(rng, style, several);
            }
            let of = Port { kind, leaves: 1 };
            let human = at == 0 && rng.u8(..8) == 0;
            let key = if human { LeafKey::Human } else { LeafKey::Event(key) };
            let twin = if human { number(own) } else { NONE };
            leaves.push(Leaf::new(number(step), port, of, 1, false, key, twin));
        }
        ports[step] = port + 1;
        if ports[step] == 1 && several {
            // It came to one parameter after all.
            let kind = random_kind(rng, style, false);
            leaves[own..].iter_mut().for_each(|leaf| leaf.kind = kind);
        }
    }
    let Ok(leaves) = leaves.try_into() else { unreachable!("as many as were counted") };
    (leaves, ports)
}

fn random_kind(rng: &mut Rng, style: Style, several: bool) -> PortKind {
    match (style, rng.u8(..10)) {
        (Style::Flat, _) | (_, 0..=3) => PortKind::One,
        (_, 4) => PortKind::Every(rng.usize(1..4)),
        _ if several => PortKind::One,
        (Style::Races, 5..=6) => PortKind::First(rng.usize(1..4)),
        _ => PortKind::All,
    }
}

fn random_sends(rng: &mut Rng, taken: &[EventKey]) -> &'static Shape {
    let some: Vec<&'static Shape> =
        taken.iter().filter(|_| rng.u8(..4) == 0).map(|key| leak(Shape::Event(*key))).collect();
    leak(Shape::Any(some.leak()))
}

/// Has the first steps send what the later ones take: most batches lead somewhere then.
fn weave(rng: &mut Rng, emits: &mut [&'static Shape; STEPS], leaves: &[Leaf; LEAVES]) {
    for (step, emits) in emits.iter_mut().enumerate() {
        let later = leaves.iter().filter(|leaf| leaf.step as usize > step).filter_map(|leaf| match leaf.key {
            LeafKey::Event(key) => Some(leak(Shape::Event(key))),
            _ => None,
        });
        let Some(event) = rng.choice(later.collect::<Vec<_>>()) else { continue };
        let event = if step == 0 || rng.u8(..4) == 0 { leak(Shape::Batch(event)) } else { event };
        let members = if step == 0 || rng.bool() { vec![event] } else { vec![event, *emits] };
        *emits = leak(Shape::Any(members.leak()));
    }
}

/// `batch` is how many batches it must have.
fn random_shape(rng: &mut Rng, taken: &[EventKey], batch: usize) -> &'static Shape {
    fn shape(rng: &mut Rng, taken: &[EventKey], depth: usize) -> &'static Shape {
        let pick = if depth == 0 { rng.u8(..8) } else { rng.u8(..16) };
        match pick {
            0..=6 => leak(Shape::Event(taken[rng.usize(..taken.len())])),
            7 => leak([Shape::Stop, Shape::Nothing, Shape::Prompt][rng.usize(..3)]),
            8..=11 => leak(Shape::Batch(shape(rng, taken, depth - 1))),
            _ => {
                let members: Vec<_> = (0..rng.usize(2..4)).map(|_| shape(rng, taken, depth - 1)).collect();
                leak(if pick == 12 { Shape::OneOf(members.leak()) } else { Shape::Any(members.leak()) })
            }
        }
    }
    let of = shape(rng, taken, 3 - batch);
    if batch == 0 { of } else { leak(Shape::Batch(of)) }
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(super) fn number(n: usize) -> u16 {
    u16::try_from(n).expect("small")
}
