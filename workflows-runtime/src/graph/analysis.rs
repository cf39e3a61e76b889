//! Facts that follow from the edges: which events are emitted, which steps are reached, lead to an end, and
//! gather a batch.

use super::{
    key::InputKey,
    pairing::{self, Apart, Batches, Inputs},
    shape::PortKind,
    table::{Edge, EventInput, MAX_BATCH_DEPTH, NONE, Step, number},
};

/// Facts that follow from the edges. A mistake that another check reports counts as fixed, so each mistake is
/// reported once.
#[derive(Debug)]
pub(super) struct Facts<const S: usize, const L: usize, const O: usize> {
    /// Per slot: some step emits it.
    pub(super) emitted: [bool; L],
    /// Per step: events of the start or responses can reach it.
    pub(super) reached: [bool; S],
    /// Per step: an end can be reached from there.
    pub(super) ends: [bool; S],
    /// Per batch source and step: the step gathers the events of the source's batch.
    pub(super) joins: [[bool; S]; O],
    /// Per step: some batch source's batch leads to its gathering parameter.
    pub(super) gathers: [bool; S],
    /// Per step: two of its parameters whose events never come together.
    pub(super) apart: [Apart; S],
}

pub(super) struct View<'a, const S: usize, const L: usize, const E: usize> {
    pub(super) steps: &'a [Step; S],
    pub(super) inputs: &'a [EventInput; L],
    pub(super) slots: &'a [u16; L],
    pub(super) next: &'a [u16; L],
    pub(super) edges: &'a [Edge; E],
    pub(super) handlers: &'a [u16; S],
    /// The first edge of each step. Invariant: edges are sorted by step.
    pub(super) edge_of: [usize; S],
    /// The first input of each step. Invariant: inputs are sorted by step.
    pub(super) input_of: [usize; S],
}

impl<const S: usize, const L: usize, const E: usize> View<'_, S, L, E> {
    pub(super) const fn edges_end(&self, step: usize) -> usize {
        if step + 1 < S { self.edge_of[step + 1] } else { E }
    }

    pub(super) const fn inputs_end(&self, step: usize) -> usize {
        if step + 1 < S { self.input_of[step + 1] } else { L }
    }
}

pub(super) const fn analyze<const S: usize, const L: usize, const E: usize, const O: usize>(
    steps: &[Step; S],
    inputs: &[EventInput; L],
    slots: &[u16; L],
    next: &[u16; L],
    edges: &[Edge; E],
    batch_sources: &[u16; S],
    handlers: &[u16; S],
) -> Facts<S, L, O> {
    let (mut edge_of, mut input_of, mut step, mut edge, mut input) = ([0; S], [0; S], 0, 0, 0);
    while step < S {
        edge_of[step] = edge;
        input_of[step] = input;
        while edge < E && edges[edge].step == number(step) {
            edge += 1;
        }
        while input < L && inputs[input].step == number(step) {
            input += 1;
        }
        step += 1;
    }
    let view = View { steps, inputs, slots, next, edges, handlers, edge_of, input_of };
    let emitted = emitted(edges);
    let (joins, gathers, batches) = gathered(&view, batch_sources);
    let apart = pairing::apart(&view, batch_sources, &batches);
    Facts { reached: reached(&view, &emitted), ends: ends(&view), emitted, joins, gathers, apart }
}

const fn emitted<const L: usize, const E: usize>(edges: &[Edge; E]) -> [bool; L] {
    let (mut emitted, mut i) = ([false; L], 0);
    while i < E {
        if edges[i].slot != NONE {
            emitted[edges[i].slot as usize] = true;
        }
        i += 1;
    }
    emitted
}

/// A step is reached when each of its parameters has a type that a reached step emits, or that
/// is a response, or that no step emits (which is W006, not W008).
const fn reached<const S: usize, const L: usize, const E: usize>(
    view: &View<'_, S, L, E>,
    emitted: &[bool; L],
) -> [bool; S] {
    let mut available = [false; L];
    let mut i = 0;
    while i < L {
        let slot = view.slots[i] as usize;
        available[slot] = !matches!(view.inputs[i].key, InputKey::Event(_)) || !emitted[slot];
        i += 1;
    }
    let mut reached = [false; S];
    let mut changed = true;
    while changed {
        changed = false;
        let mut step = 0;
        while step < S {
            let ready = match view.steps[step].catches {
                Some(_) => catches_one_of(view, step, &reached),
                None => ready(view, step, &available),
            };
            if !reached[step] && (view.steps[step].unchecked_reachable || ready) {
                reached[step] = true;
                changed = true;
                let mut edge = view.edge_of[step];
                while edge < view.edges_end(step) {
                    if view.edges[edge].slot != NONE {
                        available[view.edges[edge].slot as usize] = true;
                    }
                    edge += 1;
                }
            }
            step += 1;
        }
    }
    reached
}

/// A handler is reached when a step that it covers is.
const fn catches_one_of<const S: usize, const L: usize, const E: usize>(
    view: &View<'_, S, L, E>,
    handler: usize,
    reached: &[bool; S],
) -> bool {
    let mut step = 0;
    while step < S {
        if reached[step] && view.handlers[step] as usize == handler {
            return true;
        }
        step += 1;
    }
    false
}

const fn ready<const S: usize, const L: usize, const E: usize>(
    view: &View<'_, S, L, E>,
    step: usize,
    available: &[bool; L],
) -> bool {
    let mut input = view.input_of[step];
    let end = view.inputs_end(step);
    while input < end {
        let port = view.inputs[input].port;
        let mut any = port == NONE;
        while input < end && view.inputs[input].port == port {
            any |= available[view.slots[input] as usize];
            input += 1;
        }
        if !any {
            return false;
        }
    }
    true
}

/// A step leads to an end when it ends the run itself or emits what such a step takes; what
/// nothing takes is W007, not W009.
const fn ends<const S: usize, const L: usize, const E: usize>(view: &View<'_, S, L, E>) -> [bool; S] {
    let mut ends = [false; S];
    let mut changed = true;
    while changed {
        changed = false;
        let mut step = S;
        while step > 0 {
            step -= 1;
            if !ends[step] && leads_to_end(view, step, &ends) {
                ends[step] = true;
                changed = true;
            }
        }
    }
    ends
}

const fn leads_to_end<const S: usize, const L: usize, const E: usize>(
    view: &View<'_, S, L, E>,
    step: usize,
    ends: &[bool; S],
) -> bool {
    if view.steps[step].emits.ends() || view.steps[step].sends.ends() {
        return true;
    }
    let mut edge = view.edge_of[step];
    while edge < view.edges_end(step) {
        let mut input = view.edges[edge].slot;
        if input == NONE {
            return true;
        }
        while input != NONE {
            if ends[view.inputs[input as usize].step as usize] {
                return true;
            }
            input = view.next[input as usize];
        }
        edge += 1;
    }
    false
}

/// Follows the events of each batch source. A gathering parameter at the level of the batch joins it; inside a
/// nested batch, the step's output is one level up.
const fn gathered<const S: usize, const L: usize, const E: usize, const O: usize>(
    view: &View<'_, S, L, E>,
    batch_sources: &[u16; S],
) -> ([[bool; S]; O], [bool; S], Batches<S, O>) {
    let (mut joins, mut gathers) = ([[false; S]; O], [false; S]);
    let mut batches = Batches { inner: [Inputs::NONE; O], launches: [[false; S]; O], is_too_deep: false };
    let mut batch_source = 0;
    while batch_source < O {
        // The steps that run at each depth below the batch_source, found so far and looked at so far.
        let mut found = [[0; S]; MAX_BATCH_DEPTH];
        let mut seen = [[false; S]; MAX_BATCH_DEPTH];
        let (mut len, mut done) = ([0; MAX_BATCH_DEPTH], [0; MAX_BATCH_DEPTH]);
        let step = owner(batch_sources, batch_source);
        let mut edge = view.edge_of[step];
        while edge < view.edges_end(step) {
            if let Some(depth) = depth_below(&view.edges[edge], batch_source) {
                follow(
                    view,
                    edge,
                    depth,
                    &mut found,
                    &mut seen,
                    &mut len,
                    &mut joins[batch_source],
                    &mut gathers,
                    &mut batches,
                    batch_source,
                );
            }
            edge += 1;
        }
        let mut depth = 0;
        while depth < MAX_BATCH_DEPTH {
            if done[depth] == len[depth] {
                depth += 1;
                continue;
            }
            let step = found[depth][done[depth]];
            done[depth] += 1;
            let mut edge = view.edge_of[step];
            while edge < view.edges_end(step) {
                let below = depth + view.edges[edge].depth;
                follow(
                    view,
                    edge,
                    below,
                    &mut found,
                    &mut seen,
                    &mut len,
                    &mut joins[batch_source],
                    &mut gathers,
                    &mut batches,
                    batch_source,
                );
                edge += 1;
            }
            // A join in a nested batch emits one level up, which may be complete already: start over.
            depth = 0;
        }
        batch_source += 1;
    }
    (joins, gathers, batches)
}

const fn owner<const S: usize>(batch_sources: &[u16; S], batch_source: usize) -> usize {
    let mut step = 0;
    while step + 1 < S && (batch_sources[step + 1] as usize) <= batch_source {
        step += 1;
    }
    step
}

/// How many batches are between `batch_source` and the event, if the event is inside its batch.
const fn depth_below(edge: &Edge, batch_source: usize) -> Option<usize> {
    let mut i = 0;
    while i < edge.depth {
        if edge.path[i] as usize == batch_source {
            return Some(edge.depth - 1 - i);
        }
        i += 1;
    }
    None
}

#[allow(clippy::too_many_arguments, reason = "const fns cannot share these through closures")]
const fn follow<const S: usize, const L: usize, const E: usize, const O: usize>(
    view: &View<'_, S, L, E>,
    edge: usize,
    depth: usize,
    found: &mut [[usize; S]; MAX_BATCH_DEPTH],
    seen: &mut [[bool; S]; MAX_BATCH_DEPTH],
    len: &mut [usize; MAX_BATCH_DEPTH],
    joins: &mut [bool; S],
    gathers: &mut [bool; S],
    batches: &mut Batches<S, O>,
    source: usize,
) {
    let mut input = view.edges[edge].slot;
    while input != NONE {
        let taker = view.inputs[input as usize];
        let step = taker.step as usize;
        if depth == 0 {
            batches.inner[source].insert(input as usize);
            batches.launches[source][step] |= matches!(taker.kind, PortKind::All | PortKind::First(_));
        }
        let at = match taker.kind {
            PortKind::One | PortKind::Every(_) => Some(depth),
            PortKind::All | PortKind::First(_) => {
                gathers[step] = true;
                if depth == 0 {
                    joins[step] |= matches!(taker.kind, PortKind::All);
                    None
                } else {
                    Some(depth - 1)
                }
            }
        };
        if let Some(at) = at {
            if at >= MAX_BATCH_DEPTH {
                batches.is_too_deep = true;
                input = view.next[input as usize];
                continue;
            }
            // A handler emits in place of the step that failed.
            let both = [taker.step, view.handlers[step]];
            let mut i = 0;
            while i < 2 && both[i] != NONE {
                let step = both[i] as usize;
                if !seen[at][step] {
                    seen[at][step] = true;
                    found[at][len[at]] = step;
                    len[at] += 1;
                }
                i += 1;
            }
        }
        input = view.next[input as usize];
    }
}
