//! `#[cfg(..)]` and `#[cfg_attr(..)]` on what the graph consists of: one graph with it, and one without it.
//!
//! An attribute macro receives the methods of an `impl` before the compiler removes what is configured out.

use crate::attr::{cfg_attr, is};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, FnArg, ImplItem, ImplItemFn, ItemImpl, Meta, PatType, parse_quote};

/// The attributes that make a method a part of the graph.
const OF_METHODS: &[&str] = &["step", "catch_error", "resource"];
/// The attributes that a `cfg_attr` on a step, a resource or their parameters may add to the graph.
const ADDED: &[&str] = &["step", "catch_error", "resource", "blocking", "config", "cfg"];

/// Replaces the `impl` with two, of which the compiler drops one. Handles one condition at a time; returns `None` if
/// there is none.
pub(crate) fn split(options: &TokenStream, item: &ItemImpl) -> Option<TokenStream> {
    let mut with = item.clone();
    let mut without = item.clone();
    let condition = resolve(&mut with, &mut without)?;
    Some(quote! {
        #[cfg(#condition)]
        #[::workflows_runtime::workflow(#options)]
        #with
        #[cfg(not(#condition))]
        #[::workflows_runtime::workflow(#options)]
        #without
    })
}

/// Resolves the first condition in both copies of an `impl`, and returns it.
fn resolve(with: &mut ItemImpl, without: &mut ItemImpl) -> Option<TokenStream> {
    for at in 0..with.items.len() {
        let ImplItem::Fn(method) = &mut with.items[at] else { continue };
        if !method.attrs.iter().any(is_of_graph) {
            continue;
        }
        if let Some(found) = take(&mut method.attrs) {
            if found.is_cfg {
                without.items.remove(at);
            } else if let ImplItem::Fn(other) = &mut without.items[at] {
                take_same(&mut other.attrs);
            }
            return Some(found.condition);
        }
        let ImplItem::Fn(other) = &mut without.items[at] else { continue };
        if let Some(condition) = resolve_parameter(method, other) {
            return Some(condition);
        }
    }
    None
}

fn resolve_parameter(with: &mut ImplItemFn, without: &mut ImplItemFn) -> Option<TokenStream> {
    let found = with.sig.inputs.iter_mut().enumerate().find_map(|(at, input)| match input {
        FnArg::Typed(PatType { attrs, .. }) => Some((at, take(attrs)?)),
        FnArg::Receiver(_) => None,
    });
    let (at, found) = found?;
    if found.is_cfg {
        let inputs = std::mem::take(&mut without.sig.inputs).into_iter().enumerate();
        without.sig.inputs = inputs.filter(|(other, _)| *other != at).map(|(_, input)| input).collect();
    } else if let Some(FnArg::Typed(typed)) = without.sig.inputs.get_mut(at) {
        take_same(&mut typed.attrs);
    }
    Some(found.condition)
}

/// Whether a method with the attribute is a part of the graph, perhaps under a condition.
fn is_of_graph(attribute: &Attribute) -> bool {
    OF_METHODS.iter().any(|name| is(attribute, name)) || adds(&attribute.meta, OF_METHODS)
}

/// Whether a `cfg_attr` adds one of these attributes.
fn adds(meta: &Meta, names: &[&str]) -> bool {
    let Some((_, added)) = cfg_attr(meta) else { return false };
    added.iter().any(|meta| {
        let last = meta.path().segments.last();
        last.is_some_and(|last| names.iter().any(|name| last.ident == name)) || adds(meta, names)
    })
}

struct Condition {
    condition: TokenStream,
    /// It is the condition of the whole, not of some of its attributes.
    is_cfg: bool,
}

/// Resolves the first condition, as if it were true.
fn take(attributes: &mut Vec<Attribute>) -> Option<Condition> {
    let at = position(attributes)?;
    let attribute = attributes.remove(at);
    if let Some((condition, added)) = cfg_attr(&attribute.meta) {
        let added = added.into_iter().map(|meta| -> Attribute { parse_quote!(#[#meta]) });
        attributes.splice(at..at, added);
        return Some(Condition { condition, is_cfg: false });
    }
    let Meta::List(list) = attribute.meta else { return None };
    Some(Condition { condition: list.tokens, is_cfg: true })
}

/// Removes the attribute that [`take`] resolves.
fn take_same(attributes: &mut Vec<Attribute>) {
    if let Some(at) = position(attributes) {
        attributes.remove(at);
    }
}

fn position(attributes: &[Attribute]) -> Option<usize> {
    attributes.iter().position(|attribute| {
        let is_cfg = attribute.path().is_ident("cfg") && matches!(attribute.meta, Meta::List(_));
        is_cfg || adds(&attribute.meta, ADDED)
    })
}
