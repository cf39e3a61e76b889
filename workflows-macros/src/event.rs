//! `#[event]`: derives the traits of an event.

use crate::{errors::Errors, options, types};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, DeriveInput, GenericParam, Ident, Path, Token, ext::IdentExt, punctuated::Punctuated};

pub(crate) fn expand(list: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    options::entries(list, "event", &[], &mut errors);
    let Ok(event) = syn::parse2::<DeriveInput>(item.clone()) else {
        errors.refuse(
            &item,
            "W025",
            "`#[event]` can only be used on a struct or an enum",
            "move it to the declaration of the type",
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
    let implementation = if errors.is_empty() { implementation(&event.ident) } else { TokenStream::new() };
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
        &format!("event `{}` is a union, but an event must be `Clone` and serializable", event.ident),
        "make it a struct or an enum",
    );
}

/// W015: an event is one type with one name.
fn check(event: &DeriveInput, errors: &mut Errors) {
    let name = &event.ident;
    let parameters = &event.generics.params;
    if parameters.is_empty() {
        return;
    }
    if parameters.iter().all(|parameter| matches!(parameter, GenericParam::Lifetime(_))) {
        let problem = format!("event `{name}` borrows (`{}`), but a run owns its events", types::text(parameters));
        errors.refuse(parameters, "W015", &problem, "own the data, such as `String` for `&'a str`");
    } else {
        let problem = format!("event `{name}` is generic, but an event is one type with one name");
        errors.refuse(parameters, "W015", &problem, "declare one event for each concrete type, or an enum");
    }
}

/// The derives that the user did not write.
fn derives(attributes: &[Attribute]) -> TokenStream {
    let known = derived(attributes);
    let mut paths = Vec::new();
    for name in ["Clone", "Debug", "Serialize", "Deserialize"] {
        if known.iter().any(|known| known == name) {
            continue;
        }
        paths.push(match name {
            "Clone" => quote!(::core::clone::Clone),
            "Debug" => quote!(::core::fmt::Debug),
            "Serialize" => quote!(::workflows_runtime::__private::serde::Serialize),
            _ => quote!(::workflows_runtime::__private::serde::Deserialize),
        });
    }
    quote!(#[derive(#(#paths),*)])
}

/// The names of the traits that the item derives.
fn derived(attributes: &[Attribute]) -> Vec<Ident> {
    let mut derived = Vec::new();
    for attribute in attributes {
        if !attribute.path().is_ident("derive") {
            continue;
        }
        let paths = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).unwrap_or_default();
        for path in paths {
            derived.extend(path.segments.last().map(|last| last.ident.clone()));
        }
    }
    derived
}

/// The path to serde, for the derives that are added.
fn serde_of(attributes: &[Attribute]) -> Option<TokenStream> {
    let known = derived(attributes);
    let all = ["Serialize", "Deserialize"].into_iter().all(|name| known.iter().any(|k| k == name));
    if all { None } else { serde_crate(attributes) }
}

/// The path to our serde, unless the user wrote one.
pub(crate) fn serde_crate(attributes: &[Attribute]) -> Option<TokenStream> {
    for attribute in attributes {
        if attribute.path().is_ident("serde") && attribute.to_token_stream().to_string().contains("crate =") {
            return None;
        }
    }
    Some(quote!(#[serde(crate = "::workflows_runtime::__private::serde")]))
}

fn implementation(name: &Ident) -> TokenStream {
    let text = name.unraw().to_string();
    quote! {
        #[automatically_derived]
        impl ::workflows_runtime::__private::Sealed for #name {}

        #[automatically_derived]
        impl ::workflows_runtime::Event for #name {
            const NAME: &'static str = #text;
        }

        #[automatically_derived]
        impl ::workflows_runtime::__private::Keyed for #name {
            const KEY: ::workflows_runtime::__private::EventKey = ::workflows_runtime::__private::EventKey::new(
                #text,
                ::core::module_path!(),
                ::core::line!(),
                ::core::column!(),
            );
        }
    }
}
