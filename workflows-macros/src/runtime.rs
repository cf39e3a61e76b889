//! The path of the runtime: `::workflows_runtime`, or that of the option `crate`.
//!
//! Generated code names `::workflows_runtime`. If an attribute has the option `crate = "path"`, the path replaces it
//! in the whole expansion, so no other part of the macros knows about the option.

use crate::errors::refusal;
use proc_macro2::{Group, Ident, Literal, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{LitStr, Path};

const NAME: &str = "workflows_runtime";
/// Takes the place of the name where the user wrote it.
const USERS: &str = "__workflows_runtime_of_the_user";

/// Expands an attribute, and replaces the path of the runtime if its options name one.
pub(crate) fn expand(
    options: TokenStream,
    item: TokenStream,
    attribute: impl FnOnce(TokenStream, TokenStream) -> TokenStream,
) -> TokenStream {
    match path(&options) {
        None => attribute(options, item),
        Some(Ok(path)) => expand_at(&path.into_token_stream(), item, |item| attribute(options, item)),
        Some(Err(error)) => {
            let error = error.to_compile_error();
            quote!(#error #item)
        }
    }
}

/// Expands an item with another path of the runtime.
pub(crate) fn expand_at(
    path: &TokenStream,
    item: TokenStream,
    attribute: impl FnOnce(TokenStream) -> TokenStream,
) -> TokenStream {
    if path.to_string() == quote!(::workflows_runtime).to_string() {
        return attribute(item);
    }
    let item = rename(item, NAME, USERS);
    rename(replace(attribute(item), path), USERS, NAME)
}

/// The path in the option `crate`, if there is one.
pub(crate) fn path(options: &TokenStream) -> Option<syn::Result<Path>> {
    let tokens: Vec<_> = options.clone().into_iter().collect();
    let at = option(&tokens)?;
    let value = tokens.get(at + 2).map(ToTokens::to_token_stream).unwrap_or_default();
    let parsed = syn::parse2::<LitStr>(value).and_then(|text| text.parse_with(Path::parse_mod_style));
    Some(parsed.map_err(|_| {
        let help = "write it like `crate = \"facade::workflows\"`";
        refusal(&tokens[at], "W018", "`crate` takes the path of `workflows_runtime` in quotes", help)
    }))
}

/// The options without `crate`.
pub(crate) fn without_path(options: TokenStream) -> TokenStream {
    let mut tokens: Vec<_> = options.into_iter().collect();
    while let Some(at) = option(&tokens) {
        // `crate = "path",`
        let end = tokens.len().min(at + 4);
        tokens.drain(at..end);
    }
    tokens.into_iter().collect()
}

/// The position of the option `crate`. In `timeout = crate::LIMIT`, and in a list of paths, `crate` is none.
fn option(tokens: &[TokenTree]) -> Option<usize> {
    let is_punct = |at: usize, c: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == c);
    tokens.iter().enumerate().position(|(at, token)| {
        let is_crate = matches!(token, TokenTree::Ident(ident) if ident == "crate");
        is_crate && (at == 0 || is_punct(at - 1, ',')) && !is_punct(at + 1, ':')
    })
}

/// Replaces `::workflows_runtime` in tokens, and in strings that begin with it.
fn replace(tokens: TokenStream, path: &TokenStream) -> TokenStream {
    let mut replaced: Vec<TokenTree> = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let mut new = Group::new(group.delimiter(), replace(group.stream(), path));
                new.set_span(group.span());
                replaced.push(new.into());
            }
            TokenTree::Ident(ident) if ident == NAME => {
                replaced.truncate(replaced.len().saturating_sub(2));
                replaced.extend(path.clone());
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                replaced.push(match text.strip_prefix("\"::workflows_runtime") {
                    Some(rest) => {
                        let path = path.to_string().replace(' ', "");
                        let mut new = Literal::string(&format!("{path}{}", rest.trim_end_matches('"')));
                        new.set_span(literal.span());
                        new.into()
                    }
                    None => literal.into(),
                });
            }
            token => replaced.push(token),
        }
    }
    replaced.into_iter().collect()
}

fn rename(tokens: TokenStream, from: &str, to: &str) -> TokenStream {
    let rename_one = |token| match token {
        TokenTree::Group(group) => {
            let mut new = Group::new(group.delimiter(), rename(group.stream(), from, to));
            new.set_span(group.span());
            new.into()
        }
        TokenTree::Ident(ident) if ident == from => Ident::new(to, ident.span()).into(),
        token => token,
    };
    tokens.into_iter().map(rename_one).collect()
}

#[cfg(test)]
mod tests {
    use super::{expand as expand_with, *};

    #[test]
    fn path_is_replaced_except_where_the_user_wrote_it() {
        let expand = |options, item| {
            expand_with(options, item, |_, item| quote!(#item ::workflows_runtime::A; "::workflows_runtime::B"))
        };
        let item = quote!(::workflows_runtime::X);
        let expected = quote!(::workflows_runtime::X facade::wf::A; "facade::wf::B");
        assert_eq!(expand(quote!(a = 1, crate = "facade::wf"), item.clone()).to_string(), expected.to_string());
        let expected = quote!(::workflows_runtime::X ::workflows_runtime::A; "::workflows_runtime::B");
        assert_eq!(expand(quote!(a = 1), item).to_string(), expected.to_string());
    }

    #[test]
    fn option_is_removed_with_its_comma() {
        assert_eq!(without_path(quote!(crate = "a", cpu, pool = "b")).to_string(), quote!(cpu, pool = "b").to_string());
        assert_eq!(without_path(quote!(crate = "a")).to_string(), "");
    }

    #[test]
    fn path_of_the_users_crate_is_no_option() {
        for options in [quote!(timeout = crate::LIMIT), quote!(crate::read), quote!(std, crate::read)] {
            assert!(path(&options).is_none(), "{options}");
            assert_eq!(without_path(options.clone()).to_string(), options.to_string());
        }
        assert!(path(&quote!(timeout = crate::LIMIT, crate = "a")).is_some());
    }
}
