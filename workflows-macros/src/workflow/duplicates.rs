//! W035: an event that a `OneOf` or the list of a context lists twice.
//!
//! The graph finds those of a `OneOf` as well, also behind aliases. What the text shows is refused here, and removed,
//! because `.emit()` or `ctx.send(..)` in the step's body would be ambiguous, too.

use super::model::{Parameter, Workflow};
use crate::{
    errors::Errors,
    types,
    visit_mut::{self, VisitMut},
};
use proc_macro2::Ident;
use quote::ToTokens;
use std::collections::HashSet;
use syn::{FnArg, GenericArgument, ImplItem, ItemImpl, PathArguments, PathSegment, ReturnType, Type, ext::IdentExt};

impl Workflow {
    /// Refuses duplicates in the outputs and contexts of steps, and removes them from the `impl` and from the graph.
    pub(crate) fn refuse_duplicates(&mut self, item: &mut ItemImpl, errors: &mut Errors) {
        for method in &mut item.items {
            let ImplItem::Fn(method) = method else { continue };
            let Some(step) = self.steps.iter_mut().find(|step| step.name == method.sig.ident) else { continue };
            let mut duplicates = Duplicates { step: &step.name, errors };
            for input in &mut method.sig.inputs {
                if let FnArg::Typed(parameter) = input
                    && let Type::Reference(reference) = &mut *parameter.ty
                    && types::is_context(&reference.elem)
                {
                    duplicates.visit_type_mut(&mut reference.elem);
                }
            }
            if let ReturnType::Type(_, output) = &mut method.sig.output {
                duplicates.visit_type_mut(output);
            }
            let mut ignored = Errors::default();
            let mut duplicates = Duplicates { step: &step.name, errors: &mut ignored };
            for parameter in &mut step.parameters {
                if let Parameter::Context(ty) = parameter {
                    duplicates.visit_type_mut(ty);
                }
            }
            duplicates.visit_type_mut(&mut step.output);
            duplicates.visit_type_mut(&mut step.returned);
        }
    }
}

struct Duplicates<'a> {
    step: &'a Ident,
    errors: &'a mut Errors,
}

impl VisitMut for Duplicates<'_> {
    fn visit_path_segment_mut(&mut self, segment: &mut PathSegment) {
        visit_mut::visit_path_segment_mut(self, segment);
        let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else { return };
        if segment.ident == "OneOf" {
            let mut known = HashSet::new();
            for argument in std::mem::take(&mut arguments.args) {
                let is_type = matches!(argument, GenericArgument::Type(_));
                if !is_type || self.is_first(&argument, &mut known, "a `OneOf`, so `.emit()`") {
                    arguments.args.push(argument);
                }
            }
        } else if segment.ident == "Context"
            && let Some(GenericArgument::Type(Type::Tuple(list))) = arguments.args.get_mut(1)
        {
            let mut known = HashSet::new();
            for member in std::mem::take(&mut list.elems) {
                // A prompt or a response is asked or awaited by its type alone, not by its position.
                let is_sent = types::external(&member).is_none();
                if !is_sent || self.is_first(&member, &mut known, "its context, so `ctx.send(..)`") {
                    list.elems.push(member);
                }
            }
            if !list.elems.empty_or_trailing() {
                list.elems.push_punct(<syn::Token![,]>::default());
            }
        }
    }
}

impl Duplicates<'_> {
    /// Whether the member is not yet known; refuses it otherwise.
    fn is_first(&mut self, member: &impl ToTokens, known: &mut HashSet<String>, place: &str) -> bool {
        let text = types::text(member);
        let is_first = known.insert(text.clone());
        if !is_first {
            let step = self.step.unraw();
            let problem = format!("step `{step}` lists `{text}` twice in {place} is ambiguous");
            self.errors.refuse(member, "W035", &problem, "list each event once");
        }
        is_first
    }
}
