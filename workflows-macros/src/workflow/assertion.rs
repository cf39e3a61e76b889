//! Assertions of generated code, with the span of the user's tokens.

use super::place::{ends, spanned};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote_spanned};

/// Requires `trait_` of `ty`, with `place` as the span of the error.
///
/// An expression's span is from its first to its last token: these have the spans of the first and the last token
/// of `place`.
pub(crate) fn assert_impl(place: &impl ToTokens, ty: TokenStream, trait_: &TokenStream) -> TokenStream {
    let (first, last) = ends(place);
    let ty = spanned(ty, last);
    let trait_ = spanned(trait_.clone(), last);
    // The first token of the type, which is always `__p`.
    let ty = ty.into_iter().skip(1);
    let p = Ident::new("__p", first);
    quote_spanned!(last=> <#p #(#ty)* as __p::#trait_>::IS)
}
