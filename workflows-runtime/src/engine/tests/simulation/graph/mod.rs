//! Workflows that are built at run time.

mod random;

use crate::{
    engine::definition::{Definition, FailedExecution},
    error::{QueueTimedOut, StepTimedOut},
    graph::{
        Catches, EventInput, EventKey, Graph as Routes, InputKey, NONE, PortKind, Shape, Step, Table,
        count_batch_sources,
    },
    retry::FailedAttempt,
};
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

/// A workflow whose table is built at run time.
#[derive(Debug)]
pub(super) struct Sim<const BATCHED: bool, const RACES: bool>;

/// An event: its type, by slot, and a unique number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) slot: u16,
    pub(super) id: u64,
}

impl<const BATCHED: bool, const RACES: bool> Definition for Sim<BATCHED, RACES> {
    type Event = Token;
    type Output = u64;
    type Prompt = u64;
    const BATCHED: bool = BATCHED;
    const RACES: bool = RACES;
    const WAITS: bool = true;

    fn slot(event: &Token) -> u16 {
        event.slot
    }

    fn retry(_: u16, failure: &FailedAttempt<'_>) -> Option<Duration> {
        if let Some(StepTimedOut { after, .. }) = failure.error.downcast_ref() {
            return after_timeout(*after, failure.attempts);
        }
        if let Some(QueueTimedOut { after }) = failure.error.downcast_ref() {
            return after_timeout(*after, failure.attempts);
        }
        let text = failure.error.to_string();
        text.strip_prefix(RETRY_AFTER)?.parse().ok().map(Duration::from_millis)
    }

    /// The handler receives the first event of the failed step.
    fn failure(_: u16, failed: &FailedExecution<'_, Token>) -> Option<Token> {
        failed.input?.events().first().cloned()
    }

    fn is_failure(_: u16, _: &Token) -> bool {
        true
    }
}

/// The prefix of the text of a retried failure; the delay in milliseconds follows.
pub(super) const RETRY_AFTER: &str = "retry after ";

/// The delay after a timeout: as many milliseconds as the timeout has microseconds left over, since it has
/// no text of its own.
pub(super) fn after_timeout(timeout: Duration, attempts: u32) -> Option<Duration> {
    let left_over = timeout.subsec_micros() % 1000;
    ((1..10).contains(&left_over) && attempts < 4).then(|| Duration::from_millis(left_over.into()))
}

/// The kinds of parameters in a random graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Flat,
    /// Single events and `Vec`s; steps wait for responses.
    Gathers,
    Batched,
    Races,
}

/// One random workflow, with facts about it that are derived independently of its table.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) table: &'static Table,
    /// The slot of the run's input.
    pub(super) start: u16,
    /// For each slot, the leaves that take it, in order.
    pub(super) takers: Vec<Vec<u16>>,
    /// Pairs of an opener and a step that gathers its batch.
    pub(super) joins: BTreeSet<(u16, u16)>,
}

impl Case {
    pub(super) fn new(steps: &[Step; STEPS], leaves: &[EventInput; LEAVES]) -> Self {
        let routes: &'static _ = Box::leak(Box::new(Routes::<STEPS, LEAVES, EDGES, OPENERS>::new(*steps, *leaves)));
        let table: &'static Table = Box::leak(Box::new(routes.table()));
        let takers = (0..).zip(leaves).map(|(at, leaf)| match &leaf.key {
            InputKey::Event(key) => taking(leaves, key),
            _ => vec![at],
        });
        let mut case = Self { table, start: 0, takers: takers.collect(), joins: BTreeSet::new() };
        case.joins = case.find_joins();
        for step in 0..number(STEPS) {
            let actual = table.handlers[step as usize];
            assert_eq!((actual != NONE).then_some(actual), case.handler(step), "step {step}");
        }
        for opener in 0..count_batch_sources(steps) {
            for step in 0..STEPS {
                let actual = table.joins[opener * STEPS + step];
                assert_eq!(
                    actual,
                    case.joins.contains(&(number(opener), number(step))),
                    "opener {opener}, step {step}"
                );
            }
        }
        case
    }

    pub(super) fn slot(&self, key: &EventKey) -> u16 {
        first(self.table.inputs, key).expect("only events that are taken are emitted")
    }

    /// The handler of a step: the one that lists it, or else the one without a list.
    pub(super) fn handler(&self, step: u16) -> Option<u16> {
        let steps = self.table.steps;
        let Step { name, catches: None, .. } = &steps[step as usize] else { return None };
        let lists = |of: &Catches| of.steps.map(|names| names.contains(name));
        let find = |how: Option<bool>| {
            let at = steps.iter().position(|step| step.catches.as_ref().is_some_and(|of| lists(of) == how))?;
            Some(number(at))
        };
        find(Some(true)).or_else(|| find(None))
    }

    /// The events that a step emits and sends: the slot, and the openers around it from outside in.
    fn emitted(&self, step: usize) -> Vec<(u16, Vec<u16>)> {
        fn walk(case: &Case, shape: &Shape, opener: u16, around: &[u16], found: &mut Vec<(u16, Vec<u16>)>) {
            match shape {
                Shape::Event(key) => found.push((case.slot(key), around.to_vec())),
                Shape::Maybe(of) => walk(case, of, opener, around, found),
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
        walk(self, self.table.steps[step].emits, self.table.batch_sources[step], &[], &mut found);
        walk(self, self.table.steps[step].sends, 0, &[], &mut found);
        found
    }

    /// Follows every event from every opener, with the depth of nested batches.
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
                    let leaf = &self.table.inputs[*leaf as usize];
                    let depth = match leaf.kind {
                        PortKind::One | PortKind::Every(_) => depth,
                        PortKind::All if depth == 0 => {
                            joins.insert((opener, leaf.step));
                            continue;
                        }
                        PortKind::First(_) if depth == 0 => continue,
                        PortKind::All | PortKind::First(_) => depth - 1,
                    };
                    for step in [Some(leaf.step), self.handler(leaf.step)].into_iter().flatten() {
                        if depth < DEPTH && steps.insert((step, depth)) {
                            let further = emitted[step as usize].iter();
                            events.extend(further.map(|(slot, around)| (*slot, depth + around.len())));
                        }
                    }
                }
            }
        }
        joins
    }
}

fn first(leaves: &[EventInput], key: &EventKey) -> Option<u16> {
    taking(leaves, key).first().copied()
}

fn taking(leaves: &[EventInput], key: &EventKey) -> Vec<u16> {
    let takes = |leaf: &EventInput| matches!(leaf.key, InputKey::Event(taken) if taken.name == key.name);
    (0..).zip(leaves).filter(|(_, leaf)| takes(leaf)).map(|(at, _)| at).collect()
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(super) fn number(n: usize) -> u16 {
    u16::try_from(n).expect("a small number")
}
