//! `#[blocking(..)]` on a function or method: calling it gives a future, its body runs elsewhere.

use super::Kind;
use crate::errors::{Errors, misplaced};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{FnArg, GenericParam, ImplItemFn, ReceiverKind, ReturnType, Signature, Type, parse_quote, spanned::Spanned};

pub(crate) fn expand(list: TokenStream, item: TokenStream) -> TokenStream {
    // A free function parses as a method too.
    let Ok(function) = syn::parse2::<ImplItemFn>(item.clone()) else {
        return misplaced("blocking", "it belongs on a function with a body, or on a statement of an async step", item);
    };
    let mut errors = Errors::default();
    let kind = Kind::parse(list, &function.sig.ident, &mut errors);
    check(&function.sig, &mut errors);
    let (Some(kind), true) = (kind, errors.is_empty()) else {
        let errors = errors.into_tokens();
        let function = awaitable(function);
        return quote!(#errors #function);
    };
    lowered(&kind, function)
}

fn lowered(kind: &Kind, mut function: ImplItemFn) -> TokenStream {
    let block = &function.block;
    let body = match &function.sig.output {
        // Said once more, so that `?` and `into` inside know it.
        ReturnType::Type(_, ty) if !has_impl(ty) => quote!(move || -> #ty #block),
        _ => quote!(move || #block),
    };
    function.block = parse_quote!({ ::workflows_runtime::__private::offload(#kind, #body).await });
    function.sig.asyncness = Some(syn::Token![async](function.sig.fn_token.span()));
    function.into_token_stream()
}

/// The function as it stands, but one that can be awaited, so that its callers are not refused too.
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
            "remove `async`: calling it gives a future all the same",
        );
    }
    let qualifiers = [
        signature.constness.as_ref().map(|token| (token.to_token_stream(), "const")),
        signature.abi.as_ref().map(|token| (token.to_token_stream(), "extern")),
    ];
    for (token, word) in qualifiers.into_iter().flatten() {
        let problem = format!("`{name}` is `{word}`, but calling a `#[blocking]` function gives a future");
        errors.refuse(token, "W015", &problem, "put the code into a function of its own, and call that here");
    }
    borrows(signature, errors);
}

/// W024: what is borrowed cannot be moved to another thread.
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
                    "take `self`, or `self: Arc<Self>`, or make it a function of what it needs",
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

/// The first reference in a type that is not `'static`.
fn borrowed(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Reference(reference) => {
            let is_static = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
            (!is_static).then_some(ty)
        }
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

/// What one takes in place of a reference.
fn owned(ty: &Type) -> String {
    let Type::Reference(reference) = ty else { return crate::types::text(ty) };
    let inner = crate::types::text(&reference.elem);
    match (&*reference.elem, inner.as_str()) {
        (_, "str") => "String".to_owned(),
        (_, "Path" | "std::path::Path") => "PathBuf".to_owned(),
        (Type::Slice(slice), _) => format!("Vec<{}>", crate::types::text(&slice.elem)),
        _ => format!("{inner}` or `Arc<{inner}>"),
    }
}

fn has_impl(ty: &Type) -> bool {
    ty.to_token_stream()
        .into_iter()
        .any(|token| matches!(&token, proc_macro2::TokenTree::Ident(ident) if ident == "impl"))
}
