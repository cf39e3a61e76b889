//! The graph, assembled in `const` from the steps' signatures.

use super::{
    analysis::{self, Facts},
    index::Index,
    key::{EventKey, InputKey},
    shape::{PortKind, Shape},
    table::{Edge, EventInput, Identity, MAX_BATCH_DEPTH, NONE, Route, Step, Table, number},
    unmarked::UnmarkedMethod,
    validity::Validity,
};
use crate::const_text::contains;

/// The graph of a workflow: its steps, their inputs, and the edges between them.
#[derive(Debug)]
pub struct Graph<const STEPS: usize, const INPUTS: usize, const EDGES: usize, const BATCH_SOURCES: usize> {
    /// The steps, in declaration order.
    pub steps: [Step; STEPS],
    /// Their inputs, sorted by step.
    pub inputs: [EventInput; INPUTS],
    pub(super) slots: [u16; INPUTS],
    next: [u16; INPUTS],
    batch_sources: [u16; STEPS],
    pub(super) handlers: [u16; STEPS],
    routes: [Route; INPUTS],
    pub(super) facts: Facts<STEPS, INPUTS, BATCH_SOURCES>,
    pub(super) validity: Validity<STEPS>,
    pub(super) names: Names,
}

/// Names for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    /// The workflow's type.
    pub(super) workflow: &'static str,
    /// The `Start<..>` of the workflow as written, or nothing if it is behind an alias.
    pub(super) start: &'static str,
    /// The `Stop<..>` of the workflow as written, or nothing if it is behind an alias.
    pub(super) stop: &'static str,
    pub(super) unmarked: &'static [UnmarkedMethod],
}

/// Counts the events in the outputs and context lists of the steps.
#[must_use]
pub const fn count_edges(steps: &[Step]) -> usize {
    let (mut n, mut i) = (0, 0);
    while i < steps.len() {
        n += steps[i].emits.events() + steps[i].sends.events();
        i += 1;
    }
    n
}

/// Counts the batches that the outputs of the steps open.
#[must_use]
pub const fn count_batch_sources(steps: &[Step]) -> usize {
    let (mut n, mut i) = (0, 0);
    while i < steps.len() {
        n += steps[i].emits.batches();
        i += 1;
    }
    n
}

impl<const S: usize, const L: usize, const E: usize, const O: usize> Graph<S, L, E, O> {
    /// Builds the graph from the declarations of the steps.
    #[must_use]
    pub const fn new(steps: [Step; S], inputs: [EventInput; L]) -> Self {
        let (index, slots) = Index::new(&inputs);
        let next = followers(&slots);
        let (edges, batch_sources): ([Edge; E], _) = edges(&steps, &inputs, &index);
        let handlers = handlers(&steps);
        let facts = analysis::analyze(&steps, &inputs, &slots, &next, &edges, &batch_sources, &handlers);
        let validity = Validity::new(&steps, &inputs, &edges);
        let routes = routes(&steps, &inputs, &next, &handlers);
        let names = Names { workflow: "", start: "", stop: "", unmarked: &[] };
        Self { steps, inputs, slots, next, batch_sources, handlers, routes, facts, validity, names }
    }

    /// Sets the names for messages: the workflow, and its `Start<..>` and `Stop<..>` as written.
    #[must_use]
    pub const fn named(mut self, workflow: &'static str, start: &'static str, stop: &'static str) -> Self {
        self.names = Names { workflow, start, stop, ..self.names };
        self
    }

    /// Returns 0 for the first input of an event type and a different number for each further one.
    ///
    /// The generated implementations of `Takes` have it as their `const` parameter, so two inputs whose
    /// types turn out to be the same behind an alias don't conflict. The runtime uses the one with 0.
    #[must_use]
    pub const fn duplicate_index(&self, input: usize) -> usize {
        match self.inputs[input].key {
            // A step that waits for it has no other error.
            InputKey::Unknown if matches!(self.inputs[input].identity, Identity::FirstRejected) => 0,
            InputKey::Unknown | InputKey::Nothing | InputKey::Stop(_) | InputKey::Failed => input + 1,
            InputKey::Start(_) if !self.inputs[input].is_start() => input + 1,
            _ if self.slots[input] as usize == input => 0,
            _ => input,
        }
    }

    /// Returns the first input that takes the same events.
    #[must_use]
    pub const fn slot(&self, input: usize) -> u16 {
        self.slots[input]
    }

    /// Returns 0 for an event that is sent and that no step takes, and else a number that is the
    /// [`duplicate_index`](Self::duplicate_index) of no input.
    #[must_use]
    pub const fn untaken_index(&self, sent: &Shape, number: usize) -> usize {
        match sent {
            Shape::Event(key) if !self.takes(key) => 0,
            _ => L + 1 + number,
        }
    }

    /// Whether some step takes the event.
    pub(super) const fn takes(&self, key: &EventKey) -> bool {
        let mut i = 0;
        while i < L {
            if let InputKey::Event(taken) = &self.inputs[i].key
                && taken.is(key)
            {
                return true;
            }
            i += 1;
        }
        false
    }

    /// Whether a step ends the run, as far as is known.
    pub(super) const fn stops_at(&self, step: usize) -> bool {
        self.steps[step].emits.stops() && !self.steps[step].emits.is_unknown()
    }

    /// Whether the engine can deliver everything that a step takes.
    pub(super) const fn is_given(&self, step: usize) -> bool {
        self.validity.given[step]
    }

    /// Whether the engine can run the workflow: some step takes the start, everything that a step takes is
    /// delivered, everything that a step emits is taken, and every `Stop<..>` has the workflow's result type,
    /// for which there is one entry of `ends` per step.
    #[must_use]
    pub const fn is_valid(&self, ends: &[bool; S]) -> bool {
        let mut step = 0;
        while step < S {
            let is_routed = self.validity.routed[step] && !self.validity.inputs_unknown;
            let ends_alike = ends[step] || !self.stops_at(step);
            if !is_routed || !ends_alike || !self.is_given(step) {
                return false;
            }
            step += 1;
        }
        self.starts()
    }

    /// Returns the same facts for the engine.
    #[must_use]
    pub const fn table(&'static self) -> Table {
        let (mut batched, mut races, mut answerable, mut i) = (false, false, false, 0);
        while i < L {
            let input = self.inputs[i];
            batched |= !matches!(input.kind, PortKind::One) || self.steps[input.step as usize].ports > 1;
            races |= matches!(input.kind, PortKind::First(_));
            answerable |= matches!(input.key, InputKey::Human(_));
            i += 1;
        }
        Table {
            steps: &self.steps,
            inputs: &self.inputs,
            next: &self.next,
            joins: self.facts.joins.as_flattened(),
            batch_sources: &self.batch_sources,
            handlers: &self.handlers,
            routes: &self.routes,
            batched,
            races,
            answerable,
        }
    }
}

/// For each step, the one that takes its failures: the one that lists it, else the one that lists
/// none. No handler takes the failures of another one.
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

/// For each input, its step, and whether the engine may forward an event without queuing it.
const fn routes<const S: usize, const L: usize>(
    steps: &[Step; S],
    inputs: &[EventInput; L],
    next: &[u16; L],
    handlers: &[u16; S],
) -> [Route; L] {
    let (mut routes, mut i) = ([Route { step: 0, is_plain: false, is_kept: false }; L], 0);
    while i < L {
        let input = &inputs[i];
        let step = &steps[input.step as usize];
        let is_alone = next[i] == NONE && input.port != NONE && step.ports == 1;
        let is_kept = step.retries || handlers[input.step as usize] != NONE;
        let is_plain = is_alone && matches!(input.kind, PortKind::One) && !step.has_timeout();
        routes[i] = Route { step: input.step, is_plain, is_kept };
        i += 1;
    }
    routes
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
    inputs: &[EventInput; L],
    index: &Index<L>,
) -> ([Edge; E], [u16; S]) {
    let none = Edge { step: NONE, slot: NONE, depth: 0, path: [NONE; MAX_BATCH_DEPTH] };
    let (mut edges, mut batch_sources) = ([none; E], [0; S]);
    let (mut count, mut batch_source, mut step) = (0, 0, 0);
    while step < S {
        batch_sources[step] = batch_source;
        let from = Edge { step: number(step), ..none };
        walk(steps[step].emits, from, batch_source, &mut edges, &mut count, inputs, index);
        walk(steps[step].sends, from, NONE, &mut edges, &mut count, inputs, index);
        batch_source += number(steps[step].emits.batches());
        step += 1;
    }
    (edges, batch_sources)
}

/// Adds an edge for each event in `shape`; `batch_source` is the number of the first batch in it.
const fn walk<const L: usize, const E: usize>(
    shape: &Shape,
    from: Edge,
    batch_source: u16,
    edges: &mut [Edge; E],
    count: &mut usize,
    inputs: &[EventInput; L],
    index: &Index<L>,
) {
    match shape {
        Shape::Event(key) => {
            let slot = index.find(inputs, key);
            edges[*count] = Edge { slot, ..from };
            *count += 1;
        }
        Shape::Batch(of) => {
            let mut inner = from;
            assert!(from.depth < MAX_BATCH_DEPTH, "at most six batches are opened inside each other at once");
            inner.path[from.depth] = batch_source;
            inner.depth += 1;
            walk(of, inner, batch_source + 1, edges, count, inputs, index);
        }
        Shape::Maybe(of) => walk(of, from, batch_source, edges, count, inputs, index),
        Shape::Any(members) | Shape::OneOf(members) => {
            let (mut batch_source, mut i) = (batch_source, 0);
            while i < members.len() {
                walk(members[i], from, batch_source, edges, count, inputs, index);
                batch_source = batch_source.saturating_add(number(members[i].batches()));
                i += 1;
            }
        }
        Shape::Nothing | Shape::Stop(_) | Shape::Prompt(_) | Shape::Awaited(_) | Shape::Unknown => {}
    }
}

/// Builds and proves the graph from `__STEPS` and `__INPUTS`, arrays with these lengths: if an array is an error, its
/// own length is one, too. `ends` says for each step whether its output has the result type.
///
/// The graph depends on the implementation for `this`. If there are two of them, that is the only error.
#[doc(hidden)]
#[macro_export]
macro_rules! __graph {
    ($workflow:literal $(of $this:ty)?, [$steps:literal, $inputs:literal], $start:literal => $stop:literal, [$($ends:expr),*] $(, unmarked [$($unmarked:expr),*])?) => {
        // Not a `const`, which rustc evaluates once more for the implementations with bounds.
        static __GRAPH: $crate::__private::Graph<
            $steps,
            $inputs,
            { $crate::__private::count_edges(&__STEPS) },
            { $crate::__private::count_batch_sources(&__STEPS) },
        > = {
            $(let _ = <$this as $crate::__private::Workflow>::NAME;)?
            $crate::__private::Graph::new(__STEPS, __INPUTS).named($workflow, $start, $stop)$(.unmarked(&[$($unmarked),*]))?
        };
        type __Proof = $crate::__private::Proof<{ __GRAPH.is_valid(&[$($ends),*]) }>;
    };
}
