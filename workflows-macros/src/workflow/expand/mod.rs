//! Generates code from the model: tables for the checks, the event enum, and the dispatch.

mod dispatch;
mod proof;
mod recovery;
mod resources;
mod tables;
mod waits;

use super::{
    graph::{self, Leaf},
    model::Workflow,
};
use crate::types;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

/// Data that all parts of the expansion use.
struct Expansion<'a> {
    workflow: &'a Workflow,
    leaves: Vec<Leaf<'a>>,
    input: Role<'a>,
    output: Role<'a>,
    prompts: Vec<Type>,
}

/// The `T` of `Start<T>` or `Stop<T>`.
enum Role<'a> {
    /// It is visible in a signature.
    Visible(&'a Type),
    /// It is hidden by an alias, which is one of these types.
    Hidden(Vec<&'a Type>),
}

pub(crate) fn expand(workflow: &Workflow) -> TokenStream {
    let leaves = graph::leaves(workflow);
    let input = match graph::start(&leaves) {
        Some(ty) => Role::Visible(ty),
        None => Role::Hidden(graph::unemitted(workflow, &leaves)),
    };
    let output = match graph::stop(workflow) {
        Some(ty) => Role::Visible(ty),
        None => Role::Hidden(graph::untaken(workflow, &leaves)),
    };
    let expansion = Expansion { workflow, input, output, prompts: graph::prompts(workflow), leaves };
    let tables = expansion.tables();
    let events = expansion.events();
    let takes = expansion.takes();
    let input = expansion.input();
    let output = expansion.output();
    let prompts = expansion.prompts();
    let waits = expansion.waits();
    let implementation = expansion.implementation();
    let proof = expansion.proof();
    let resources = expansion.resources();
    quote! {
        #[doc(hidden)]
        #[allow(clippy::all, clippy::pedantic, non_camel_case_types, non_snake_case)]
        #[allow(unreachable_patterns, unreachable_code)]
        #[allow(private_interfaces, long_running_const_eval)]
        const _: () = {
            use ::workflows_runtime::__private::{self as __p, is_not as _, same as _};
            type __Input = #input;
            type __Output = #output;
            #tables
            #events
            #takes
            #prompts
            #resources
            #waits
            #implementation
            #proof
        };
    }
}

impl Expansion<'_> {
    fn this(&self) -> &Type {
        &self.workflow.this
    }

    fn events(&self) -> TokenStream {
        let variants = self.leaves.iter().map(|Leaf { variant, ty, caught, .. }| {
            // Boxed, because it is large and rare: every event has the size of the largest variant.
            let taken = if *caught { quote!(__p::Box<__p::StepFailed>) } else { taken(ty) };
            quote!(#variant(#taken))
        });
        quote! {
            #[derive(::core::clone::Clone, __p::serde::Serialize, __p::serde::Deserialize)]
            #[serde(crate = "::workflows_runtime::__private::serde", bound = "")]
            pub enum __Event { #(#variants),* }
        }
    }

    fn takes(&self) -> TokenStream {
        let this = self.this();
        let routed = self.leaves.iter().enumerate().filter(|(_, leaf)| !leaf.caught);
        let takes = routed.map(|(number, Leaf { variant, ty, .. })| {
            let is = is_input(ty);
            quote!(__p::takes!(#this, __Event::#variant, #ty, { #is }, { __GRAPH.rank(#number) });)
        });
        let stand_ins = self.stand_ins();
        quote!(#(#takes)* #stand_ins)
    }

    /// Impls for events that are sent but not taken, which is W007: `ctx.send` is not a second error.
    fn stand_ins(&self) -> TokenStream {
        let this = self.this();
        let sends = graph::unseen_sends(self.workflow, &self.leaves).into_iter().enumerate().map(|(number, ty)| {
            let sent = returned(ty);
            quote! {
                impl __p::Takes<#ty, { __GRAPH.stand_in(<#sent as __p::StepOutput>::SHAPE, #number) }> for #this {
                    fn wrap(_: #ty) -> __Event {
                        ::core::unreachable!()
                    }

                    fn is(_: &__Event) -> ::core::primitive::bool {
                        false
                    }

                    fn take(event: __Event) -> #ty {
                        __p::unreachable_event(event)
                    }
                }
            }
        });
        quote!(#(#sends)*)
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
        let hidden = self.hidden_prompt().map(|prompt| {
            quote! {
                impl __p::Prompts<#prompt, 0> for #this {
                    fn prompt(prompt: Self::Prompt) -> Self::Prompt {
                        prompt
                    }
                }
            }
        });
        quote!(#(#prompts)* #hidden)
    }

    /// The type of all prompts.
    fn prompt(&self) -> TokenStream {
        let known = self.prompts.iter().map(|ty| quote!(__p::carried!(#ty)));
        match self.prompts.len() {
            0 => self.hidden_prompt().unwrap_or_else(|| quote!(__p::Never)),
            1 => quote!(#(#known)*),
            _ => quote!(__p::OneOf<#(#known),*>),
        }
    }

    /// The type of all prompts, if every `InputRequired<..>` is hidden by an alias.
    fn hidden_prompt(&self) -> Option<TokenStream> {
        let hidden = graph::unseen(self.workflow, &self.leaves);
        if !self.prompts.is_empty() || hidden.is_empty() {
            return None;
        }
        Some(Role::Hidden(hidden).expand(|ty| {
            let returned = returned(ty);
            quote!(<#returned as __p::StepOutput>::Asks)
        }))
    }

    fn input(&self) -> TokenStream {
        self.input.expand(|ty| {
            let taken = taken(ty);
            quote!(<#taken as __p::StepInput>::Begins)
        })
    }

    fn output(&self) -> TokenStream {
        self.output.expand(|ty| {
            let returned = returned(ty);
            quote!(<#returned as __p::StepOutput>::Ends)
        })
    }
}

impl Role<'_> {
    /// The role as a type; `of` is the role that a candidate may have.
    fn expand(&self, of: impl Fn(&Type) -> TokenStream) -> TokenStream {
        match self {
            Self::Visible(ty) => quote!(__p::carried!(#ty)),
            Self::Hidden(types) => {
                let mut first = quote!(__p::Absent);
                for ty in types {
                    let role = of(ty);
                    first = quote!(<#first as __p::Role>::Or<#role>);
                }
                quote!(<#first as __p::Role>::Type)
            }
        }
    }

    /// The role as text for messages, or an empty text if it is hidden.
    fn text(&self, wrapper: &str) -> String {
        match self {
            Self::Visible(ty) => format!("{wrapper}<{}>", types::text(ty)),
            Self::Hidden(_) => String::new(),
        }
    }
}

/// A type that a step takes, or a stand-in if it is refused.
fn taken(ty: &Type) -> TokenStream {
    quote!(__p::taken!(#ty))
}

/// A type that a step returns, or a stand-in if it is refused.
fn returned(ty: &Type) -> TokenStream {
    quote!(__p::returned!(#ty))
}

/// The list of a context, or a stand-in if it is refused.
fn sends(context: &Type, this: &Type) -> TokenStream {
    let context = quote!(__p::Known<#context, { __p::Is::<(#context, #this)>::__CONTEXT }>);
    let sends = quote!(<#context as __p::StepContext<#this>>::Sends);
    quote!(__p::Known<#sends, { __p::Is::<#sends>::__LIST }>)
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
