//! What a step emits, returns and sends.

use super::qualified;
use crate::{
    const_text::Text,
    graph::{build::Graph, shape::Shape},
};

impl<const S: usize, const L: usize, const E: usize, const O: usize> Graph<S, L, E, O> {
    /// W004, W007: one event type that a step's signature names in its output, given as written.
    /// `ends` says whether it ends the run with the workflow's result type.
    #[track_caller]
    pub const fn check_emitted(&self, step: usize, shape: &Shape, text: &str, ends: bool) {
        self.check_result(step, shape, text, ends);
        self.check_taken_as(step, "emits", shape, text);
    }

    #[track_caller]
    const fn check_result(&self, step: usize, shape: &Shape, text: &str, ends: bool) {
        if shape.stops() && !shape.is_unknown() && !ends {
            Text::new("W004")
                .and("step ")
                .name(self.steps[step].name)
                .and(" ends the run with ")
                .name(text)
                .and(", but the workflow ends with ")
                .type_or(self.names.stop, self.stopper(), " returns")
                .and(", and a workflow has one result type")
                .help()
                .and("return that here too, or make one enum of both results")
                .fail()
        }
    }

    /// W004, W007, W034 and W035: a step's output as a whole, given as written.
    ///
    /// `named` lists the event types that [`check_emitted`](Self::check_emitted) looks at. The rest of the
    /// output, behind aliases, is looked at here, and only if those are right.
    #[track_caller]
    pub const fn check_output(&self, step: usize, text: &str, ends: bool, named: &[(&Shape, bool)]) {
        let shape = self.steps[step].emits;
        let mut seen = 0;
        let mut is_reported = false;
        let mut i = 0;
        while i < named.len() {
            let (part, part_ends) = named[i];
            seen += part.events();
            is_reported |= part.stops() && !part_ends;
            i += 1;
        }
        self.check_result(step, shape, text, ends || is_reported);
        if shape.awaits() {
            Text::new("W034")
                .and("step ")
                .name(self.steps[step].name)
                .and(" returns a `HumanResponse<..>`, but the client sends responses")
                .help()
                .and("return `InputRequired<..>` to ask for it, and take the `HumanResponse<..>` in another step")
                .fail()
        }
        if let Some(member) = shape.duplicate() {
            Text::new("W035")
                .and("step ")
                .name(self.steps[step].name)
                .and(" lists ")
                .name(member)
                .and(" twice in a `OneOf`, so `.emit()` is ambiguous")
                .help()
                .and("list each event once")
                .fail()
        }
        if shape.events() > seen {
            self.check_taken_as(step, "emits", shape, text);
        }
    }

    /// W007: an event in `shape`, which the step emits or sends, is taken by no step.
    #[track_caller]
    const fn check_taken(&self, step: usize, verb: &str, shape: &Shape) {
        self.check_taken_as(step, verb, shape, "");
    }

    /// The same, where `text` is the type as written.
    #[track_caller]
    const fn check_taken_as(&self, step: usize, verb: &str, shape: &Shape, text: &str) {
        if self.validity.routed[step] || self.validity.inputs_unknown {
            return;
        }
        match shape {
            Shape::Event(key) => {
                if self.takes(key) {
                    return;
                }
                let event = qualified(text, key.name);
                let text = Text::new("W007")
                    .and("step ")
                    .name(self.steps[step].name)
                    .and(" ")
                    .and(verb)
                    .and(" ")
                    .name(event)
                    .and(", but no step takes it")
                    .help();
                match self.unmarked_taking(key.name) {
                    Some(method) => text.and("put `#[step]` on ").name(method.name).and(", which takes it"),
                    None => text
                        .and("add a step with a parameter of type ")
                        .name(event)
                        .and(", or remove ")
                        .name(event)
                        .and(" from this signature"),
                }
                .fail()
            }
            Shape::Batch(of) | Shape::Maybe(of) => self.check_taken_as(step, verb, of, text),
            Shape::Any(members) | Shape::OneOf(members) => {
                let mut i = 0;
                while i < members.len() {
                    self.check_taken_as(step, verb, members[i], text);
                    i += 1;
                }
            }
            Shape::Nothing | Shape::Stop(_) | Shape::Prompt(_) | Shape::Awaited(_) | Shape::Unknown => {}
        }
    }

    /// Whether the list of a step's context has no prompts and responses other than the `seen` that it names.
    #[must_use]
    pub const fn is_list_visible(&self, step: usize, seen: usize) -> bool {
        self.steps[step].sends.outside() <= seen
    }

    /// W007, W026: the list of a step's context, which names `seen` prompts and responses.
    #[track_caller]
    pub const fn check_list(&self, step: usize, seen: usize) {
        self.check_taken(step, "sends", self.steps[step].sends);
        if !self.is_list_visible(step, seen) {
            Text::new("W026")
                .and("step ")
                .name(self.steps[step].name)
                .and(" lists a type alias in its context, but `#[workflow]` must see the `InputRequired` or `HumanResponse` itself")
                .help()
                .and("write `InputRequired<..>` or `HumanResponse<..>` in the list; its inner type may be an alias")
                .fail()
        }
    }
}
