//! What a step takes.

use super::qualified;
use crate::{
    const_text::Text,
    graph::{
        build::Graph,
        key::InputKey,
        shape::{Port, PortKind},
        table::NONE,
    },
};

impl<const S: usize, const L: usize, const E: usize, const O: usize> Graph<S, L, E, O> {
    /// Checks a parameter that takes one event type, given as written: [`check_event`](Self::check_event)
    /// and [`check_parameter`](Self::check_parameter).
    #[track_caller]
    pub const fn check_input(&self, input: usize, text: &str) {
        self.check_event(input, text);
        self.check_parameter(input, text);
    }

    /// W002, W005, W006, W021 and W032: one event type that a step takes, given as written.
    #[track_caller]
    pub const fn check_event(&self, input: usize, text: &str) {
        let this = &self.inputs[input];
        let step = self.steps[this.step as usize].name;
        if this.port != NONE {
            self.check_failure(input, text);
        }
        match this.key {
            InputKey::Stop(_) => Text::new("W005")
                .and("step ")
                .name(step)
                .and(" takes ")
                .name(text)
                .and(", but a `Stop` ends the run: no step runs after it")
                .help()
                .and("take an event of your own here, and let the steps that return the `Stop` return that event")
                .fail(),
            InputKey::Start(_) if !this.is_start() => Text::new("W002")
                .and("step ")
                .name(step)
                .and(" takes ")
                .name(text)
                .and(", but the workflow starts with ")
                .type_or(self.names.start, self.starter(), " takes")
                .and(", and a workflow has one start type")
                .help()
                .and("take that here too, or make one enum of both inputs")
                .fail(),
            InputKey::Event(key) if self.is_never_emitted(input) => {
                let method = self.unmarked_emitting(key.name);
                if let Some(method) = method
                    && self.is_missing_taker(method)
                {
                    return;
                }
                let event = qualified(text, key.name);
                let text = Text::new("W006")
                    .and("step ")
                    .name(step)
                    .and(" takes ")
                    .name(event)
                    .and(", but no step emits it")
                    .help();
                match method {
                    Some(method) => text.and("put `#[step]` on ").name(method.name).and(", which returns it"),
                    None => text
                        .and("let a step return ")
                        .name(event)
                        .and(", or take an event that is emitted, or remove this step"),
                }
                .fail()
            }
            _ => {}
        }
        self.check_twice(input, step, text);
    }

    /// Whether no step emits the event that the input takes, as far as is known.
    pub(in crate::graph) const fn is_never_emitted(&self, input: usize) -> bool {
        let is_event = matches!(self.inputs[input].key, InputKey::Event(_));
        is_event && !self.facts.emitted[self.slots[input] as usize] && !self.validity.outputs_unknown
    }

    /// Whether a step has one parameter, or takes all that reaches each of several.
    const fn takes_whole_batches(&self, step: u16) -> bool {
        let mut i = 0;
        while i < L {
            if self.inputs[i].step == step && !matches!(self.inputs[i].kind, PortKind::All) {
                return self.steps[step as usize].ports == 1;
            }
            i += 1;
        }
        true
    }

    /// W022, W026, W030, W031 and W033: a parameter, given by its first input and as written.
    #[track_caller]
    pub const fn check_parameter(&self, input: usize, text: &str) {
        let step = self.steps[self.inputs[input].step as usize].name;
        let this = &self.inputs[input];
        if this.is_unknown() || matches!(this.key, InputKey::Failed) {
            return;
        }
        if this.members == Port::NESTED {
            Text::new("W030")
                .and("step ")
                .name(step)
                .and(" takes ")
                .name(text)
                .and(", but a parameter cannot contain nested batches")
                .help()
                .and("gather the inner `Vec` in its own step, and take the result of that step here")
                .fail()
        }
        if !this.is_visible() {
            Text::new("W026")
                .and("step ")
                .name(step)
                .and(" takes ")
                .name(text)
                .and(", a type alias, but `#[workflow]` must see the `Vec`, `OneOf` or array itself")
                .help()
                .and("write the aliased type in the signature; a return type may be an alias")
                .fail()
        }
        let collects = matches!(this.kind, PortKind::All | PortKind::First(_));
        if collects && !self.takes_whole_batches(this.step) {
            Text::new("W031")
                .and("step ")
                .name(step)
                .and(" joins ")
                .name(text)
                .and(" with a single event, but it takes a whole batch")
                .help()
                .and("gather the batch in its own step, and join the result of that step with the other event")
                .fail()
        }
        if collects && matches!(this.key, InputKey::Start(_)) {
            Text::new("W022")
                .and("step ")
                .name(step)
                .and(" gathers ")
                .name(text)
                .and(", but a run starts with one input")
                .help()
                .and("take `Start<..>` without a `Vec`")
                .fail()
        }
        // A step that is missing might open one.
        let unfed = !self.facts.gathers[this.step as usize]
            && self.facts.reached[this.step as usize]
            && !self.is_emitter_missing();
        // A `Stop` is W005.
        if collects && unfed && !self.validity.outputs_unknown && !matches!(this.key, InputKey::Stop(_)) {
            Text::new("W022")
                .and("step ")
                .name(step)
                .and(" gathers ")
                .name(text)
                .and(", but no batch is open at this step")
                .help()
                .and("let an earlier step return a `Vec` of events; the step that gathers a batch closes it")
                .fail()
        }
        if let PortKind::Every(0) | PortKind::First(0) = this.kind {
            Text::new("W033")
                .and("step ")
                .name(step)
                .and(" takes ")
                .name(text)
                .and(", which has no elements")
                .help()
                .and("write a count of at least 1")
                .fail()
        }
    }

    /// Whether some step takes an event that no step emits.
    const fn is_emitter_missing(&self) -> bool {
        let mut input = 0;
        while input < L {
            if self.is_never_emitted(input) {
                return true;
            }
            input += 1;
        }
        false
    }

    #[track_caller]
    const fn check_twice(&self, input: usize, step: &str, text: &str) {
        let mut i = input;
        while i > 0 && self.inputs[i - 1].step == self.inputs[input].step {
            i -= 1;
            if self.slots[i] == self.slots[input] && self.inputs[i].port != NONE && self.inputs[input].port != NONE {
                Text::new("W032")
                    .and("step ")
                    .name(step)
                    .and(" lists ")
                    .name(text)
                    .and(" twice")
                    .help()
                    .and(if self.inputs[i].port == self.inputs[input].port {
                        "list each event once"
                    } else {
                        "take several events of one type as an array, such as `[one, other]: [_; 2]`"
                    })
                    .fail()
            }
        }
    }
}
