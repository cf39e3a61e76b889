//! The steps by name, for runs that override their options.

use super::{Expansion, literal};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

impl Expansion<'_> {
    /// The struct is in a block of its own: its name is for the reader of an error, and hides no type of the user.
    pub(super) fn step_names(&self) -> TokenStream {
        let name = format_ident!("{}Steps", self.workflow.name.unraw());
        let numbers = 0..self.workflow.steps.len();
        // Placed at the attribute: an edit of one step does not move the others.
        let names: Vec<_> = self.workflow.steps.iter().map(|step| with_span(&step.name)).collect();
        let numbers = numbers.map(literal);
        quote! {
            const _: () = {
                pub struct #name {
                    #(pub #names: __p::StepOptions,)*
                }

                #[automatically_derived]
                impl __p::StepNames for __Event {
                    type Steps = #name;

                    fn steps() -> #name {
                        #name { #(#names: __p::StepOptions::declared(#numbers),)* }
                    }
                }
            };
        }
    }
}

fn with_span(name: &Ident) -> Ident {
    let mut name = name.clone();
    name.set_span(Span::call_site());
    name
}
