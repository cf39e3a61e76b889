//! Methods without `#[step]` that might be steps. A forgotten attribute is one error, and its help names the method.

use super::{build::Graph, key::InputKey, shape::Shape};
use crate::const_text::contains;

/// A method without `#[step]`, with the names of the types that it takes and returns as a step would.
#[derive(Debug, Clone, Copy)]
pub struct UnmarkedMethod {
    /// The method's name.
    pub name: &'static str,
    /// The names of the types in its parameters.
    pub takes: &'static [&'static str],
    /// The names of the types in its return type.
    pub emits: &'static [&'static str],
}

impl<const S: usize, const L: usize, const E: usize, const O: usize> Graph<S, L, E, O> {
    /// Sets the methods without `#[step]`.
    #[must_use]
    pub const fn unmarked(mut self, methods: &'static [UnmarkedMethod]) -> Self {
        self.names.unmarked = methods;
        self
    }

    /// A method without `#[step]` that takes a type with this name.
    pub(super) const fn unmarked_taking(&self, name: &str) -> Option<&'static UnmarkedMethod> {
        let mut i = 0;
        while i < self.names.unmarked.len() {
            if contains(self.names.unmarked[i].takes, name) {
                return Some(&self.names.unmarked[i]);
            }
            i += 1;
        }
        None
    }

    /// A method without `#[step]` that returns a type with this name.
    pub(super) const fn unmarked_emitting(&self, name: &str) -> Option<&'static UnmarkedMethod> {
        let mut i = 0;
        while i < self.names.unmarked.len() {
            if contains(self.names.unmarked[i].emits, name) {
                return Some(&self.names.unmarked[i]);
            }
            i += 1;
        }
        None
    }

    /// Whether W006 reports an event that this method returns.
    pub(super) const fn is_missing_emitter(&self, method: &UnmarkedMethod) -> bool {
        let mut input = 0;
        while input < L {
            if let InputKey::Event(key) = self.inputs[input].key
                && self.is_never_emitted(input)
                && contains(method.emits, key.name)
            {
                return true;
            }
            input += 1;
        }
        false
    }

    /// Whether W007 reports an event that this method takes.
    pub(super) const fn is_missing_taker(&self, method: &UnmarkedMethod) -> bool {
        let mut step = 0;
        while step < S {
            let is_reported = !self.validity.routed[step] && !self.validity.inputs_unknown;
            if is_reported && self.is_missed(self.steps[step].emits, method.takes) {
                return true;
            }
            step += 1;
        }
        false
    }

    /// Whether no step takes an event in `shape` that has one of these names.
    const fn is_missed(&self, shape: &Shape, names: &[&str]) -> bool {
        match shape {
            Shape::Event(key) => contains(names, key.name) && !self.takes(key),
            Shape::Batch(of) | Shape::Maybe(of) => self.is_missed(of, names),
            Shape::Any(members) | Shape::OneOf(members) => {
                let mut i = 0;
                while i < members.len() {
                    if self.is_missed(members[i], names) {
                        return true;
                    }
                    i += 1;
                }
                false
            }
            Shape::Nothing | Shape::Stop(_) | Shape::Prompt(_) | Shape::Awaited(_) | Shape::Unknown => false,
        }
    }
}
