//! A workflow as its signatures declare it.

use super::{parameters::Parameters, unmarked::UnmarkedMethod};
use crate::blocking::kind::Kind;
use proc_macro2::TokenStream;
use std::collections::BTreeSet;
use syn::{Expr, Generics, Ident, LitStr, Path, Signature, Type};

/// The steps of one `impl`.
#[derive(Clone)]
pub(crate) struct Workflow {
    /// The type that the `impl` is for.
    pub(crate) this: Type,
    /// The generics of the `impl`.
    pub(crate) generics: Generics,
    pub(crate) parameters: Parameters,
    /// The workflow's name.
    pub(crate) name: Ident,
    pub(crate) steps: Vec<Step>,
    pub(crate) factories: Vec<Factory>,
    /// Methods that might be steps.
    pub(crate) unmarked: Vec<UnmarkedMethod>,
    /// A step or a resource was left out because of a syntax error.
    pub(crate) is_incomplete: bool,
    /// The lints that the user allows on the `impl` or one of its methods, as attributes.
    pub(crate) allowed: TokenStream,
}

/// One step.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) name: Ident,
    /// The text of its doc comment.
    pub(crate) docs: String,
    /// Its signature as written.
    pub(crate) text: String,
    pub(crate) is_async: bool,
    pub(crate) blocking: Option<Kind>,
    /// Where an isolated step publishes an item.
    pub(crate) publishes_isolated: Option<Ident>,
    pub(crate) parameters: Vec<Parameter>,
    /// The return type; `()` if there is none.
    pub(crate) output: Type,
    /// The return type, also if the type in the graph differs.
    pub(crate) returned: Type,
    pub(crate) options: Options,
    /// The signature without resources and configs.
    pub(crate) signature: Signature,
    /// The signature has an error, so no code is generated that calls the step.
    pub(crate) refused: bool,
}

/// A parameter of a step, after `&self`.
#[derive(Clone)]
pub(crate) enum Parameter {
    /// `ctx: &Context<..>`; the type behind the reference.
    Context(Type),
    /// Events.
    Port(Type),
    /// A resource or a config.
    Injected(Injected),
}

/// A method with `#[resource]`.
#[derive(Clone)]
pub(crate) struct Factory {
    pub(crate) name: Ident,
    /// The text of its doc comment.
    pub(crate) docs: String,
    /// It has `#[blocking(..)]`, perhaps with an error.
    pub(crate) has_kind: bool,
    /// The executor of a factory that is not async.
    pub(crate) blocking: Option<Kind>,
    /// Created once per instance; otherwise once per execution.
    pub(crate) cached: bool,
    pub(crate) parameters: Vec<Injected>,
    /// The signature without resources and configs.
    pub(crate) signature: Signature,
    pub(crate) output: Type,
    /// It has an error, so no code is generated that calls it or depends on it.
    pub(crate) refused: bool,
}

/// A parameter of a step or factory that is not an event: a resource or a config.
#[derive(Clone)]
pub(crate) struct Injected {
    /// The parameter's name, unless it is another pattern.
    pub(crate) name: Option<Ident>,
    pub(crate) source: Source,
    /// The type as written, with its `&`.
    pub(crate) ty: Type,
}

#[derive(Clone)]
pub(crate) enum Source {
    Resource(Ident),
    Config(Config),
}

/// `#[config("file.json", select = "a.b")]`; an empty selector is the whole file.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) file: LitStr,
    pub(crate) select: String,
}

/// `#[step(..)]`, or `#[catch_error(..)]`.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) workers: Option<Count>,
    pub(crate) timeout: Option<Limit>,
    /// The option's name, and its value.
    pub(crate) queue_timeout: Option<(Ident, Limit)>,
    pub(crate) unchecked_reachable: bool,
    pub(crate) unchecked_dead_end: bool,
    /// Disables W013 in the body.
    pub(crate) allow_blocking: bool,
    /// The retry policy.
    pub(crate) retry: Option<Expr>,
    pub(crate) catches: Option<Catches>,
}

/// A number of at least 1.
#[derive(Clone)]
pub(crate) enum Count {
    Literal(u32),
    /// A constant of type `usize`.
    Constant(Expr),
}

/// A duration above 0.
#[derive(Clone)]
pub(crate) enum Limit {
    /// In nanoseconds.
    Literal(u64),
    /// A constant of type `Duration`.
    Constant(Expr),
}

/// The options of an error handler.
#[derive(Clone)]
pub(crate) struct Catches {
    /// The attribute's name.
    pub(crate) attribute: Path,
    /// The option's name, and the steps in it.
    pub(crate) steps: Option<(Ident, Vec<Ident>)>,
    pub(crate) max_recoveries: Count,
    /// The options have an error, so no further error is reported about them.
    pub(crate) refused: bool,
}

impl Step {
    pub(crate) fn is_handler(&self) -> bool {
        self.options.catches.is_some()
    }

    /// The types of the parameters that take events, in order.
    pub(crate) fn ports(&self) -> impl Iterator<Item = &Type> {
        self.parameters.iter().filter_map(Parameter::as_port)
    }

    /// The types of its contexts; more than one is an error.
    pub(crate) fn contexts(&self) -> impl Iterator<Item = &Type> {
        self.parameters.iter().filter_map(Parameter::as_context)
    }

    /// Its resources and configs, in order.
    pub(crate) fn injected(&self) -> impl Iterator<Item = &Injected> {
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

impl Factory {
    pub(crate) fn takes_self(&self) -> bool {
        self.signature.receiver().is_some()
    }
}

impl Injected {
    pub(crate) fn resource(&self) -> Option<&Ident> {
        match &self.source {
            Source::Resource(name) => Some(name),
            Source::Config(_) => None,
        }
    }

    /// Whether it is taken by value.
    pub(crate) fn is_copied(&self) -> bool {
        !matches!(self.ty, Type::Reference(_))
    }

    /// Its type without the `&`.
    pub(crate) fn value(&self) -> &Type {
        match &self.ty {
            Type::Reference(reference) => &reference.elem,
            ty => ty,
        }
    }
}

impl Workflow {
    pub(crate) fn factory(&self, name: &Ident) -> Option<&Factory> {
        self.factories.iter().find(|factory| factory.name == *name)
    }

    /// The factories on which steps depend, directly or through others. The compiler reports the other ones as
    /// unused methods.
    pub(crate) fn needed(&self) -> Vec<&Factory> {
        let mut needed = BTreeSet::new();
        let mut open: Vec<&Ident> = self.steps.iter().flat_map(Step::injected).filter_map(Injected::resource).collect();
        while let Some(name) = open.pop() {
            if let Some(factory) = self.factory(name)
                && needed.insert(name)
            {
                open.extend(factory.parameters.iter().filter_map(Injected::resource));
            }
        }
        self.factories.iter().filter(|factory| needed.contains(&factory.name)).collect()
    }

    /// Whether all resources of these parameters can be created.
    pub(crate) fn can_make(&self, parameters: &[&Injected]) -> bool {
        let mut names = parameters.iter().filter_map(|parameter| parameter.resource());
        names.all(|name| self.factory(name).is_some_and(|factory| !factory.refused))
    }
}
