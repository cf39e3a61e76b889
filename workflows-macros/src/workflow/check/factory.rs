//! Checks of a resource factory's signature: W010, W011, W014 and W028.

use crate::{
    errors::Errors,
    types::{self, Qualifier},
    workflow::model::Factory,
};
use syn::{FnArg, ReceiverKind, ReturnType, Signature, Type};

pub(crate) fn check(factory: &mut Factory, errors: &mut Errors) {
    let mut found = Errors::default();
    check_inputs(&factory.signature, &mut found);
    check_generics(&factory.signature, &mut found);
    check_qualifiers(&factory.signature, &mut found);
    check_output(&factory.signature, &mut found);
    check_receiver(&factory.signature, &mut found);
    check_asyncness(factory, &mut found);
    if !found.is_empty() {
        factory.refused = true;
    }
    errors.append(found);
}

/// W028: an event or a context. Resources and configs are not part of this signature.
fn check_inputs(signature: &Signature, errors: &mut Errors) {
    for ty in types::typed_inputs(signature) {
        let name = &signature.ident;
        let text = types::text(ty);
        let problem = format!("resource `{name}` takes `{text}`, but runs share it");
        let help = "take other resources, `#[resource(name)] x: &X`, or configs, `#[config(\"x.json\")] x: X`; \
                    only steps take events and the context";
        errors.refuse(ty, "W028", &problem, help);
    }
}

/// W028.
fn check_generics(signature: &Signature, errors: &mut Errors) {
    let parameters = &signature.generics.params;
    if !parameters.is_empty() {
        let problem = format!("resource `{}` is generic, but it creates one value", signature.ident);
        errors.refuse(parameters, "W028", &problem, "write the concrete types");
    }
}

/// W028.
fn check_qualifiers(signature: &Signature, errors: &mut Errors) {
    for Qualifier { tokens, text } in types::qualifiers(signature) {
        let problem = format!("resource `{}` is `{text}`, but a factory is an ordinary method", signature.ident);
        let help = format!("remove `{text}`, and move such code to a function that the factory calls");
        errors.refuse(tokens, "W028", &problem, &help);
    }
}

/// W028: no value, an opaque one, or a borrowed one.
fn check_output(signature: &Signature, errors: &mut Errors) {
    let name = &signature.ident;
    let ReturnType::Type(_, ty) = &signature.output else {
        let problem = format!("resource `{name}` creates nothing: it has no return type");
        errors.refuse(name, "W028", &problem, "return a value, or a `StepResult` of one");
        return;
    };
    if let Some(opaque) = types::opaque(ty) {
        let problem = format!("resource `{name}` creates an opaque type");
        errors.refuse(opaque, "W028", &problem, "write the concrete type, or `Box<dyn Trait + Send + Sync>`");
    } else if let Some(borrowed) = borrowed(ty) {
        let problem = format!("resource `{name}` creates `{}`, but a resource is owned", types::text(borrowed));
        errors.refuse(borrowed, "W028", &problem, "clone the data, or share it in an `Arc`");
    }
}

/// W014.
fn check_receiver(signature: &Signature, errors: &mut Errors) {
    if let Some(FnArg::Receiver(receiver)) = signature.inputs.first()
        && !matches!(receiver.kind, ReceiverKind::Reference(_, _, None))
    {
        let name = &signature.ident;
        let text = types::text(receiver);
        let problem = format!("resource `{name}` takes `{text}`, but runs share the workflow");
        errors.refuse(receiver, "W014", &problem, "take `&self`, or no receiver");
    }
}

/// W010 and W011, as for a step.
fn check_asyncness(factory: &Factory, errors: &mut Errors) {
    let name = &factory.name;
    match (factory.signature.asyncness.is_some(), factory.has_kind) {
        (false, false) => errors.refuse(
            name,
            "W010",
            &format!("resource `{name}` is not `async`: it would block the async executor"),
            "write `async fn`, or declare where it runs: `#[blocking(io)]` if it waits, `#[blocking(cpu)]` if it computes",
        ),
        (true, true) => errors.refuse(
            name,
            "W011",
            &format!("resource `{name}` is `async` and `#[blocking]`, but blocking code cannot await"),
            "remove `async`, or remove `#[blocking]` and put it on the statement that blocks",
        ),
        _ => {}
    }
}

/// The reference that a factory returns, directly or in a `Result`.
fn borrowed(ty: &Type) -> Option<&Type> {
    let inner = ["Result", "StepResult"].iter().find_map(|name| types::argument(ty, name)).unwrap_or(ty);
    let Type::Reference(reference) = inner else { return None };
    match &reference.lifetime {
        Some(lifetime) if lifetime.ident == "static" => None,
        _ => Some(inner),
    }
}
