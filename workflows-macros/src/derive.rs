//! Serde's derives for users without a `serde` dependency: they are applied to a copy of the type, as a
//! remote derive with the path to our serde.

use crate::event::serde_crate;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, Data, DeriveInput, Fields, ext::IdentExt, parse_quote};

pub(crate) fn serialize(item: TokenStream) -> TokenStream {
    with_remote(item, &format_ident!("Serialize"), |remote, item| {
        let name = &item.ident;
        let generics = bounded(item, &parse_quote!(__serde::Serialize));
        let (impl_generics, type_generics, wheres) = generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #impl_generics __serde::Serialize for #name #type_generics #wheres {
                fn serialize<__S: __serde::Serializer>(
                    &self,
                    serializer: __S,
                ) -> ::core::result::Result<__S::Ok, __S::Error> {
                    #remote::serialize(self, serializer)
                }
            }
        }
    })
}

pub(crate) fn deserialize(item: TokenStream) -> TokenStream {
    with_remote(item, &format_ident!("Deserialize"), |remote, item| {
        let name = &item.ident;
        let (_, type_generics, _) = item.generics.split_for_impl();
        let mut generics = bounded(item, &parse_quote!(__serde::Deserialize<'de>));
        generics.params.insert(0, parse_quote!('de));
        let (impl_generics, _, wheres) = generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #impl_generics __serde::Deserialize<'de> for #name #type_generics #wheres {
                fn deserialize<__D: __serde::Deserializer<'de>>(
                    deserializer: __D,
                ) -> ::core::result::Result<Self, __D::Error> {
                    #remote::deserialize(deserializer)
                }
            }
        }
    })
}

fn with_remote(
    item: TokenStream,
    derive: &Ident,
    implement: impl Fn(&Ident, &DeriveInput) -> TokenStream,
) -> TokenStream {
    let item: DeriveInput = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return error.to_compile_error(),
    };
    let name = format_ident!("__{}", item.ident.unraw());
    let remote = remote(&item, &name);
    let path = serde_crate(&item.attrs);
    let of = item.ident.to_string();
    let implementation = implement(&name, &item);
    quote! {
        const _: () = {
            use ::workflows_runtime::__private::serde as __serde;
            #[allow(dead_code)]
            #[derive(__serde::#derive)]
            #path
            #[serde(remote = #of)]
            #remote
            #implementation
        };
    }
}

/// The item under another name, without attributes other than serde's.
fn remote(item: &DeriveInput, name: &Ident) -> DeriveInput {
    let mut remote = item.clone();
    remote.ident = name.clone();
    keep_serde(&mut remote.attrs);
    match &mut remote.data {
        Data::Struct(data) => fields(&mut data.fields),
        Data::Enum(data) => {
            for variant in &mut data.variants {
                keep_serde(&mut variant.attrs);
                fields(&mut variant.fields);
            }
        }
        Data::Union(_) => {}
    }
    remote
}

fn fields(fields: &mut Fields) {
    for field in fields {
        keep_serde(&mut field.attrs);
    }
}

fn keep_serde(attributes: &mut Vec<Attribute>) {
    attributes.retain(|attribute| attribute.path().is_ident("serde"));
}

fn bounded(item: &DeriveInput, bound: &syn::TypeParamBound) -> syn::Generics {
    let mut generics = item.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(bound.clone());
    }
    generics
}
