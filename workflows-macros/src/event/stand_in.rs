//! Implementations in place of derives, for an event with a syntax error.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// An implementation in place of a derive.
pub(super) fn stand_in(name: &Ident, derive: &str) -> TokenStream {
    let problem = format!("the declaration of `{name}` has syntax that `#[event]` cannot parse");
    // Evaluated when code is generated for a type, which rustc does not reach if it has reported the syntax error.
    let refuse = quote! {
        fn __refuse<__T>() -> ! {
            const { ::core::panic!(#problem) }
        }
        __refuse::<()>()
    };
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
