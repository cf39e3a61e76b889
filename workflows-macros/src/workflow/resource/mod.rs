//! `#[resource]` factories, and the parameters that are given and not routed.

mod check;
mod cycle;
mod factory;
mod parameter;

pub(super) use self::{
    check::check,
    factory::{factory, misplaced, on_a_step},
    parameter::{Mark, lints, marks, without},
};

use super::model::{Step, Workflow};
use crate::blocking::Kind;
use std::collections::BTreeSet;
use syn::{Ident, LitStr, Type};

/// A method with `#[resource]`.
pub(super) struct Factory {
    pub(super) name: Ident,
    pub(super) takes_self: bool,
    /// Where it runs, if it is not async.
    pub(super) blocking: Option<Kind>,
    /// Made once an instance, else once an execution.
    pub(super) cached: bool,
    pub(super) parameters: Vec<Injected>,
    pub(super) output: Type,
    /// Nothing is generated that calls it, nor what needs it.
    pub(super) refused: bool,
}

/// A parameter of a step or of a factory that is made for it.
#[derive(Clone)]
pub(super) struct Injected {
    pub(super) source: Source,
    /// As it stands in the signature, with its `&`.
    pub(super) ty: Type,
}

#[derive(Clone)]
pub(super) enum Source {
    Resource(Ident),
    Config(Config),
}

/// `#[config("file.json", select = "a.b")]`; an empty selector is the whole file.
#[derive(Clone)]
pub(super) struct Config {
    pub(super) file: LitStr,
    pub(super) select: String,
}

impl Injected {
    pub(super) fn resource(&self) -> Option<&Ident> {
        match &self.source {
            Source::Resource(name) => Some(name),
            Source::Config(_) => None,
        }
    }

    /// Whether it gets a value of its own.
    pub(super) fn is_copied(&self) -> bool {
        !matches!(self.ty, Type::Reference(_))
    }

    /// Its type without the `&`.
    pub(super) fn value(&self) -> &Type {
        match &self.ty {
            Type::Reference(reference) => &reference.elem,
            ty => ty,
        }
    }
}

impl Workflow {
    pub(super) fn factory(&self, name: &Ident) -> Option<&Factory> {
        self.factories.iter().find(|factory| factory.name == *name)
    }

    /// The factories that steps need, and what these need; the others are methods that nobody
    /// calls, and the compiler says so.
    pub(super) fn needed(&self) -> Vec<&Factory> {
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

    /// Whether all that these parameters need can be made.
    pub(super) fn can_make(&self, parameters: &[&Injected]) -> bool {
        let mut names = parameters.iter().filter_map(|parameter| parameter.resource());
        names.all(|name| self.factory(name).is_some_and(|factory| !factory.refused))
    }
}
