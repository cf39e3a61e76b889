//! The fields of a workflow, which threads share: W045.

use super::declarations::Declarations;
use crate::{
    assertion::{assert_impl, named_assertion},
    attr::condition,
    place::item_at,
    this::without_self,
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Field, Generics, WherePredicate, parse_quote};

/// The checks of the fields of a workflow, each at the field's type.
///
/// The implementation of `Settings` is conditional on a type that depends on the checks. If one of them is an error,
/// so is that type, and the compiler does not report again, for the whole workflow, that it is not `Sync`.
pub(crate) struct Fields {
    pub(crate) checks: TokenStream,
    pub(crate) are_shareable: TokenStream,
    pub(crate) bound: Option<WherePredicate>,
}

impl Fields {
    pub(crate) fn none() -> Self {
        Self { checks: TokenStream::new(), are_shareable: TokenStream::new(), bound: None }
    }

    pub(crate) fn of<'a>(fields: impl Iterator<Item = &'a Field>, workflow: &Ident, generics: &Generics) -> Self {
        // A constant cannot name a parameter: a bound of the implementations requires the same.
        if !generics.params.is_empty() {
            return Self::none();
        }
        let mut checks = TokenStream::new();
        let mut names = Vec::new();
        let declared = Declarations::around(workflow);
        let fields: Vec<_> = fields.collect();
        if fields.iter().any(|field| declared.refers_to_workflow(&field.ty)) {
            return Self::none();
        }
        for (number, field) in fields.into_iter().filter(|field| declared.may_be_unshareable(&field.ty)).enumerate() {
            let ty = &without_self(&field.ty, &parse_quote!(#workflow));
            let alias = format_ident!("__Field{number}");
            let name = format_ident!("__IS_FIELD{number}");
            let checked = quote!(__p::Checked<#alias, { __p::Implements::<#alias>::__SHAREABLE }>);
            let assertion = assert_impl(ty, quote!(__p::Rejected<#checked>), &quote!(WorkflowField<#workflow>));
            let alias = item_at(ty, quote!(type #alias =), &ty.to_token_stream());
            let check = named_assertion(ty, &name, &assertion);
            let conditions: Vec<_> = field.attrs.iter().filter_map(condition).collect();
            if conditions.is_empty() {
                checks.extend(quote!(#alias #check));
            } else {
                let all = quote!(all(#(#conditions),*));
                checks.extend(quote! {
                    #[cfg(#all)]
                    #alias
                    #[cfg(#all)]
                    #check
                    #[cfg(not(#all))]
                    const #name: ::core::primitive::bool = true;
                });
            }
            names.push(name);
        }
        if names.is_empty() {
            return Self::none();
        }
        checks.extend(quote! {
            const __IS_SHAREABLE: ::core::primitive::bool = #(#names)&&*;
            type __This = __p::Type<__p::Checked<#workflow, { __IS_SHAREABLE }>>;
        });
        let bound = parse_quote!(__This: ::core::marker::Send + ::core::marker::Sync);
        let are_shareable = quote!(
            const IS_SHAREABLE: ::core::primitive::bool = __IS_SHAREABLE;
        );
        Self { checks, are_shareable, bound: Some(bound) }
    }
}
