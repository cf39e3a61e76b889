//! The values that borrow a variable over a `#[blocking]` part.

use super::{
    free_names::same,
    probe,
    scope::{Found, Scopes},
};
use proc_macro2::{Ident, Span, TokenStream};
use syn::Expr;

/// A value that borrows a variable, and may be used after a `#[blocking]` part.
pub(super) enum Borrowed {
    /// By the variable of this name.
    Certain(Ident),
    /// Unless one of these places is a reference.
    ByType(Vec<Expr>),
}

impl Scopes {
    /// The values that borrow a variable and may be used after the part whose attribute is at `part`.
    pub(super) fn borrowed_by(&self, variable: Found, part: Span) -> Vec<Borrowed> {
        let name = &self.binding(variable).name;
        let mut borrowed = Vec::new();
        for (found, binding) in self.bindings_after(variable) {
            if self.find(&binding.name) != Some(found) || self.used_later(found, part).is_none() {
                continue;
            }
            if binding.borrows.certain.iter().any(|borrowed| same(borrowed, name)) {
                borrowed.push(Borrowed::Certain(binding.name.clone()));
            }
            let by_type = binding.borrows.by_type.iter().filter(|(borrowed, _)| same(borrowed, name));
            borrowed.extend(by_type.map(|(_, places)| Borrowed::ByType(places.clone())));
        }
        borrowed
    }
}

/// Refuses to move the variable at `at`, unless one of the places is a reference.
pub(super) fn refused_by_type(places: &[Expr], at: Span) -> TokenStream {
    probe::never(&probe::borrowed(places, at), false, at)
}
