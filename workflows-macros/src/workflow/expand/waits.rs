//! What steps ask and wait for in their bodies, as the lists of their contexts declare it.

use super::{Expansion, duplicate_index, literal};
use crate::{
    types,
    workflow::graph::{self, Listed},
};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::HashSet;
use syn::Type;

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
                    type Response = __p::Taken;
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
        let lists: Vec<_> = awaited.iter().chain(&asked).map(|listed| self.aliases.name(listed.list)).collect();
        let hidden = self.hidden_lists(lists);
        quote!(#(#waits)* #(#asks)* #hidden)
    }

    /// Implementations for lists behind an alias, which are never used: their number is that of no other.
    ///
    /// The number of one that hides a prompt or a response is an error (W026). It counts as every number, so the
    /// compiler does not report, too, that the step declares none of them.
    ///
    /// The compiler would report two implementations for one list: only the first of these has them, and none that
    /// another step declares visibly.
    fn hidden_lists(&self, mut others: Vec<TokenStream>) -> TokenStream {
        let this = self.this();
        let mut hidden = TokenStream::new();
        let mut known = HashSet::new();
        for (number, step) in self.workflow.steps.iter().enumerate() {
            let Some(context) = step.contexts().next().filter(|context| self.has_hidden_list(context)) else {
                continue;
            };
            if !known.insert(types::text(context)) {
                continue;
            }
            let list = self.aliases.list(context);
            let index = name_of_hidden(number);
            let list = quote!(__p::Type<#list>);
            let step = literal(number);
            let context = self.aliases.name(context);
            let is_other = others.iter().map(|other| quote!(!__p::Same::<#other, #list>::__SAME));
            let is_alone = quote!(__p::Implements::<(#context, __This)>::__CONTEXT #(&& #is_other)*);
            let alone = quote!(<__p::Checked<#context, { #is_alone }> as __p::HiddenList<#this, #step>>::List);
            hidden.extend(quote!(__p::hidden_list!(#this, #alone, #index);));
            others.push(list);
        }
        hidden
    }

    /// Whether a context's list is behind an alias. In a generic workflow, where the implementations would name the
    /// parameters, this is not considered.
    pub(crate) fn has_hidden_list(&self, context: &Type) -> bool {
        !self.workflow.is_generic() && types::hides_list(context)
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

/// The constant of a step whose context hides its list.
pub(crate) fn name_of_hidden(step: usize) -> Ident {
    format_ident!("__CONTEXT{step}")
}
