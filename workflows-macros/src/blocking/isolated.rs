//! Code with `#[blocking(.., isolated)]`: where it may not be, and the function that executes its body elsewhere.

use super::{attribute::conditions, isolation::Isolation, kind::Kind};
use crate::errors::Errors;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Expr, FnArg, GenericParam, ImplItemFn, Pat, ReturnType, Type, parse_quote, spanned::Spanned};

/// W053: a part of a function.
pub(super) fn refuse_statement(kind: Option<Kind>, errors: &mut Errors) -> Option<Kind> {
    let help =
        "write a function with `#[blocking(cpu, isolated)]` that takes owned, serializable arguments, and call it here";
    refuse(
        kind,
        "a statement cannot be isolated: it uses variables of the step, which another process does not have",
        help,
        errors,
    )
}

/// W053: code that makes a value that remains in this process.
pub(crate) fn refuse_factory(kind: Option<Kind>, errors: &mut Errors) -> Option<Kind> {
    let help = "remove `isolated`; an isolated step that takes the resource creates it in its own process";
    refuse(kind, "a resource cannot be isolated: it is used in the process that creates it", help, errors)
}

fn refuse(kind: Option<Kind>, problem: &str, help: &str, errors: &mut Errors) -> Option<Kind> {
    if let Some(Kind::Isolated(isolation)) = &kind {
        errors.refuse(&isolation.at, "W053", problem, help);
        return None;
    }
    kind
}

/// W053: what a function with `isolated` cannot have.
pub(super) fn check(function: &ImplItemFn, errors: &mut Errors) {
    let signature = &function.sig;
    let name = &signature.ident;
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => errors.refuse(
                receiver,
                "W053",
                &format!("`{name}` takes `self`, but an isolated function takes only what is sent to another process"),
                "pass what it needs as parameters; a step may be isolated and take `&self`",
            ),
            FnArg::Typed(typed) => {
                if let Type::ImplTrait(ty) = &*typed.ty {
                    let help = "write a type parameter, as in `fn score<T: Model>(model: T)`, and register `score::<YourModel>`";
                    errors.refuse(
                        ty,
                        "W053",
                        &format!("`{name}` takes an `impl Trait`, so it has no type to register"),
                        help,
                    );
                }
                if let Some(condition) = conditions(&typed.attrs).first() {
                    let problem = format!("`{name}` is isolated and has a parameter with `#[cfg(..)]`");
                    errors.refuse(condition, "W053", &problem, "put `#[cfg(..)]` on two functions instead");
                }
            }
        }
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && let Type::ImplTrait(ty) = &**ty
    {
        let problem = format!("`{name}` returns an `impl Trait`, but the result of isolated code is deserialized");
        errors.refuse(ty, "W053", &problem, "return the type by its name");
    }
}

/// The function, which returns a future that executes its body in another process.
pub(super) fn lowered(isolation: &Isolation, mut function: ImplItemFn) -> TokenStream {
    let p = quote!(::workflows_runtime::__private);
    let (mut names, mut patterns, mut types) = (Vec::new(), Vec::new(), Vec::new());
    for (number, input) in function.sig.inputs.iter_mut().enumerate() {
        let FnArg::Typed(parameter) = input else { continue };
        let name = match &*parameter.pat {
            Pat::Ident(plain) if plain.by_ref.is_none() && plain.subpat.is_none() => plain.ident.clone(),
            other => format_ident!("argument_{number}", span = other.span()),
        };
        patterns.push(std::mem::replace(&mut *parameter.pat, parse_quote!(#name)));
        types.push((*parameter.ty).clone());
        names.push(name);
    }
    let output: Type = match &function.sig.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => (**ty).clone(),
    };
    let body = &function.block;
    // At the types, where they do not serialize: the rest has the span of the attribute.
    let crossing = |ty: &Type| quote_spanned!(ty.span()=> #p::isolated::isolated_value::<#ty>());
    let (arguments, result) = (types.iter().map(crossing), crossing(&output));
    let call: Expr = parse_quote! {
        #p::isolated::call(
            #isolation,
            (#(#names,)*),
            (#(#arguments,)*),
            #result,
            move |(#(#patterns,)*): (#(#types,)*)| -> #output #body,
        )
    };
    function.sig.output = parse_quote! {
        -> impl ::core::future::Future<Output = #output> + #p::isolated::IsolatedFuture + ::core::marker::Send
    };
    for parameter in &mut function.sig.generics.params {
        // The type is a part of the future, which a registry holds.
        if let GenericParam::Type(parameter) = parameter {
            parameter.bounds.push(parse_quote!('static));
        }
    }
    function.block = parse_quote!({ #call });
    function.into_token_stream()
}
