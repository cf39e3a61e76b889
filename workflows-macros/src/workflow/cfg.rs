//! `#[cfg(..)]` on a step or a resource: one graph with it, and one without it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, ImplItem, ItemImpl, Meta};

/// Replaces the `impl` with two, of which the compiler drops one. Handles one conditional method at a time;
/// returns `None` if there is none.
pub(crate) fn split(options: &TokenStream, item: &ItemImpl) -> Option<TokenStream> {
    let (at, condition) = item.items.iter().enumerate().find_map(|(at, entry)| Some((at, condition(entry)?)))?;
    let mut with = item.clone();
    let mut without = item.clone();
    if let ImplItem::Fn(method) = &mut with.items[at] {
        method.attrs.retain(|attribute| !is(attribute, "cfg"));
    }
    without.items.remove(at);
    Some(quote! {
        #[cfg(#condition)]
        #[::workflows_runtime::workflow(#options)]
        #with
        #[cfg(not(#condition))]
        #[::workflows_runtime::workflow(#options)]
        #without
    })
}

/// The condition under which a step or a resource exists.
fn condition(entry: &ImplItem) -> Option<TokenStream> {
    let ImplItem::Fn(method) = entry else { return None };
    method.attrs.iter().find(|attribute| ["step", "catch_error", "resource"].iter().any(|name| is(attribute, name)))?;
    let conditions = method.attrs.iter().filter(|attribute| is(attribute, "cfg"));
    let conditions = conditions.filter_map(|attribute| match &attribute.meta {
        Meta::List(list) => Some(&list.tokens),
        _ => None,
    });
    let conditions: Vec<_> = conditions.collect();
    (!conditions.is_empty()).then(|| quote!(all(#(#conditions),*)))
}

fn is(attribute: &Attribute, name: &str) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == name)
}
