//! Declarations of types with syntax errors, which rustc reports itself.
//!
//! They are emitted as written, with the implementations that the rest of the program needs: else every use of the
//! type would be an error, too.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, parse::Parser};

/// A struct or an enum that could not be parsed.
pub(crate) struct BrokenDeclaration {
    pub(crate) name: Ident,
    pub(crate) attributes: Vec<Attribute>,
    /// The declaration as written, without attributes of serde, which need its derives.
    pub(crate) tokens: TokenStream,
}

impl BrokenDeclaration {
    /// Reads a declaration without type parameters, as far as possible.
    pub(crate) fn of(tokens: &TokenStream) -> Option<Self> {
        let mut before = TokenStream::new();
        let mut rest = tokens.clone().into_iter();
        loop {
            match rest.next()? {
                TokenTree::Ident(keyword) if keyword == "struct" || keyword == "enum" => break,
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return None,
                token => before.extend([token]),
            }
        }
        let TokenTree::Ident(name) = rest.next()? else { return None };
        if matches!(rest.next()?, TokenTree::Punct(punct) if punct.as_char() == '<') {
            return None;
        }
        let parser = |input: syn::parse::ParseStream<'_>| {
            let attributes = Attribute::parse_outer(input)?;
            input.parse::<TokenStream>()?;
            Ok(attributes)
        };
        let attributes = parser.parse2(before).unwrap_or_default();
        let tokens = without_attribute(tokens.clone(), "serde").unwrap_or_else(|| tokens.clone());
        Some(Self { name, attributes, tokens })
    }
}

/// Replaces the contents of attributes with this name, which cannot be expanded beside a syntax error. An attribute
/// remains, because the message of rustc may name its `#`. Returns `None` if there is none of them.
pub(crate) fn without_attribute(tokens: TokenStream, name: &str) -> Option<TokenStream> {
    let mut kept = TokenStream::new();
    let mut is_replaced = false;
    let mut follows_hash = false;
    for token in tokens {
        let is_hash = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#');
        kept.extend([match token {
            TokenTree::Group(group) => {
                let is_attribute = follows_hash && last_segment(group.stream()).is_some_and(|last| last == name);
                let stream =
                    if is_attribute { Some(quote!(allow(unused))) } else { without_attribute(group.stream(), name) };
                is_replaced |= stream.is_some();
                TokenTree::Group(with_stream(group, stream))
            }
            token => token,
        }]);
        follows_hash = is_hash;
    }
    is_replaced.then_some(kept)
}

/// The last segment of an attribute's path.
fn last_segment(attribute: TokenStream) -> Option<Ident> {
    let mut last = None;
    for token in attribute {
        match token {
            TokenTree::Ident(ident) => last = Some(ident),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            _ => break,
        }
    }
    last
}

/// The group with other contents. It is built anew only if they differ: a new one has one span, where rustc
/// distinguishes the delimiters.
fn with_stream(group: Group, stream: Option<TokenStream>) -> Group {
    let Some(stream) = stream else { return group };
    let mut new = Group::new(group.delimiter(), stream);
    new.set_span(group.span());
    new
}
