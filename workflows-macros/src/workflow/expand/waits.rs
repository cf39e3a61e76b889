//! Impls for the prompts and responses in the lists of contexts.

use super::Expansion;
use crate::workflow::graph::{self, Listed};
use proc_macro2::TokenStream;
use quote::quote;

impl Expansion<'_> {
    pub(crate) fn waits(&self) -> TokenStream {
        let this = self.this();
        let awaited = graph::awaited(self.workflow, &self.leaves);
        let waits = awaited.iter().enumerate().map(|(number, Listed { list, ty, leaf })| {
            let rank = rank(&awaited, number);
            quote! {
                impl __p::Awaits<#list, #ty, { #rank }> for #this {
                    const SLOT: u16 = __GRAPH.slot(#leaf);
                }
            }
        });
        let asked = graph::asked(self.workflow);
        let asks = asked.iter().enumerate().map(|(number, Listed { list, ty, .. })| {
            let rank = rank(&asked, number);
            quote! {
                impl __p::Asks<#list, #ty, { #rank }> for #this {
                    fn asked(prompt: #ty) -> Self::Prompt {
                        __p::hold(<__p::Flag<{ __p::Is::<#ty>::__PAYLOAD }> as __p::Carry<#ty>>::carry(prompt))
                    }
                }
            }
        });
        quote!(#(#waits)* #(#asks)*)
    }
}

/// 0 for the first occurrence of a type; otherwise a number of its own, because impls must not overlap.
fn rank(all: &[Listed<'_>], number: usize) -> TokenStream {
    let Listed { list, ty, .. } = all[number];
    let earlier = all[..number].iter().map(
        |Listed { list: other, ty: earlier, .. }| quote!(|| __p::Same::<(#other, #earlier), (#list, #ty)>::__SAME),
    );
    quote!(if false #(#earlier)* { #number } else { 0 })
}
