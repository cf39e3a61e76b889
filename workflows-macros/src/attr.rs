//! Finding our attributes on the user's items, by the last segment of their path.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token, parse::Parser, punctuated::Punctuated};

/// Whether an attribute is `#[name]`, however its path is qualified.
pub(crate) fn is(attribute: &Attribute, name: &str) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == name)
}

/// Removes the first attribute with this name, and returns it.
pub(crate) fn take(attributes: &mut Vec<Attribute>, name: &str) -> Option<Attribute> {
    let at = attributes.iter().position(|attribute| is(attribute, name))?;
    Some(attributes.remove(at))
}

/// The text of the doc comments of an item. Docs that a macro makes, such as `include_str!`, are not known here.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let mut docs = String::new();
    for attribute in attributes {
        if let Meta::NameValue(value) = &attribute.meta
            && value.path.is_ident("doc")
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &value.value
        {
            let text = text.value();
            docs.push_str(text.strip_prefix(' ').unwrap_or(&text).trim_end());
            docs.push('\n');
        }
    }
    docs.trim().to_owned()
}

/// The condition in `#[cfg(..)]`.
pub(crate) fn condition(attribute: &Attribute) -> Option<&TokenStream> {
    match &attribute.meta {
        Meta::List(list) if is(attribute, "cfg") => Some(&list.tokens),
        _ => None,
    }
}

/// The condition of a `cfg_attr`, and what it adds. A condition may be `true`, which is no [`Meta`].
pub(crate) fn cfg_attr(meta: &Meta) -> Option<(TokenStream, Vec<Meta>)> {
    let Meta::List(list) = meta else { return None };
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    let mut tokens = list.tokens.clone().into_iter();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let condition: TokenStream = tokens.by_ref().take_while(|token| !is_comma(token)).collect();
    let added = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(tokens.collect()).ok()?;
    Some((condition, added.into_iter().collect()))
}
