//! From the model to code: aliases for types, tables for the graph, an event enum, the dispatch, and checks.
//!
//! rustc re-checks a function or constant when the distance between its tokens changes. So nothing that is
//! generated mixes tokens of two places: a type of a signature appears once, in an alias at the place where the
//! signature names it; a check is placed at the tokens that it reports; everything else is placed at the attribute.
//! `cargo check` after an edit then checks little more than the edited items.

mod alias;
mod call;
mod details;
mod dispatch;
mod lend;
mod prompts;
mod proof;
mod recovery;
mod resources;
mod slots;
mod step_names;
mod tables;
mod waits;

use self::alias::Aliases;
use super::{
    graph::{self, EventInput},
    model::Workflow,
};
use crate::{
    assertion::{assert_impl, named_assertion},
    types::{self, Wrapper},
};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote};
use std::collections::HashSet;
use syn::{ImplGenerics, Type, WhereClause};

/// The workflow that is expanded, and facts that several parts of the expansion use.
struct Expansion<'a> {
    workflow: &'a Workflow,
    /// Every event type that a step takes.
    inputs: Vec<EventInput<'a>>,
    start: Role<'a>,
    stop: Role<'a>,
    prompts: Vec<Type>,
    aliases: Aliases<'a>,
}

/// The `T` of the workflow's `Start<T>` or `Stop<T>`.
enum Role<'a> {
    /// A signature names it.
    Visible(&'a Type),
    /// It is behind an alias, which is one of these types.
    Hidden(Vec<&'a Type>),
}

pub(crate) fn expand(workflow: &Workflow) -> TokenStream {
    let inputs = graph::inputs(workflow);
    let start = match graph::start(&inputs) {
        Some(ty) => Role::Visible(ty),
        None => Role::Hidden(graph::unemitted(workflow, &inputs)),
    };
    let stop = match graph::stop(workflow) {
        Some(ty) => Role::Visible(ty),
        None => Role::Hidden(graph::untaken(workflow, &inputs)),
    };
    let prompts = graph::prompts(workflow);
    let expansion = Expansion { workflow, inputs, start, stop, prompts, aliases: Aliases::new(&workflow.parameters) };
    let roles = expansion.roles();
    let tables = expansion.tables();
    let events = expansion.events();
    let takes = expansion.takes();
    let prompts = expansion.prompts();
    let resources = expansion.resources();
    let waits = expansion.waits();
    let step_names = expansion.step_names();
    let calls = expansion.calls();
    let implementation = expansion.implementation();
    let checks = expansion.checks();
    // Last, because all of the others add to them.
    let event_types = expansion.event_types();
    let aliases = expansion.aliases.items(&workflow.in_graph(), &event_types);
    let allowed = &workflow.allowed;
    quote! {
        #[doc(hidden)]
        #allowed
        const _: () = {
            use ::workflows_runtime::__private::{self as __p, Fallback as _};
            #aliases
            #roles
            #tables
            #events
            #takes
            #prompts
            #resources
            #waits
            #step_names
            #calls
            #implementation
            #checks
        };
    }
}

impl Expansion<'_> {
    fn this(&self) -> &Type {
        &self.workflow.this
    }

    /// The workflow's type in bodies, for which an edit above the `impl` changes nothing.
    fn this_alias(&self) -> TokenStream {
        if self.workflow.is_generic() { self.this().to_token_stream() } else { quote!(__This) }
    }

    /// The path before the name of one of its methods.
    fn this_path(&self) -> TokenStream {
        let this = self.this_alias();
        if self.workflow.is_generic() { quote!(<#this>) } else { this }
    }

    /// The parameters and the bounds of an item that depends on the workflow's type.
    fn generics(&self) -> (ImplGenerics<'_>, Option<&WhereClause>) {
        let (parameters, _, bounds) = self.workflow.generics.split_for_impl();
        (parameters, bounds)
    }

    /// The parameters and the bounds of an implementation for the workflow.
    ///
    /// Without parameters the bound is `__This: Settings`. If the workflow is refused, `__This` is an error, and the
    /// compiler reports nothing about code that needs the implementation.
    fn impl_generics(&self) -> (ImplGenerics<'_>, TokenStream) {
        let (parameters, bounds) = self.generics();
        let bounds = if self.workflow.is_generic() { quote!(#bounds) } else { quote!(where __This: __p::Settings) };
        (parameters, bounds)
    }

    /// The types that steps take, apart from those that certainly are no events.
    fn event_types(&self) -> Vec<TokenStream> {
        let mut known = HashSet::new();
        let mut events = Vec::new();
        for input in &self.inputs {
            if may_be_event(input) && known.insert(&input.text) {
                events.push(self.aliases.name(input.ty));
            }
        }
        events
    }

    /// Whether there are any [`event_types`](Self::event_types).
    fn takes_events(&self) -> bool {
        self.inputs.iter().any(may_be_event)
    }

    /// The run's input and result.
    fn roles(&self) -> TokenStream {
        let input = self.role(&self.start, |ty| {
            let taken = self.aliases.input(ty);
            quote!(<__p::Accepted<#taken> as __p::StepInput>::Begins)
        });
        let output = self.role(&self.stop, |ty| {
            let returned = self.aliases.output(ty);
            quote!(<__p::Accepted<#returned> as __p::StepOutput>::Ends)
        });
        let run_input = self.carried(&self.start, "__IS_START", Wrapper::Start, &quote!(__Input));
        let run_output = self.carried(&self.stop, "__IS_STOP", Wrapper::Stop, &quote!(__Output));
        quote! {
            type __Input = #input;
            type __Output = #output;
            type __RunInput = #run_input;
            type __RunOutput = #run_output;
        }
    }

    /// The run's input or result as the program around the workflow sees it.
    ///
    /// A named assertion keeps the compiler from reporting a refused type again where a run starts or ends.
    fn carried(&self, role: &Role<'_>, name: &str, wrapper: Wrapper, hidden: &TokenStream) -> TokenStream {
        let Role::Visible(ty) = role else { return hidden.clone() };
        let payload = self.aliases.payload(ty);
        let name = Ident::new(name, Span::call_site());
        let assertion = assert_impl(ty, quote!(__p::Rejected<#payload>), &wrapper.payload_trait().into_token_stream());
        self.aliases.add(named_assertion(ty, &name, &assertion));
        let ty = self.aliases.name(ty);
        quote!(__p::Type<__p::Checked<#ty, { #name }>>)
    }

    /// A role as a type; `role_of` names the role that a hidden one may have.
    fn role(&self, role: &Role<'_>, role_of: impl Fn(&Type) -> TokenStream) -> TokenStream {
        match role {
            Role::Visible(ty) => {
                let payload = self.aliases.payload(ty);
                quote!(__p::Accepted<#payload>)
            }
            Role::Hidden(types) => {
                let mut found = quote!(__p::Absent);
                for ty in types {
                    let role = role_of(ty);
                    found = quote!(<#found as __p::Role>::Or<#role>);
                }
                quote!(<#found as __p::Role>::Type)
            }
        }
    }

    fn events(&self) -> TokenStream {
        let variants = self.inputs.iter().enumerate().map(|(number, EventInput { variant, ty, caught, .. })| {
            let number = literal(number);
            if *caught {
                // Boxed because it is large and rare: every event takes as much room as the largest.
                return quote!(#number = #variant(__p::Box<__p::StepFailed>));
            }
            let taken = self.aliases.input(ty);
            quote!(#number = #variant(__p::Accepted<#taken>))
        });
        quote!(__p::events!(__Event { #(#variants),* });)
    }

    fn takes(&self) -> TokenStream {
        let this = self.this();
        let generics = self.workflow.is_generic().then(|| {
            let (parameters, bounds) = self.generics();
            quote!(, [#parameters] [#bounds])
        });
        let routed = self.inputs.iter().enumerate().filter(|(_, input)| !input.caught);
        let takes = routed.map(|(number, EventInput { variant, ty, .. })| {
            let taken = self.aliases.input(ty);
            let ty = self.aliases.name(ty);
            let number = literal(number);
            quote!(__p::takes!(#this, #ty, __Event::#variant(#taken), { __GRAPH.duplicate_index(#number) } #generics);)
        });
        let untaken = self.untaken_sends();
        quote!(#(#takes)* #untaken)
    }

    /// An event that a context lists and no step takes is W007, and what is no event W023. These implementations
    /// only keep rustc from reporting it again where the step sends it.
    fn untaken_sends(&self) -> TokenStream {
        let this = self.this();
        let (parameters, bounds) = self.impl_generics();
        let sends = graph::unseen_sends(self.workflow, &self.inputs).into_iter().enumerate().map(|(number, ty)| {
            let sent = self.aliases.output(ty);
            let ty = self.aliases.name(ty);
            let number = literal(number);
            // What cannot be listed (W023) is taken by no step.
            let rank = quote! {
                if __p::Implements::<#ty>::__LISTED { __GRAPH.untaken_index(__p::shape::<#sent>(), #number) } else { 0 }
            };
            quote! {
                impl #parameters __p::Takes<#ty, { #rank }> for #this #bounds {
                    type Listed = __p::Untaken;

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
}

/// Whether the type of an input may be an event: it is neither `Start`, nor a response, nor a failure.
fn may_be_event(input: &EventInput<'_>) -> bool {
    types::argument(input.ty, "Start").is_none() && !input.is_answer && !input.caught
}

impl Role<'_> {
    /// The type as written, for messages, or nothing.
    fn text(&self, wrapper: &str) -> String {
        match self {
            Self::Visible(ty) => format!("{wrapper}<{}>", types::text(ty)),
            Self::Hidden(_) => String::new(),
        }
    }
}

/// The `const` parameter of an implementation: 0 for the first of those that are for the same type under two
/// names. `earlier` compares it with each one before.
fn duplicate_index(number: usize, earlier: impl Iterator<Item = TokenStream>) -> TokenStream {
    if number == 0 {
        return quote!(0);
    }
    let number = literal(number);
    quote!({ __p::duplicate_index(#number, &[#(#earlier),*]) })
}

/// A number without its type, which is easier to read.
fn literal(number: usize) -> Literal {
    Literal::usize_unsuffixed(number)
}
