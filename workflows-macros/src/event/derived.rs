//! The derives of an event that the user writes.

use crate::{attr::cfg_attr, derive::serde_crate, source};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Attribute, Meta, Path, Token, punctuated::Punctuated};

/// A trait that the user derives, and the conditions of the `cfg_attr`s around the derive.
struct Derive {
    name: Ident,
    conditions: Vec<TokenStream>,
}

/// A trait that the user does not derive, perhaps only under a condition.
pub(super) struct Missing {
    pub(super) name: &'static str,
    pub(super) condition: Option<TokenStream>,
}

/// The traits that the user derives, above or below `#[event]`.
pub(super) struct Derived(Vec<Derive>);

impl Derived {
    pub(super) fn of(below: &[Attribute]) -> Self {
        let mut derived = Self(Vec::new());
        let above = source::attributes_above(Span::call_site());
        for attribute in above.iter().chain(below) {
            derived.add(&attribute.meta, &[]);
        }
        derived
    }

    fn add(&mut self, meta: &Meta, conditions: &[TokenStream]) {
        let Meta::List(list) = meta else { return };
        if list.path.is_ident("derive") {
            let paths = list.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).unwrap_or_default();
            for path in paths {
                if let Some(last) = path.segments.last() {
                    self.0.push(Derive { name: last.ident.clone(), conditions: conditions.to_vec() });
                }
            }
        } else if let Some((condition, added)) = cfg_attr(meta) {
            let mut conditions = conditions.to_vec();
            conditions.push(condition);
            for meta in &added {
                self.add(meta, &conditions);
            }
        }
    }

    /// Whether the user derives the trait under every configuration.
    pub(super) fn always(&self, name: &str) -> bool {
        self.0.iter().any(|derive| derive.name == name && derive.conditions.is_empty())
    }

    /// The traits that the user does not derive.
    pub(super) fn missing(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        for name in ["Clone", "Debug", "Serialize", "Deserialize"] {
            if self.always(name) {
                continue;
            }
            let derives: Vec<_> = self.0.iter().filter(|derive| derive.name == name).collect();
            let conditions = derives.iter().map(|Derive { conditions, .. }| quote!(all(#(#conditions),*)));
            let condition = if derives.is_empty() { None } else { Some(quote!(not(any(#(#conditions),*)))) };
            missing.push(Missing { name, condition });
        }
        missing
    }

    /// Whether a derive depends on a condition.
    pub(super) fn is_conditional(&self) -> bool {
        self.0.iter().any(|derive| !derive.conditions.is_empty())
    }

    /// The derives that the user did not write, each under the conditions in which there is none.
    pub(super) fn others(&self) -> TokenStream {
        self.others_but(|_| false)
    }

    /// As [`others`](Self::others), without those that are implemented otherwise.
    pub(super) fn others_but(&self, is_implemented: impl Fn(&str) -> bool) -> TokenStream {
        let mut paths = Vec::new();
        let mut conditional = TokenStream::new();
        for Missing { name, condition } in self.missing() {
            if is_implemented(name) {
                continue;
            }
            let path = match name {
                "Clone" => quote!(::core::clone::Clone),
                "Debug" => quote!(::core::fmt::Debug),
                "Serialize" => quote!(::workflows_runtime::__private::serde::Serialize),
                _ => quote!(::workflows_runtime::__private::serde::Deserialize),
            };
            match condition {
                Some(condition) => conditional.extend(quote!(#[cfg_attr(#condition, derive(#path))])),
                None => paths.push(path),
            }
        }
        if paths.is_empty() {
            return conditional;
        }
        quote!(#[derive(#(#paths),*)] #conditional)
    }

    /// Whether the user derives one of serde's traits.
    pub(super) fn has_serde(&self) -> bool {
        self.always("Serialize") || self.always("Deserialize")
    }

    /// The path to serde, for the derives that are added.
    pub(super) fn serde(&self, attributes: &[Attribute]) -> Option<TokenStream> {
        let all = self.always("Serialize") && self.always("Deserialize");
        if all { None } else { serde_crate(attributes) }
    }
}
