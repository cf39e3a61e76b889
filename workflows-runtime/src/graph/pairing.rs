//! Whether the events that a join needs can ever come together.
//!
//! The rest of the proof knows which events flow where. This rule also knows a part of how many: it looks for a place
//! where the ways to two parameters of a join part. That is a tuple, two takers of one event, two steps that gather
//! one batch, an event that a context sends, or something from outside. Without such a place, a run has at most one
//! of the two events. In a batch that a step opens, any number of branches may emit either, so there each parameter
//! only needs a source.
//!
//! Invariant: a join is refused only if no run launches it. Every event in the run itself has one event from which it
//! follows; what a join emits follows from the event at its first parameter. Two events that are there together
//! follow from one event at which their ways part. Where something is not known, the rule is silent.

use super::{
    analysis::View,
    key::InputKey,
    shape::{PortKind, Shape},
    table::{NONE, number},
};

/// Inputs, by number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inputs([u64; 4]);

impl Inputs {
    pub(super) const NONE: Self = Self([0; 4]);
    /// How many inputs a graph may have for this rule.
    const MAX: usize = 256;

    pub(super) const fn insert(&mut self, input: usize) {
        if input < Self::MAX {
            self.0[input / 64] |= 1 << (input % 64);
        }
    }

    const fn has(&self, input: usize) -> bool {
        input < Self::MAX && self.0[input / 64] >> (input % 64) & 1 == 1
    }

    /// Adds all of `other`. Returns whether that changes anything.
    const fn add(&mut self, other: &Self) -> bool {
        let (mut word, mut changed) = (0, false);
        while word < 4 {
            changed |= other.0[word] & !self.0[word] != 0;
            self.0[word] |= other.0[word];
            word += 1;
        }
        changed
    }
}

/// Two parameters of a join whose events never come together: equal numbers if one needs several events.
#[derive(Debug, Clone, Copy)]
pub(super) struct Apart {
    pub(super) one: u16,
    pub(super) other: u16,
}

impl Apart {
    /// Nothing is wrong, as far as is known.
    pub(super) const NO: Self = Self { one: NONE, other: NONE };

    pub(super) const fn is_refused(self) -> bool {
        self.one != NONE
    }
}

/// How many parameters of a join the rule looks at. One with more is never refused.
const PARAMETERS: usize = 8;

/// The batches of a graph, for each source.
pub(super) struct Batches<const S: usize, const O: usize> {
    /// The inputs that get an event inside a batch, at its own level.
    pub(super) inner: [Inputs; O],
    /// The steps that gather a batch or race in it.
    pub(super) launches: [[bool; S]; O],
    /// Batches nest too deeply to know this.
    pub(super) is_too_deep: bool,
}

struct Pairs<const S: usize> {
    /// For each step, the inputs to which one of its executions leads.
    reach: [Inputs; S],
    /// The inputs of the joins.
    joins: Inputs,
    /// For each step and parameter, a bit for each parameter whose events come together with its own.
    found: [[u8; PARAMETERS]; S],
}

/// For each step, two parameters whose events never come together.
pub(super) const fn apart<const S: usize, const L: usize, const E: usize, const O: usize>(
    view: &View<'_, S, L, E>,
    batch_sources: &[u16; S],
    batches: &Batches<S, O>,
) -> [Apart; S] {
    let mut apart = [Apart::NO; S];
    let (mut joins, mut has_joins, mut input) = (Inputs::NONE, false, 0);
    while input < L {
        if needs_several(view, input) {
            joins.insert(input);
            has_joins = true;
        }
        input += 1;
    }
    if !has_joins || L > Inputs::MAX || batches.is_too_deep {
        return apart;
    }
    let mut pairs = Pairs { reach: [Inputs::NONE; S], joins, found: [[0; PARAMETERS]; S] };
    pairs.reach = reach(view, batches);
    pair_outside(view, &mut pairs);
    let mut step = 0;
    while step < S {
        let mut edge = view.edge_of[step];
        let declared = &view.steps[step];
        let source = batch_sources[step] as usize;
        let emitted = cone(view, declared.emits, &mut edge, source, batches, &mut pairs);
        let sent = cone(view, declared.sends, &mut edge, source, batches, &mut pairs);
        pair(view, &sent, &sent, &mut pairs);
        pair(view, &sent, &emitted, &mut pairs);
        if view.handlers[step] != NONE {
            let handled = pairs.reach[view.handlers[step] as usize];
            pair(view, &sent, &handled, &mut pairs);
        }
        step += 1;
    }
    step = 0;
    while step < S {
        if !view.steps[step].unchecked_reachable {
            apart[step] = judge(view, step, batches, &pairs);
        }
        step += 1;
    }
    apart
}

/// Whether the step of an input waits for several events, outside of batches too.
const fn needs_several<const S: usize, const L: usize, const E: usize>(view: &View<'_, S, L, E>, input: usize) -> bool {
    let this = &view.inputs[input];
    match this.kind {
        _ if this.port == NONE => false,
        PortKind::One => view.steps[this.step as usize].ports > 1,
        PortKind::All => false,
        PortKind::Every(n) | PortKind::First(n) => n > 1 || view.steps[this.step as usize].ports > 1,
    }
}

const fn reach<const S: usize, const L: usize, const E: usize, const O: usize>(
    view: &View<'_, S, L, E>,
    batches: &Batches<S, O>,
) -> [Inputs; S] {
    let mut reach = [Inputs::NONE; S];
    let mut changed = true;
    while changed {
        changed = false;
        let mut step = S;
        while step > 0 {
            step -= 1;
            let mut all = reach[step];
            let mut edge = view.edge_of[step];
            while edge < view.edges_end(step) {
                if view.edges[edge].depth == 0 {
                    let mut input = view.edges[edge].slot;
                    while input != NONE {
                        all.add(&after(view, input as usize, &reach));
                        input = view.next[input as usize];
                    }
                } else {
                    let launches = &batches.launches[view.edges[edge].path[0] as usize];
                    let mut other = 0;
                    while other < S {
                        if launches[other] {
                            all.add(&reach[other]);
                        }
                        other += 1;
                    }
                }
                edge += 1;
            }
            if view.handlers[step] != NONE {
                all.add(&reach[view.handlers[step] as usize]);
            }
            changed |= reach[step].add(&all);
        }
    }
    reach
}

/// An input, and what follows from the event there.
const fn after<const S: usize, const L: usize, const E: usize>(
    view: &View<'_, S, L, E>,
    input: usize,
    reach: &[Inputs; S],
) -> Inputs {
    let this = &view.inputs[input];
    let mut after = Inputs::NONE;
    if this.port != NONE {
        after.insert(input);
    }
    if this.port == 0 {
        after.add(&reach[this.step as usize]);
    }
    after
}

/// What comes from outside comes again and again, but the run's input comes once.
const fn pair_outside<const S: usize, const L: usize, const E: usize>(view: &View<'_, S, L, E>, pairs: &mut Pairs<S>) {
    let (mut start, mut responses, mut input) = (Inputs::NONE, Inputs::NONE, 0);
    while input < L {
        if view.slots[input] as usize == input {
            if matches!(view.inputs[input].key, InputKey::Start(_)) {
                start.add(&taken(view, number(input), pairs));
            } else if matches!(view.inputs[input].key, InputKey::Human(_)) {
                responses.add(&taken(view, number(input), pairs));
            }
        }
        input += 1;
    }
    pair(view, &responses, &responses, pairs);
    pair(view, &responses, &start, pairs);
}

/// What follows from an event. Its takers each get a copy.
const fn taken<const S: usize, const L: usize, const E: usize>(
    view: &View<'_, S, L, E>,
    slot: u16,
    pairs: &mut Pairs<S>,
) -> Inputs {
    let (mut all, mut input) = (Inputs::NONE, slot);
    while input != NONE {
        let one = after(view, input as usize, &pairs.reach);
        pair(view, &all, &one, pairs);
        all.add(&one);
        input = view.next[input as usize];
    }
    all
}

/// What follows from an output. `edge` is the first edge of the shape, and is moved behind the last one.
const fn cone<const S: usize, const L: usize, const E: usize, const O: usize>(
    view: &View<'_, S, L, E>,
    shape: &Shape,
    edge: &mut usize,
    source: usize,
    batches: &Batches<S, O>,
    pairs: &mut Pairs<S>,
) -> Inputs {
    let mut all = Inputs::NONE;
    match shape {
        Shape::Nothing | Shape::Stop(_) | Shape::Prompt(_) | Shape::Awaited(_) | Shape::Unknown => {}
        Shape::Event(_) => {
            all = taken(view, view.edges[*edge].slot, pairs);
            *edge += 1;
        }
        Shape::Maybe(of) => all = cone(view, of, edge, source, batches, pairs),
        Shape::Batch(of) => {
            // Inside, every step is looked at for itself. Outside, the batch launches the steps that gather it.
            cone(view, of, edge, source + 1, batches, pairs);
            let mut step = 0;
            while step < S {
                if batches.launches[source][step] {
                    let launched = pairs.reach[step];
                    pair(view, &all, &launched, pairs);
                    all.add(&launched);
                }
                step += 1;
            }
        }
        Shape::Any(members) | Shape::OneOf(members) => {
            let (mut source, mut i) = (source, 0);
            while i < members.len() {
                let one = cone(view, members[i], edge, source, batches, pairs);
                if matches!(shape, Shape::Any(_)) {
                    pair(view, &all, &one, pairs);
                }
                all.add(&one);
                source += members[i].batches();
                i += 1;
            }
        }
    }
    all
}

/// Notes that each of `one` may come together with each of `other`.
const fn pair<const S: usize, const L: usize, const E: usize>(
    view: &View<'_, S, L, E>,
    one: &Inputs,
    other: &Inputs,
    pairs: &mut Pairs<S>,
) {
    let mut word = 0;
    while word < 4 {
        let mut left = one.0[word] & pairs.joins.0[word];
        while left != 0 {
            let input = word * 64 + left.trailing_zeros() as usize;
            left &= left - 1;
            let step = view.inputs[input].step as usize;
            let port = view.inputs[input].port as usize;
            let mut partner = view.input_of[step];
            while partner < view.inputs_end(step) {
                let partner_port = view.inputs[partner].port as usize;
                if other.has(partner) && port < PARAMETERS && partner_port < PARAMETERS {
                    pairs.found[step][port] |= 1 << partner_port;
                    pairs.found[step][partner_port] |= 1 << port;
                }
                partner += 1;
            }
        }
        word += 1;
    }
}

const fn judge<const S: usize, const L: usize, const E: usize, const O: usize>(
    view: &View<'_, S, L, E>,
    step: usize,
    batches: &Batches<S, O>,
    pairs: &Pairs<S>,
) -> Apart {
    let first = view.input_of[step];
    let ports = view.steps[step].ports as usize;
    if first >= view.inputs_end(step) || !pairs.joins.has(first) || ports > PARAMETERS {
        return Apart::NO;
    }
    let mut source = 0;
    while source < O {
        if served(view, step, &batches.inner[source]) == (1 << ports) - 1 {
            return Apart::NO;
        }
        source += 1;
    }
    let mut several = 0_u16;
    let mut input = first;
    while input < view.inputs_end(step) {
        let this = &view.inputs[input];
        match this.kind {
            PortKind::Every(n) | PortKind::First(n) if n > 1 && this.port != NONE => several |= 1 << this.port,
            // W031.
            PortKind::All => return Apart::NO,
            _ => {}
        }
        input += 1;
    }
    // Two parameters say more than one that needs several events, which may come together somewhere else.
    let mut alone = Apart::NO;
    let mut one = 0;
    while one < ports {
        let mut other = one;
        while other < ports {
            let is_needed = one != other || several >> one & 1 == 1;
            if is_needed && pairs.found[step][one] >> other & 1 == 0 {
                let apart = Apart { one: number(one), other: number(other) };
                if one != other {
                    return apart;
                }
                alone = apart;
            }
            other += 1;
        }
        one += 1;
    }
    alone
}

/// A bit for each parameter of a step that gets one of these inputs.
const fn served<const S: usize, const L: usize, const E: usize>(
    view: &View<'_, S, L, E>,
    step: usize,
    inputs: &Inputs,
) -> u16 {
    let (mut served, mut input) = (0_u16, view.input_of[step]);
    while input < view.inputs_end(step) {
        if inputs.has(input) && view.inputs[input].port != NONE {
            served |= 1 << view.inputs[input].port;
        }
        input += 1;
    }
    served
}
