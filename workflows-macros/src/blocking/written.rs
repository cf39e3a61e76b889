//! Whether code was written by the user, and how.

use proc_macro2::Ident;
use syn::{ExprPath, ext::IdentExt};

/// Whether the identifier is in the source where its span says. Other macros, such as `#[tokio::main]`, generate
/// code with spans of the user's code; that code is not checked.
pub(crate) fn is_written(name: &Ident) -> bool {
    let Some(text) = name.span().source_text() else { return true };
    name.unraw() == text.trim_start_matches("r#")
}

/// Whether the path names a function of a type or trait, as far as its case shows, and not one of a module.
pub(crate) fn is_in_a_type(path: &ExprPath) -> bool {
    if path.qself.is_some() {
        return true;
    }
    match path.path.segments.iter().nth_back(1) {
        Some(of) => of.ident == "str" || of.ident.to_string().starts_with(char::is_uppercase),
        None => false,
    }
}
