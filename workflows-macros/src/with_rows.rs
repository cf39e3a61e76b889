//! Expands an item a second time, with the list of `known_blocking!`.

use crate::{
    blocking::{known_blocking::rows, nonblocking},
    errors::Errors,
    workflow,
};
use proc_macro2::TokenStream;
use syn::{
    Ident, braced,
    parse::{Parse, ParseStream},
};

/// `{ list } attribute item`, as the macro passes it that `known_blocking!` declares.
struct Passed {
    list: TokenStream,
    attribute: Ident,
    item: TokenStream,
}

pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let Passed { list, attribute, item } = match syn::parse2(tokens) {
        Ok(passed) => passed,
        Err(error) => return error.to_compile_error(),
    };
    // `known_blocking!` itself reports the errors of its list.
    let rows = rows(list, &mut Errors::default());
    if attribute == "workflow" { workflow::expand_with(&rows, item) } else { nonblocking::expand_with(&rows, item) }
}

impl Parse for Passed {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let list;
        braced!(list in input);
        Ok(Self { list: list.parse()?, attribute: input.parse()?, item: input.parse()? })
    }
}
