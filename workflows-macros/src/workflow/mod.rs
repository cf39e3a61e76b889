//! `#[workflow]`: settings on the struct, steps on the `impl`.

mod cfg;
mod check;
mod expand;
mod graph;
mod model;
mod parse;
mod resource;
mod settings;
mod step_options;

use crate::errors::{Errors, refusal};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Item;

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Struct(item)) => settings::expand(options, &item),
        Ok(Item::Enum(item)) => settings::expand_enum(options, &item),
        Ok(Item::Impl(item)) => steps(options, item),
        Ok(_) => {
            let error = refusal(
                &item,
                "W025",
                "`#[workflow]` means nothing here: it belongs on a struct and on the `impl` with its steps",
                "move it there",
            )
            .to_compile_error();
            quote!(#error #item)
        }
        // The item itself would only bring the same error again, and others about `#[step]`.
        Err(error) => error.to_compile_error(),
    }
}

fn steps(options: TokenStream, item: syn::ItemImpl) -> TokenStream {
    if let Some(both) = cfg::split(&options, &item) {
        return both;
    }
    let mut errors = Errors::default();
    let (workflow, item) = parse::workflow(options, item, &mut errors);
    let generated = workflow.map(|mut workflow| {
        check::check(&mut workflow, &mut errors);
        expand::expand(&workflow)
    });
    let errors = errors.into_tokens();
    quote! {
        #item
        #errors
        #generated
    }
}
