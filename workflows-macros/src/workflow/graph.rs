//! Flattens the model into the entries of the graph's tables.

use super::model::{Step, Workflow};
use crate::types;
use proc_macro2::{Ident, Span};
use quote::format_ident;
use std::collections::HashSet;
use syn::{Type, ext::IdentExt};

/// One event type that a step takes in one of its parameters.
pub(crate) struct EventInput<'a> {
    pub(crate) step: usize,
    /// The index of the parameter; `None` for a response that the body waits for.
    pub(crate) port: Option<usize>,
    /// It is the parameter of an error handler, of any type.
    pub(crate) caught: bool,
    /// The parameter's type.
    pub(crate) parameter: &'a Type,
    /// The number of types of the parameter that are visible in the signature.
    pub(crate) visible: usize,
    /// Whether the parameter visibly collects several events.
    pub(crate) collected: bool,
    /// The type of this input.
    pub(crate) ty: &'a Type,
    /// The same as text.
    pub(crate) text: String,
    /// Whether the type is visibly a response.
    pub(crate) is_answer: bool,
    /// The variant of the workflow's event enum that contains it.
    pub(crate) variant: Ident,
}

/// All inputs, step by step.
pub(crate) fn inputs(workflow: &Workflow) -> Vec<EventInput<'_>> {
    let mut inputs = Vec::new();
    for (step, declared) in workflow.steps.iter().enumerate() {
        let first = inputs.len();
        let handler = declared.is_handler();
        let mut push = |port: Option<usize>, parameter, (visible, collected), ty| {
            let at = inputs.len() - first;
            let caught = handler && port.is_some();
            let name = declared.name.unraw();
            let variant = if at == 0 { format_ident!("on_{name}") } else { format_ident!("on_{name}__{at}") };
            let variant = Ident::new(&variant.to_string(), Span::call_site());
            let text = types::type_text(ty);
            let is_answer = types::argument(ty, "HumanResponse").is_some();
            inputs.push(EventInput { step, port, caught, parameter, visible, collected, ty, text, is_answer, variant });
        };
        for (port, parameter) in declared.ports().enumerate() {
            let taken = if handler { vec![parameter] } else { types::taken(parameter) };
            let seen = (taken.len(), types::collects(parameter));
            for ty in taken {
                push(Some(port), parameter, seen, ty);
            }
        }
        let mut awaited = HashSet::new();
        for ty in listed(declared).filter(|ty| types::argument(ty, "HumanResponse").is_some()) {
            if awaited.insert(types::text(ty)) {
                push(None, ty, (1, false), ty);
            }
        }
    }
    inputs
}

/// The members of the list of a step's context.
pub(crate) fn listed(step: &Step) -> impl Iterator<Item = &Type> {
    step.contexts().take(1).flat_map(types::listed)
}

/// A member of a list, and the list.
pub(crate) struct Listed<'a> {
    pub(crate) list: &'a Type,
    /// The `T` of the `HumanResponse<T>` or `InputRequired<T>`.
    pub(crate) ty: &'a Type,
    /// The input of a `HumanResponse<T>`.
    pub(crate) input: usize,
}

/// Every `HumanResponse<T>` in the list of a context, each text once.
pub(crate) fn awaited<'a>(workflow: &'a Workflow, inputs: &[EventInput<'a>]) -> Vec<Listed<'a>> {
    let waits = inputs.iter().enumerate().filter(|(_, input)| input.port.is_none());
    let waits = waits.filter_map(|(number, input)| {
        let list = workflow.steps[input.step].contexts().find_map(types::list)?;
        Some(Listed { list, ty: types::argument(input.ty, "HumanResponse")?, input: number })
    });
    once(waits)
}

/// Every `InputRequired<T>` in the list of a context, each text once.
pub(crate) fn asked(workflow: &Workflow) -> Vec<Listed<'_>> {
    once(workflow.steps.iter().flat_map(|step| {
        let list = step.contexts().find_map(types::list);
        let prompts = listed(step).filter_map(|ty| types::argument(ty, "InputRequired"));
        prompts.filter_map(move |ty| Some(Listed { list: list?, ty, input: 0 }))
    }))
}

fn once<'a>(listed: impl Iterator<Item = Listed<'a>>) -> Vec<Listed<'a>> {
    let mut known = HashSet::new();
    listed.filter(|Listed { list, ty, .. }| known.insert((types::text(list), types::text(ty)))).collect()
}

/// The `T` of the first `Start<T>` in a signature.
pub(crate) fn start<'a>(inputs: &[EventInput<'a>]) -> Option<&'a Type> {
    inputs.iter().find_map(|input| types::argument(input.ty, "Start"))
}

/// The `T` of the first `Stop<T>` in a signature.
pub(crate) fn stop(workflow: &Workflow) -> Option<&Type> {
    let outputs = workflow.steps.iter().flat_map(|step| types::emitted(&step.output));
    outputs.into_iter().find_map(|ty| types::argument(ty, "Stop"))
}

/// Types that are taken and not visibly emitted: one of them may be an alias of a `Start<..>`.
pub(crate) fn unemitted<'a>(workflow: &'a Workflow, inputs: &[EventInput<'a>]) -> Vec<&'a Type> {
    let emitted = workflow.steps.iter().flat_map(|step| types::emitted(&step.output));
    without(inputs.iter().map(|input| input.ty), emitted)
}

/// Outputs of which one may be an alias of a `Stop<..>`.
pub(crate) fn untaken<'a>(workflow: &'a Workflow, inputs: &[EventInput<'a>]) -> Vec<&'a Type> {
    let whole = workflow.steps.iter().map(|step| &step.output);
    without(untaken_pieces(workflow).chain(whole), inputs.iter().map(|input| input.ty))
}

/// Outputs of which one may be an alias of an `InputRequired<..>`.
pub(crate) fn unseen<'a>(workflow: &'a Workflow, inputs: &[EventInput<'a>]) -> Vec<&'a Type> {
    without(untaken_pieces(workflow), inputs.iter().map(|input| input.ty))
}

fn untaken_pieces(workflow: &Workflow) -> impl Iterator<Item = &Type> {
    let emitted = workflow.steps.iter().flat_map(|step| types::emitted(&step.output));
    emitted.filter(|ty| types::argument(ty, "Stop").is_none())
}

/// Events in the lists of contexts that are not visibly taken.
pub(crate) fn unseen_sends<'a>(workflow: &'a Workflow, inputs: &[EventInput<'a>]) -> Vec<&'a Type> {
    let events = workflow.steps.iter().flat_map(listed).filter(|ty| types::external(ty).is_none());
    without(events, inputs.iter().map(|input| input.ty))
}

/// The maximal number of candidates: the compiler limits the nesting of types.
const CANDIDATES: usize = 32;

fn without<'a>(types: impl Iterator<Item = &'a Type>, other: impl Iterator<Item = &'a Type>) -> Vec<&'a Type> {
    let mut known: HashSet<String> = other.map(types::type_text).collect();
    let named = types.filter(|ty| matches!(ty, Type::Path(_)));
    named.filter(|ty| known.insert(types::type_text(ty))).take(CANDIDATES).collect()
}

/// The `T` of every `InputRequired<T>` in a signature, each text once.
pub(crate) fn prompts(workflow: &Workflow) -> Vec<Type> {
    let mut prompts: Vec<Type> = Vec::new();
    let outputs = workflow.steps.iter().flat_map(|step| types::emitted(&step.output));
    // Prompts of bodies, too.
    let all = outputs.into_iter().chain(workflow.steps.iter().flat_map(listed));
    for prompt in all.filter_map(|ty| types::argument(ty, "InputRequired")) {
        if !prompts.iter().any(|known| types::text(known) == types::text(prompt)) {
            prompts.push(prompt.clone());
        }
    }
    prompts
}
