//! `#[cfg(..)]` on a step or a resource: one graph with it, and one without it.

use crate::attr::is;
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
    let is_ours =
        |attribute: &Attribute| is(attribute, "step") || is(attribute, "catch_error") || is(attribute, "resource");
    if !method.attrs.iter().any(is_ours) {
        return None;
    }
    let mut conditions = Vec::new();
    for attribute in &method.attrs {
        if let Meta::List(list) = &attribute.meta
            && is(attribute, "cfg")
        {
            conditions.push(&list.tokens);
        }
    }
    if conditions.is_empty() { None } else { Some(quote!(all(#(#conditions),*))) }
}
