//! Outputs and parameters as `const` trees.

use super::key::{EventKey, TypeName};
use serde::{Deserialize, Serialize};

/// The events that a step's output type may emit.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Nothing.
    Nothing,
    /// This event.
    Event(EventKey),
    /// The end of the run, with a result of this type.
    Stop(TypeName),
    /// A prompt of this type.
    Prompt(TypeName),
    /// A response of this type that a step waits for. It is taken, not emitted.
    Awaited(TypeName),
    /// This, or nothing: an `Option`.
    Maybe(&'static Shape),
    /// All of these: a tuple, or the list of a context.
    Any(&'static [&'static Shape]),
    /// One of these, all different: a `OneOf`.
    OneOf(&'static [&'static Shape]),
    /// A batch of these.
    Batch(&'static Shape),
    /// A rejected type, which may emit anything.
    Unknown,
}

impl Shape {
    /// The members of a `OneOf` that are used. It has twelve, and the others are nothing.
    pub(super) fn used<'a>(members: &[&'a Self]) -> Vec<&'a Self> {
        members.iter().copied().filter(|member| !matches!(member, Self::Nothing)).collect()
    }

    /// How many events it names.
    pub const fn events(&self) -> usize {
        match self {
            Self::Event(_) => 1,
            Self::Nothing | Self::Stop(_) | Self::Prompt(_) | Self::Awaited(_) | Self::Unknown => 0,
            Self::Batch(of) | Self::Maybe(of) => of.events(),
            Self::Any(members) | Self::OneOf(members) => {
                let (mut n, mut i) = (0, 0);
                while i < members.len() {
                    n += members[i].events();
                    i += 1;
                }
                n
            }
        }
    }

    /// Whether it is the shape of a rejected type.
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// How many batches it can open.
    pub const fn batches(&self) -> usize {
        match self {
            Self::Batch(of) => 1 + of.batches(),
            Self::Maybe(of) => of.batches(),
            Self::Nothing | Self::Event(_) | Self::Stop(_) | Self::Prompt(_) | Self::Awaited(_) | Self::Unknown => 0,
            Self::Any(members) | Self::OneOf(members) => {
                let (mut n, mut i) = (0, 0);
                while i < members.len() {
                    n += members[i].batches();
                    i += 1;
                }
                n
            }
        }
    }

    /// Whether it can end the run or publish a prompt.
    pub const fn ends(&self) -> bool {
        match self {
            Self::Stop(_) | Self::Prompt(_) | Self::Unknown => true,
            Self::Nothing | Self::Event(_) | Self::Awaited(_) => false,
            Self::Batch(of) | Self::Maybe(of) => of.ends(),
            Self::Any(members) | Self::OneOf(members) => {
                let mut i = 0;
                while i < members.len() {
                    if members[i].ends() {
                        return true;
                    }
                    i += 1;
                }
                false
            }
        }
    }

    /// Whether it names a `Stop`.
    pub const fn stops(&self) -> bool {
        match self {
            Self::Stop(_) | Self::Unknown => true,
            Self::Nothing | Self::Event(_) | Self::Prompt(_) | Self::Awaited(_) => false,
            Self::Batch(of) | Self::Maybe(of) => of.stops(),
            Self::Any(members) | Self::OneOf(members) => {
                let mut i = 0;
                while i < members.len() {
                    if members[i].stops() {
                        return true;
                    }
                    i += 1;
                }
                false
            }
        }
    }

    /// Whether it names a response.
    pub const fn awaits(&self) -> bool {
        match self {
            Self::Awaited(_) => true,
            Self::Nothing | Self::Event(_) | Self::Stop(_) | Self::Prompt(_) | Self::Unknown => false,
            Self::Batch(of) | Self::Maybe(of) => of.awaits(),
            Self::Any(members) | Self::OneOf(members) => {
                let mut i = 0;
                while i < members.len() {
                    if members[i].awaits() {
                        return true;
                    }
                    i += 1;
                }
                false
            }
        }
    }

    /// How many prompts and responses it names.
    pub const fn outside(&self) -> usize {
        match self {
            Self::Prompt(_) | Self::Awaited(_) => 1,
            Self::Nothing | Self::Event(_) | Self::Stop(_) | Self::Unknown => 0,
            Self::Batch(of) | Self::Maybe(of) => of.outside(),
            Self::Any(members) | Self::OneOf(members) => {
                let (mut n, mut i) = (0, 0);
                while i < members.len() {
                    n += members[i].outside();
                    i += 1;
                }
                n
            }
        }
    }

    /// A member that a `OneOf` in it lists twice.
    pub const fn duplicate(&self) -> Option<&'static str> {
        match self {
            Self::Batch(of) | Self::Maybe(of) => of.duplicate(),
            Self::Nothing | Self::Event(_) | Self::Stop(_) | Self::Prompt(_) | Self::Awaited(_) | Self::Unknown => None,
            Self::Any(members) | Self::OneOf(members) => {
                let mut i = 0;
                while i < members.len() {
                    if let Some(name) = members[i].duplicate() {
                        return Some(name);
                    }
                    if let (Self::OneOf(_), Self::Event(a)) = (self, members[i]) {
                        let mut j = 0;
                        while j < i {
                            if let Self::Event(b) = members[j]
                                && a.is(b)
                            {
                                return Some(a.name);
                            }
                            j += 1;
                        }
                    }
                    i += 1;
                }
                None
            }
        }
    }
}

/// How a parameter collects events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PortKind {
    /// One event.
    One,
    /// All that reach it in a batch, once the batch has drained.
    All,
    /// Each time this many have arrived in a batch.
    Every(usize),
    /// The first this many of a batch. The rest is cancelled.
    First(usize),
}

impl PortKind {
    /// How many events a step needs at this parameter before it can be launched.
    pub(crate) fn required(self) -> usize {
        match self {
            Self::One => 1,
            Self::All => 0,
            Self::Every(n) | Self::First(n) => n,
        }
    }
}

/// A parameter through which events reach a step.
#[derive(Debug, Clone, Copy)]
pub struct Port {
    /// How it collects.
    pub kind: PortKind,
    /// How many event types it takes.
    pub inputs: usize,
}

impl Port {
    /// A parameter that takes one event of one type.
    pub const ONE: Self = Self { kind: PortKind::One, inputs: 1 };

    /// In place of a number of types: the parameter collects batches.
    pub(super) const NESTED: usize = usize::MAX - 1;

    /// In place of a number of types: the parameter's type is rejected.
    pub(crate) const UNKNOWN: usize = usize::MAX;

    /// The same event types, collected in another way.
    #[must_use]
    pub const fn collected(self, kind: PortKind) -> Self {
        match self.kind {
            PortKind::One => Self { kind, inputs: self.inputs },
            _ => Self { kind, inputs: Self::NESTED },
        }
    }

    /// A parameter that takes any event that one of these takes.
    #[must_use]
    pub const fn any_of(members: &[Self]) -> Self {
        let (mut inputs, mut i) = (0, 0);
        while i < members.len() {
            if !matches!(members[i].kind, PortKind::One) || members[i].inputs == Self::NESTED {
                return Self { kind: PortKind::One, inputs: Self::NESTED };
            }
            inputs += members[i].inputs;
            i += 1;
        }
        Self { kind: PortKind::One, inputs }
    }
}
