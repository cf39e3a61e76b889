//! Whether code was written by the user.

use proc_macro2::Ident;
use syn::ext::IdentExt;

/// Whether the identifier is in the source where its span says. Other macros, such as `#[tokio::main]`, generate
/// code with spans of the user's code; that code is not checked.
pub(crate) fn is_written(name: &Ident) -> bool {
    let Some(text) = name.span().source_text() else { return true };
    name.unraw() == text.trim_start_matches("r#")
}
