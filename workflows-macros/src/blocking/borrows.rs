//! References to variables, as far as the syntax shows them.

use super::{
    free_names::same,
    scope::{Found, Scopes},
};
use proc_macro2::{Ident, Span};

impl Scopes {
    /// The name of a reference to a variable that may be used after the part whose attribute is at `part`.
    pub(crate) fn borrowed_by(&self, variable: Found, part: Span) -> Option<Ident> {
        let name = &self.binding(variable).name;
        for (found, binding) in self.bindings_after(variable) {
            let borrows = binding.borrows.as_ref().is_some_and(|borrowed| same(borrowed, name));
            if borrows && self.find(&binding.name) == Some(found) && self.used_later(found, part).is_some() {
                return Some(binding.name.clone());
            }
        }
        None
    }
}
