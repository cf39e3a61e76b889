//! From the user's `impl` to the model; our attributes are taken off on the way.

use super::{
    model::{Parameter, Step, Workflow},
    resource::{self, Mark},
    step_options,
};
use crate::{
    attr::take,
    blocking::{self, BlockingCheck, Kind},
    errors::Errors,
    types::{self, known},
};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Attribute, FnArg, ImplItem, ImplItemFn, ItemImpl, PathArguments, ReceiverKind, ReturnType, Safety, Signature, Type,
    parse_quote,
};

/// Reads the steps; the `impl` comes back as the user wrote it, without our attributes.
pub(crate) fn workflow(
    mut item: ItemImpl,
    check: &mut BlockingCheck,
    errors: &mut Errors,
) -> (Option<Workflow>, ItemImpl) {
    let (mut steps, mut factories) = (Vec::new(), Vec::new());
    for entry in &mut item.items {
        match entry {
            ImplItem::Fn(method) => {
                let Some(attribute) = take_ours(&mut method.attrs) else {
                    if let Some(attribute) = take(&mut method.attrs, "resource") {
                        factories.push(resource::factory(method, &attribute, &item.self_ty, check, errors));
                    }
                    continue;
                };
                while let Some(again) = take_ours(&mut method.attrs) {
                    let problem = format!("`{}` is a step already", method.sig.ident);
                    let help = "keep one `#[step]` or `#[catch_error]`, with all of its options";
                    errors.refuse(again.path(), "W025", &problem, help);
                }
                resource::on_a_step(method, errors);
                steps.push(step(method, &attribute, &item.self_ty, check, errors));
            }
            ImplItem::Const(constant) => only_on_methods(&mut constant.attrs, errors),
            ImplItem::Type(alias) => only_on_methods(&mut alias.attrs, errors),
            _ => {}
        }
    }
    let workflow = target(&item, errors).map(|name| Workflow { this: (*item.self_ty).clone(), name, steps, factories });
    (workflow, item)
}

fn only_on_methods(attributes: &mut Vec<Attribute>, errors: &mut Errors) {
    while let Some(attribute) = take_ours(attributes) {
        let name = types::text(&attribute.path().segments.last());
        let problem = format!("`#[{name}]` means nothing here: it belongs on a method");
        errors.refuse(attribute.path(), "W025", &problem, "move it there, or remove it");
    }
    resource::misplaced(attributes, errors);
}

/// The name of the type that the `impl` is for, if it can hold a workflow.
fn target(item: &ItemImpl, errors: &mut Errors) -> Option<syn::Ident> {
    if let Some((path, _)) = &item.trait_ {
        errors.refuse(
            path,
            "W025",
            "`#[workflow]` means nothing on the `impl` of a trait: steps are methods of the workflow itself",
            "put the steps into an `impl` of their own, without a trait",
        );
        return None;
    }
    if !item.generics.params.is_empty() {
        errors.refuse(
            &item.generics.params,
            "W015",
            "the workflow is generic, but its graph is proved where it is declared, once",
            "hold what varies as a trait object, such as `client: Arc<dyn Client>`",
        );
        return None;
    }
    let mut this = &*item.self_ty;
    while let Type::Group(group) = this {
        this = &group.elem;
    }
    let Type::Path(path) = this else {
        errors.refuse(this, "W025", "a workflow is a struct of one's own", "put the steps on a struct");
        return None;
    };
    let last = path.path.segments.last()?;
    if let PathArguments::None = last.arguments {
        return Some(last.ident.clone());
    }
    errors.refuse(
        &last.arguments,
        "W015",
        &format!("workflow `{}` is generic, but its graph is proved where it is declared, once", last.ident),
        "hold what varies as a trait object, such as `client: Arc<dyn Client>`, and own what is borrowed",
    );
    None
}

fn step(
    method: &mut ImplItemFn,
    attribute: &Attribute,
    this: &Type,
    check: &mut BlockingCheck,
    errors: &mut Errors,
) -> Step {
    let options = step_options::parse(attribute, errors);
    let blocking = take(&mut method.attrs, "blocking").map(|attribute| Kind::of(&attribute, errors));
    let marks = resource::marks(&mut method.sig, this, errors);
    let routed = resource::without(&method.sig, &marks);
    if method.sig.asyncness.is_some() {
        if !options.allow_blocking {
            check.instrument(&mut method.block, &method.sig);
        }
        blocking::lower(&mut method.block, &routed, errors);
    }
    let refused = signature_is_refused(&routed, errors) || marks.iter().any(|mark| matches!(mark, Mark::Refused));
    // Required of every step, so that one that needs neither is not to blame.
    method.attrs.push(parse_quote!(#[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]));
    method.attrs.extend(resource::lints(&marks));
    let signature = &method.sig;
    let typed = signature.inputs.iter().filter_map(|argument| match argument {
        FnArg::Receiver(_) => None,
        FnArg::Typed(typed) => Some(&*typed.ty),
    });
    let output = match &signature.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => known(ty, this),
    };
    Step {
        name: signature.ident.clone(),
        is_async: signature.asyncness.is_some(),
        // A kind that is refused counts as one, so that nothing further is said about it.
        blocking: blocking.map(|kind| kind.unwrap_or(Kind::Io)),
        parameters: typed.zip(marks).filter_map(|(ty, mark)| parameter(ty, mark, this)).collect(),
        output,
        options,
        refused,
    }
}

fn parameter(ty: &Type, mark: Mark, this: &Type) -> Option<Parameter> {
    Some(match mark {
        Mark::None => routed(ty, this),
        Mark::Injected(injected) => Parameter::Injected(*injected),
        Mark::Refused => return None,
    })
}

fn routed(ty: &Type, this: &Type) -> Parameter {
    match known(ty, this) {
        Type::Reference(reference) if types::is_unsized(&reference.elem) => Parameter::Port(parse_quote!(__p::Unknown)),
        Type::Reference(reference) => Parameter::Context(*reference.elem),
        ty => Parameter::Port(ty),
    }
}

/// What cannot be called by the engine, whatever its types are: W014, W015, and W017 of `&mut`.
fn signature_is_refused(signature: &Signature, errors: &mut Errors) -> bool {
    let name = &signature.ident;
    let mut refused = false;
    let mut refuse = |tokens: TokenStream, code, problem: &str, help: &str| {
        errors.refuse(tokens, code, problem, help);
        refused = true;
    };
    for input in &signature.inputs {
        if let FnArg::Typed(typed) = input
            && let Type::Reference(reference) = &*typed.ty
            && types::is_unsized(&reference.elem)
        {
            let text = types::text(&typed.ty);
            let problem = format!("step `{name}` borrows `{text}`, but events are taken by value");
            let help = "take an event that has it: a struct with `#[event]`, or `Start<..>` for the run's input";
            refuse(typed.ty.to_token_stream(), "W017", &problem, help);
        }
    }
    match signature.inputs.first() {
        Some(FnArg::Receiver(receiver)) if is_shared(receiver) => {}
        Some(FnArg::Receiver(receiver)) => refuse(
            receiver.to_token_stream(),
            "W014",
            &format!("step `{name}` takes `{}`, but many steps run at once", types::text(receiver)),
            "take `&self`, and keep what changes in the run's state: `ctx.state().update(..)`",
        ),
        _ => refuse(
            name.to_token_stream(),
            "W014",
            &format!("step `{name}` does not take `&self`"),
            "write `&self` as its first parameter",
        ),
    }
    if !signature.generics.params.is_empty() {
        let problem = format!("step `{name}` is generic, but the engine calls it with the types of its signature");
        refuse(signature.generics.params.to_token_stream(), "W015", &problem, "write the concrete types");
    }
    for ty in signature.inputs.iter().filter_map(|argument| match argument {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    }) {
        if let Some(opaque) = types::opaque(ty) {
            let problem = format!("step `{name}` is generic, but the engine calls it with the types of its signature");
            refuse(opaque.to_token_stream(), "W015", &problem, "write the concrete type");
        }
        if let Type::Reference(syn::TypeReference { mutability: Some(_), .. }) = ty {
            let problem =
                format!("step `{name}` takes `{}`, but what steps share cannot be borrowed by one", types::text(ty));
            refuse(ty.to_token_stream(), "W017", &problem, "take `&Context<Self>`; its methods need no `&mut`");
        }
    }
    let all = signature.inputs.iter().filter_map(|argument| match argument {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    });
    let output = match &signature.output {
        ReturnType::Type(_, ty) => Some(&**ty),
        ReturnType::Default => None,
    };
    for borrowed in all.chain(output).filter_map(types::borrowed) {
        let problem =
            format!("step `{name}` names `{}`, but what a run carries may borrow nothing", types::text(borrowed));
        refuse(borrowed.to_token_stream(), "W017", &problem, "own it, as `String` for `&str`");
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && let Some(opaque) = types::opaque(ty)
    {
        let problem = format!("step `{name}` does not say which type it returns, so that it cannot be routed");
        refuse(opaque.to_token_stream(), "W015", &problem, "write the concrete type");
    }
    let qualifiers = [
        matches!(signature.safety, Safety::Unsafe(_)).then(|| (signature.safety.to_token_stream(), "unsafe")),
        signature.abi.as_ref().map(|token| (token.to_token_stream(), "extern")),
        signature.constness.as_ref().map(|token| (token.to_token_stream(), "const")),
        signature.variadic.as_ref().map(|token| (token.to_token_stream(), "variadic")),
    ];
    for (token, word) in qualifiers.into_iter().flatten() {
        let problem = format!("step `{name}` is `{word}`, but a step is an ordinary method");
        refuse(token, "W015", &problem, "remove it, and keep such code in a function that the step calls");
    }
    refused
}

fn is_shared(receiver: &syn::Receiver) -> bool {
    matches!(receiver.kind, ReceiverKind::Reference(_, _, None))
}

/// Takes off what makes a method a step.
fn take_ours(attributes: &mut Vec<Attribute>) -> Option<Attribute> {
    take(attributes, "catch_error").or_else(|| take(attributes, "step"))
}
