//! The traits of an event with checked fields, in place of derives.

use super::{derived::Derived, fields::Checked};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Data, Fields, Member, Path, Visibility, ext::IdentExt, parse_quote};

impl Checked<'_> {
    /// The derives that remain: of the traits that are not required of the fields.
    pub(super) fn derives(&self, derived: &Derived) -> TokenStream {
        derived.others_but(|name| self.required.has(name))
    }

    /// The implementations in place of derives.
    pub(super) fn traits(&self) -> TokenStream {
        let clone = self.required.has("Clone").then(|| self.clone());
        let debug = self.required.has("Debug").then(|| self.debug());
        let serde = self.serde();
        quote!(#clone #debug #serde)
    }

    fn clone(&self) -> TokenStream {
        let name = &self.event.ident;
        let arms = self.arms(&quote!(Self), |path, fields| {
            let members = fields
                .iter()
                .map(|Bound { member, variable, ty }| quote!(#member: <#ty as ::core::clone::Clone>::clone(#variable)));
            quote!(#path { #(#members),* })
        });
        quote! {
            #[automatically_derived]
            impl ::core::clone::Clone for #name {
                #[inline]
                fn clone(&self) -> Self {
                    match self { #arms }
                }
            }
        }
    }

    fn debug(&self) -> TokenStream {
        let name = &self.event.ident;
        let arms = self.arms(&quote!(Self), |path, fields| {
            let shown = path.segments.last().map_or_else(String::new, |last| last.ident.unraw().to_string());
            let shown = if shown == "Self" { name.unraw().to_string() } else { shown };
            let Some(Bound { member, .. }) = fields.first() else {
                return quote!(::core::fmt::Formatter::write_str(__f, #shown));
            };
            let builder = if matches!(member, Member::Named(_)) { "debug_struct" } else { "debug_tuple" };
            let builder = format_ident!("{builder}");
            let calls = fields.iter().map(|Bound { member, variable, ty }| {
                let value = quote!(__p::debugged::<#ty>(#variable));
                match member {
                    Member::Named(name) => {
                        let name = name.unraw().to_string();
                        quote!(.field(#name, #value))
                    }
                    Member::Unnamed(_) => quote!(.field(#value)),
                }
            });
            quote!(::core::fmt::Formatter::#builder(__f, #shown) #(#calls)* .finish())
        });
        quote! {
            #[automatically_derived]
            impl ::core::fmt::Debug for #name {
                fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self { #arms }
                }
            }
        }
    }

    fn serde(&self) -> TokenStream {
        let serialize = self.required.has("Serialize").then(|| self.serialize());
        let deserialize = self.required.has("Deserialize").then(|| self.deserialize());
        quote!(#serialize #deserialize)
    }

    /// Serializes a copy that refers to the fields.
    fn serialize(&self) -> TokenStream {
        let name = &self.event.ident;
        let copy = self.copy(&quote!(<'__a>), |ty| quote!(&'__a #ty));
        let arms = self.arms(&quote!(Self), |path, fields| {
            let value = moved(&renamed(path, name), fields);
            quote!(__p::serde::Serialize::serialize(&#value, __serializer))
        });
        quote! {
            #[automatically_derived]
            impl __p::serde::Serialize for #name {
                fn serialize<__S: __p::serde::Serializer>(
                    &self,
                    __serializer: __S,
                ) -> ::core::result::Result<__S::Ok, __S::Error> {
                    #[derive(__p::serde::Serialize)]
                    #copy
                    match self { #arms }
                }
            }
        }
    }

    /// Deserializes a copy, and moves its fields.
    fn deserialize(&self) -> TokenStream {
        let name = &self.event.ident;
        let copy = self.copy(&TokenStream::new(), ToTokens::to_token_stream);
        let arms = self.arms(&name.to_token_stream(), |path, fields| {
            let value = moved(&renamed(path, &format_ident!("Self")), fields);
            quote!(::core::result::Result::Ok(#value))
        });
        quote! {
            #[automatically_derived]
            impl<'de> __p::serde::Deserialize<'de> for #name {
                fn deserialize<__D: __p::serde::Deserializer<'de>>(
                    __deserializer: __D,
                ) -> ::core::result::Result<Self, __D::Error> {
                    #[derive(__p::serde::Deserialize)]
                    #copy
                    match __p::serde::Deserialize::deserialize(__deserializer)? { #arms }
                }
            }
        }
    }

    /// The declaration with the checked types, for the body of a method, where it hides the event: formats and
    /// errors contain its name.
    fn copy(&self, parameters: &TokenStream, of: impl Fn(&TokenStream) -> TokenStream) -> TokenStream {
        let mut copy = self.event.clone();
        copy.vis = Visibility::Inherited;
        copy.attrs = vec![parse_quote!(#[serde(crate = "::workflows_runtime::__private::serde")])];
        copy.generics = parse_quote!(#parameters);
        let mut number = 0;
        let mut replace = |fields: &mut Fields| {
            for field in fields {
                field.attrs.clear();
                field.vis = Visibility::Inherited;
                let ty = of(&self.field(number, &field.ty));
                field.ty = parse_quote!(#ty);
                number += 1;
            }
        };
        match &mut copy.data {
            Data::Struct(data) => replace(&mut data.fields),
            Data::Enum(data) => {
                for variant in &mut data.variants {
                    variant.attrs.clear();
                    variant.discriminant = None;
                    replace(&mut variant.fields);
                }
            }
            Data::Union(_) => {}
        }
        quote!(#copy)
    }

    /// The arms of a `match`: one for the struct, or one for each variant.
    fn arms(&self, of: &TokenStream, arm: impl Fn(&Path, &[Bound]) -> TokenStream) -> TokenStream {
        let mut number = 0;
        let mut one = |path: Path, fields: &Fields| {
            let mut bound = Vec::new();
            for (member, field) in fields.members().zip(fields) {
                let variable = format_ident!("__field{number}");
                bound.push(Bound { member, variable, ty: self.field(number, &field.ty) });
                number += 1;
            }
            let patterns = bound.iter().map(|Bound { member, variable, .. }| quote!(#member: #variable));
            let body = arm(&path, &bound);
            quote!(#path { #(#patterns),* } => #body)
        };
        let arms: Vec<_> = match &self.event.data {
            Data::Struct(data) => vec![one(parse_quote!(#of), &data.fields)],
            Data::Enum(data) => {
                let variants = data.variants.iter();
                let name = |variant: &syn::Variant| -> Path {
                    let name = &variant.ident;
                    parse_quote!(#of::#name)
                };
                variants.map(|variant| one(name(variant), &variant.fields)).collect()
            }
            Data::Union(_) => Vec::new(),
        };
        quote!(#(#arms),*)
    }
}

/// A field of a pattern.
struct Bound {
    member: Member,
    variable: Ident,
    ty: TokenStream,
}

/// The path with another first segment.
fn renamed(path: &Path, first: &Ident) -> Path {
    let mut path = path.clone();
    if let Some(segment) = path.segments.first_mut() {
        segment.ident = first.clone();
    }
    path
}

/// A value with the fields of a pattern.
fn moved(path: &Path, fields: &[Bound]) -> TokenStream {
    let members = fields.iter().map(|Bound { member, variable, .. }| quote!(#member: #variable));
    quote!(#path { #(#members),* })
}
