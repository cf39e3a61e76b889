//! An event that a `OneOf` lists twice, which is W035.

use super::model::Workflow;
use crate::types;
use std::collections::HashSet;
use syn::{
    GenericArgument, ImplItem, ItemImpl, PathArguments, PathSegment, ReturnType,
    visit_mut::{self, VisitMut},
};

impl Workflow {
    /// Removes the second event from the signature that the compiler sees. The graph is checked with both and reports
    /// them; in the step's body `.emit()` would be ambiguous for the same reason.
    pub(crate) fn remove_duplicates(&mut self, item: &mut ItemImpl) {
        for method in &mut item.items {
            let ImplItem::Fn(method) = method else { continue };
            let ReturnType::Type(_, output) = &mut method.sig.output else { continue };
            let mut duplicates = Duplicates { found: false };
            duplicates.visit_type_mut(output);
            if duplicates.found {
                // Not called: its output is not that of the graph.
                for step in self.steps.iter_mut().filter(|step| step.name == method.sig.ident) {
                    step.refused = true;
                }
            }
        }
    }
}

struct Duplicates {
    found: bool,
}

impl VisitMut for Duplicates {
    fn visit_path_segment_mut(&mut self, segment: &mut PathSegment) {
        visit_mut::visit_path_segment_mut(self, segment);
        let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else { return };
        if segment.ident != "OneOf" {
            return;
        }
        let mut known = HashSet::new();
        let all = std::mem::take(&mut arguments.args);
        for argument in all {
            let is_new = known.insert(types::text(&argument));
            if is_new || !matches!(argument, GenericArgument::Type(_)) {
                arguments.args.push(argument);
            } else {
                self.found = true;
            }
        }
    }
}
