//! The tables that describe a graph: steps, what they take, and the routes between them.

use super::{
    analysis::DEPTH,
    key::LeafKey,
    shape::{Port, PortKind, Shape},
};
use core::time::Duration;

/// What the engine walks: the same facts as [`Graph`], with the sizes forgotten.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// The steps, in declaration order.
    pub steps: &'static [Step],
    /// Every event type that a step's parameters name, step by step.
    pub leaves: &'static [Leaf],
    /// For each leaf, the next one that takes the same event, or `NONE`.
    pub next: &'static [u16],
    /// For each opener, whether each step gathers its batch (`openers × steps`).
    pub joins: &'static [bool],
    /// For each step, the number of its first opener.
    pub openers: &'static [u16],
    /// For each step, the one that takes its failures, or `NONE`.
    pub handlers: &'static [u16],
    /// For each leaf, its step, and whether it is all that there is to an event on its way.
    pub routes: &'static [Route],
    /// Whether any step keeps events back until others have come.
    pub batched: bool,
    /// Whether any step takes the first arrivals and has the rest of a batch cancelled.
    pub races: bool,
    /// Whether anything is taken from outside while a run goes on.
    pub answerable: bool,
}

impl Table {
    /// Whether any step is executed again after a failure.
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

/// The way of an event to the step that takes it.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// The step.
    pub step: u16,
    /// Nobody else takes it, and nothing has to be joined or timed.
    pub is_plain: bool,
    /// The step may need it again.
    pub is_kept: bool,
}

/// "None" among the numbers of leaves, slots and openers.
pub(crate) const NONE: u16 = u16::MAX;

/// What a step declares.
#[derive(Debug, Clone, Copy)]
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
    /// How long one execution may take.
    pub timeout: Option<Duration>,
    /// Whether it says when a failed execution is tried again.
    pub retries: bool,
    /// If it is a `#[catch_error]`: whose failures it takes.
    pub catches: Option<Catches>,
    /// Whether it need not be reachable.
    pub unchecked_reachable: bool,
    /// Whether it need not lead to an end.
    pub unchecked_dead_end: bool,
}

/// `#[catch_error(..)]`.
#[derive(Debug, Clone, Copy)]
pub struct Catches {
    /// The steps whose failures it takes, or every step that no other one lists.
    pub steps: Option<&'static [&'static str]>,
    /// How many failures in one line of events it takes.
    pub max_recoveries: u32,
}

/// An event type that a step takes, and through which parameter.
#[derive(Debug, Clone, Copy)]
pub struct Leaf {
    /// The step's number.
    pub step: u16,
    /// The parameter's number among those that take events, or `NONE` for a wait in the body.
    pub port: u16,
    /// How the parameter collects.
    pub kind: PortKind,
    /// How many types the parameter takes, by its type.
    pub members: usize,
    /// How many of them stand in the signature.
    pub visible: usize,
    /// Whether the parameter is seen to collect.
    pub collected: bool,
    /// Which type.
    pub key: LeafKey,
    /// Where keys cannot tell types apart: for an answer from outside, the first leaf of the
    /// same type; for a second start type, the leaf itself; else `NONE`.
    pub twin: u16,
}

impl Leaf {
    /// A leaf of the parameter `port` of the step `step`.
    #[must_use]
    pub const fn new(step: u16, port: u16, of: Port, visible: usize, collected: bool, key: LeafKey, twin: u16) -> Self {
        Self { step, port, kind: of.kind, members: of.leaves, visible, collected, key, twin }
    }

    /// In place of a parameter's number: the step waits for it in its body.
    pub const WAIT: u16 = NONE;

    /// The leaf of an error handler, which routing never reaches.
    #[must_use]
    pub const fn caught(step: u16, port: u16, of: Port, key: LeafKey, own: u16) -> Self {
        let key = match (key, of.kind) {
            (LeafKey::Failed, PortKind::One) if of.leaves == 1 => LeafKey::Failed,
            _ => LeafKey::Nothing,
        };
        Self::new(step, port, Port::ONE, 1, false, key, own)
    }

    /// The twin of a leaf, given whether it is the workflow's start type, and which earlier leaves
    /// have the same type.
    #[must_use]
    pub const fn twin(key: LeafKey, is_start: bool, earlier: &[(u16, bool)], own: u16) -> u16 {
        match key {
            LeafKey::Start(_) if is_start => NONE,
            LeafKey::Human(_) => {
                let mut i = 0;
                while i < earlier.len() {
                    if earlier[i].1 {
                        return earlier[i].0;
                    }
                    i += 1;
                }
                own
            }
            _ => own,
        }
    }

    /// Whether its parameter's type is refused.
    #[must_use]
    pub(super) const fn is_unknown(&self) -> bool {
        self.members == Port::UNKNOWN || matches!(self.key, LeafKey::Unknown)
    }

    /// Whether all that its parameter takes stands in the signature, and not behind an alias.
    #[must_use]
    pub(super) const fn is_visible(&self) -> bool {
        self.is_unknown()
            || self.members == Port::NESTED
            || self.members == self.visible && self.collected != matches!(self.kind, PortKind::One)
    }

    /// Whether nobody can see what it takes.
    pub(super) const fn is_opaque(&self) -> bool {
        self.is_unknown() || !self.is_visible() || self.members == Port::NESTED
    }

    /// Whether the engine can hand it over.
    pub(super) const fn is_sound(&self) -> bool {
        match self.key {
            LeafKey::Unknown | LeafKey::Stop(_) => false,
            LeafKey::Start(_) if self.twin != NONE => false,
            _ => !self.is_opaque(),
        }
    }
}

/// One way from a step's output to the steps that take it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    /// The emitting step.
    pub(super) step: u16,
    /// The first leaf that takes the event, or `NONE`.
    pub(super) slot: u16,
    /// In how many newly opened batches it is emitted.
    pub(super) depth: usize,
    /// The openers of these, outside in.
    pub(super) path: [u16; DEPTH],
}

#[allow(clippy::cast_possible_truncation, reason = "checked")]
pub(super) const fn number(n: usize) -> u16 {
    assert!(n < NONE as usize, "a workflow has at most 65,534 steps and parameters");
    n as u16
}
