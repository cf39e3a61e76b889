//! `#[nonblocking]`: the check for async functions that steps call.

use super::{
    catalog::parse::Row,
    free_names::bound,
    instrument::BlockingCheck,
    known_blocking::{self, OPTION},
    statement::lower,
};
use crate::{
    errors::{Errors, refusal},
    options, unfinished,
};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{FnArg, ItemFn, Type, parse_quote};

/// Expands `#[nonblocking(options)]`.
pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = options::entries(options, "nonblocking", &[OPTION], &mut errors);
    for option in &options {
        errors.keep(option.alone());
    }
    let item = unfinished::complete_function(item);
    let function = match function(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            // rustc reports a syntax error in the body.
            if unfinished::function(item.clone()).is_none() {
                errors.push(error);
            }
            let errors = errors.into_tokens();
            return quote!(#errors #item);
        }
    };
    if !errors.is_empty() {
        let errors = errors.into_tokens();
        return quote!(#errors #item);
    }
    match options.first() {
        Some(option) => known_blocking::with_list("nonblocking", option, &function),
        None => instrumented(function, None),
    }
}

/// The same with the list of `known_blocking!`.
pub(crate) fn expand_with(rows: &[Row], item: TokenStream) -> TokenStream {
    match function(item) {
        Ok(function) => instrumented(function, Some(rows)),
        Err(error) => error.to_compile_error(),
    }
}

fn function(item: TokenStream) -> syn::Result<ItemFn> {
    let Ok(function) = syn::parse2::<ItemFn>(item.clone()) else {
        let problem = "`#[nonblocking]` can only be used on a function: it checks the function's body";
        return Err(refusal(&item, "W025", problem, "move it to a function or method that has a body"));
    };
    if let Some(token) = &function.sig.constness {
        let problem = format!("`{}` is a `const fn`, which never blocks", function.sig.ident);
        return Err(refusal(token, "W025", &problem, "remove `#[nonblocking]`"));
    }
    Ok(function)
}

fn instrumented(mut function: ItemFn, rows: Option<&[Row]>) -> TokenStream {
    let mut check = BlockingCheck::new(function.sig.ident.span(), &function, rows);
    check.instrument(&mut function.block, &function.sig);
    let refusal = check.refuse_listed(&function.sig.ident, "nonblocking");
    if !refusal.is_empty() {
        function.block.stmts.insert(0, parse_quote!(#refusal));
    }
    // After the check, which recognizes the attributes.
    let errors = lowered(&mut function).into_tokens();
    // `cargo workflows check` finds the function by this one, for which no other build generates code.
    function.block.stmts.insert(
        0,
        parse_quote!(
            fn __nonblocking() {}
        ),
    );
    quote!(#errors #function)
}

/// Offloads the `#[blocking(..)]` statements. Parameters that are references cannot move to another thread.
fn lowered(function: &mut ItemFn) -> Errors {
    let mut errors = Errors::default();
    if function.sig.asyncness.is_none() {
        return errors;
    }
    let mut signature = function.sig.clone();
    let mut borrowed = Vec::new();
    signature.inputs = signature
        .inputs
        .into_iter()
        .filter(|input| {
            let FnArg::Typed(typed) = input else { return true };
            let is_reference = matches!(&*typed.ty, Type::Reference(_));
            if is_reference {
                borrowed.extend(bound(&typed.pat).into_iter().map(|name| name.ident.clone()));
            }
            !is_reference
        })
        .collect();
    lower(&mut function.block, &signature, &borrowed, &mut errors);
    errors
}
