//! Random workflows.

use super::{Case, EDGES, EVENTS, LEAVES, NAMES, OPENERS, STEPS, Style, first, leak, number};
use crate::graph::{
    Catches, EventInput, EventKey, InputKey, Port, PortKind, Shape, Step, count_batch_sources, count_edges,
};
use fastrand::Rng;
use std::any::type_name;
use std::time::Duration;

impl Case {
    pub(in crate::engine::tests::simulation) fn random(rng: &mut Rng, style: Style) -> Self {
        loop {
            let handlers = random_handlers(rng);
            let (leaves, ports) = random_leaves(rng, style, &handlers);
            let taken: Vec<_> = EVENTS.into_iter().filter(|key| first(&leaves, key).is_some()).collect();
            if taken.is_empty() {
                continue;
            }
            let mut emits: [_; STEPS] = std::array::from_fn(|step| random_shape(rng, &taken, usize::from(step == 0)));
            if style != Style::Flat && rng.u8(..3) > 0 {
                weave(rng, &mut emits, &leaves);
            }
            // Never whole milliseconds: no timeout is as long as a delay.
            let random_timeout = |rng: &mut Rng| Duration::from_micros(rng.u64(1..50) * 1000 + rng.u64(1..20));
            // Its own source: every seed has the graph that it would have without executors.
            let mut executor = Rng::with_seed(!rng.clone().u64(..));
            let steps = std::array::from_fn(|step| Step {
                name: NAMES[step],
                emits: emits[step],
                sends: random_sends(rng, &taken),
                ports: ports[step],
                workers: rng.u32(1..4),
                timeout: (rng.u8(..5) == 0).then(|| random_timeout(rng)),
                queue_timeout: (executor.u8(..3) == 0).then(|| random_timeout(&mut executor)),
                blocking: executor.u8(..3) == 0,
                resources: executor.bool(),
                retries: rng.bool(),
                catches: handlers[step],
                unchecked_reachable: false,
                unchecked_dead_end: false,
            });
            if count_edges(&steps) <= EDGES && count_batch_sources(&steps) <= OPENERS {
                return Self::new(&steps, &leaves);
            }
        }
    }
}

/// Up to two error handlers: for some of the other steps, or for all that no other one lists.
fn random_handlers(rng: &mut Rng) -> [Option<Catches>; STEPS] {
    let mut handlers = [None; STEPS];
    let mut steps: Vec<usize> = (1..STEPS).collect();
    rng.shuffle(&mut steps);
    let handling = steps.split_off(STEPS - 1 - [0, 0, 1, 2][rng.usize(..4)]);
    let mut others: Vec<&str> = steps.iter().chain(&[0]).map(|step| NAMES[*step]).collect();
    let all_left = rng.usize(..3);
    for (nth, handler) in handling.into_iter().enumerate() {
        let listed = others.split_off(rng.usize(..=others.len()));
        let steps = (nth != all_left).then_some(&*listed.leak());
        handlers[handler] = Some(Catches { steps, max_recoveries: rng.u32(1..4) });
    }
    handlers
}

/// The first step takes the start event; the other leaves are distributed at random.
fn random_leaves(
    rng: &mut Rng,
    style: Style,
    handlers: &[Option<Catches>; STEPS],
) -> ([EventInput; LEAVES], [u16; STEPS]) {
    let mut counts = [1; STEPS];
    let waits = usize::from(style == Style::Gathers);
    while counts.iter().sum::<usize>() < LEAVES - waits {
        let step = rng.usize(1..STEPS);
        counts[step] += usize::from(counts[step] < 4 && handlers[step].is_none());
    }
    let mut leaves = Vec::new();
    let mut ports = [1; STEPS];
    for (step, count) in counts.into_iter().enumerate() {
        let own = leaves.len();
        if step == 0 {
            leaves.push(EventInput::new(0, 0, Port::ONE, InputKey::Start(type_name::<u64>)).starts(true));
            continue;
        }
        if handlers[step].is_some() {
            leaves.push(EventInput::new(number(step), 0, Port::ONE, InputKey::Failed));
            continue;
        }
        let mut keys = EVENTS;
        rng.shuffle(&mut keys);
        // Several parameters, or one that takes several types.
        let several = matches!(style, Style::Batched | Style::Races) && count > 1 && rng.bool();
        let mut port = 0;
        let mut kind = random_kind(rng, style, several);
        for (at, key) in keys.into_iter().enumerate().take(count) {
            if several && at > 0 && rng.u8(..4) > 0 {
                port += 1;
                kind = random_kind(rng, style, several);
            }
            let of = Port { kind, inputs: 1 };
            let human = at == 0 && rng.u8(..8) == 0;
            let key = if human { InputKey::Human(type_name::<u64>) } else { InputKey::Event(key) };
            leaves.push(EventInput::new(number(step), port, of, key));
        }
        ports[step] = port + 1;
        if ports[step] == 1 && several {
            // There is one parameter after all.
            let kind = random_kind(rng, style, false);
            leaves[own..].iter_mut().for_each(|leaf| leaf.kind = kind);
        }
    }
    if waits > 0 {
        // Responses that no step takes.
        let human = InputKey::Human(type_name::<u64>);
        leaves.push(EventInput::new(number(STEPS - 1), EventInput::WAIT, Port::ONE, human));
    }
    let Ok(leaves) = leaves.try_into() else { unreachable!("as many as were counted") };
    (leaves, ports)
}

fn random_kind(rng: &mut Rng, style: Style, several: bool) -> PortKind {
    match (style, rng.u8(..10)) {
        (Style::Flat, _) | (_, 0..=3) => PortKind::One,
        (Style::Gathers, _) => PortKind::All,
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

/// Lets steps emit events that later ones take, so most batches lead to a join.
fn weave(rng: &mut Rng, emits: &mut [&'static Shape; STEPS], leaves: &[EventInput; LEAVES]) {
    for (step, emits) in emits.iter_mut().enumerate() {
        let later = leaves.iter().filter(|leaf| leaf.step as usize > step).filter_map(|leaf| match leaf.key {
            InputKey::Event(key) => Some(leak(Shape::Event(key))),
            _ => None,
        });
        let Some(event) = rng.choice(later.collect::<Vec<_>>()) else { continue };
        let event = if step == 0 || rng.u8(..4) == 0 { leak(Shape::Batch(event)) } else { event };
        let members = if step == 0 || rng.bool() { vec![event] } else { vec![event, *emits] };
        *emits = leak(Shape::Any(members.leak()));
    }
}

/// A random shape, with at least `batch` batches.
fn random_shape(rng: &mut Rng, taken: &[EventKey], batch: usize) -> &'static Shape {
    fn shape(rng: &mut Rng, taken: &[EventKey], depth: usize) -> &'static Shape {
        let pick = if depth == 0 { rng.u8(..8) } else { rng.u8(..16) };
        match pick {
            0..=6 => leak(Shape::Event(taken[rng.usize(..taken.len())])),
            7 => leak([Shape::Stop(type_name::<u64>), Shape::Nothing, Shape::Prompt(type_name::<u64>)][rng.usize(..3)]),
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
