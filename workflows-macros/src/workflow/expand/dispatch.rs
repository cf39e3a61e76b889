//! `impl Workflow`: the facts that the engine reads, and the future that calls the steps.

use super::{Expansion, call::name_of_call, literal};
use crate::{
    blocking::kind::Kind,
    workflow::model::{Parameter, Step},
};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Type, ext::IdentExt};

impl Expansion<'_> {
    pub(crate) fn implementation(&self) -> TokenStream {
        let this = self.this();
        let (parameters, bounds) = self.impl_generics();
        let name = self.workflow.name.unraw().to_string();
        let prompt = self.prompt();
        let event = if self.workflow.is_generic() || !self.takes_events() {
            quote!(__Event)
        } else {
            // If the fields of an event are refused, the compiler reports nothing about the enum of all events.
            quote!(__p::Type<__p::Checked<__Event, { __IS_SOUND }>>)
        };
        let resource_slots = self.slots();
        let details = self.details();
        let recovery = self.recovery();
        let items = self.items();
        // Evaluated when code is generated, which rustc does not reach if it has reported the syntax error.
        let incomplete = self.workflow.is_incomplete.then(|| {
            let problem = format!("the `impl` of `{name}` has syntax that `#[workflow]` cannot parse");
            quote!(const { ::core::panic!(#problem) };)
        });
        let arms = self.workflow.steps.iter().enumerate().map(|(number, step)| self.arm(number, step));
        quote! {
            #[automatically_derived]
            impl #parameters __p::Workflow for #this #bounds {
                const NAME: &'static str = #name;
                type Input = __RunInput;
                type Output = __RunOutput;
                type HeldOutput = <__RunOutput as __p::Hold<{ __p::is_large::<__RunOutput>() }>>::Held;
                type Prompt = #prompt;
                type HeldPrompt = <#prompt as __p::Hold<{ __p::is_large::<#prompt>() }>>::Held;
                type Steps = <__Event as __p::StepNames>::Steps;
                type Resources = #resource_slots;
                type Event = #event;
                const TABLE: __p::Table = __GRAPH.table();
                #details

                #recovery

                #items

                __p::dispatch!(workflow, __dispatcher, { #(#arms)* } #incomplete);
            }
        }
    }

    /// How the items that isolated steps publish are sent to the process of the run.
    fn items(&self) -> TokenStream {
        let Some(publish) = self.workflow.steps.iter().find_map(|step| step.publishes_isolated.as_ref()) else {
            return TokenStream::new();
        };
        let codec = quote_spanned!(publish.span()=> __p::isolated::isolated_value());
        quote! {
            fn items() -> __p::Option<__p::isolated::ValueCodec<Self::Stream>> {
                __p::Option::Some(const { #codec })
            }
        }
    }

    /// Whether a step is called. A refused step is not, so the refusal is the only error.
    pub(crate) fn is_called(&self, step: &Step) -> bool {
        let has_other_parameters = step.ports().nth(1).is_some();
        !step.refused
            && self.can_make(step)
            && !(step.is_handler() && has_other_parameters)
            && step.contexts().nth(1).is_none()
            && (step.is_async || step.blocking.is_some())
    }

    /// How one step is called with its parameters.
    fn arm(&self, at: usize, step: &Step) -> TokenStream {
        if !self.is_called(step) {
            return TokenStream::new();
        }
        let number = literal(at);
        let context = self.context(step);
        let taken = self.taken(step);
        let resources = step.injected().next().is_some().then(|| {
            let resources = self.inject(step);
            quote!(inject { #resources })
        });
        let arguments = self.arguments(step);
        let work = match step.blocking.as_ref().filter(|_| !step.is_async) {
            None => {
                let call = name_of_call(at);
                quote!(#call(workflow, #(#arguments),*))
            }
            Some(kind) => {
                let mut name = step.name.clone();
                name.set_span(Span::call_site().resolved_at(name.span()));
                let executor = if let Kind::Isolated(isolation) = kind {
                    // Its process calls it on another thread if it publishes, which then happens while it runs.
                    let has_context = step.contexts().next().is_some();
                    let here = if has_context { quote!(blocking(__p::Kind::Cpu)) } else { quote!(in_place) };
                    quote!(isolated(#isolation) #here)
                } else {
                    quote!(blocking(#kind))
                };
                quote!(#executor Self::#name(&workflow, #(#arguments),*))
            }
        };
        quote!(#number => { #context |#taken| #resources #work })
    }

    /// A context's type, and whether it is one.
    pub(crate) fn made_context(&self, ty: &Type) -> TokenStream {
        if !self.workflow.is_generic() {
            return self.aliases.context(ty);
        }
        let written = self.workflow.written(ty);
        let ty = self.aliases.name(ty);
        quote!(__p::Checked<#written, { __p::Implements::<(#ty, __This)>::__CONTEXT }>)
    }

    /// The arguments of a step's call, after the workflow.
    fn arguments(&self, step: &Step) -> Vec<TokenStream> {
        let mut port = 0_usize;
        let mut injected = 0_usize;
        let mut arguments = Vec::new();
        for parameter in &step.parameters {
            arguments.push(match parameter {
                Parameter::Context(_) => quote!(&__context),
                Parameter::Port(_) => {
                    port += 1;
                    format_ident!("__e{}", port - 1).into_token_stream()
                }
                Parameter::Injected(_) => {
                    injected += 1;
                    self.lent(&step.name, injected - 1)
                }
            });
        }
        arguments
    }

    /// The context of a step, as a variable.
    fn context(&self, step: &Step) -> TokenStream {
        let Some(ty) = step.contexts().next() else { return TokenStream::new() };
        let context = self.made_context(ty);
        quote!(let __context: #context;)
    }

    /// The events of a step, as variables.
    fn taken(&self, step: &Step) -> TokenStream {
        let taken = step.ports().map(|ty| self.aliases.input(ty));
        let names = (0_usize..).map(|port| format_ident!("__e{port}"));
        let taken = taken.zip(names).map(|(taken, name)| quote!(#name: #taken));
        quote!(#(#taken),*)
    }
}
