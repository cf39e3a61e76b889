//! The prompts of a workflow: what its `InputRequired<..>` contain.

use super::{Expansion, Role, duplicate_index};
use crate::workflow::graph;
use proc_macro2::TokenStream;
use quote::quote;

impl Expansion<'_> {
    pub(crate) fn prompts(&self) -> TokenStream {
        let this = self.this();
        let (parameters, bounds) = self.impl_generics();
        let prompts = self.prompts.iter().enumerate().map(|(number, ty)| {
            let prompt = self.aliases.payload(ty);
            let ty = self.aliases.name(ty);
            let earlier = self.prompts[..number].iter().map(|other| {
                let other = self.aliases.name(other);
                quote!(__p::Same::<#other, #ty>::__SAME)
            });
            let index = duplicate_index(number, earlier);
            quote! {
                impl #parameters __p::Prompts<#ty, #index> for #this #bounds {
                    fn prompt(prompt: #ty) -> Self::Prompt {
                        __p::hold(<#prompt as __p::Checkable>::accept(prompt))
                    }
                }
            }
        });
        let hidden = self.hidden_prompt().map(|prompt| {
            quote! {
                impl #parameters __p::Prompts<#prompt, 0> for #this #bounds {
                    fn prompt(prompt: Self::Prompt) -> Self::Prompt {
                        prompt
                    }
                }
            }
        });
        quote!(#(#prompts)* #hidden)
    }

    /// The workflow's prompt type: a `OneOf` if there are several.
    pub(crate) fn prompt(&self) -> TokenStream {
        let known = self.prompts.iter().map(|ty| {
            let prompt = self.aliases.payload(ty);
            quote!(__p::Accepted<#prompt>)
        });
        match self.prompts.len() {
            0 => self.hidden_prompt().unwrap_or_else(|| quote!(__p::Never)),
            1 => quote!(#(#known)*),
            _ => quote!(__p::OneOf<#(#known),*>),
        }
    }

    /// The prompt type if every `InputRequired<..>` is behind an alias.
    fn hidden_prompt(&self) -> Option<TokenStream> {
        let hidden = graph::unseen(self.workflow, &self.inputs);
        if !self.prompts.is_empty() || hidden.is_empty() {
            return None;
        }
        Some(self.role(&Role::Hidden(hidden), |ty| {
            let returned = self.aliases.output(ty);
            quote!(<__p::Accepted<#returned> as __p::StepOutput>::Asks)
        }))
    }
}
