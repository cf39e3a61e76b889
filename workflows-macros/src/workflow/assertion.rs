//! Assertions of generated code, with the span of the user's tokens.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

/// An item that does not compile, with an error at `span_of`, unless `ty` implements `trait_`. It compiles
/// anyway if `is_fine`, a constant expression, is true.
pub(crate) fn assert_impl(
    span_of: &Type,
    ty: &impl ToTokens,
    trait_: &impl ToTokens,
    is_fine: &impl ToTokens,
) -> TokenStream {
    let (first, last) = ends(span_of);
    let p = Ident::new("__p", first);
    // Only the expression has the user's span. For an item, the compiler would suggest type parameters.
    let is = quote_spanned!(last=> <#p::Doubtful<#ty, { #is_fine }> as __p::#trait_>::IS);
    quote!(const _: () = #is;)
}

/// The spans of the first and the last token.
pub(crate) fn ends(tokens: &impl ToTokens) -> (Span, Span) {
    let mut spans = tokens.to_token_stream().into_iter().map(|token| match token {
        TokenTree::Group(group) => (group.span_open(), group.span_close()),
        token => (token.span(), token.span()),
    });
    let (first, end) = spans.next().unwrap_or((Span::call_site(), Span::call_site()));
    let last = match spans.last() {
        Some((_, last)) => last,
        None => end,
    };
    (first, last)
}
