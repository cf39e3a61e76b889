//! From the model to code: tables for the proof, an event enum, and the dispatch.

mod dispatch;
mod proof;
mod tables;

use super::{
    graph::{self, Leaf},
    model::Workflow,
};
use crate::types;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Type;

/// What every part of the expansion refers to.
struct Expansion<'a> {
    workflow: &'a Workflow,
    leaves: Vec<Leaf<'a>>,
    input: Role<'a>,
    output: Role<'a>,
    prompts: Vec<Type>,
}

/// The `T` of `Start<T>` or `Stop<T>`.
enum Role<'a> {
    /// It stands in a signature.
    Visible(Type),
    /// It stands behind an alias, which is one of these types.
    Hidden(Vec<&'a Type>),
}

pub(super) fn expand(workflow: &Workflow) -> TokenStream {
    let leaves = graph::leaves(workflow);
    let input = graph::start(&leaves).map_or_else(|| Role::Hidden(graph::unemitted(workflow, &leaves)), Role::Visible);
    let output = graph::stop(workflow).map_or_else(|| Role::Hidden(graph::untaken(workflow, &leaves)), Role::Visible);
    let expansion = Expansion { workflow, input, output, prompts: graph::prompts(workflow), leaves };
    let (types, tables, events) = (expansion.types(), expansion.tables(), expansion.events());
    let (takes, prompts) = (expansion.takes(), expansion.prompts());
    let (implementation, proof) = (expansion.implementation(), expansion.proof());
    quote! {
        #[doc(hidden)]
        #[allow(clippy::all, clippy::pedantic, non_camel_case_types, non_snake_case, unreachable_patterns)]
        #[allow(private_interfaces, long_running_const_eval)]
        const _: () = {
            use ::workflows_runtime::__private::{self as __p, is_not as _, same as _};
            #types
            #tables
            #events
            #takes
            #prompts
            #implementation
            #proof
        };
    }
}

impl Expansion<'_> {
    fn this(&self) -> &Type {
        &self.workflow.this
    }

    /// Names for the types that the signatures mention, with a stand-in for those that are refused.
    fn types(&self) -> TokenStream {
        let this = self.this();
        let leaves = self.leaves.iter().enumerate().map(|(number, Leaf { ty, .. })| {
            let (taken, is) = (taken(number), is_input(ty));
            quote!(type #taken = __p::Known<#ty, { #is }>;)
        });
        let steps = self.workflow.steps.iter().enumerate().map(|(number, step)| {
            let (returned, output, is) = (returned(number), &step.output, is_output(&step.output));
            let contexts = step.contexts().next().map(|ty| {
                let (context, sends) = (format_ident!("__Context{number}"), sends(number));
                quote! {
                    type #context = __p::Known<#ty, { __p::Is::<(#ty, #this)>::__CONTEXT }>;
                    type #sends = __p::Known<
                        <#context as __p::StepContext<#this>>::Sends,
                        { __p::Is::<<#context as __p::StepContext<#this>>::Sends>::__OUTPUT },
                    >;
                }
            });
            quote!(type #returned = __p::Known<#output, { #is }>; #contexts)
        });
        let input =
            self.input.expand(|ty| quote!(<__p::Known<#ty, { __p::Is::<#ty>::__INPUT }> as __p::StepInput>::Begins));
        let output =
            self.output.expand(|ty| quote!(<__p::Known<#ty, { __p::Is::<#ty>::__OUTPUT }> as __p::StepOutput>::Ends));
        quote! {
            #(#leaves)*
            #(#steps)*
            type __Input = #input;
            type __Output = #output;
        }
    }

    fn events(&self) -> TokenStream {
        let variants = self.leaves.iter().enumerate().map(|(number, Leaf { variant, .. })| {
            let taken = taken(number);
            quote!(#variant(#taken))
        });
        quote! {
            #[derive(Clone, __p::serde::Serialize, __p::serde::Deserialize)]
            #[serde(crate = "::workflows_runtime::__private::serde", bound = "")]
            pub enum __Event { #(#variants),* }
        }
    }

    fn takes(&self) -> TokenStream {
        let this = self.this();
        let takes = self.leaves.iter().enumerate().map(|(number, Leaf { variant, ty, .. })| {
            let is = is_input(ty);
            quote!(__p::takes!(#this, __Event::#variant, #ty, { #is }, { __GRAPH.rank(#number) });)
        });
        quote!(#(#takes)*)
    }

    fn prompts(&self) -> TokenStream {
        let this = self.this();
        let prompts = self.prompts.iter().enumerate().map(|(number, ty)| {
            let earlier = self.prompts[..number].iter().map(|other| quote!(__p::Same::<#other, #ty>::__SAME));
            quote! {
                impl __p::Prompts<#ty, { if false #(|| #earlier)* { #number } else { 0 } }> for #this {
                    fn prompt(prompt: #ty) -> Self::Prompt {
                        __p::hold(<__p::Flag<{ __p::Is::<#ty>::__PAYLOAD }> as __p::Carry<#ty>>::carry(prompt))
                    }
                }
            }
        });
        let hidden = self.hidden_prompt().map(|_| {
            quote! {
                impl __p::Prompts<__Prompt, 0> for #this {
                    fn prompt(prompt: __Prompt) -> __Prompt {
                        prompt
                    }
                }
            }
        });
        let known = self.prompts.iter().map(|ty| quote!(__p::Known<#ty, { __p::Is::<#ty>::__PAYLOAD }>));
        let prompt = match self.prompts.len() {
            0 => self.hidden_prompt().unwrap_or_else(|| quote!(__p::Never)),
            1 => quote!(#(#known)*),
            _ => quote!(__p::OneOf<#(#known),*>),
        };
        quote!(type __Prompt = #prompt; #(#prompts)* #hidden)
    }

    /// What is asked, if every `InputRequired<..>` stands behind an alias.
    fn hidden_prompt(&self) -> Option<TokenStream> {
        let hidden = graph::untaken(self.workflow, &self.leaves);
        if !self.prompts.is_empty() || hidden.is_empty() {
            return None;
        }
        let asks = |ty: &Type| quote!(<__p::Known<#ty, { __p::Is::<#ty>::__OUTPUT }> as __p::StepOutput>::Asks);
        Some(Role::Hidden(hidden).expand(asks))
    }
}

impl Role<'_> {
    /// As a type; `of` gives the role that a hidden one may have.
    fn expand(&self, of: impl Fn(&Type) -> TokenStream) -> TokenStream {
        match self {
            Self::Visible(ty) => quote!(__p::Known<#ty, { __p::Is::<#ty>::__PAYLOAD }>),
            Self::Hidden(types) => {
                let first = types
                    .iter()
                    .map(|ty| of(ty))
                    .fold(quote!(__p::Absent), |found, role| quote!(<#found as __p::Role>::Or<#role>));
                quote!(<#first as __p::Role>::Type)
            }
        }
    }

    /// As text for messages, if it can be seen.
    fn text(&self, wrapper: &str) -> String {
        match self {
            Self::Visible(ty) => format!("{wrapper}<{}>", types::text(ty)),
            Self::Hidden(_) => String::new(),
        }
    }
}

fn taken(leaf: usize) -> Ident {
    format_ident!("__Taken{leaf}")
}

fn returned(step: usize) -> Ident {
    format_ident!("__Returned{step}")
}

fn sends(step: usize) -> Ident {
    format_ident!("__Sends{step}")
}

fn is_input(ty: &Type) -> TokenStream {
    quote!(__p::Is::<#ty>::__INPUT)
}

fn is_output(ty: &Type) -> TokenStream {
    quote!(__p::Is::<#ty>::__OUTPUT)
}

fn number16(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}
