//! `#[event]`: derives the traits of an event.

use crate::{declaration::BrokenDeclaration, errors::Errors, lints, options, runtime, source, types};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, DeriveInput, GenericParam, Ident, Meta, Path, Token, ext::IdentExt, punctuated::Punctuated};

pub(crate) fn expand(list: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let has_path = runtime::path(&list).is_some();
    options::entries(list, "event", &[], &mut errors);
    let Ok(mut event) = syn::parse2::<DeriveInput>(item.clone()) else {
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
    let derived = Derived::of(&event.attrs);
    let rest = derived.others();
    let serde = derived.serde(&event.attrs);
    if has_path && serde.is_none() {
        // For the derives of the prelude, which the user wrote above.
        let path = serde_crate(&event.attrs);
        let attribute = path.map(|path| -> Attribute { syn::parse_quote!(#path) });
        event.attrs.extend(attribute);
    }
    let implementation = if errors.is_empty() {
        implementation(&event.ident, &lints::allowed(&event.attrs))
    } else {
        TokenStream::new()
    };
    let errors = errors.into_tokens();
    quote! {
        #errors
        #rest
        #serde
        #event
        #implementation
    }
}

/// An event with a syntax error, which rustc reports. It has all traits, so nothing else is reported about it.
fn expand_broken(event: &BrokenDeclaration, errors: Errors) -> TokenStream {
    let BrokenDeclaration { name, attributes, tokens } = event;
    let errors = errors.into_tokens();
    let implementation = implementation(name, &lints::allowed(attributes));
    let mut stand_ins = TokenStream::new();
    for Missing { name: derive, condition } in Derived::of(attributes).missing() {
        let condition = condition.map(|condition| quote!(#[cfg(#condition)]));
        let stand_in = stand_in(name, derive);
        stand_ins.extend(quote!(#condition #stand_in));
    }
    quote! {
        #errors
        #tokens
        #stand_ins
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

/// A trait that the user derives, and the conditions of the `cfg_attr`s around the derive.
struct Derive {
    name: Ident,
    conditions: Vec<TokenStream>,
}

/// A trait that the user does not derive, perhaps only under a condition.
struct Missing {
    name: &'static str,
    condition: Option<TokenStream>,
}

/// The traits that the user derives, above or below `#[event]`.
struct Derived(Vec<Derive>);

impl Derived {
    fn of(below: &[Attribute]) -> Self {
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
        } else if list.path.is_ident("cfg_attr") {
            let metas = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default();
            let mut metas = metas.iter();
            let Some(condition) = metas.next() else { return };
            let mut conditions = conditions.to_vec();
            conditions.push(condition.to_token_stream());
            for meta in metas {
                self.add(meta, &conditions);
            }
        }
    }

    /// Whether the user derives the trait under every configuration.
    fn always(&self, name: &str) -> bool {
        self.0.iter().any(|derive| derive.name == name && derive.conditions.is_empty())
    }

    /// The traits that the user does not derive.
    fn missing(&self) -> Vec<Missing> {
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

    /// The derives that the user did not write, each under the conditions in which there is none.
    fn others(&self) -> TokenStream {
        let mut paths = Vec::new();
        let mut conditional = TokenStream::new();
        for Missing { name, condition } in self.missing() {
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
        quote!(#[derive(#(#paths),*)] #conditional)
    }

    /// The path to serde, for the derives that are added.
    fn serde(&self, attributes: &[Attribute]) -> Option<TokenStream> {
        let all = self.always("Serialize") && self.always("Deserialize");
        if all { None } else { serde_crate(attributes) }
    }
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

fn implementation(name: &Ident, allowed: &TokenStream) -> TokenStream {
    let text = name.unraw().to_string();
    quote! {
        #[automatically_derived]
        #allowed
        impl ::workflows_runtime::__private::Sealed for #name {}

        #[automatically_derived]
        #allowed
        impl ::workflows_runtime::Event for #name {
            const NAME: &'static str = #text;
        }

        #[automatically_derived]
        #allowed
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
