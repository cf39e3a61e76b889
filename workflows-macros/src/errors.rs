//! Errors on the user's own tokens, all of one item together.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// Collects what is wrong with an item; everything is reported in one compile.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Reports `problem` at `tokens`, and what to type instead.
    pub(crate) fn refuse(&mut self, tokens: impl ToTokens, code: &str, problem: &str, help: &str) {
        self.push(refusal(tokens, code, problem, help));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            none => *none = Some(error),
        }
    }

    /// Takes on what another collector has.
    pub(crate) fn append(&mut self, other: Self) {
        other.0.into_iter().for_each(|error| self.push(error));
    }

    /// Keeps the error of a failed parse.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.map(|errors| errors.to_compile_error()).unwrap_or_default()
    }
}

pub(crate) fn refusal(tokens: impl ToTokens, code: &str, problem: &str, help: &str) -> syn::Error {
    syn::Error::new_spanned(tokens, format!("{code}: {problem}\n  help: {help}"))
}

/// One of our attributes stands where it means nothing; `place` says where it belongs.
pub(crate) fn misplaced(attribute: &str, place: &str, item: TokenStream) -> TokenStream {
    let error = refusal(
        item.clone().into_iter().next(),
        "W025",
        &format!("`#[{attribute}]` means nothing here: {place}"),
        "move it there, or remove it",
    )
    .to_compile_error();
    quote!(#error #item)
}
