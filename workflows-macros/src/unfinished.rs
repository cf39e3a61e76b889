//! Bodies with syntax errors, which rustc reports itself, and expressions that end with a dot.
//!
//! The latter is code in which the name of a field or a method is being typed. rustc reports `self.` as a syntax error,
//! and then takes the expression before the dot for the value. Emitted again, it would be the same syntax error at
//! another place, and often one about the type of the value. So a call that never returns completes the expression: the
//! syntax error remains the only one, and the rest of the body is expanded.

use crate::place::spanned;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Expr, ImplItemFn, ItemFn, Stmt};

/// Completes the bodies in an item. Returns `None` if no expression is unfinished.
pub(crate) fn complete(item: TokenStream) -> Option<TokenStream> {
    let mut completed = TokenStream::new();
    let mut is_changed = false;
    for token in item {
        let TokenTree::Group(group) = &token else {
            completed.extend([token]);
            continue;
        };
        let is_body = group.delimiter() == Delimiter::Brace;
        let body = if is_body { expressions(group.stream()) } else { None };
        let Some(body) = body else {
            completed.extend([token]);
            continue;
        };
        is_changed = true;
        // The code behind the call is unreachable, which is no news before it is finished.
        let body = quote!(#![allow(unreachable_code)] use ::workflows_runtime::__private::Unfinished as _; #body);
        completed.extend([TokenTree::Group(with_stream(group, body))]);
    }
    is_changed.then_some(completed)
}

/// Completes the body of a function, if it has a syntax error.
pub(crate) fn complete_function(item: TokenStream) -> TokenStream {
    match syn::parse2::<ItemFn>(item.clone()) {
        Ok(_) => item,
        Err(_) => complete(item.clone()).unwrap_or(item),
    }
}

/// A function or method of which only the body has an error.
pub(crate) fn function(item: TokenStream) -> Option<ImplItemFn> {
    if syn::parse2::<ImplItemFn>(item.clone()).is_ok() {
        return None;
    }
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let Some(TokenTree::Group(body)) = tokens.pop() else { return None };
    with_body(&tokens.into_iter().collect(), &body)
}

/// The same, in parts. The body keeps its braces: the error may be at the last one.
pub(crate) fn with_body(signature: &TokenStream, body: &Group) -> Option<ImplItemFn> {
    let mut method: ImplItemFn = syn::parse2(quote!(#signature {})).ok()?;
    let tokens = Expr::Verbatim(body.to_token_stream());
    method.block.stmts = vec![Stmt::Expr(tokens, None)];
    Some(method)
}

/// Completes the bodies of the items in the braces at the end of an `impl`.
pub(crate) fn complete_items(item: TokenStream) -> Option<TokenStream> {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let Some(TokenTree::Group(items)) = tokens.pop() else { return None };
    let completed = complete(items.stream())?;
    tokens.push(TokenTree::Group(with_stream(&items, completed)));
    Some(tokens.into_iter().collect())
}

/// Completes expressions at any depth, apart from those in macros, which rustc reports when it expands them.
fn expressions(tokens: TokenStream) -> Option<TokenStream> {
    let mut completed = TokenStream::new();
    let mut is_changed = false;
    let mut tokens = tokens.into_iter().peekable();
    let mut has_value = false;
    let mut is_macro = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) if !is_macro => {
                let stream = expressions(group.stream());
                is_changed |= stream.is_some();
                let group = match stream {
                    Some(stream) => with_stream(&group, stream),
                    None => group,
                };
                completed.extend([TokenTree::Group(group)]);
                has_value = true;
            }
            TokenTree::Punct(dot) if dot.as_char() == '.' && has_value && ends_expression(tokens.peek()) => {
                let call = spanned(quote!(.__unfinished()), dot.span());
                completed.extend(call);
                is_changed = true;
                has_value = false;
            }
            token => {
                is_macro = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '!');
                has_value = match &token {
                    TokenTree::Punct(punct) => punct.as_char() == '?',
                    _ => true,
                };
                completed.extend([token]);
                continue;
            }
        }
        is_macro = false;
    }
    is_changed.then_some(completed)
}

fn ends_expression(next: Option<&TokenTree>) -> bool {
    match next {
        None => true,
        Some(TokenTree::Punct(punct)) => matches!(punct.as_char(), ';' | ','),
        Some(_) => false,
    }
}

fn with_stream(group: &Group, stream: TokenStream) -> Group {
    let mut new = Group::new(group.delimiter(), stream);
    new.set_span(group.span());
    new
}

#[cfg(test)]
mod tests {
    use super::{complete, expressions};
    use quote::quote;

    fn completed(tokens: proc_macro2::TokenStream) -> Option<String> {
        expressions(tokens).map(|tokens| tokens.to_string())
    }

    #[test]
    fn dot_without_a_name_is_completed() {
        assert_eq!(completed(quote!(self.)).as_deref(), Some("self . __unfinished ()"));
        assert_eq!(completed(quote!(f(a., b))).as_deref(), Some("f (a . __unfinished () , b)"));
        assert_eq!(completed(quote!(let a = b()?.; c)).as_deref(), Some("let a = b () ? . __unfinished () ; c"));
    }

    #[test]
    fn finished_code_is_not_changed() {
        for tokens in
            [quote!(self.a), quote!(0..), quote!(a..), quote!(let A { .. } = 1.;), quote!(f!(a.)), quote!(a.0.b)]
        {
            assert_eq!(completed(tokens), None);
        }
        assert!(
            complete(quote!(
                fn f() {
                    a.b();
                    (c..)
                }
            ))
            .is_none()
        );
    }
}
