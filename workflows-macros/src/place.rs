//! Where generated tokens are placed.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};

/// Gives all tokens one span, as if the user had written them there.
pub(crate) fn spanned(tokens: TokenStream, span: Span) -> TokenStream {
    let mut spanned_tokens = TokenStream::new();
    for token in tokens {
        let token = match token {
            TokenTree::Group(group) => {
                let mut new = Group::new(group.delimiter(), spanned(group.stream(), span));
                new.set_span(span);
                TokenTree::Group(new)
            }
            // Resolves by its span.
            TokenTree::Ident(mut ident) if ident == "$crate" => {
                ident.set_span(ident.span().located_at(span));
                TokenTree::Ident(ident)
            }
            mut token => {
                token.set_span(span);
                token
            }
        };
        spanned_tokens.extend([token]);
    }
    spanned_tokens
}

/// An item around `middle` that begins and ends where `place` does.
///
/// Its parts resolve as at the attribute: rustc would suggest type parameters for an item of the user.
pub(crate) fn item_at(place: &impl ToTokens, begin: TokenStream, middle: &TokenStream) -> TokenStream {
    let (first, last) = ends(place);
    let begin = spanned(begin, Span::call_site().located_at(first));
    let last = Span::call_site().located_at(last);
    quote_spanned!(last=> #begin #middle;)
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
