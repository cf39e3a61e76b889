//! `#[resource]` on methods.

use super::parameter::{Mark, lints, marks, without};
use crate::{
    attr::take,
    blocking::{self, BlockingCheck, Kind},
    errors::Errors,
    options,
    types::{self, known},
    workflow::model::Factory,
};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Attribute, FnArg, ImplItemFn, LitBool, Meta, ReceiverKind, ReturnType, Safety, Signature, Type, parse_quote,
};

/// `#[resource]` where there is no method.
pub(crate) fn misplaced(attributes: &mut Vec<Attribute>, errors: &mut Errors) {
    while let Some(attribute) = take(attributes, "resource") {
        let problem = "`#[resource]` means nothing here: it belongs on a method, or on a parameter of a step";
        errors.refuse(attribute.path(), "W025", problem, "move it there, or remove it");
    }
}

/// `#[resource]` on a step.
pub(crate) fn on_a_step(method: &mut ImplItemFn, errors: &mut Errors) {
    while let Some(attribute) = take(&mut method.attrs, "resource") {
        let problem = format!("`{}` is a step, and so no resource", method.sig.ident);
        errors.refuse(attribute.path(), "W025", &problem, "make a method of its own for the resource");
    }
}

#[derive(Default)]
struct Options {
    uncached: bool,
    allow_blocking: bool,
}

/// Reads a method that has `#[resource]`.
pub(crate) fn factory(
    method: &mut ImplItemFn,
    attribute: &Attribute,
    this: &Type,
    check: &mut BlockingCheck,
    errors: &mut Errors,
) -> Factory {
    let name = method.sig.ident.clone();
    while let Some(again) = take(&mut method.attrs, "resource") {
        let problem = format!("`{name}` is a resource already");
        errors.refuse(again.path(), "W025", &problem, "keep one `#[resource]`, with all of its options");
    }
    let mut found = Errors::default();
    let options = options(attribute, &mut found);
    let blocking = take(&mut method.attrs, "blocking").map(|attribute| Kind::of(&attribute, &mut found));
    let marks = marks(&mut method.sig, this, &mut found);
    signature(&method.sig, &marks, &mut found);
    if method.sig.asyncness.is_some() {
        if !options.allow_blocking {
            check.instrument(&mut method.block, &method.sig);
        }
        blocking::lower(&mut method.block, &without(&method.sig, &marks), &mut found);
    }
    asyncness(method, blocking.is_some(), &mut found);
    method.attrs.push(parse_quote!(#[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]));
    method.attrs.extend(lints(&marks));
    let refused = !found.is_empty();
    errors.append(found);
    let output = match &method.sig.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => known(ty, this),
    };
    Factory {
        name,
        takes_self: method.sig.receiver().is_some(),
        blocking: blocking.flatten(),
        cached: !options.uncached,
        parameters: marks.into_iter().filter_map(Mark::into_injected).collect(),
        output,
        refused,
    }
}

/// W010 and W011, as for a step.
fn asyncness(method: &ImplItemFn, is_blocking: bool, errors: &mut Errors) {
    let name = &method.sig.ident;
    match (method.sig.asyncness.is_some(), is_blocking) {
        (false, false) => errors.refuse(
            name,
            "W010",
            &format!("resource `{name}` is not `async`, so that making it would block the async executor"),
            "write `async fn`, or say where it runs: `#[blocking(io)]` if it waits, `#[blocking(cpu)]` if it computes",
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

/// What cannot be called, whatever its types are: W014 and W028.
fn signature(signature: &Signature, marks: &[Mark], errors: &mut Errors) {
    let name = &signature.ident;
    let mut refuse = |tokens: TokenStream, problem: &str, help: &str| errors.refuse(tokens, "W028", problem, help);
    let typed = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    });
    for (typed, mark) in typed.zip(marks) {
        if let Mark::None = mark {
            let text = types::text(&typed.ty);
            let problem = format!("resource `{name}` takes `{text}`, but it is made for all runs of an instance");
            let help = "let it take other resources, `#[resource(name)] x: &X`, or configs, `#[config(\"x.json\")] x: X`; \
                        events and the context are for steps";
            refuse(typed.ty.to_token_stream(), &problem, help);
        }
    }
    if !signature.generics.params.is_empty() {
        let problem = format!("resource `{name}` is generic, but it makes one value");
        refuse(signature.generics.params.to_token_stream(), &problem, "write the concrete types");
    }
    let qualifiers = [
        matches!(signature.safety, Safety::Unsafe(_)).then(|| (signature.safety.to_token_stream(), "unsafe")),
        signature.abi.as_ref().map(|token| (token.to_token_stream(), "extern")),
        signature.constness.as_ref().map(|token| (token.to_token_stream(), "const")),
        signature.variadic.as_ref().map(|token| (token.to_token_stream(), "variadic")),
    ];
    for (token, word) in qualifiers.into_iter().flatten() {
        let problem = format!("resource `{name}` is `{word}`, but a factory is an ordinary method");
        refuse(token, &problem, "remove it, and keep such code in a function that the factory calls");
    }
    match &signature.output {
        ReturnType::Default => {
            let problem = format!("resource `{name}` makes nothing: it has no return type");
            refuse(name.to_token_stream(), &problem, "let it return a value, or a `StepResult` of one");
        }
        ReturnType::Type(_, ty) => {
            if let Some(opaque) = types::opaque(ty) {
                let problem = format!("resource `{name}` does not say which type it makes");
                refuse(
                    opaque.to_token_stream(),
                    &problem,
                    "write the concrete type, or `Box<dyn Trait + Send + Sync>`",
                );
            } else if let Some(borrowed) = borrowed(ty) {
                let problem = format!(
                    "resource `{name}` makes `{}`, but what an instance keeps may borrow nothing",
                    types::text(borrowed)
                );
                refuse(borrowed.to_token_stream(), &problem, "own it: clone it, or share it in an `Arc`");
            }
        }
    }
    if let Some(FnArg::Receiver(receiver)) = signature.inputs.first()
        && !matches!(receiver.kind, ReceiverKind::Reference(_, _, None))
    {
        let problem = format!("resource `{name}` takes `{}`, but runs of the instance share it", types::text(receiver));
        errors.refuse(receiver, "W014", &problem, "take `&self`, or nothing");
    }
}

/// The reference that a factory returns, perhaps in a `Result`.
fn borrowed(ty: &Type) -> Option<&Type> {
    let inner = ["Result", "StepResult"].iter().find_map(|name| types::argument(ty, name)).unwrap_or(ty);
    match inner {
        Type::Reference(reference) if reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident != "static") => {
            Some(inner)
        }
        _ => None,
    }
}

fn options(attribute: &Attribute, errors: &mut Errors) -> Options {
    let mut options = Options::default();
    let list = match &attribute.meta {
        Meta::Path(_) => TokenStream::new(),
        Meta::List(list) => list.tokens.clone(),
        Meta::NameValue(value) => {
            let help = "write `#[resource(cached = false)]`";
            errors.refuse(value, "W018", "`#[resource]` takes its options in parentheses", help);
            TokenStream::new()
        }
    };
    for entry in options::entries(list, "resource", &["cached", "allow_blocking"], errors) {
        let result = if entry.key == "cached" {
            entry.parse::<LitBool>("`true` or `false`", "cached = false").map(|cached| options.uncached = !cached.value)
        } else {
            entry.alone().map(|()| options.allow_blocking = true)
        };
        errors.keep(result);
    }
    options
}
