//! Errors on the user's own tokens. All errors of an item are reported together.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// Collects the errors of an item, to report all of them in one compile.
#[derive(Default)]
#[must_use = "errors that are not emitted are lost"]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Adds an error at `tokens`; `help` is the text to type instead.
    pub(crate) fn refuse(&mut self, tokens: impl ToTokens, code: &str, problem: &str, help: &str) {
        self.push(refusal(tokens, code, problem, help));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            none => *none = Some(error),
        }
    }

    /// Moves the errors of another collector into this one.
    pub(crate) fn append(&mut self, other: Self) {
        if let Some(error) = other.0 {
            self.push(error);
        }
    }

    /// Records the error of a result, if it is one.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.push(error);
                None
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn into_tokens(self) -> TokenStream {
        match self.0 {
            Some(errors) => errors.to_compile_error(),
            None => TokenStream::new(),
        }
    }
}

pub(crate) fn refusal(tokens: impl ToTokens, code: &str, problem: &str, help: &str) -> syn::Error {
    syn::Error::new_spanned(tokens, format!("{code}: {problem}\n  help: {help}"))
}

/// W025: one of our attributes on an item for which it is not made.
pub(crate) fn misplaced(problem: &str, help: &str, item: TokenStream) -> TokenStream {
    let error = refusal(item.clone().into_iter().next(), "W025", problem, help).to_compile_error();
    quote!(#error #item)
}
