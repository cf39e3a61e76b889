//! What steps ask and wait for in their bodies, as the lists of their contexts declare it.

use super::{Expansion, duplicate_index, literal};
use crate::workflow::graph::{self, Listed};
use proc_macro2::TokenStream;
use quote::quote;

impl Expansion<'_> {
    pub(crate) fn waits(&self) -> TokenStream {
        let this = self.this();
        let (parameters, bounds) = self.impl_generics();
        let awaited = graph::awaited(self.workflow, &self.inputs);
        let waits = awaited.iter().enumerate().map(|(number, Listed { list, ty, input })| {
            let index = self.listed_index(&awaited, number);
            let input = literal(*input);
            let list = self.aliases.name(list);
            let ty = self.aliases.name(ty);
            quote! {
                impl #parameters __p::Awaits<#list, #ty, #index> for #this #bounds {
                    const SLOT: u16 = __GRAPH.slot(#input);
                }
            }
        });
        let asked = graph::asked(self.workflow);
        let asks = asked.iter().enumerate().map(|(number, Listed { list, ty, .. })| {
            let index = self.listed_index(&asked, number);
            let prompt = self.aliases.payload(ty);
            let list = self.aliases.name(list);
            let ty = self.aliases.name(ty);
            quote! {
                impl #parameters __p::Asks<#list, #ty, #index> for #this #bounds {
                    fn asked(prompt: #ty) -> Self::Prompt {
                        __p::hold(<#prompt as __p::Checkable>::accept(prompt))
                    }
                }
            }
        });
        quote!(#(#waits)* #(#asks)*)
    }

    /// The `const` parameter of the implementation for one member of a list.
    fn listed_index(&self, all: &[Listed<'_>], number: usize) -> TokenStream {
        let list = self.aliases.name(all[number].list);
        let ty = self.aliases.name(all[number].ty);
        let earlier = all[..number].iter().map(|other| {
            let other_list = self.aliases.name(other.list);
            let other_ty = self.aliases.name(other.ty);
            quote!(__p::Same::<(#other_list, #other_ty), (#list, #ty)>::__SAME)
        });
        duplicate_index(number, earlier)
    }
}
