//! The checks of a graph, each with its code.
//!
//! Every function here is evaluated in a `const` item at the tokens of the user that it is about;
//! `#[track_caller]` places the error there.

mod input;
mod output;

use super::build::Graph;
use crate::const_text::Text;

impl<const S: usize, const L: usize, const E: usize, const O: usize> Graph<S, L, E, O> {
    /// Whether any step takes the workflow's start type.
    pub(super) const fn starts(&self) -> bool {
        let mut i = 0;
        while i < L {
            if self.inputs[i].is_start() && self.is_given(self.inputs[i].step as usize) {
                return true;
            }
            i += 1;
        }
        false
    }

    /// The name of the first step that takes the workflow's start type.
    const fn starter(&self) -> &'static str {
        let mut i = 0;
        while i + 1 < L && !self.inputs[i].is_start() {
            i += 1;
        }
        self.steps[self.inputs[i].step as usize].name
    }

    /// The name of the first step that ends the run.
    const fn stopper(&self) -> &'static str {
        let mut i = 0;
        while i + 1 < S && !self.stops_at(i) {
            i += 1;
        }
        self.steps[i].name
    }

    /// W001: no step takes the run's input.
    #[track_caller]
    pub const fn check_start(&self) {
        if self.validity.starts || self.validity.inputs_unknown {
            return;
        }
        let method = self.unmarked_taking("Start");
        if let Some(method) = method
            && self.is_missing_emitter(method)
        {
            return;
        }
        let text = Text::new("W001")
            .and("workflow ")
            .name(self.names.workflow)
            .and(" has no start: no step takes a `Start<..>`")
            .help();
        match method {
            Some(method) => text.and("put `#[step]` on ").name(method.name).and(", which takes it"),
            None => text.and("give the first step a parameter such as `Start(input): Start<String>`"),
        }
        .fail()
    }

    /// W003: no step ends the run.
    #[track_caller]
    pub const fn check_stop(&self) {
        // Without any step, it has no start either.
        if self.validity.stops || S == 0 {
            return;
        }
        let method = self.unmarked_emitting("Stop");
        if let Some(method) = method
            && self.is_missing_taker(method)
        {
            return;
        }
        let text = Text::new("W003")
            .and("workflow ")
            .name(self.names.workflow)
            .and(" has no end: no step returns a `Stop<..>`")
            .help();
        match method {
            Some(method) => text.and("put `#[step]` on ").name(method.name).and(", which returns it"),
            None => text.and("let the last step return its result as `Stop<T>`, with `Stop(result)`"),
        }
        .fail()
    }

    /// W016: a step whose only parameter is an alias of its context.
    #[track_caller]
    pub const fn check_ports(&self, step: usize) {
        let this = &self.steps[step];
        if this.ports == 0 && !this.sends.is_unknown() {
            Text::new("W016")
                .and("step ")
                .name(this.name)
                .and(" takes no event: nothing would run it")
                .help()
                .and("add a parameter: an event, `Start<..>` for the run's input, or `HumanResponse<..>` for an answer")
                .fail()
        }
    }

    /// W008, W009, W050: whether a step is reached, can run, and leads to an end.
    #[track_caller]
    pub const fn check_step(&self, step: usize) {
        let this = &self.steps[step];
        if self.validity.starts && !self.validity.outputs_unknown && !self.facts.reached[step] {
            if this.catches.is_some() {
                self.fail_unreached_handler(step);
            }
            Text::new("W008")
                .and("step ")
                .name(this.name)
                .and(" is never reached: only unreachable steps emit its input")
                .help()
                .and("emit its input from a reachable step, or write `#[step(unchecked(reachable))]`")
                .fail()
        }
        let emits = this.emits.events() + this.sends.events() > 0;
        let is_checked = self.validity.stops && !self.validity.inputs_unknown && !this.unchecked_dead_end;
        if is_checked && emits && !self.facts.ends[step] {
            Text::new("W009")
                .and("step ")
                .name(this.name)
                .and(" is a dead end: no path leads from it to a `Stop` or an `InputRequired`")
                .help()
                .and(
                    "let it, or a step after it, return `Stop<..>` in some case, or write `#[step(unchecked(dead_end))]`",
                )
                .fail()
        }
        self.check_join(step);
    }
}

/// The type as written, if it is a path that ends with the event's name, such as `events::Joke`.
const fn qualified<'a>(text: &'a str, name: &'a str) -> &'a str {
    let (long, short) = (text.as_bytes(), name.as_bytes());
    if long.len() <= short.len() || long[long.len() - short.len() - 1] != b':' {
        return name;
    }
    let mut i = 0;
    while i < short.len() {
        if long[long.len() - short.len() + i] != short[i] {
            return name;
        }
        i += 1;
    }
    text
}
