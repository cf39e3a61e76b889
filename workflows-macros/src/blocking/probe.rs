//! Probes: code by which the type system decides whether a call blocks.
//!
//! Probes are in `if false`, so no code remains at run time. The checked call has the span of the user's
//! call, so the error is there. The code around it has macro hygiene, so lints ignore it.

use super::catalog::{
    function::Function,
    origin::BASE,
    question::{Parts, Question},
};
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Member, spanned::Spanned};

/// The user's location with the hygiene of the macro.
pub(super) fn ours(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

pub(super) fn base(span: Span) -> TokenStream {
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
pub(crate) fn look(marker: &Question, place: &TokenStream, at: Span) -> TokenStream {
    let (asked, question) = verdict(marker, place, at);
    let block = quote_spanned!(at=> #asked #question.is_allowed_here(););
    quote_spanned!(ours(at)=> { #block })
}

/// A place whose fields may be packed. No reference to such a field is allowed, but a pointer is.
pub(crate) fn pointed_at(place: &TokenStream, at: Span) -> TokenStream {
    let base = base(ours(at));
    let place = place_at(place.clone(), at);
    quote_spanned!(ours(at)=> (*#base::pointed_at(&raw const #place)))
}

/// The verdict about a value in a place, and the import that it needs.
pub(super) fn verdict(question: &Question, place: &TokenStream, at: Span) -> (TokenStream, TokenStream) {
    let base = base(ours(at));
    let place = place_at(place.clone(), at);
    let marker = &question.marker;
    let asked = Ident::new(if question.is_near { "__asked_near" } else { "__asked" }, at);
    let whole = quote_spanned!(at=> #place.#asked::<#marker>().verdict());
    let parts = quote_spanned!(at=> #place.__asked_parts::<#marker>().verdict());
    let verdict = match question.parts {
        Parts::No => whole,
        Parts::Also => quote_spanned!(at=> #whole.__or(#parts)),
        Parts::Only => parts,
    };
    (quote_spanned!(ours(at)=> use #base::Asked as _;), verdict)
}

/// The tokens with the location of the call.
pub(super) fn place_at(place: TokenStream, at: Span) -> TokenStream {
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

/// Probes whether `callee`, a reference, is `function`.
pub(crate) fn is(function: &Function, callee: &TokenStream, at: Span) -> TokenStream {
    let compared = compared(function, callee, at);
    let cfg = cfg(function);
    quote_spanned!(at=> #cfg #compared.is_allowed_here();)
}

pub(super) fn compared(function: &Function, callee: &TokenStream, at: Span) -> TokenStream {
    let path = function.path();
    let example = function.example();
    let refused = function.verdict();
    let base = base(at);
    quote_spanned!(at=> #base::same::<#refused, _, _>(#callee, #path).compare().or_else(#example))
}

pub(super) fn cfg(function: &Function) -> TokenStream {
    if function.is_unix { quote!(#[cfg(unix)]) } else { TokenStream::new() }
}

/// Whether one of the verdicts is that an argument blocks.
pub(super) fn one_of(arguments: &[TokenStream], at: Span) -> TokenStream {
    let base = base(at);
    let fine = quote_spanned!(at=> #base::Fine);
    arguments.iter().fold(fine, |all, next| quote_spanned!(at=> #all.__or(#next)))
}

/// The verdict about an argument in a place.
pub(crate) fn argument(marker: &Question, place: &TokenStream, at: Span) -> TokenStream {
    let (asked, question) = verdict(marker, place, at);
    quote_spanned!(ours(at)=> { #asked #question })
}

/// The same for several questions.
pub(crate) fn arguments(markers: &[Question], place: &TokenStream, at: Span) -> TokenStream {
    let verdicts: Vec<_> = markers.iter().map(|marker| argument(marker, place, at)).collect();
    one_of(&verdicts, at)
}

/// Refuses a borrow of a place, unless a place on the way to it is a reference.
pub(crate) fn borrowed(places: &[Expr], at: Span) -> TokenStream {
    let base = base(at);
    let verdicts = places.iter().map(|place| {
        let place = place_at(place.to_token_stream(), at);
        quote_spanned!(at=> #base::borrowed(&#place).verdict())
    });
    let all = verdicts.reduce(|all, next| quote_spanned!(at=> #all.and(#next)));
    quote_spanned!(at=> #all.may_move();)
}

/// Puts probes into unreachable code. There the compiler checks types but not borrows, which would otherwise
/// be held across an await.
pub(crate) fn never(probes: &TokenStream, is_old: bool, at: Span) -> TokenStream {
    let base = base(ours(at));
    let deprecated = if is_old { quote!(#[allow(deprecated)]) } else { TokenStream::new() };
    // The type that `unreached` returns is inferred as `!` behind the probes: the code between is unreachable to the borrow
    // checker, but not to the lint `unreachable_code`, which a user may forbid to be allowed.
    quote_spanned! {ours(at)=>
        #deprecated
        if false {
            let __end = #base::some_end();
            #base::unreached(__end);
            #probes
            #base::end(__end);
        }
    }
}

/// An expression that is repeated in unreachable code, because it must not change where it is.
pub(crate) fn repeated(expr: &Expr, is_condition: bool) -> TokenStream {
    let at = expr.span();
    if is_condition {
        return quote_spanned!(ours(at)=> let _: ::core::primitive::bool = #expr;);
    }
    quote_spanned!(ours(at)=> match #expr { _ => {} })
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

/// The function, with probes in front of it.
pub(crate) fn value(path: &syn::ExprPath, name: &Ident, probes: &TokenStream, is_old: bool, at: Span) -> Expr {
    let never = never(probes, is_old, at);
    let block = quote_spanned!(ours(at)=> { let #name = #path; #never #name });
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
    // By reference, because a static may have this name.
    quote_spanned!(ours(at)=> { let #name = &#path; #never #name })
}

/// The name to which a function is bound while it is probed.
pub(crate) fn name(at: Span) -> Ident {
    Ident::new("__callee", ours(at))
}

/// The value, bound to a name and probed.
pub(crate) fn through(value: &Expr, at: Span, probes: impl FnOnce(&TokenStream) -> TokenStream) -> Expr {
    let span = value.span();
    Expr::Verbatim(parenthesized(matched(value, at, probes), span).to_token_stream())
}

/// The same without parentheses, for an argument.
pub(crate) fn argument_through(value: &Expr, at: Span, probes: impl FnOnce(&TokenStream) -> TokenStream) -> Expr {
    Expr::Verbatim(matched(value, at, probes))
}

fn matched(value: &Expr, at: Span, probes: impl FnOnce(&TokenStream) -> TokenStream) -> TokenStream {
    let name = Ident::new("value_of_the_call", at);
    let never = never(&probes(&name.to_token_stream()), false, at);
    quote_spanned!(ours(at)=> match #value { #name => { #never #name } })
}

fn parenthesized(inner: TokenStream, span: Span) -> TokenTree {
    let mut group = Group::new(proc_macro2::Delimiter::Parenthesis, inner);
    group.set_span(span);
    group.into()
}
