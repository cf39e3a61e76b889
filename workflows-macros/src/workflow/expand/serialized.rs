//! How the event enum is serialized. Serde's derive would add `#[allow(..)]`s that a user's crate may forbid.

use super::{Expansion, literal};
use crate::workflow::graph::EventInput;
use proc_macro2::TokenStream;
use quote::quote;

impl Expansion<'_> {
    pub(crate) fn serialized_events(&self) -> TokenStream {
        let names = self.inputs.iter().map(|EventInput { variant, .. }| variant.to_string());
        let mut written = Vec::new();
        let mut read = Vec::new();
        for (number, EventInput { variant, .. }) in self.inputs.iter().enumerate() {
            let number = literal(number);
            written.push(quote! {
                Self::#variant(__event) => __p::serialize_event::<Self, _, _>(__serializer, #number, __event)
            });
            read.push(quote! {
                #number => __p::Result::map(__p::serde::de::VariantAccess::newtype_variant(__event), Self::#variant)
            });
        }
        let serialized = if written.is_empty() { quote!(match *self {}) } else { quote!(match self { #(#written,)* }) };
        quote! {
            impl __p::EventEnum for __Event {
                const VARIANTS: &'static [&'static ::core::primitive::str] = &[#(#names),*];

                fn deserialize_variant<'de, __A: __p::serde::de::VariantAccess<'de>>(
                    __number: ::core::primitive::usize,
                    __event: __A,
                ) -> __p::Option<__p::Result<Self, __A::Error>> {
                    __p::Option::Some(match __number {
                        #(#read,)*
                        _ => return __p::Option::None,
                    })
                }
            }

            #[automatically_derived]
            impl __p::serde::Serialize for __Event {
                fn serialize<__S: __p::serde::Serializer>(
                    &self,
                    __serializer: __S,
                ) -> __p::Result<__S::Ok, __S::Error> {
                    #serialized
                }
            }

            #[automatically_derived]
            impl<'de> __p::serde::Deserialize<'de> for __Event {
                fn deserialize<__D: __p::serde::Deserializer<'de>>(
                    __deserializer: __D,
                ) -> __p::Result<Self, __D::Error> {
                    __p::deserialize_event(__deserializer)
                }
            }
        }
    }
}
