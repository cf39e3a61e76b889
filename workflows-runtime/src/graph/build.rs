//! The graph, assembled in `const` from the steps' signatures.

use super::{
    analysis::{self, DEPTH, Facts},
    index::Index,
    key::{LeafKey, equal},
    shape::{PortKind, Shape},
    table::{Edge, Leaf, NONE, Route, Step, Table, number},
    validity::Validity,
};

/// A workflow's graph: steps, what they take, and every way between them.
#[derive(Debug)]
pub struct Graph<const STEPS: usize, const LEAVES: usize, const EDGES: usize, const OPENERS: usize> {
    /// The steps, in declaration order.
    pub steps: [Step; STEPS],
    /// What they take, step by step.
    pub leaves: [Leaf; LEAVES],
    pub(super) slots: [u16; LEAVES],
    next: [u16; LEAVES],
    openers: [u16; STEPS],
    pub(super) handlers: [u16; STEPS],
    routes: [Route; LEAVES],
    pub(super) facts: Facts<STEPS, LEAVES, OPENERS>,
    pub(super) validity: Validity<STEPS>,
}

/// How many events the steps name, in what they emit and send.
#[must_use]
pub const fn count_edges(steps: &[Step]) -> usize {
    let (mut n, mut i) = (0, 0);
    while i < steps.len() {
        n += steps[i].emits.events() + steps[i].sends.events();
        i += 1;
    }
    n
}

/// How many places of the steps' outputs open a batch.
#[must_use]
pub const fn count_openers(steps: &[Step]) -> usize {
    let (mut n, mut i) = (0, 0);
    while i < steps.len() {
        n += steps[i].emits.batches();
        i += 1;
    }
    n
}

impl<const S: usize, const L: usize, const E: usize, const O: usize> Graph<S, L, E, O> {
    /// Reads the graph from what the steps declare.
    #[must_use]
    pub const fn new(steps: [Step; S], leaves: [Leaf; L]) -> Self {
        let (index, slots) = Index::new(&leaves);
        let next = followers(&slots);
        let (edges, openers): ([Edge; E], _) = edges(&steps, &leaves, &index);
        let handlers = handlers(&steps);
        let facts = analysis::analyse(&steps, &leaves, &slots, &next, &edges, &openers, &handlers);
        let validity = Validity::new(&steps, &leaves, &edges);
        let routes = routes(&steps, &leaves, &next, &handlers);
        Self { steps, leaves, slots, next, openers, handlers, routes, facts, validity }
    }

    /// 0 for the first leaf of an event type, and another number for each further one.
    ///
    /// As a `const` parameter it keeps apart implementations for one type under two names.
    #[must_use]
    pub const fn rank(&self, leaf: usize) -> usize {
        match self.leaves[leaf].key {
            LeafKey::Unknown | LeafKey::Nothing | LeafKey::Stop(_) | LeafKey::Failed => leaf + 1,
            LeafKey::Start(_) if self.leaves[leaf].twin != NONE => leaf + 1,
            _ if self.slots[leaf] as usize == leaf => 0,
            _ => leaf,
        }
    }

    /// The first leaf that takes the same.
    #[must_use]
    pub const fn slot(&self, leaf: usize) -> u16 {
        self.slots[leaf]
    }

    /// 0 for an event that no step takes, and else a number that is no leaf's rank.
    #[must_use]
    pub const fn stand_in(&self, sent: &Shape, number: usize) -> usize {
        let Shape::Event(key) = sent else { return L + 1 + number };
        let mut i = 0;
        while i < L {
            if let LeafKey::Event(taken) = &self.leaves[i].key
                && taken.is(key)
            {
                return L + 1 + number;
            }
            i += 1;
        }
        0
    }

    /// Whether a step ends the run, as far as is known.
    #[must_use]
    pub const fn stops_at(&self, step: usize) -> bool {
        self.steps[step].emits.stops() && !self.steps[step].emits.is_unknown()
    }

    /// Whether all that a step emits or sends is taken.
    #[must_use]
    pub const fn is_routed(&self, step: usize) -> bool {
        self.validity.routed[step] && !self.validity.inputs_unknown
    }

    /// Whether the engine can hand over all that a step takes.
    #[must_use]
    pub const fn is_given(&self, step: usize) -> bool {
        self.validity.given[step]
    }

    /// The same facts for the engine.
    #[must_use]
    pub const fn table(&'static self) -> Table {
        let (mut batched, mut races, mut answerable, mut i) = (false, false, false, 0);
        while i < L {
            let leaf = self.leaves[i];
            batched |= !matches!(leaf.kind, PortKind::One) || self.steps[leaf.step as usize].ports > 1;
            races |= matches!(leaf.kind, PortKind::First(_));
            answerable |= matches!(leaf.key, LeafKey::Human(_));
            i += 1;
        }
        Table {
            steps: &self.steps,
            leaves: &self.leaves,
            next: &self.next,
            joins: self.facts.joins.as_flattened(),
            openers: &self.openers,
            handlers: &self.handlers,
            routes: &self.routes,
            batched,
            races,
            answerable,
        }
    }
}

/// For each step, the one that takes its failures: the one that lists it, else the one that lists
/// none. Nobody takes those of a handler.
const fn handlers<const S: usize>(steps: &[Step; S]) -> [u16; S] {
    let (mut handlers, mut handler) = ([NONE; S], 0);
    while handler < S {
        if let Some(catches) = steps[handler].catches {
            let mut step = 0;
            while step < S {
                let listed = match catches.steps {
                    Some(names) => contains(names, steps[step].name),
                    None => handlers[step] == NONE,
                };
                if listed && steps[step].catches.is_none() {
                    handlers[step] = number(handler);
                }
                step += 1;
            }
        }
        handler += 1;
    }
    handlers
}

/// The shortest way from an event to its step, where there is no more to it.
const fn routes<const S: usize, const L: usize>(
    steps: &[Step; S],
    leaves: &[Leaf; L],
    next: &[u16; L],
    handlers: &[u16; S],
) -> [Route; L] {
    let (mut routes, mut i) = ([Route { step: 0, is_plain: false, is_kept: false }; L], 0);
    while i < L {
        let leaf = &leaves[i];
        let step = &steps[leaf.step as usize];
        let is_alone = next[i] == NONE && leaf.port != NONE && step.ports == 1;
        let is_kept = step.retries || handlers[leaf.step as usize] != NONE;
        let is_plain = is_alone && matches!(leaf.kind, PortKind::One) && step.timeout.is_none();
        routes[i] = Route { step: leaf.step, is_plain, is_kept };
        i += 1;
    }
    routes
}

const fn contains(names: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < names.len() {
        if equal(names[i], name) {
            return true;
        }
        i += 1;
    }
    false
}

const fn followers<const L: usize>(slots: &[u16; L]) -> [u16; L] {
    let mut next = [NONE; L];
    let mut last = [NONE; L];
    let mut i = 0;
    while i < L {
        let slot = slots[i] as usize;
        if last[slot] != NONE {
            next[last[slot] as usize] = number(i);
        }
        last[slot] = number(i);
        i += 1;
    }
    next
}

const fn edges<const S: usize, const L: usize, const E: usize>(
    steps: &[Step; S],
    leaves: &[Leaf; L],
    index: &Index<L>,
) -> ([Edge; E], [u16; S]) {
    let none = Edge { step: NONE, slot: NONE, depth: 0, path: [NONE; DEPTH] };
    let (mut edges, mut openers) = ([none; E], [0; S]);
    let (mut count, mut opener, mut step) = (0, 0, 0);
    while step < S {
        openers[step] = opener;
        let from = Edge { step: number(step), ..none };
        walk(steps[step].emits, from, opener, &mut edges, &mut count, leaves, index);
        walk(steps[step].sends, from, NONE, &mut edges, &mut count, leaves, index);
        opener += number(steps[step].emits.batches());
        step += 1;
    }
    (edges, openers)
}

/// Adds an edge for each event in `shape`; `opener` is the number of the first batch in it.
const fn walk<const L: usize, const E: usize>(
    shape: &Shape,
    from: Edge,
    opener: u16,
    edges: &mut [Edge; E],
    count: &mut usize,
    leaves: &[Leaf; L],
    index: &Index<L>,
) {
    match shape {
        Shape::Event(key) => {
            let slot = index.find(leaves, key);
            edges[*count] = Edge { slot, ..from };
            *count += 1;
        }
        Shape::Batch(of) => {
            let mut inner = from;
            assert!(from.depth < DEPTH, "at most six batches are opened inside each other at once");
            inner.path[from.depth] = opener;
            inner.depth += 1;
            walk(of, inner, opener + 1, edges, count, leaves, index);
        }
        Shape::Any(members) | Shape::OneOf(members) => {
            let (mut opener, mut i) = (opener, 0);
            while i < members.len() {
                walk(members[i], from, opener, edges, count, leaves, index);
                opener = opener.saturating_add(number(members[i].batches()));
                i += 1;
            }
        }
        Shape::Nothing | Shape::Stop(_) | Shape::Prompt(_) | Shape::Awaited(_) | Shape::Unknown => {}
    }
}
