//! Which facts of a graph are known when some of its types are rejected. Checks that would only repeat an
//! earlier error are skipped.

use super::{
    key::InputKey,
    table::{Edge, EventInput, NONE, Step},
};

/// Computed once, because every check of a step needs it.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts")]
pub(super) struct Validity<const S: usize> {
    /// Some step takes the run's input.
    pub(super) starts: bool,
    /// Some step ends the run.
    pub(super) stops: bool,
    /// An input is rejected or behind an alias, so the set of events that are taken is unknown.
    pub(super) inputs_unknown: bool,
    /// An output is rejected, so the set of events that are emitted is unknown.
    pub(super) outputs_unknown: bool,
    /// Per step: every event that it emits or sends is taken.
    pub(super) routed: [bool; S],
    /// Per step: the engine can deliver every event that it takes.
    pub(super) given: [bool; S],
}

impl<const S: usize> Validity<S> {
    pub(super) const fn new(steps: &[Step; S], inputs: &[EventInput], edges: &[Edge]) -> Self {
        let mut this = Self {
            starts: false,
            stops: false,
            inputs_unknown: false,
            outputs_unknown: false,
            routed: [true; S],
            given: [true; S],
        };
        let mut i = 0;
        while i < S {
            let (emits, sends) = (steps[i].emits, steps[i].sends);
            this.stops |= emits.stops();
            this.inputs_unknown |= sends.is_unknown();
            this.outputs_unknown |= emits.is_unknown() || sends.is_unknown();
            this.routed[i] = !emits.is_unknown() && !emits.awaits();
            i += 1;
        }
        i = 0;
        while i < inputs.len() {
            this.starts |= matches!(inputs[i].key, InputKey::Start(_));
            this.inputs_unknown |= inputs[i].is_opaque();
            let step = inputs[i].step as usize;
            let caught = matches!(inputs[i].key, InputKey::Failed) == steps[step].catches.is_some();
            this.given[step] &= inputs[i].is_sound() && (caught || inputs[i].port == NONE);
            i += 1;
        }
        i = 0;
        while i < edges.len() {
            // A table may have room for more edges than there are.
            if edges[i].step != NONE {
                this.routed[edges[i].step as usize] &= edges[i].slot != NONE;
            }
            i += 1;
        }
        this
    }
}
