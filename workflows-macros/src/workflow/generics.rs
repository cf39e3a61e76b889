//! Generic workflows.
//!
//! The graph is the same for every argument, so it is built and checked once, from types that name no parameter.
//! A context names one, through `Self`: in the graph, [`stand_in`] takes the place of the workflow.

use super::{
    model::{Injected, Parameter, Source, Step, Workflow},
    parameters::{Parameters, replaced, stand_in, without_failure},
    parse::takes_context,
};
use crate::types::{self, contains};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{ImplItem, ItemImpl, Type, WherePredicate, parse_quote};

impl Workflow {
    pub(crate) fn is_generic(&self) -> bool {
        !self.parameters.is_empty()
    }

    /// The workflow's type in the graph.
    pub(crate) fn in_graph(&self) -> Type {
        if self.is_generic() { stand_in() } else { self.this.clone() }
    }

    /// A type of a signature as the user wrote it, without the placeholder.
    pub(crate) fn written(&self, ty: &Type) -> Type {
        if self.is_generic() { replaced(ty, &stand_in(), &self.this) } else { ty.clone() }
    }

    /// Removes the parameters from the types of the graph, and adds the bounds of a workflow to its generics.
    ///
    /// A type that names one, which the checks report, becomes a placeholder.
    pub(crate) fn separate_parameters(&mut self) {
        if !self.is_generic() {
            return;
        }
        let Self { this, parameters, steps, .. } = self;
        let remove = |ty: &mut Type| {
            if parameters.named_in(ty).is_some() {
                *ty = parse_quote!(__p::Placeholder);
            }
        };
        for step in steps {
            step.output = without_failure(&step.output, parameters);
            remove(&mut step.output);
            for parameter in &mut step.parameters {
                match parameter {
                    Parameter::Context(ty) => {
                        *ty = replaced(ty, this, &stand_in());
                        remove(ty);
                    }
                    Parameter::Port(ty) => remove(ty),
                    Parameter::Injected(_) => {}
                }
            }
        }
        let bounds = self.bounds();
        self.generics.make_where_clause().predicates.extend(bounds);
    }

    /// The bounds of a workflow and its resources. With arguments that do not meet them, the type is not a workflow.
    fn bounds(&self) -> Vec<WherePredicate> {
        let mut bounds = Bounds { parameters: &self.parameters, predicates: Vec::new() };
        let shared = quote!(::core::marker::Send + ::core::marker::Sync + 'static);
        let error = quote!(::core::convert::Into<::workflows_runtime::StepError>);
        bounds.add(&self.this, &shared);
        for parameter in self.generics.type_params() {
            let name = &parameter.ident;
            // An associated type of another parameter.
            if !contains(&self.this, name) {
                bounds.add(&parse_quote!(#name), &quote!('static));
            }
        }
        for failure in self.steps.iter().filter_map(|step| types::failure(&step.returned)) {
            bounds.add(failure, &error);
        }
        for factory in self.needed() {
            match result_arguments(&factory.output)[..] {
                [] => bounds.add(&factory.output, &shared),
                [value] => bounds.add(value, &shared),
                [value, failure, ..] => {
                    bounds.add(value, &shared);
                    bounds.add(failure, &error);
                }
            }
        }
        for injected in self.injected() {
            let ty = injected.value();
            bounds.add(ty, &shared);
            if let Source::Config(_) = injected.source {
                bounds.add(ty, &quote!(::workflows_runtime::__private::serde::de::DeserializeOwned));
            }
            if injected.is_copied() {
                bounds.add(ty, &quote!(::core::clone::Clone));
            }
        }
        bounds.predicates
    }

    /// All resources and configs that steps and factories take.
    pub(crate) fn injected(&self) -> impl Iterator<Item = &Injected> {
        let of_factories = self.needed().into_iter().flat_map(|factory| factory.parameters.iter());
        self.steps.iter().flat_map(Step::injected).chain(of_factories)
    }

    /// The bounds, on the user's methods with a context: only a workflow has one.
    pub(crate) fn bound_contexts(&self, item: &mut ItemImpl) {
        if !self.is_generic() {
            return;
        }
        for entry in &mut item.items {
            if takes_context(entry)
                && let ImplItem::Fn(method) = entry
            {
                method.sig.generics.make_where_clause().predicates.extend(self.bounds());
            }
        }
    }
}

/// Bounds of types with parameters.
struct Bounds<'a> {
    parameters: &'a Parameters,
    predicates: Vec<WherePredicate>,
}

impl Bounds<'_> {
    fn add(&mut self, ty: &Type, bound: &TokenStream) {
        let predicate: WherePredicate = parse_quote!(#ty: #bound);
        let is_known = self.predicates.iter().any(|known| types::text(known) == types::text(&predicate));
        if !is_known && self.parameters.named_in(ty).is_some() {
            self.predicates.push(predicate);
        }
    }
}

/// Whether a return type is a `Result`, by its name: the compiler does not answer about a type with parameters.
pub(crate) fn is_result(output: &Type) -> bool {
    !result_arguments(output).is_empty()
}

/// The type arguments of a type whose name ends in `Result`.
fn result_arguments(output: &Type) -> Vec<&Type> {
    match types::name(output) {
        Some(name) if name.to_string().ends_with("Result") => {
            types::arguments(output, &name.to_string()).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}
