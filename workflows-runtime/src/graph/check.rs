//! What is refused about a graph, each rule with its code and its way out.
//!
//! Every function here is evaluated in a `const` item that carries the span of the user's own
//! token; `#[track_caller]` puts the error there.

use super::{
    build::Graph,
    key::LeafKey,
    message::Text,
    shape::{Port, PortKind, Shape},
    table::NONE,
};

impl<const S: usize, const L: usize, const E: usize, const O: usize> Graph<S, L, E, O> {
    /// Whether any step takes the workflow's start type.
    #[must_use]
    pub const fn begins(&self) -> bool {
        let mut i = 0;
        while i < L {
            if matches!(self.leaves[i].key, LeafKey::Start(_))
                && self.leaves[i].twin == NONE
                && self.is_given(self.leaves[i].step as usize)
            {
                return true;
            }
            i += 1;
        }
        false
    }

    /// The name of the first step that takes the workflow's start type.
    const fn starter(&self) -> &'static str {
        let mut i = 0;
        while i + 1 < L && !(matches!(self.leaves[i].key, LeafKey::Start(_)) && self.leaves[i].twin == NONE) {
            i += 1;
        }
        self.steps[self.leaves[i].step as usize].name
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
    pub const fn check_start(&self, workflow: &str) {
        if self.validity.starts || self.validity.inputs_unknown {
            return;
        }
        Text::new("W001")
            .and("workflow ")
            .name(workflow)
            .and(" has no start: no step takes a `Start<..>`")
            .help()
            .and("give the first step a parameter such as `Start(input): Start<String>`")
            .fail()
    }

    /// W003: no step ends the run.
    #[track_caller]
    pub const fn check_stop(&self, workflow: &str) {
        if self.validity.stops {
            return;
        }
        Text::new("W003")
            .and("workflow ")
            .name(workflow)
            .and(" has no end: no step returns a `Stop<..>`")
            .help()
            .and("let the last step return its result as `Stop<T>`, with `Stop(result)`")
            .fail()
    }

    /// W002, W005, W006 and W032: one type that a step takes, given as written, and the workflow's
    /// start type.
    #[track_caller]
    pub const fn check_leaf(&self, leaf: usize, text: &str, input: &str) {
        let this = &self.leaves[leaf];
        let step = self.steps[this.step as usize].name;
        if this.port != NONE {
            self.check_failure(leaf, text);
        }
        match this.key {
            LeafKey::Stop(_) => Text::new("W005")
                .and("step ")
                .name(step)
                .and(" takes ")
                .name(text)
                .and(", but a `Stop` ends the run: no step runs after it")
                .help()
                .and("take an event of your own here, and let the steps that return the `Stop` return that event")
                .fail(),
            LeafKey::Start(_) if this.twin != NONE => Text::new("W002")
                .and("step ")
                .name(step)
                .and(" takes ")
                .name(text)
                .and(", but the workflow starts with ")
                .type_or(input, self.starter(), " takes")
                .and(", and a workflow has one start type")
                .help()
                .and("take that here too, or make one enum of both inputs")
                .fail(),
            LeafKey::Event(key) if !self.facts.emitted[self.slots[leaf] as usize] && !self.validity.outputs_unknown => {
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
        self.check_twice(leaf, step, text);
    }

    /// Whether a step has one parameter, or takes all that reaches each of several.
    const fn takes_whole_batches(&self, step: u16) -> bool {
        let mut i = 0;
        while i < L {
            if self.leaves[i].step == step && !matches!(self.leaves[i].kind, PortKind::All) {
                return self.steps[step as usize].ports == 1;
            }
            i += 1;
        }
        true
    }

    /// W022, W026, W030, W031 and W033: a parameter, given by its first leaf and as written.
    #[track_caller]
    pub const fn check_port(&self, leaf: usize, text: &str) {
        let step = self.steps[self.leaves[leaf].step as usize].name;
        let this = &self.leaves[leaf];
        if this.is_unknown() || matches!(this.key, LeafKey::Failed) {
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
        if collects && matches!(this.key, LeafKey::Start(_)) {
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
        if collects && unfed && !self.validity.outputs_unknown && !matches!(this.key, LeafKey::Stop(_)) {
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
    const fn check_twice(&self, leaf: usize, step: &str, text: &str) {
        let mut i = leaf;
        while i > 0 && self.leaves[i - 1].step == self.leaves[leaf].step {
            i -= 1;
            if self.slots[i] == self.slots[leaf] && self.leaves[i].port != NONE && self.leaves[leaf].port != NONE {
                Text::new("W032")
                    .and("step ")
                    .name(step)
                    .and(" lists ")
                    .name(text)
                    .and(" twice")
                    .help()
                    .and(if self.leaves[i].port == self.leaves[leaf].port {
                        "list each event once"
                    } else {
                        "take several events of one type as an array, such as `[one, other]: [_; 2]`"
                    })
                    .fail()
            }
        }
    }

    /// W004 and W007: one type of a step's output.
    #[track_caller]
    pub const fn check_output(&self, step: usize, shape: &Shape, text: &str, output: &str, stops_same: bool) {
        self.check_result(step, shape, text, output, stops_same);
        self.check_taken_as(step, "emits", shape, text);
    }

    #[track_caller]
    const fn check_result(&self, step: usize, shape: &Shape, text: &str, output: &str, stops_same: bool) {
        if shape.stops() && !shape.is_unknown() && !stops_same {
            Text::new("W004")
                .and("step ")
                .name(self.steps[step].name)
                .and(" ends the run with ")
                .name(text)
                .and(", but the workflow ends with ")
                .type_or(output, self.stopper(), " returns")
                .and(", and a workflow has one result type")
                .help()
                .and("return that here too, or make one enum of both results")
                .fail()
        }
    }

    /// W004, W007, W034 and W035: a step's output as a whole, of whose events `seen` stand in its
    /// signature.
    #[track_caller]
    pub const fn check_whole(&self, step: usize, seen: usize, text: &str, output: &str, stops_same: bool) {
        let shape = self.steps[step].emits;
        self.check_result(step, shape, text, output, stops_same);
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
            self.check_taken(step, "emits", shape);
        }
    }

    /// W007: an event in `shape`, which the step emits or sends, is taken by no step.
    #[track_caller]
    pub const fn check_taken(&self, step: usize, verb: &str, shape: &Shape) {
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
                    if let LeafKey::Event(taken) = self.leaves[i].key
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
            Shape::Batch(of) => self.check_taken_as(step, verb, of, text),
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

    /// W026: a step's list, of whose prompts and answers `seen` stand in its signature.
    #[track_caller]
    pub const fn check_list(&self, step: usize, seen: usize) {
        if self.steps[step].sends.outside() > seen {
            Text::new("W026")
                .and("step ")
                .name(self.steps[step].name)
                .and(" lists a type alias in its context, but `#[workflow]` must see the `InputRequired` or `HumanResponse` itself")
                .help()
                .and("write `InputRequired<..>` or `HumanResponse<..>` in the list; its inner type may be an alias")
                .fail()
        }
    }

    /// W016: a step that takes nothing but what an alias shows to be its context.
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

    /// W008 and W009: what is before and behind a step.
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
        if self.validity.stops && emits && !self.validity.inputs_unknown && !self.facts.ends[step] {
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
