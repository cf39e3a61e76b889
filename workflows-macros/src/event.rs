//! `#[event]`: what an event needs, derived.

use crate::{errors::Errors, options};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, DeriveInput, Ident, Path, Token, ext::IdentExt, punctuated::Punctuated};

pub(crate) fn expand(list: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    options::entries(list, "event", &[], &mut errors);
    let Ok(event) = syn::parse2::<DeriveInput>(item.clone()) else {
        errors.refuse(
            &item,
            "W025",
            "`#[event]` means nothing here: an event is a struct or an enum",
            "put it on the declaration of the type that steps take and return",
        );
        let errors = errors.into_tokens();
        return quote!(#errors #item);
    };
    if let syn::Data::Union(_) = event.data {
        refuse_union(&event, &mut errors);
        let errors = errors.into_tokens();
        return quote!(#errors #item);
    }
    check(&event, &mut errors);
    let derives = derives(&event.attrs);
    let serde = serde_of(&event.attrs);
    let implementation = errors.is_empty().then(|| implementation(&event.ident));
    let errors = errors.into_tokens();
    quote! {
        #errors
        #derives
        #serde
        #event
        #implementation
    }
}

fn refuse_union(event: &DeriveInput, errors: &mut Errors) {
    let syn::Data::Union(union) = &event.data else { return };
    errors.refuse(
        union.union_token,
        "W025",
        &format!("`{}` is a union, and an event must be cloned and written down", event.ident),
        "make it a struct or an enum",
    );
}

fn check(event: &DeriveInput, errors: &mut Errors) {
    if !event.generics.params.is_empty() {
        errors.refuse(
            &event.generics.params,
            "W015",
            &format!("event `{}` is generic, so that it would be many events under one name", event.ident),
            "write the concrete type, one event for each, or carry an enum",
        );
    }
}

/// What the user derives already is not derived again.
fn derives(attributes: &[Attribute]) -> TokenStream {
    let known = derived(attributes);
    let missing =
        ["Clone", "Debug", "Serialize", "Deserialize"].into_iter().filter(|name| !known.iter().any(|k| k == name));
    let paths = missing.map(|name| {
        let name = Ident::new(name, proc_macro2::Span::call_site());
        match name.to_string().as_str() {
            "Clone" => quote!(::core::clone::Clone),
            "Debug" => quote!(::core::fmt::Debug),
            _ => quote!(::workflows_runtime::__private::serde::#name),
        }
    });
    quote!(#[derive(#(#paths),*)])
}

fn derived(attributes: &[Attribute]) -> Vec<Ident> {
    let lists = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    let paths = lists.filter_map(|list| list.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).ok());
    paths.flatten().filter_map(|path| Some(path.segments.last()?.ident.clone())).collect()
}

/// Where serde is, for the derives that are added.
fn serde_of(attributes: &[Attribute]) -> Option<TokenStream> {
    let known = derived(attributes);
    let all = ["Serialize", "Deserialize"].into_iter().all(|name| known.iter().any(|k| k == name));
    if all { None } else { serde_crate(attributes) }
}

/// Serde's derives find serde through us, unless the user says where it is.
pub(crate) fn serde_crate(attributes: &[Attribute]) -> Option<TokenStream> {
    let said = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let said = said.into_iter().any(|attribute| attribute.to_token_stream().to_string().contains("crate ="));
    (!said).then(|| quote!(#[serde(crate = "::workflows_runtime::__private::serde")]))
}

fn implementation(name: &Ident) -> TokenStream {
    let text = name.unraw().to_string();
    quote! {
        #[automatically_derived]
        impl ::workflows_runtime::Event for #name {
            const NAME: &'static str = #text;
            const KEY: ::workflows_runtime::__private::EventKey = ::workflows_runtime::__private::EventKey::new(
                #text,
                ::core::module_path!(),
                ::core::line!(),
                ::core::column!(),
            );
        }
    }
}
