//! The graph of a workflow as data: read from the signatures' types in `const`, checked by
//! [`check`], walked by the engine.

mod analysis;
mod build;
mod check;
mod handlers;
mod index;
mod key;
mod known;
mod list;
mod outline;
mod refusal;
mod shape;
mod standing;
mod text;

pub use self::{
    build::{Catches, Graph, Leaf, Step, count_edges, count_openers},
    key::{EventKey, LeafKey, Same, same},
    known::{Carry, Doubtful, Is, Known, Unknown, is_not},
    list::{List, Listed},
    refusal::{Carried, Failing, NotAContext, NotAPrompt, NotAStart, NotATuple},
    shape::{Port, Shape},
};
pub(crate) use self::{key::TypeName, outline::Outline, shape::PortKind};

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
    pub hops: &'static [Hop],
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
pub struct Hop {
    /// The step.
    pub step: u16,
    /// Nobody else takes it, and nothing has to be joined or timed.
    pub is_plain: bool,
    /// The step may need it again.
    pub is_kept: bool,
}

/// "None" among the numbers of leaves, slots and openers.
pub(crate) const NONE: u16 = u16::MAX;
