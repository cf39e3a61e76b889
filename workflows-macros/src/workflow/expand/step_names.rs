//! The steps by name, for runs that override their options.

use super::{Expansion, literal};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

impl Expansion<'_> {
    pub(super) fn step_names(&self) -> TokenStream {
        let name = format_ident!("{}Steps", self.workflow.name.unraw());
        let numbers = 0..self.workflow.steps.len();
        // Placed at the attribute: an edit of one step does not move the others.
        let names: Vec<_> = self.workflow.steps.iter().map(|step| with_span(&step.name)).collect();
        let numbers = numbers.map(literal);
        quote!(__p::step_names!(#name for __Event { #(#numbers = #names),* });)
    }
}

fn with_span(name: &Ident) -> Ident {
    let mut name = name.clone();
    name.set_span(Span::call_site());
    name
}
