//! `WORKFLOWS_MACROS_DEBUG`: prints the expansion of a workflow.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;

const VARIABLE: &str = "WORKFLOWS_MACROS_DEBUG";

/// Prints `expansion`, if the environment variable has the name of the workflow.
pub(crate) fn print(workflow: &Ident, expansion: &TokenStream) {
    let name = workflow.unraw().to_string();
    if std::env::var(VARIABLE).is_ok_and(|wanted| wanted == name) {
        eprintln!("// Expansion of `{name}`:\n{}", text(expansion));
    }
}

#[cfg(feature = "debug")]
fn text(expansion: &TokenStream) -> String {
    match syn::parse2(expansion.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => expansion.to_string(),
    }
}

#[cfg(not(feature = "debug"))]
fn text(expansion: &TokenStream) -> String {
    format!("// Enable the feature `debug` of `workflows-runtime` to format it.\n{expansion}\n")
}
