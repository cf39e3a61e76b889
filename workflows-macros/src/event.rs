//! `#[event]`: derives the traits of an event.

use crate::{declaration::BrokenDeclaration, errors::Errors, options, types};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, DeriveInput, GenericParam, Ident, Path, Token, ext::IdentExt, punctuated::Punctuated};

pub(crate) fn expand(list: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    options::entries(list, "event", &[], &mut errors);
    let Ok(event) = syn::parse2::<DeriveInput>(item.clone()) else {
        if let Some(declaration) = BrokenDeclaration::of(&item) {
            return expand_broken(&declaration, errors);
        }
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

/// An event with a syntax error, which rustc reports. It has all traits, so nothing else is reported about it.
fn expand_broken(event: &BrokenDeclaration, errors: Errors) -> TokenStream {
    let BrokenDeclaration { name, attributes, tokens } = event;
    let errors = errors.into_tokens();
    let implementation = implementation(name);
    let stand_ins = missing(attributes).into_iter().map(|derive| stand_in(name, derive));
    quote! {
        #errors
        #tokens
        #(#stand_ins)*
        #implementation
    }
}

/// An implementation in place of a derive.
fn stand_in(name: &Ident, derive: &str) -> TokenStream {
    let problem = format!("the declaration of `{name}` has syntax that `#[event]` cannot parse");
    // Evaluated when code is generated, which rustc does not reach if it has reported the syntax error.
    let refuse = quote!(const { ::core::panic!(#problem) });
    match derive {
        "Clone" => quote! {
            impl ::core::clone::Clone for #name {
                fn clone(&self) -> Self {
                    #refuse
                }
            }
        },
        "Debug" => quote! {
            impl ::core::fmt::Debug for #name {
                fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    #refuse
                }
            }
        },
        "Serialize" => quote! {
            impl ::workflows_runtime::__private::serde::Serialize for #name {
                fn serialize<__S: ::workflows_runtime::__private::serde::Serializer>(
                    &self,
                    _: __S,
                ) -> ::core::result::Result<__S::Ok, __S::Error> {
                    #refuse
                }
            }
        },
        _ => quote! {
            impl<'de> ::workflows_runtime::__private::serde::Deserialize<'de> for #name {
                fn deserialize<__D: ::workflows_runtime::__private::serde::Deserializer<'de>>(
                    _: __D,
                ) -> ::core::result::Result<Self, __D::Error> {
                    #refuse
                }
            }
        },
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
fn missing(attributes: &[Attribute]) -> Vec<&'static str> {
    let known = derived(attributes);
    let mut missing = vec!["Clone", "Debug", "Serialize", "Deserialize"];
    missing.retain(|name| !known.iter().any(|known| known == name));
    missing
}

fn derives(attributes: &[Attribute]) -> TokenStream {
    let mut paths = Vec::new();
    for name in missing(attributes) {
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
