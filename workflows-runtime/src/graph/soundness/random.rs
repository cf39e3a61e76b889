//! Random graphs that the compiler accepts, apart from the rule for joins.

use crate::graph::{
    build::{Graph, count_batch_sources, count_edges},
    details::Details,
    key::{EventKey, InputKey},
    pairing::Apart,
    shape::{Port, PortKind, Shape},
    table::{Catches, EventInput, Step},
    workflow_graph::WorkflowGraph,
};
use fastrand::Rng;
use std::any::type_name;

const STEPS: usize = 6;
const INPUTS: usize = 8;
const EDGES: usize = 48;
const SOURCES: usize = 16;

const NAMES: [&str; STEPS] = ["begin", "one", "two", "three", "four", "five"];
const EVENTS: [EventKey; 5] = [
    EventKey::new("A", "random", 1, 1),
    EventKey::new("B", "random", 2, 1),
    EventKey::new("C", "random", 3, 1),
    EventKey::new("D", "random", 4, 1),
    EventKey::new("E", "random", 5, 1),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// No batches.
    Flat,
    Batches,
    Races,
}

pub(super) struct Random {
    pub(super) graph: WorkflowGraph,
    /// The joins that the compile-time rule refuses.
    pub(super) refused: Vec<usize>,
}

type Tables = Graph<STEPS, INPUTS, EDGES, SOURCES>;

pub(super) fn random(rng: &mut Rng, style: Style) -> Random {
    loop {
        let Some((steps, inputs)) = declare(rng, style) else { continue };
        if count_edges(&steps) > EDGES || count_batch_sources(&steps) > SOURCES {
            continue;
        }
        let tables = Tables::new(steps, inputs);
        if !is_accepted(&tables) {
            continue;
        }
        let tables: &'static Tables = leak(tables);
        let apart: &[Apart; STEPS] = &tables.facts.apart;
        let refused = (0..STEPS).filter(|step| apart[*step].is_refused()).collect();
        let graph = WorkflowGraph::new("Random", "", &tables.table(), &Details::EMPTY, "Never");
        return Random { graph, refused };
    }
}

/// As the checks of the compiler decide.
fn is_accepted(tables: &Tables) -> bool {
    let (facts, validity) = (&tables.facts, &tables.validity);
    let mut is_accepted = validity.starts && validity.stops;
    for (number, step) in tables.steps.iter().enumerate() {
        let emits = step.emits.events() + step.sends.events() > 0;
        is_accepted &= validity.routed[number] && facts.reached[number] && (!emits || facts.ends[number]);
    }
    for (number, input) in tables.inputs.iter().enumerate() {
        let is_event = matches!(input.key, InputKey::Event(_));
        is_accepted &= !is_event || facts.emitted[tables.slots[number] as usize];
        let collects = matches!(input.kind, PortKind::All | PortKind::First(_));
        is_accepted &= !collects || facts.gathers[input.step as usize];
    }
    is_accepted
}

/// Steps with one to three inputs, each event once.
fn declare(rng: &mut Rng, style: Style) -> Option<([Step; STEPS], [EventInput; INPUTS])> {
    let mut counts = [1; STEPS];
    while counts.iter().sum::<usize>() < INPUTS {
        let step = rng.usize(1..STEPS);
        counts[step] += usize::from(counts[step] < 3);
    }
    let handler = (style != Style::Flat && rng.u8(..8) == 0).then(|| rng.usize(1..STEPS));
    let mut inputs = vec![EventInput::new(0, 0, Port::ONE, InputKey::Start(type_name::<u64>)).starts(true)];
    let mut ports = [1; STEPS];
    for step in 1..STEPS {
        let number = u16::try_from(step).ok()?;
        if handler == Some(step) {
            if counts[step] > 1 {
                return None;
            }
            inputs.push(EventInput::new(number, 0, Port::ONE, InputKey::Failed));
            continue;
        }
        let mut keys = EVENTS[..(step + 1).min(EVENTS.len())].to_vec();
        rng.shuffle(&mut keys);
        let is_join = counts[step] > 1;
        let kind = random_kind(rng, style, is_join);
        for (at, key) in keys.iter().enumerate().take(counts[step]) {
            let port = u16::try_from(at).ok()?;
            let kind = if is_join { random_kind(rng, style, true) } else { kind };
            let is_response = style == Style::Batches && rng.u8(..20) == 0;
            let key = if is_response { InputKey::Human(type_name::<u64>) } else { InputKey::Event(*key) };
            inputs.push(EventInput::new(number, port, Port { kind, inputs: 1 }, key));
            ports[step] = port + 1;
        }
    }
    let mut steps = NAMES.map(|name| Step::new(name, 1, &Shape::Nothing));
    for (number, step) in steps.iter_mut().enumerate() {
        step.ports = ports[number];
        let depth = if number == 0 || rng.u8(..3) == 0 { 2 } else { 1 };
        step.emits = random_shape(rng, style, number, depth);
        if rng.u8(..9) == 0 {
            step.sends = leak(Shape::Any(leak([event(rng, number)])));
        }
        if handler == Some(number) {
            step.catches = Some(Catches { steps: None, max_recoveries: 1 });
        }
    }
    Some((steps, inputs.try_into().ok()?))
}

fn random_kind(rng: &mut Rng, style: Style, is_join: bool) -> PortKind {
    match (style, rng.u8(..10)) {
        (_, 0) => PortKind::Every(rng.usize(2..4)),
        (Style::Flat, _) => PortKind::One,
        _ if is_join => PortKind::One,
        (Style::Races, 1..=2) => PortKind::First(rng.usize(1..3)),
        (_, 3..=5) => PortKind::All,
        _ => PortKind::One,
    }
}

/// Mostly an event that a later step takes, so not every graph is a loop.
fn event(rng: &mut Rng, step: usize) -> &'static Shape {
    let from = if rng.u8(..12) == 0 { 0 } else { step.min(EVENTS.len() - 1) };
    leak(Shape::Event(EVENTS[rng.usize(from..EVENTS.len())]))
}

fn random_shape(rng: &mut Rng, style: Style, step: usize, depth: usize) -> &'static Shape {
    if depth == 0 {
        return event(rng, step);
    }
    let inner = |rng: &mut Rng| random_shape(rng, style, step, depth - 1);
    match rng.u8(..14) {
        0..=2 => event(rng, step),
        3..=4 => leak(Shape::OneOf(leak([inner(rng), inner(rng)]))),
        5 => leak(Shape::OneOf(leak([inner(rng), &Shape::Stop(type_name::<u64>)]))),
        6 => leak(Shape::Maybe(inner(rng))),
        7..=8 => leak(Shape::Any(leak([inner(rng), inner(rng)]))),
        9..=11 if style != Style::Flat => leak(Shape::Batch(inner(rng))),
        12 => &Shape::Nothing,
        _ => &Shape::Stop(type_name::<u64>),
    }
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
