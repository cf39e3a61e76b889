//! Assertions of generated code, with the span of the user's tokens.

use crate::place::{ends, item_at, spanned};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

/// Requires `trait_` of `ty`, with `place` as the span of the error.
///
/// An expression's span is from its first to its last token: these have the spans of the first and the last token
/// of `place`.
pub(crate) fn assert_impl(place: &impl ToTokens, ty: TokenStream, trait_: &TokenStream) -> TokenStream {
    assert_at(place, ty, quote!(__p::#trait_))
}

/// As [`assert_impl`], of a trait in scope.
pub(crate) fn assert_at(place: &impl ToTokens, ty: TokenStream, trait_: TokenStream) -> TokenStream {
    let (first, last) = ends(place);
    let ty = spanned(ty, last);
    let trait_ = spanned(trait_, last);
    // The first token of the type, which is always `__p`.
    let ty = ty.into_iter().skip(1);
    let p = Ident::new("__p", first);
    quote_spanned!(last=> <#p #(#ty)* as #trait_>::IS)
}

/// A constant that is `true` if the [assertion](assert_impl) holds, and else an error.
///
/// The compiler reports that error once. It accepts every type that depends on the constant, and reports nothing
/// about code that uses such a type.
pub(crate) fn named_assertion(place: &impl ToTokens, name: &Ident, assertion: &TokenStream) -> TokenStream {
    let last = ends(place).1;
    let value = quote_spanned!(last=> { let () = #assertion; true });
    item_at(place, quote!(const #name: ::core::primitive::bool =), &value)
}

/// An item that calls a check of the runtime with a constant that the user wrote as the value of an option.
pub(crate) fn check_constant(expr: &impl ToTokens, check: &str) -> TokenStream {
    let (first, last) = ends(expr);
    let p = Ident::new("__p", first);
    let check = Ident::new(&format!("check_{check}"), last);
    item_at(expr, quote!(const _: () =), &quote_spanned!(last=> #p::#check(#expr)))
}
