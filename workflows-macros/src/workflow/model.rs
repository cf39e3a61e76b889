//! A workflow as its signatures declare it.

use super::resource::{Factory, Injected};
use crate::blocking::Kind;
use syn::{Expr, Ident, Path, Type};

/// The steps of one `impl`.
pub(super) struct Workflow {
    /// The type that the `impl` is for.
    pub(super) this: Type,
    /// Its name.
    pub(super) name: Ident,
    pub(super) steps: Vec<Step>,
    pub(super) factories: Vec<Factory>,
}

/// One step.
pub(super) struct Step {
    pub(super) name: Ident,
    pub(super) is_async: bool,
    pub(super) blocking: Option<Kind>,
    pub(super) parameters: Vec<Parameter>,
    /// What it returns; `()` if nothing is written.
    pub(super) output: Type,
    pub(super) options: Options,
    /// The signature is refused, so that nothing is generated that calls it.
    pub(super) refused: bool,
}

/// A parameter of a step, after `&self`.
pub(super) enum Parameter {
    /// `ctx: &Context<..>`; the type behind the reference.
    Context(Type),
    /// Events.
    Port(Type),
    /// A resource or a config.
    Injected(Injected),
}

/// `#[step(..)]`, or `#[catch_error(..)]`.
#[derive(Default)]
pub(super) struct Options {
    pub(super) workers: Option<u32>,
    /// In nanoseconds.
    pub(super) timeout: Option<u64>,
    pub(super) unchecked_reachable: bool,
    pub(super) unchecked_dead_end: bool,
    /// Its body may block: nothing in it is refused for that.
    pub(super) allow_blocking: bool,
    /// Asked after each failure.
    pub(super) retry: Option<Expr>,
    pub(super) catches: Option<Catches>,
}

/// What makes a step an error handler.
pub(super) struct Catches {
    /// The attribute's name.
    pub(super) attribute: Path,
    /// The option's name, and the steps in it.
    pub(super) steps: Option<(Ident, Vec<Ident>)>,
    pub(super) max_recoveries: u32,
    /// Something in its options is refused, so that nothing further is said about them.
    pub(super) refused: bool,
}

impl Step {
    pub(super) fn is_handler(&self) -> bool {
        self.options.catches.is_some()
    }

    /// The types of the parameters that take events, in order.
    pub(super) fn ports(&self) -> impl Iterator<Item = &Type> {
        self.parameters.iter().filter_map(Parameter::as_port)
    }

    /// The types of its contexts; it should be one at most.
    pub(super) fn contexts(&self) -> impl Iterator<Item = &Type> {
        self.parameters.iter().filter_map(Parameter::as_context)
    }

    /// Its resources and configs, in order.
    pub(super) fn injected(&self) -> impl Iterator<Item = &Injected> {
        self.parameters.iter().filter_map(Parameter::as_injected)
    }
}

impl Parameter {
    fn as_context(&self) -> Option<&Type> {
        match self {
            Self::Context(ty) => Some(ty),
            Self::Port(_) | Self::Injected(_) => None,
        }
    }

    fn as_port(&self) -> Option<&Type> {
        match self {
            Self::Port(ty) => Some(ty),
            Self::Context(_) | Self::Injected(_) => None,
        }
    }

    fn as_injected(&self) -> Option<&Injected> {
        match self {
            Self::Injected(injected) => Some(injected),
            Self::Context(_) | Self::Port(_) => None,
        }
    }
}
