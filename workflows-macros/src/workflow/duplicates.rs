//! W035: an event that a `OneOf` lists twice.
//!
//! The graph finds these as well, also behind aliases. What the text shows is refused here, and removed, because
//! `.emit()` in the step's body would be ambiguous, too.

use super::model::Workflow;
use crate::{errors::Errors, types};
use proc_macro2::Ident;
use std::collections::HashSet;
use syn::{
    GenericArgument, ImplItem, ItemImpl, PathArguments, PathSegment, ReturnType,
    ext::IdentExt,
    visit_mut::{self, VisitMut},
};

impl Workflow {
    /// Refuses duplicates in the outputs of steps, and removes them from the `impl` and from the graph.
    pub(crate) fn refuse_duplicates(&mut self, item: &mut ItemImpl, errors: &mut Errors) {
        for method in &mut item.items {
            let ImplItem::Fn(method) = method else { continue };
            let ReturnType::Type(_, output) = &mut method.sig.output else { continue };
            let Some(step) = self.steps.iter_mut().find(|step| step.name == method.sig.ident) else { continue };
            Duplicates { step: &step.name, errors }.visit_type_mut(output);
            let mut ignored = Errors::default();
            let mut duplicates = Duplicates { step: &step.name, errors: &mut ignored };
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
        if segment.ident != "OneOf" {
            return;
        }
        let mut known = HashSet::new();
        for argument in std::mem::take(&mut arguments.args) {
            let text = types::text(&argument);
            if !matches!(argument, GenericArgument::Type(_)) || known.insert(text.clone()) {
                arguments.args.push(argument);
                continue;
            }
            let step = self.step.unraw();
            let problem = format!("step `{step}` lists `{text}` twice in a `OneOf`, so `.emit()` is ambiguous");
            self.errors.refuse(&argument, "W035", &problem, "list each event once");
        }
    }
}
