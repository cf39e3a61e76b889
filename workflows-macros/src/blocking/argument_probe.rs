//! Probes of calls that block for some arguments: the verdict has parts, and an answer carries one to another.

use super::{
    catalog::{function::Function, parse::Such, question::Question},
    probe::{base, cfg, compared, one_of, ours, place_at, verdict},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

/// Probes whether `callee` is `function`, which blocks if one of its arguments has such a verdict.
pub(crate) fn is_given(function: &Function, callee: &TokenStream, arguments: &[TokenStream], at: Span) -> TokenStream {
    let compared = compared(function, callee, at);
    let verdict = completed(function, &compared, arguments, at);
    let cfg = cfg(function);
    quote_spanned!(at=> #cfg #verdict.is_allowed_here();)
}

/// Stores in `answer` whether `callee` is `function`.
pub(crate) fn answers(function: &Function, callee: &TokenStream, answer: &Ident, at: Span) -> TokenStream {
    let compared = compared(function, callee, at);
    quote_spanned!(at=> #answer.is(#compared);)
}

/// Declares an answer, which one part of a statement gives and a later part takes.
pub(crate) fn answer(name: &Ident, at: Span) -> TokenStream {
    let base = base(ours(at));
    quote_spanned!(ours(at)=> let #name = #base::Answer::new();)
}

/// Refuses a method that takes the items of its argument, if the receiver has a trait.
pub(crate) fn handed(
    of_trait: &str,
    asked: &TokenStream,
    receiver: &TokenStream,
    argument: &TokenStream,
    at: Span,
) -> TokenStream {
    let base = base(at);
    let of_trait = Ident::new(of_trait, at);
    let receiver = place_at(receiver.clone(), at);
    let argument = place_at(argument.clone(), at);
    let import = quote_spanned!(ours(at)=> use #base::Asked as _;);
    let asks = quote_spanned!(at=> #receiver.__asked_as(#base::#of_trait(&#argument)).verdict());
    let block = quote_spanned!(at=> #import #base::given(#asked, #asks).is_allowed_here(););
    quote_spanned!(ours(at)=> { #block })
}

/// Stores in `answer` the type of a value.
pub(crate) fn carried(answer: &Ident, value: &TokenStream, at: Span) -> TokenStream {
    quote_spanned!(at=> #answer.is_of(&#value);)
}

/// Probes the value in a place, for a method that blocks if one of its arguments has such a verdict.
pub(crate) fn look_given(marker: &Question, place: &TokenStream, arguments: &[TokenStream], at: Span) -> TokenStream {
    let (asked, question) = verdict(marker, place, at);
    let base = base(at);
    let arguments = one_of(arguments, at);
    let block = quote_spanned!(at=> #asked #base::given(#question, #arguments).is_allowed_here(););
    quote_spanned!(ours(at)=> { #block })
}

/// Refuses the call that the answer is about, if one of its arguments has such a verdict.
pub(crate) fn given(function: &Function, answer: &Ident, arguments: &[TokenStream], at: Span) -> TokenStream {
    let verdict = completed(function, &quote_spanned!(at=> #answer.get()), arguments, at);
    quote_spanned!(at=> #verdict.is_allowed_here();)
}

/// The verdict of a function and its arguments.
fn completed(function: &Function, compared: &TokenStream, arguments: &[TokenStream], at: Span) -> TokenStream {
    let arguments = one_of(arguments, at);
    let base = base(at);
    match function.such {
        // The error is about the argument.
        Such::Items => quote_spanned!(at=> #base::given(#arguments, #compared)),
        Such::Io | Such::Address => quote_spanned!(at=> #compared.given(#arguments)),
    }
}

/// The name of an answer.
pub(crate) fn answer_name(kind: &str, number: usize, at: Span) -> Ident {
    Ident::new(&format!("__{kind}_{number}"), at)
}
