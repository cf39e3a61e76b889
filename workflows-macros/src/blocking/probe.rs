//! Probes: code by which the type system decides whether a call blocks.
//!
//! Probes are in `if false`, so no code remains at run time. The checked call has the span of the user's
//! call, so the error is there. The code around it has macro hygiene, so lints ignore it.

use super::catalog::index::{BASE, Function};
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Member, spanned::Spanned};

/// The user's location with the hygiene of the macro.
fn ours(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

fn base(span: Span) -> TokenStream {
    let path: TokenStream = BASE.parse().expect("a path");
    path.into_iter()
        .map(|mut token| {
            token.set_span(span);
            token
        })
        .collect()
}

/// Probes the value in a place. The probe is a method call, which borrows as the user's call does; otherwise
/// a closure would capture more than it needs.
pub(crate) fn look(marker: &TokenStream, place: &TokenStream, at: Span) -> TokenStream {
    let (asked, question) = verdict(marker, place, at);
    let block = quote_spanned!(at=> #asked #question.is_allowed_here(););
    quote_spanned!(ours(at)=> { #block })
}

fn verdict(marker: &TokenStream, place: &TokenStream, at: Span) -> (TokenStream, TokenStream) {
    let base = base(ours(at));
    let place = place_at(place.clone(), at);
    (quote_spanned!(ours(at)=> use #base::Asked as _;), quote_spanned!(at=> #place.asked::<#marker>().verdict()))
}

/// The tokens with the location of the call.
fn place_at(place: TokenStream, at: Span) -> TokenStream {
    let moved = place.into_iter().map(|mut token| {
        if let TokenTree::Group(group) = &token {
            token = Group::new(group.delimiter(), place_at(group.stream(), at)).into();
            token.set_span(at);
        } else {
            token.set_span(token.span().located_at(at));
        }
        token
    });
    moved.collect()
}

/// Probes whether `callee` is `function`, and whether one of `arguments` does I/O.
pub(crate) fn is(function: &Function, callee: &Ident, arguments: &[TokenStream], at: Span) -> TokenStream {
    let path = function.path();
    let example = function.example();
    let refused = function.verdict();
    let base = base(at);
    let cfg = if function.is_unix { quote!(#[cfg(unix)]) } else { TokenStream::new() };
    let end = if function.given == 0 {
        quote_spanned!(at=> or_else(#example))
    } else {
        let marker = quote!(#base::AnyIo);
        let verdicts = arguments.iter().map(|place| {
            let (asked, question) = verdict(&marker, place, at);
            quote_spanned!(ours(at)=> { #asked #question })
        });
        let given = verdicts.fold(quote!(#base::Fine), |all, next| quote_spanned!(at=> #all.or(#next)));
        quote_spanned!(at=> or_else_given(#example, #given))
    };
    quote_spanned! {at=>
        #cfg
        #base::same::<#refused, _, _>(&#callee, #path).compare().#end.is_allowed_here();
    }
}

/// Puts probes into unreachable code. There the compiler checks types but not borrows, which would otherwise
/// be held across an await.
pub(crate) fn never(probes: &TokenStream, is_old: bool, at: Span) -> TokenStream {
    let base = base(ours(at));
    let deprecated = if is_old { quote!(, deprecated) } else { TokenStream::new() };
    quote_spanned! {ours(at)=>
        #[allow(unreachable_code #deprecated)]
        if false {
            #base::unreached();
            #probes
        }
    }
}

/// The value of `expr`, with probes before it. Unlike a block, a tuple keeps temporaries alive.
pub(crate) fn before(probes: &TokenStream, expr: &Expr, at: Span) -> Expr {
    let never = never(probes, false, at);
    let block = quote_spanned!(ours(at)=> { #never });
    field(quote!(#block, #expr), 1, expr)
}

/// The value of `expr`, with probes after it, where its types are known.
pub(crate) fn behind(probes: &TokenStream, expr: &Expr, at: Span) -> Expr {
    let never = never(probes, false, at);
    let block = quote_spanned!(ours(at)=> { #never });
    field(quote!(#expr, #block), 0, expr)
}

/// The value, with the span of the expression as written.
pub(crate) fn same(value: &Expr, written: &Expr) -> Expr {
    field(quote!(#value,), 0, written)
}

fn field(tuple: TokenStream, index: u32, of: &Expr) -> Expr {
    // Errors about the value point at the whole expression.
    let tuple = parenthesized(tuple, of.span());
    let span = match of.to_token_stream().into_iter().last() {
        Some(TokenTree::Group(group)) => group.span_close(),
        Some(token) => token.span(),
        None => of.span(),
    };
    let index = Member::Unnamed(syn::Index { index, span });
    Expr::Verbatim(quote_spanned!(of.span()=> #tuple.#index))
}

/// The function, with probes.
pub(crate) fn value(path: &syn::ExprPath, name: &Ident, probes: &TokenStream, is_old: bool, at: Span) -> Expr {
    let block = asked(path, name, probes, is_old, at);
    // A block would be coerced to the expected type; every function has its own.
    field(quote!(#block,), 0, &Expr::Path(path.clone()))
}

/// The callee, with probes. Without parentheses, a statement would end after the block.
pub(crate) fn callee(path: &syn::ExprPath, name: &Ident, probes: &TokenStream, is_old: bool, at: Span) -> Expr {
    let block = asked(path, name, probes, is_old, at);
    Expr::Verbatim(parenthesized(block, path.span()).to_token_stream())
}

fn asked(path: &syn::ExprPath, name: &Ident, probes: &TokenStream, is_old: bool, at: Span) -> TokenStream {
    let never = never(probes, is_old, at);
    quote_spanned!(ours(at)=> { let #name = #path; #never #name })
}

/// The name to which a function is bound while it is probed.
pub(crate) fn name(at: Span) -> Ident {
    Ident::new("__callee", ours(at))
}

/// The value, bound to a name and probed.
pub(crate) fn through(value: &Expr, at: Span, probes: impl FnOnce(&TokenStream) -> TokenStream) -> Expr {
    let name = Ident::new("value_of_the_call", at);
    let never = never(&probes(&name.to_token_stream()), false, at);
    let span = value.span();
    let value = quote_spanned!(ours(at)=> match #value { #name => { #never #name } });
    Expr::Verbatim(parenthesized(value, span).to_token_stream())
}

fn parenthesized(inner: TokenStream, span: Span) -> TokenTree {
    let mut group = Group::new(proc_macro2::Delimiter::Parenthesis, inner);
    group.set_span(span);
    group.into()
}
