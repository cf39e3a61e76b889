//! What of a graph can be relied on, where parts of it are refused.

use super::{
    key::InputKey,
    table::{Edge, EventInput, NONE, Step},
};

/// Asked for at each step, and so found once.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "answers, and no states")]
pub(super) struct Validity<const S: usize> {
    /// Some step takes the run's input.
    pub(super) starts: bool,
    /// Some step ends the run.
    pub(super) stops: bool,
    /// Something that a step takes is refused, so that nobody knows what is taken.
    pub(super) inputs_unknown: bool,
    /// Something that a step returns is refused, so that nobody knows what is emitted.
    pub(super) outputs_unknown: bool,
    /// Per step: all that it emits or sends is taken.
    pub(super) routed: [bool; S],
    /// Per step: the engine can hand over all that it takes.
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
