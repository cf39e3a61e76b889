//! The tables that describe a graph: steps, what they take, and the routes between them.

use super::{
    key::InputKey,
    shape::{Port, PortKind, Shape},
};
use core::time::Duration;

/// The facts of a [`Graph`](super::Graph) that the engine reads, without its sizes as type parameters.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// The steps, in declaration order.
    pub steps: &'static [Step],
    /// Every input of a step, sorted by step.
    pub inputs: &'static [EventInput],
    /// For each input, the next one that takes the same events, or `NONE`.
    pub next: &'static [u16],
    /// For each batch source, whether each step gathers its batch (`batch sources × steps`).
    pub joins: &'static [bool],
    /// For each step, the number of its first batch source.
    pub batch_sources: &'static [u16],
    /// For each step, its error handler, or `NONE`.
    pub handlers: &'static [u16],
    /// For each input, its step, and whether the engine may forward an event without queuing it.
    pub routes: &'static [Route],
    /// Whether any step buffers events until others have arrived.
    pub batched: bool,
    /// Whether any step takes the first events of a batch and cancels the rest.
    pub races: bool,
    /// Whether any step takes responses.
    pub answerable: bool,
}

impl Table {
    /// Without any step.
    pub(crate) const EMPTY: Self = Self {
        steps: &[],
        inputs: &[],
        next: &[],
        joins: &[],
        batch_sources: &[],
        handlers: &[],
        routes: &[],
        batched: false,
        races: false,
        answerable: false,
    };

    /// Whether any step has a timeout.
    pub(crate) const fn has_timeouts(&self) -> bool {
        let mut step = 0;
        while step < self.steps.len() {
            if self.steps[step].has_timeout() {
                return true;
            }
            step += 1;
        }
        false
    }

    /// Whether an external event can start a step, at any time.
    pub(crate) const fn starts_on_responses(&self) -> bool {
        let mut input = 0;
        while input < self.inputs.len() {
            let EventInput { key, port, .. } = self.inputs[input];
            if matches!(key, InputKey::Human(_)) && port != NONE {
                return true;
            }
            input += 1;
        }
        false
    }

    /// Whether any step waits for responses in its body.
    pub(crate) const fn waits(&self) -> bool {
        let mut input = 0;
        while input < self.inputs.len() {
            if self.inputs[input].port == NONE {
                return true;
            }
            input += 1;
        }
        false
    }

    /// Whether any step is retried after a failure.
    pub(crate) const fn retries(&self) -> bool {
        let mut step = 0;
        while step < self.steps.len() {
            if self.steps[step].retries {
                return true;
            }
            step += 1;
        }
        false
    }
}

/// The route of an event to the step that takes it.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// The step.
    pub step: u16,
    /// No other step takes the event, and the step neither joins nor has a timeout.
    pub is_plain: bool,
    /// The event is kept for a retry or an error handler.
    pub is_kept: bool,
}

/// "None" among the numbers of inputs, slots and batch sources.
pub(crate) const NONE: u16 = u16::MAX;

/// The declaration of a step.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Step {
    /// The method's name.
    pub name: &'static str,
    /// What its return type may emit.
    pub emits: &'static Shape,
    /// What its context may send.
    pub sends: &'static Shape,
    /// How many parameters take events.
    pub ports: u16,
    /// How many executions may run at once.
    pub workers: u32,
    /// How long one execution may take. In a blocking step, from its beginning on its thread.
    pub timeout: Option<Duration>,
    /// How long one execution of a blocking step may wait for its thread.
    pub queue_timeout: Option<Duration>,
    /// Whether it runs on an executor.
    pub blocking: bool,
    /// Whether it waits for resources before it is queued there.
    pub resources: bool,
    /// Whether it has a retry policy.
    pub retries: bool,
    /// The failures that it takes, if it is an error handler.
    pub catches: Option<Catches>,
    /// Whether it need not be reachable.
    pub unchecked_reachable: bool,
    /// Whether it need not lead to an end.
    pub unchecked_dead_end: bool,
}

impl Step {
    /// How many executions of a step may run at once, by default.
    const WORKERS: u32 = 4;

    /// A step with the default options.
    #[must_use]
    pub const fn new(name: &'static str, ports: u16, emits: &'static Shape) -> Self {
        Self {
            name,
            emits,
            sends: &Shape::Nothing,
            ports,
            workers: Self::WORKERS,
            timeout: None,
            queue_timeout: None,
            blocking: false,
            resources: false,
            retries: false,
            catches: None,
            // Without parameters it is W016.
            unchecked_reachable: ports == 0,
            unchecked_dead_end: false,
        }
    }

    /// Sets what its context may send.
    #[must_use]
    pub const fn sends(mut self, sends: &'static Shape) -> Self {
        self.sends = sends;
        self
    }

    /// `workers = ..`
    #[must_use]
    pub const fn workers(mut self, workers: u32) -> Self {
        self.workers = workers;
        self
    }

    /// `timeout = ".."`
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// `queue_timeout = ".."`
    #[must_use]
    pub const fn queue_timeout(mut self, timeout: Duration) -> Self {
        self.queue_timeout = Some(timeout);
        self
    }

    /// `#[blocking]`: it runs on an executor, perhaps after it has waited for resources.
    #[must_use]
    pub const fn blocking(mut self, resources: bool) -> Self {
        self.blocking = true;
        self.resources = resources;
        self
    }

    /// Whether it has a timeout of any kind.
    pub(crate) const fn has_timeout(&self) -> bool {
        self.timeout.is_some() || self.queue_timeout.is_some()
    }

    /// `retry = ..`
    #[must_use]
    pub const fn retries(mut self) -> Self {
        self.retries = true;
        self
    }

    /// `#[catch_error]`: it takes the failures of every step that no other handler lists.
    #[must_use]
    pub const fn catches_all(mut self, max_recoveries: u32) -> Self {
        self.catches = Some(Catches { steps: None, max_recoveries });
        self
    }

    /// `#[catch_error(steps(..))]`: it takes the failures of these steps.
    #[must_use]
    pub const fn catches(mut self, steps: &'static [&'static str], max_recoveries: u32) -> Self {
        self.catches = Some(Catches { steps: Some(steps), max_recoveries });
        self
    }

    /// `unchecked(reachable)`
    #[must_use]
    pub const fn unchecked_reachable(mut self) -> Self {
        self.unchecked_reachable = true;
        self
    }

    /// `unchecked(dead_end)`
    #[must_use]
    pub const fn unchecked_dead_end(mut self) -> Self {
        self.unchecked_dead_end = true;
        self
    }
}

/// `#[catch_error(..)]`.
#[derive(Debug, Clone, Copy)]
pub struct Catches {
    /// The steps whose failures it takes; `None` for every step that no other handler lists.
    pub steps: Option<&'static [&'static str]>,
    /// How many failures of one lineage of events it takes.
    pub max_recoveries: u32,
}

/// An event type that a step takes, and the parameter that takes it.
#[derive(Debug, Clone, Copy)]
pub struct EventInput {
    /// The step's number.
    pub step: u16,
    /// The parameter's number among the step's event parameters, or [`EventInput::WAIT`].
    pub port: u16,
    /// How the parameter collects.
    pub kind: PortKind,
    /// How many event types the parameter takes, according to its type.
    pub members: usize,
    /// How many of them the signature names.
    pub visible: usize,
    /// Whether the signature shows that the parameter collects.
    pub collected: bool,
    /// Which event type.
    pub key: InputKey,
    /// How it is matched with other inputs.
    pub identity: Identity,
}

/// Which inputs take the same events as this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// Those with the same key; for a response from outside, which has no comparable key: no earlier one.
    ByKey,
    /// The earlier input with this number, which takes a response of the same type.
    SameAs(u16),
    /// None: it takes a `Start<..>`, but not the workflow's start type.
    ExtraStart,
    /// None: it is the first input of a rejected type.
    FirstRejected,
}

impl EventInput {
    /// In place of a parameter's number: the step waits for the event in its body.
    pub const WAIT: u16 = NONE;

    /// An input of the parameter `port` of the step `step`, which takes nothing else.
    #[must_use]
    pub const fn new(step: u16, port: u16, of: Port, key: InputKey) -> Self {
        let identity = match key {
            InputKey::Start(_) => Identity::ExtraStart,
            _ => Identity::ByKey,
        };
        Self { step, port, kind: of.kind, members: of.inputs, visible: 1, collected: false, key, identity }
    }

    /// The input of an error handler. Events are never routed to it.
    #[must_use]
    pub const fn failed(step: u16, port: u16, of: Port, key: InputKey) -> Self {
        let key = match (key, of.kind) {
            (InputKey::Failed, PortKind::One) if of.inputs == 1 => InputKey::Failed,
            _ => InputKey::Nothing,
        };
        Self::new(step, port, Port::ONE, key)
    }

    /// One of several event types that its parameter takes, or one that its parameter collects.
    #[must_use]
    pub const fn in_parameter(mut self, of: Port, visible: usize, collected: bool) -> Self {
        self.kind = of.kind;
        self.members = of.inputs;
        self.visible = visible;
        self.collected = collected;
        self
    }

    /// Says whether its type is the workflow's start type.
    #[must_use]
    pub const fn starts(mut self, is_start: bool) -> Self {
        if is_start {
            self.identity = Identity::ByKey;
        }
        self
    }

    /// Says which earlier inputs have the same type. Only responses and rejected types are matched in this way.
    #[must_use]
    pub const fn same_as(mut self, earlier: &[(u16, bool)]) -> Self {
        match self.key {
            InputKey::Human(_) => {}
            InputKey::Unknown => self.identity = Identity::FirstRejected,
            _ => return self,
        }
        let mut i = 0;
        while i < earlier.len() {
            let (input, is_same) = earlier[i];
            if is_same {
                self.identity = Identity::SameAs(input);
                return self;
            }
            i += 1;
        }
        self
    }

    /// Whether it takes the workflow's start type.
    pub(super) const fn is_start(&self) -> bool {
        matches!((self.key, self.identity), (InputKey::Start(_), Identity::ByKey))
    }

    /// Whether its parameter's type is rejected.
    #[must_use]
    pub(super) const fn is_unknown(&self) -> bool {
        self.members == Port::UNKNOWN || matches!(self.key, InputKey::Unknown)
    }

    /// Whether the signature names every event type of its parameter, none of them behind an alias.
    #[must_use]
    pub(super) const fn is_visible(&self) -> bool {
        self.is_unknown()
            || self.members == Port::NESTED
            || self.members == self.visible && self.collected != matches!(self.kind, PortKind::One)
    }

    /// Whether the event types of its parameter cannot be known.
    pub(super) const fn is_opaque(&self) -> bool {
        self.is_unknown() || !self.is_visible() || self.members == Port::NESTED
    }

    /// Whether the engine can deliver it.
    pub(super) const fn is_sound(&self) -> bool {
        match self.key {
            InputKey::Unknown | InputKey::Stop(_) => false,
            InputKey::Start(_) if !self.is_start() => false,
            _ => !self.is_opaque(),
        }
    }
}

/// How many batches can be open inside each other; a loop that opens a batch per round is endless.
pub(super) const MAX_BATCH_DEPTH: usize = 6;

/// An event in the output of a step, and the steps that take it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    /// The emitting step.
    pub(super) step: u16,
    /// The first input that takes the event, or `NONE`.
    pub(super) slot: u16,
    /// How many batches the output opens around the event.
    pub(super) depth: usize,
    /// The sources of these batches, from the outermost one.
    pub(super) path: [u16; MAX_BATCH_DEPTH],
}

#[allow(clippy::cast_possible_truncation, reason = "checked")]
pub(super) const fn number(n: usize) -> u16 {
    assert!(n < NONE as usize, "a workflow has at most 65,534 steps and parameters");
    n as u16
}
