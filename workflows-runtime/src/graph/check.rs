//! The checks of a graph, each with its code.
//!
//! Every function here is evaluated in a `const` item at the tokens of the user that it is about;
//! `#[track_caller]` places the error there.

use super::{
    build::Graph,
    key::InputKey,
    message::Text,
    shape::{Port, PortKind, Shape},
    table::NONE,
};

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
        Text::new("W001")
            .and("workflow ")
            .name(self.names.workflow)
            .and(" has no start: no step takes a `Start<..>`")
            .help()
            .and("give the first step a parameter such as `Start(input): Start<String>`")
            .fail()
    }

    /// W003: no step ends the run.
    #[track_caller]
    pub const fn check_stop(&self) {
        if self.validity.stops {
            return;
        }
        Text::new("W003")
            .and("workflow ")
            .name(self.names.workflow)
            .and(" has no end: no step returns a `Stop<..>`")
            .help()
            .and("let the last step return its result as `Stop<T>`, with `Stop(result)`")
            .fail()
    }

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
            InputKey::Event(key)
                if !self.facts.emitted[self.slots[input] as usize] && !self.validity.outputs_unknown =>
            {
                Text::new("W006")
                    .and("step ")
                    .name(step)
                    .and(" takes ")
                    .name(qualified(text, key.name))
                    .and(", but no step emits it")
                    .help()
                    .and("let a step return ")
                    .name(qualified(text, key.name))
                    .and(", or take an event that is emitted, or remove this step")
                    .fail()
            }
            _ => {}
        }
        self.check_twice(input, step, text);
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
        let unfed = !self.facts.gathers[this.step as usize] && self.facts.reached[this.step as usize];
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
                let mut i = 0;
                while i < L {
                    if let InputKey::Event(taken) = self.inputs[i].key
                        && taken.is(key)
                    {
                        return;
                    }
                    i += 1;
                }
                Text::new("W007")
                    .and("step ")
                    .name(self.steps[step].name)
                    .and(" ")
                    .and(verb)
                    .and(" ")
                    .name(qualified(text, key.name))
                    .and(", but no step takes it")
                    .help()
                    .and("add a step with a parameter of type ")
                    .name(qualified(text, key.name))
                    .and(", or remove ")
                    .name(qualified(text, key.name))
                    .and(" from this signature")
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
