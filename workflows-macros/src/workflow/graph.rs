//! The model flattened into what the graph's tables list.

use super::model::{Step, Workflow};
use crate::types;
use proc_macro2::{Ident, Span};
use quote::format_ident;
use std::collections::HashSet;
use syn::{Type, ext::IdentExt};

/// One event type that a step takes, at one of its parameters.
pub(super) struct Leaf<'a> {
    pub(super) step: usize,
    pub(super) port: usize,
    /// The parameter's type.
    pub(super) parameter: &'a Type,
    /// How many types of the parameter stand in the signature.
    pub(super) visible: usize,
    /// Whether the parameter is seen to collect them.
    pub(super) collected: bool,
    /// This one of them.
    pub(super) ty: &'a Type,
    /// The variant of the workflow's event enum that carries it.
    pub(super) variant: Ident,
}

impl Leaf<'_> {
    pub(super) fn is_answer(&self) -> bool {
        types::argument(self.ty, "HumanResponse").is_some()
    }
}

/// All leaves, step by step.
pub(super) fn leaves(workflow: &Workflow) -> Vec<Leaf<'_>> {
    let mut leaves = Vec::new();
    for (step, declared) in workflow.steps.iter().enumerate() {
        let first = leaves.len();
        for (port, parameter) in declared.ports().enumerate() {
            let taken = types::taken(parameter);
            let (visible, collected) = (taken.len(), types::collects(parameter));
            for ty in taken {
                let at = leaves.len() - first;
                let name = declared.name.unraw();
                let variant = if at == 0 { format_ident!("on_{name}") } else { format_ident!("on_{name}__{at}") };
                let variant = Ident::new(&variant.to_string(), Span::call_site());
                leaves.push(Leaf { step, port, parameter, visible, collected, ty, variant });
            }
        }
    }
    leaves
}

/// The `T` of the first `Start<T>` that stands in a signature.
pub(super) fn start<'a>(leaves: &[Leaf<'a>]) -> Option<&'a Type> {
    leaves.iter().find_map(|leaf| types::argument(leaf.ty, "Start"))
}

/// The `T` of the first `Stop<T>` that stands in a signature.
pub(super) fn stop(workflow: &Workflow) -> Option<&Type> {
    let outputs = workflow.steps.iter().flat_map(|step| types::emitted(&step.output));
    outputs.into_iter().find_map(|ty| types::argument(ty, "Stop"))
}

/// Types that are taken and not seen to be emitted: behind one of them stands a `Start<..>` that
/// is not to be seen.
pub(super) fn unemitted<'a>(workflow: &'a Workflow, leaves: &[Leaf<'a>]) -> Vec<&'a Type> {
    let emitted = workflow.steps.iter().flat_map(|step| types::emitted(&step.output));
    without(leaves.iter().map(|leaf| leaf.ty), emitted)
}

/// Outputs behind one of which stands a `Stop<..>` that is not to be seen.
pub(super) fn untaken<'a>(workflow: &'a Workflow, leaves: &[Leaf<'a>]) -> Vec<&'a Type> {
    let whole = workflow.steps.iter().map(|step| &step.output);
    without(untaken_pieces(workflow).chain(whole), leaves.iter().map(|leaf| leaf.ty))
}

/// Types behind one of which may stand an `InputRequired<..>` that is not to be seen.
pub(super) fn unseen<'a>(workflow: &'a Workflow, leaves: &[Leaf<'a>]) -> Vec<&'a Type> {
    without(untaken_pieces(workflow), leaves.iter().map(|leaf| leaf.ty))
}

fn untaken_pieces(workflow: &Workflow) -> impl Iterator<Item = &Type> {
    let emitted = workflow.steps.iter().flat_map(|step| types::emitted(&step.output));
    emitted.filter(|ty| types::argument(ty, "Stop").is_none())
}

/// Events that contexts list and that are not seen to be taken.
pub(super) fn unseen_sends<'a>(workflow: &'a Workflow, leaves: &[Leaf<'a>]) -> Vec<&'a Type> {
    let listed = workflow.steps.iter().flat_map(Step::contexts).filter_map(|ty| types::arguments(ty, "Context"));
    let listed = listed.filter_map(|arguments| arguments.get(1).copied()).flat_map(types::emitted);
    without(listed, leaves.iter().map(|leaf| leaf.ty))
}

/// How many candidates are looked at; compilers do not nest types without end.
const CANDIDATES: usize = 32;

fn without<'a>(types: impl Iterator<Item = &'a Type>, other: impl Iterator<Item = &'a Type>) -> Vec<&'a Type> {
    let mut known: HashSet<String> = other.map(types::text).collect();
    let named = types.filter(|ty| matches!(ty, Type::Path(_)));
    named.filter(|ty| known.insert(types::text(ty))).take(CANDIDATES).collect()
}

/// The `T`s of every `InputRequired<T>` that stands in a signature, each once as written.
pub(super) fn prompts(workflow: &Workflow) -> Vec<Type> {
    let mut prompts: Vec<Type> = Vec::new();
    let outputs = workflow.steps.iter().flat_map(|step| types::emitted(&step.output));
    for prompt in outputs.filter_map(|ty| types::argument(ty, "InputRequired")) {
        if !prompts.iter().any(|known| types::text(known) == types::text(prompt)) {
            prompts.push(prompt.clone());
        }
    }
    prompts
}
