//! W015: the types of a generic workflow's steps that name its parameters.

use crate::{
    errors::Errors,
    types,
    workflow::{
        model::{Count, Limit, Step},
        parameters::{Parameters, without_failure},
    },
};
use syn::{Expr, Ident, ReturnType, Type};

/// Refuses a step whose event types name a parameter. Failures, resources, configs and
/// `Context<Self>` may.
pub(crate) fn check(step: &mut Step, parameters: &Parameters, this: &Type, errors: &mut Errors) {
    let mut found = Errors::default();
    check_options(step, parameters, &mut found);
    let signature = &step.signature;
    for ty in types::typed_inputs(signature) {
        match ty {
            Type::Reference(reference) => check_context(&step.name, &reference.elem, parameters, this, &mut found),
            ty => check_events(&step.name, "takes", ty, &types::taken(ty), parameters, &mut found),
        }
    }
    if let ReturnType::Type(_, ty) = &signature.output {
        let ty = without_failure(ty, parameters);
        check_events(&step.name, "returns", &ty, &types::emitted(&ty), parameters, &mut found);
    }
    if !found.is_empty() {
        step.refused = true;
    }
    errors.append(found);
}

/// Refuses a constant that is not the same for every argument. Without the option, no other error follows.
fn check_options(step: &mut Step, all: &Parameters, errors: &mut Errors) {
    let mut refuse_constant = |option: &str, constant: &Expr| {
        let Some(parameter) = all.named_or_self_in_value(constant) else { return false };
        let subject = subject(&parameter, all);
        let problem = format!(
            "step `{}` has `{option} = {}`, but the graph is the same for every {subject}",
            step.name,
            types::text(constant)
        );
        errors.refuse(parameter, "W015", &problem, "write a literal, or a constant outside of the workflow");
        true
    };
    if let Some(Count::Constant(constant)) = &step.options.workers
        && refuse_constant("workers", constant)
    {
        step.options.workers = None;
    }
    if let Some(catches) = &mut step.options.catches
        && let Count::Constant(constant) = &catches.max_recoveries
        && refuse_constant("max_recoveries", constant)
    {
        catches.max_recoveries = Count::Literal(1);
    }
    if let Some(Limit::Constant(constant)) = &step.options.timeout
        && refuse_constant("timeout", constant)
    {
        step.options.timeout = None;
    }
}

/// A type with events, and each of the events.
fn check_events(name: &Ident, verb: &str, whole: &Type, events: &[&Type], all: &Parameters, errors: &mut Errors) {
    let mut is_refused = false;
    for event in events {
        if let Some(parameter) = all.named_or_self_in(event) {
            refuse(name, verb, event, &parameter, all, errors);
            is_refused = true;
        }
    }
    if !is_refused && let Some(parameter) = all.named_or_self_in(whole) {
        refuse(name, verb, whole, &parameter, all, errors);
    }
}

/// The type behind a reference. It may contain the workflow itself.
fn check_context(name: &Ident, ty: &Type, all: &Parameters, this: &Type, errors: &mut Errors) {
    let Some(parameter) = all.named_beside(ty, this) else { return };
    if let Some(list) = types::list(ty) {
        check_events(name, "lists", list, &types::listed(ty), all, errors);
        return;
    }
    let problem =
        format!("step `{name}` takes `&{}`, but the graph is the same for every `{parameter}`", types::text(ty));
    let help = "write `ctx: &Context<Self>` for the context, and `#[resource(name)]` in front of a resource";
    errors.refuse(parameter, "W015", &problem, help);
}

fn refuse(name: &Ident, verb: &str, ty: &Type, parameter: &Ident, all: &Parameters, errors: &mut Errors) {
    let text = types::text(ty);
    let subject = subject(parameter, all);
    let problem = format!("step `{name}` {verb} `{text}`, but the graph is the same for every {subject}");
    let help = format!("write a concrete type; fields, bodies and resources may use {subject}");
    errors.refuse(parameter, "W015", &problem, &help);
}

/// The parameters on which the graph would depend, for a message.
fn subject(parameter: &Ident, all: &Parameters) -> String {
    if parameter == "Self" { all.text() } else { format!("`{parameter}`") }
}
