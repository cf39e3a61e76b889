//! W015: the types of a generic workflow's steps that name its parameters.

use crate::{
    errors::Errors,
    types,
    workflow::{model::Step, parameters::Parameters},
};
use syn::{Ident, ReturnType, Type};

/// Refuses a step whose event types name a parameter. Resources, configs and `Context<Self>` may.
pub(crate) fn check(step: &mut Step, parameters: &Parameters, this: &Type, errors: &mut Errors) {
    let mut found = Errors::default();
    let signature = &step.signature;
    for ty in types::typed_inputs(signature) {
        if let Type::Reference(reference) = ty {
            check_context(&step.name, &reference.elem, parameters, this, &mut found);
        } else if let Some(parameter) = parameters.named_or_self_in(ty) {
            refuse(&step.name, "takes", ty, &parameter, parameters, &mut found);
        }
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && let Some(parameter) = parameters.named_or_self_in(ty)
    {
        refuse(&step.name, "returns", ty, &parameter, parameters, &mut found);
    }
    if !found.is_empty() {
        step.refused = true;
    }
    errors.append(found);
}

/// What is behind a reference. The workflow itself may be in it.
fn check_context(name: &Ident, ty: &Type, parameters: &Parameters, this: &Type, errors: &mut Errors) {
    let Some(parameter) = parameters.named_beside(ty, this) else { return };
    if types::is_context(ty) {
        refuse(name, "lists", ty, &parameter, parameters, errors);
        return;
    }
    let problem =
        format!("step `{name}` takes `&{}`, but the graph is the same for every `{parameter}`", types::text(ty));
    let help = "write `ctx: &Context<Self>` for the context, and `#[resource(name)]` in front of a resource";
    errors.refuse(parameter, "W015", &problem, help);
}

fn refuse(name: &Ident, verb: &str, ty: &Type, parameter: &Ident, all: &Parameters, errors: &mut Errors) {
    let text = types::text(ty);
    let subject = if parameter == "Self" { all.text() } else { format!("`{parameter}`") };
    let problem = format!("step `{name}` {verb} `{text}`, but the graph is the same for every {subject}");
    let help = format!("write a concrete type; {subject} is available in fields, bodies and resources");
    errors.refuse(parameter, "W015", &problem, &help);
}
