//! Expands an item a second time, with the list of `known_blocking!`.

use crate::{
    blocking::{known_blocking::rows, nonblocking},
    errors::Errors,
    runtime, workflow,
};
use proc_macro2::TokenStream;
use syn::{
    Ident, braced, bracketed,
    parse::{Parse, ParseStream},
};

/// `{ list } [runtime] attribute item`, as the macro passes it that `known_blocking!` declares.
struct Passed {
    list: TokenStream,
    /// The path of the runtime, which is that of the option `crate` of the attribute.
    runtime: TokenStream,
    attribute: Ident,
    item: TokenStream,
}

pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let Passed { list, runtime, attribute, item } = match syn::parse2(tokens) {
        Ok(passed) => passed,
        Err(error) => return error.to_compile_error(),
    };
    // `known_blocking!` itself reports the errors of its list.
    let rows = rows(list, &mut Errors::default());
    runtime::expand_at(&runtime, item, |item| {
        if attribute == "workflow" { workflow::expand_with(&rows, item) } else { nonblocking::expand_with(&rows, item) }
    })
}

impl Parse for Passed {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let list;
        braced!(list in input);
        let runtime;
        bracketed!(runtime in input);
        Ok(Self { list: list.parse()?, runtime: runtime.parse()?, attribute: input.parse()?, item: input.parse()? })
    }
}
