//! `#[blocking(..)]` on a function or method: calling it returns a future, and its body is offloaded.

use super::{
    attribute::{conditions, refuse_second},
    awaits::refuse_awaits,
    isolated,
    kind::Kind,
};
use crate::{
    errors::{Errors, misplaced},
    types::{self, Qualifier},
    unfinished,
};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{
    FnArg, GenericParam, ImplItemFn, Pat, ReceiverKind, ReturnType, Signature, Type, parse_quote, spanned::Spanned,
};

pub(crate) fn expand(list: TokenStream, item: TokenStream) -> TokenStream {
    // A free function also parses as a method.
    let item = unfinished::complete_function(item);
    let Ok(mut function) = syn::parse2::<ImplItemFn>(item.clone()) else {
        if let Some(function) = unfinished::function(item.clone()) {
            return awaitable(function).into_token_stream();
        }
        let problem = "`#[blocking]` can only be used on functions with a body and on statements of async steps";
        return misplaced(problem, "move it there, or remove it", item);
    };
    let mut errors = Errors::default();
    let kind = Kind::parse(list, &function.sig.ident, &mut errors);
    refuse_second(&mut function.attrs, &format!("`{}`", function.sig.ident), &mut errors);
    check(&function.sig, &mut errors);
    if let Some(Kind::Isolated(_)) = &kind {
        isolated::check(&function, &mut errors);
    }
    if function.sig.asyncness.is_none() {
        let name = function.sig.ident.clone();
        refuse_awaits(&mut function.block, &name, &mut errors);
    }
    let (Some(kind), true) = (kind, errors.is_empty()) else {
        let errors = errors.into_tokens();
        let function = awaitable(function);
        return quote!(#errors #function);
    };
    match &kind {
        Kind::Isolated(isolation) => isolated::lowered(isolation, function),
        kind => lowered(kind, function),
    }
}

fn lowered(kind: &Kind, mut function: ImplItemFn) -> TokenStream {
    let arguments = arguments(&mut function.sig);
    let stmts = &function.block.stmts;
    // One block: the compiler regards the braces of an inner one as unneeded.
    let body = if arguments.is_empty() {
        let block = &function.block;
        quote!(#block)
    } else {
        quote!({ #arguments #(#stmts)* })
    };
    let body = match &function.sig.output {
        // Repeated on the closure, so `?` and `into` have a target type.
        ReturnType::Type(_, ty) if !has_impl(ty) => quote!(move || -> #ty #body),
        _ => quote!(move || #body),
    };
    function.block = parse_quote!({ ::workflows_runtime::__private::offload(#kind, #body).await });
    function.sig.asyncness = Some(syn::Token![async](function.sig.fn_token.span()));
    function.into_token_stream()
}

/// Moves all arguments into the body, also those that it does not mention: a permit or a guard lives until the
/// body ends. A mention by reference moves it into the closure.
fn arguments(signature: &mut Signature) -> TokenStream {
    let mut moves = TokenStream::new();
    for (number, input) in signature.inputs.iter_mut().enumerate() {
        match input {
            FnArg::Receiver(receiver) => {
                let this = receiver.self_token;
                moves.extend(quote!(let _ = &#this;));
            }
            FnArg::Typed(typed) => {
                let conditions = conditions(&typed.attrs);
                let pattern = &typed.pat;
                match &**pattern {
                    // A mention of a name with an underscore would be unusual.
                    Pat::Ident(plain)
                        if plain.by_ref.is_none()
                            && plain.subpat.is_none()
                            && !plain.ident.to_string().starts_with('_') =>
                    {
                        let name = &plain.ident;
                        moves.extend(quote!(#(#conditions)* let _ = &#name;));
                    }
                    _ => {
                        let name = format_ident!("argument_{number}", span = Span::mixed_site());
                        moves.extend(quote!(#(#conditions)* let _ = &#name; #(#conditions)* let #pattern = #name;));
                        *typed.pat = parse_quote!(#name);
                    }
                }
            }
        }
    }
    moves
}

/// The function, made async without offloading it, so its callers compile.
fn awaitable(mut function: ImplItemFn) -> ImplItemFn {
    if function.sig.constness.is_none() && function.sig.abi.is_none() {
        function.sig.asyncness = Some(syn::Token![async](function.sig.fn_token.span()));
    }
    function
}

fn check(signature: &Signature, errors: &mut Errors) {
    let name = &signature.ident;
    if let Some(token) = &signature.asyncness {
        errors.refuse(
            token,
            "W011",
            &format!("`{name}` is `async` and `#[blocking]`, but blocking code cannot await"),
            "remove `async`: calling a `#[blocking]` function returns a future",
        );
    }
    for Qualifier { tokens, text } in types::qualifiers(signature) {
        // An `unsafe` function may return a future.
        if text == "unsafe" {
            continue;
        }
        let problem = format!("`{name}` is `{text}`, but calling a `#[blocking]` function returns a future");
        errors.refuse(tokens, "W015", &problem, "move the code to a function of its own, and call that here");
    }
    borrows(signature, errors);
}

/// W024: the body runs on another thread, so it cannot borrow.
fn borrows(signature: &Signature, errors: &mut Errors) {
    let name = &signature.ident;
    let mut found = false;
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) if matches!(receiver.kind, ReceiverKind::Reference(..)) => {
                found = true;
                errors.refuse(
                    receiver,
                    "W024",
                    &format!("`{name}` borrows `self`, but its body runs on another thread"),
                    "pass what it needs, as owned values, to a function without `self`; a caller with an `Arc` can call a method \
                     that takes `self: Arc<Self>`",
                );
            }
            FnArg::Typed(typed) => {
                if let Some(borrowed) = borrowed(&typed.ty) {
                    found = true;
                    let parameter = typed.pat.to_token_stream();
                    errors.refuse(
                        borrowed,
                        "W024",
                        &format!("`{name}` borrows `{parameter}`, but its body runs on another thread"),
                        &format!("take it by value: `{}`", owned(borrowed)),
                    );
                }
            }
            FnArg::Receiver(_) => {}
        }
    }
    let lifetimes = signature.generics.params.iter().filter(|_| !found);
    for parameter in lifetimes {
        if let GenericParam::Lifetime(lifetime) = parameter {
            errors.refuse(
                lifetime,
                "W024",
                &format!("`{name}` borrows for `{}`, but its body runs on another thread", lifetime.lifetime),
                "take what it needs by value, or in an `Arc`",
            );
        }
    }
}

/// The first reference in a type, unless it is `'static`.
fn borrowed(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Reference(reference) => match &reference.lifetime {
            Some(lifetime) if lifetime.ident == "static" => None,
            _ => Some(ty),
        },
        Type::Tuple(tuple) => tuple.elems.iter().find_map(borrowed),
        Type::Array(array) => borrowed(&array.elem),
        Type::Group(group) => borrowed(&group.elem),
        Type::Paren(paren) => borrowed(&paren.elem),
        Type::Path(path) => path.path.segments.iter().find_map(|segment| match &segment.arguments {
            syn::PathArguments::AngleBracketed(arguments) => {
                arguments.args.iter().find_map(|argument| match argument {
                    syn::GenericArgument::Type(ty) => borrowed(ty),
                    _ => None,
                })
            }
            _ => None,
        }),
        _ => None,
    }
}

/// The types to write in place of a reference.
fn owned(ty: &Type) -> String {
    let owned = types::owned(ty);
    match ty {
        Type::Reference(reference) if types::text(&reference.elem) == owned => format!("{owned}` or `Arc<{owned}>"),
        _ => owned,
    }
}

fn has_impl(ty: &Type) -> bool {
    ty.to_token_stream()
        .into_iter()
        .any(|token| matches!(&token, proc_macro2::TokenTree::Ident(ident) if ident == "impl"))
}
