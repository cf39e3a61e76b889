//! Serde's derives for users without a `serde` dependency: they are applied to a copy of the type, as a
//! remote derive with the path to our serde.

use crate::runtime;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Attribute, Data, DeriveInput, Fields, Meta, Visibility, ext::IdentExt, parse_quote};

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
        if is_bound_by_default(item) {
            generics.make_where_clause().predicates.push(parse_quote!(#name #type_generics: ::core::default::Default));
        }
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
    // Serde's own names are `__S`, `__Field` and the like.
    let name = format_ident!("__CopyOf{}", item.ident.unraw());
    let mut remote = remote(&item, &name);
    if is_bound_by_default(&item) {
        remote.attrs.push(bound_by_default(&item));
    }
    let path = serde_crate(&item.attrs);
    let serde = serde_path(&item.attrs);
    let of = item.ident.to_string();
    // Formats that contain the name of a type contain the user's.
    let written = item.ident.unraw().to_string();
    let rename = (!is_renamed(&item.attrs)).then(|| quote!(#[serde(rename = #written)]));
    let implementation = implement(&name, &item);
    quote! {
        const _: () = {
            use #serde as __serde;
            #[derive(__serde::#derive)]
            #path
            #[serde(remote = #of)]
            #rename
            #remote
            #implementation
        };
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

/// The path in `#[serde(crate = "..")]`, or that of our serde.
fn serde_path(attributes: &[Attribute]) -> TokenStream {
    for attribute in attributes {
        if let Meta::List(list) = &attribute.meta
            && attribute.path().is_ident("serde")
            && let Some(Ok(path)) = runtime::path(&list.tokens)
        {
            return path.to_token_stream();
        }
    }
    quote!(::workflows_runtime::__private::serde)
}

/// Whether the container has the option `rename`.
fn is_renamed(attributes: &[Attribute]) -> bool {
    let names_it = |attribute: &Attribute| match &attribute.meta {
        Meta::List(list) => list.tokens.clone().into_iter().any(|token| token.to_string() == "rename"),
        _ => false,
    };
    attributes.iter().any(names_it)
}

/// The item under another name, without attributes other than serde's.
fn remote(item: &DeriveInput, name: &Ident) -> DeriveInput {
    let mut remote = item.clone();
    remote.ident = name.clone();
    remote.vis = Visibility::Inherited;
    keep_serde(&mut remote.attrs);
    remote.attrs.iter_mut().for_each(name_default);
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

/// Replaces the option `default` of the container: serde would require that the copy implements `Default`.
fn name_default(attribute: &mut Attribute) {
    let Meta::List(list) = &mut attribute.meta else { return };
    let mut tokens = TokenStream::new();
    let mut rest = list.tokens.clone().into_iter().peekable();
    while let Some(token) = rest.next() {
        let is_default = matches!(&token, TokenTree::Ident(ident) if ident == "default");
        let has_value = matches!(rest.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == '=');
        let span = token.span();
        tokens.extend([token]);
        if is_default && !has_value {
            tokens.extend(quote_spanned!(span=> = "::core::default::Default::default"));
        }
    }
    list.tokens = tokens;
}

/// Whether the container has the option `default` and type parameters, on which its `Default` may depend.
fn is_bound_by_default(item: &DeriveInput) -> bool {
    let mut is_default = false;
    for attribute in &item.attrs {
        let Meta::List(list) = &attribute.meta else { continue };
        if !attribute.path().is_ident("serde") {
            continue;
        }
        for token in list.tokens.clone() {
            match token {
                // The user's own bounds replace ours.
                TokenTree::Ident(option) if option == "bound" => return false,
                TokenTree::Ident(option) if option == "default" => is_default = true,
                _ => {}
            }
        }
    }
    is_default && item.generics.type_params().next().is_some()
}

/// The bounds of `Deserialize` for the copy, including that the type itself implements `Default`.
fn bound_by_default(item: &DeriveInput) -> Attribute {
    let name = &item.ident;
    let (_, type_generics, _) = item.generics.split_for_impl();
    let parameters = item.generics.type_params().map(|parameter| &parameter.ident);
    let bounds = quote! {
        #(#parameters: __serde::Deserialize<'de>,)*
        #name #type_generics: ::core::default::Default
    };
    let bounds = bounds.to_string();
    parse_quote!(#[serde(bound(deserialize = #bounds))])
}

fn bounded(item: &DeriveInput, bound: &syn::TypeParamBound) -> syn::Generics {
    let mut generics = item.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(bound.clone());
    }
    generics
}
