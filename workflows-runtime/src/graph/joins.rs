//! The check of steps that need several events.

use super::{build::Graph, key::InputKey};
use crate::const_text::Text;

impl<const S: usize, const L: usize, const E: usize, const O: usize> Graph<S, L, E, O> {
    /// W050: a join whose events never come together.
    #[track_caller]
    pub(super) const fn check_join(&self, step: usize) {
        let apart = self.facts.apart[step];
        if !apart.is_refused() || !self.facts.reached[step] || !self.is_certain() {
            return;
        }
        let (one, other) = (self.event_at(step, apart.one), self.event_at(step, apart.other));
        let text = Text::new("W050").and("step ").name(self.steps[step].name).and(" never runs: ");
        if apart.one == apart.other {
            text.and("it takes several ")
                .name(one)
                .and(" at a time, but no two of them ever come together")
                .help()
                .and("let a step return a batch, `Vec<")
                .and(one)
                .and(">`, or take one ")
                .name(one)
                .fail()
        }
        text.and("it takes ")
            .name(one)
            .and(" and ")
            .name(other)
            .and(", but a run never has both at the same time in the same batch")
            .help()
            .and("emit both, as in `-> (")
            .and(one)
            .and(", ")
            .and(other)
            .and(")`, or take either of them, as in `OneOf<")
            .and(one)
            .and(", ")
            .and(other)
            .and(">`")
            .fail()
    }

    /// Whether the whole graph is known and no other check refuses it.
    const fn is_certain(&self) -> bool {
        let known = &self.validity;
        let mut certain = known.starts && known.stops && !known.inputs_unknown && !known.outputs_unknown;
        let mut step = 0;
        while step < S {
            certain &= known.routed[step] && known.given[step];
            step += 1;
        }
        let mut input = 0;
        while input < L {
            let is_event = matches!(self.inputs[input].key, InputKey::Event(_));
            certain &= !is_event || self.facts.emitted[self.slots[input] as usize];
            input += 1;
        }
        certain
    }

    /// The first event that a parameter of a step takes.
    const fn event_at(&self, step: usize, port: u16) -> &'static str {
        let mut input = 0;
        while input < L {
            let this = &self.inputs[input];
            if this.step as usize == step && this.port == port {
                return match this.key {
                    InputKey::Event(key) => key.name,
                    InputKey::Start(_) => "Start<..>",
                    InputKey::Human(_) => "HumanResponse<..>",
                    _ => "..",
                };
            }
            input += 1;
        }
        ".."
    }
}
