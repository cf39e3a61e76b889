//! Checks of a step's signature that need no types: W014, W015 and W017.

use crate::{
    errors::Errors,
    types::{self, Qualifier},
    workflow::model::Step,
};
use syn::{FnArg, GenericParam, ReceiverKind, ReturnType, Signature, Type, TypeReference};

/// Refuses a step that generated code could not call, whatever its types are.
pub(crate) fn check(step: &mut Step, errors: &mut Errors) {
    let mut found = Errors::default();
    let signature = &step.signature;
    check_borrowed_inputs(signature, &mut found);
    check_aliased_references(signature, &mut found);
    check_receiver(signature, &mut found);
    check_generics(signature, &mut found);
    check_inputs(signature, &mut found);
    check_carried_references(signature, &mut found);
    check_opaque_output(signature, &mut found);
    check_qualifiers(signature, &mut found);
    if !found.is_empty() {
        step.refused = true;
    }
    errors.append(found);
}

/// W017: `&str` and the like, which is never a context.
fn check_borrowed_inputs(signature: &Signature, errors: &mut Errors) {
    let name = &signature.ident;
    for ty in types::typed_inputs(signature) {
        if let Type::Reference(reference) = ty
            && types::is_unsized(&reference.elem)
        {
            let problem = format!("step `{name}` takes `{}`, but events are taken by value", types::text(ty));
            let help = "take an event that contains the data, or `Start<String>` for the run's input";
            errors.refuse(ty, "W017", &problem, help);
        }
    }
}

/// W026: `type Ctx<'a> = &'a Context<..>` and the like. No event has a lifetime.
fn check_aliased_references(signature: &Signature, errors: &mut Errors) {
    let name = &signature.ident;
    for ty in types::typed_inputs(signature) {
        if types::hidden_lifetime(ty).is_some() {
            let problem = format!("step `{name}` takes `{}`, but `#[workflow]` must see what borrows", types::text(ty));
            let help = "write the context in the signature, `ctx: &Context<Self>`; events are taken by value";
            errors.refuse(ty, "W026", &problem, help);
        }
    }
}

/// Whether a context may be behind an alias with a lifetime, and with it what the step sends.
pub(crate) fn hides_context(step: &Step) -> bool {
    types::typed_inputs(&step.signature).into_iter().any(|ty| types::hidden_lifetime(ty).is_some())
}

/// W014: steps run concurrently, so they share the workflow.
fn check_receiver(signature: &Signature, errors: &mut Errors) {
    let name = &signature.ident;
    let Some(FnArg::Receiver(receiver)) = signature.inputs.first() else {
        let problem = format!("step `{name}` has no `&self`");
        errors.refuse(name, "W014", &problem, "write `&self` as its first parameter");
        return;
    };
    if !matches!(receiver.kind, ReceiverKind::Reference(_, _, None)) {
        let problem = format!("step `{name}` takes `{}`, but steps run concurrently", types::text(receiver));
        let help = "take `&self`, and change the run's state: `ctx.state().update(..)`";
        errors.refuse(receiver, "W014", &problem, help);
    }
}

/// W015: generated code calls a step with the types of its signature.
fn check_generics(signature: &Signature, errors: &mut Errors) {
    let name = &signature.ident;
    let parameters = &signature.generics.params;
    if parameters.is_empty() {
        return;
    }
    if parameters.iter().all(|parameter| matches!(parameter, GenericParam::Lifetime(_))) {
        let lifetimes = types::text(parameters);
        let problem = format!("step `{name}` has the lifetime parameter `{lifetimes}`, which it does not need");
        errors.refuse(parameters, "W015", &problem, &format!("remove `<{lifetimes}>`, and write `&self`"));
    } else {
        let problem = format!("step `{name}` is generic, but the types of a step are part of the graph");
        errors.refuse(parameters, "W015", &problem, "write the concrete types");
    }
}

/// W015: `impl Trait`, and W017: `&mut`.
fn check_inputs(signature: &Signature, errors: &mut Errors) {
    let name = &signature.ident;
    for ty in types::typed_inputs(signature) {
        if let Some(opaque) = types::opaque(ty) {
            let problem = format!("step `{name}` is generic, but the types of a step are part of the graph");
            errors.refuse(opaque, "W015", &problem, "write the concrete type");
        }
        if let Type::Reference(TypeReference { mutability: Some(_), elem, .. }) = ty {
            let taken = format!("step `{name}` takes `{}`", types::text(ty));
            if types::is_context(elem) {
                let problem = format!("{taken}, but a context is shared");
                errors.refuse(ty, "W017", &problem, "take `&Context<Self>`; its methods need no `&mut`");
            } else if !types::is_unsized(elem) {
                let problem = format!("{taken}, but events are taken by value, and a context is shared");
                let event = types::owned(ty);
                errors.refuse(ty, "W017", &problem, &format!("write `{event}`, or `&{event}` if it is the context"));
            }
        }
    }
}

/// W017: a reference inside `Start`, `Stop` and the like.
fn check_carried_references(signature: &Signature, errors: &mut Errors) {
    let name = &signature.ident;
    let mut all = types::typed_inputs(signature);
    if let ReturnType::Type(_, ty) = &signature.output {
        all.push(ty);
    }
    for borrowed in all.into_iter().filter_map(types::borrowed) {
        let problem = format!("step `{name}` uses `{}`, but a run owns its data", types::text(borrowed));
        errors.refuse(borrowed, "W017", &problem, &format!("write `{}`", types::owned(borrowed)));
    }
}

/// W015: an output of an unnamed type.
fn check_opaque_output(signature: &Signature, errors: &mut Errors) {
    if let ReturnType::Type(_, ty) = &signature.output
        && let Some(opaque) = types::opaque(ty)
    {
        let problem = format!("step `{}` returns an opaque type, which cannot be routed", signature.ident);
        errors.refuse(opaque, "W015", &problem, "write the concrete type");
    }
}

/// W015: `unsafe`, `extern`, `const` and variadics.
fn check_qualifiers(signature: &Signature, errors: &mut Errors) {
    for Qualifier { tokens, text } in types::qualifiers(signature) {
        let problem = format!("step `{}` is `{text}`, but a step is an ordinary method", signature.ident);
        let help = format!("remove `{text}`, and move such code to a function that the step calls");
        errors.refuse(tokens, "W015", &problem, &help);
    }
}
