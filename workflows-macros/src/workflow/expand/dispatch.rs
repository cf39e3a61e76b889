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
        let event = if self.workflow.is_generic() || self.event_types().is_empty() {
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
                type Prompt = #prompt;
                type Resources = #resource_slots;
                type Event = #event;
                const TABLE: __p::Table = __GRAPH.table();
                #details

                fn start(input: __RunInput) -> __Event {
                    <__Proof as __p::StartEvent<Self>>::start(input)
                }

                #recovery

                #items

                fn dispatch<'a, __D: __p::Dispatcher<Workflow = Self> + 'a>(
                    workflow: &'a __p::Instance<Self>,
                    mut __dispatcher: __D,
                ) -> impl ::core::future::Future<Output = __D::End> + ::core::marker::Send + 'a {
                    #incomplete
                    async move {
                        loop {
                            let __step = match __p::next(&mut __dispatcher).await {
                                __p::ControlFlow::Continue(__step) => __step,
                                __p::ControlFlow::Break(__end) => return __end,
                            };
                            let __p::Option::Some(__outcome) = (match __step {
                                #(#arms)*
                                _ => ::core::unreachable!(),
                            }) else { continue };
                            __p::Dispatcher::complete(&mut __dispatcher, __outcome);
                        }
                    }
                }
            }
        }
    }

    /// How the items that isolated steps publish are sent to the process of the run.
    fn items(&self) -> TokenStream {
        let Some(publish) = self.workflow.steps.iter().find_map(|step| step.publishes_isolated.as_ref()) else {
            return TokenStream::new();
        };
        let codec = quote_spanned!(publish.span()=> __p::isolated::crosses());
        quote! {
            fn items() -> __p::Option<__p::isolated::Crossing<Self::Stream>> {
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

    /// Calls one step with its parameters, and hands its output to the engine.
    fn arm(&self, at: usize, step: &Step) -> TokenStream {
        if !self.is_called(step) {
            return TokenStream::new();
        }
        let number = literal(at);
        let arguments = self.arguments(step);
        let context = self.context(step);
        let events = self.taken(step);
        if let (Some(Kind::Isolated(isolation)), false) = (&step.blocking, step.is_async) {
            let here = self.isolated_here(step, &context, &events, &arguments);
            return quote! {
                #number => {
                    if let __p::Option::Some(__isolated) = __p::Dispatcher::isolate(&mut __dispatcher, #isolation) {
                        let __future = ::core::pin::pin!(__p::Option::Some(__isolated));
                        __p::run::<_, _, __p::StoreOutcome>(&mut __dispatcher, __future).await
                    } else {
                        #here
                    }
                }
            };
        }
        if let Some(kind) = step.blocking.as_ref().filter(|_| !step.is_async) {
            let mut name = step.name.clone();
            name.set_span(Span::call_site().resolved_at(name.span()));
            let context = quote! {
                #context
                let __offload = __p::Dispatcher::offload(&__dispatcher, #kind);
            };
            let work = quote! {
                let workflow = __p::share(workflow);
                let __work = move || <__Proof as __p::EmitOutput<_, Self>>::effects(Self::#name(&workflow, #(#arguments),*));
                __p::blocking(__offload, __work).await
            };
            return arm_of_block(&number, &context, &events, &self.inject(step), &work);
        }
        let call = name_of_call(at);
        let call = quote!(#call(workflow, #(#arguments),*));
        if step.injected().next().is_some() {
            let work = quote!(<__Proof as __p::EmitOutput<_, Self>>::effects(#call.await));
            return arm_of_block(&number, &context, &events, &self.inject(step), &work);
        }
        quote! {
            #number => {
                #context
                let __make = || {
                    #events
                    #call
                };
                let __future = ::core::pin::pin!(__p::made(__make));
                __p::run::<_, _, __Proof>(&mut __dispatcher, __future).await
            }
        }
    }

    /// An isolated step in the process that executes it.
    fn isolated_here(
        &self,
        step: &Step,
        context: &TokenStream,
        events: &TokenStream,
        arguments: &[TokenStream],
    ) -> TokenStream {
        let mut name = step.name.clone();
        name.set_span(Span::call_site().resolved_at(name.span()));
        let work = quote! {
            let workflow = __p::share(workflow);
            let __work = move || <__Proof as __p::EmitOutput<_, Self>>::effects(Self::#name(&workflow, #(#arguments),*));
        };
        let resources = self.inject(step);
        if step.contexts().next().is_none() {
            return block(context, events, &resources, &quote!(#work __work()));
        }
        // On another thread, so what the step publishes is sent while it runs.
        let context = quote! {
            #context
            let __offload = __p::Dispatcher::offload(&__dispatcher, __p::Kind::Cpu);
        };
        block(&context, events, &resources, &quote!(#work __p::blocking(__offload, __work).await))
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
        quote!(let __context = <#context as __p::MakeContext<Self>>::context(&__dispatcher);)
    }

    /// The events of a step, as variables.
    fn taken(&self, step: &Step) -> TokenStream {
        let taken: Vec<_> = step.ports().map(|ty| self.aliases.input(ty)).collect();
        let names: Vec<_> = (0..taken.len()).map(|port| format_ident!("__e{port}")).collect();
        // Either way, the events that are left over are dropped before anything is awaited.
        if let [taken] = &taken[..] {
            quote! {
                let __e0 = <__Proof as __p::TakeInput<#taken, Self>>::take(&mut __p::Dispatcher::events(&mut __dispatcher));
            }
        } else {
            quote! {
                let (#(#names,)*) = {
                    let mut __events = __p::Dispatcher::events(&mut __dispatcher);
                    (#(<__Proof as __p::TakeInput<#taken, Self>>::take(&mut __events),)*)
                };
            }
        }
    }
}

/// The arm of a step that is more than one call.
fn arm_of_block(
    number: &impl ToTokens,
    context: &TokenStream,
    events: &TokenStream,
    resources: &TokenStream,
    work: &TokenStream,
) -> TokenStream {
    let block = block(context, events, resources, work);
    quote!(#number => { #block })
}

/// What comes before a step that is more than one call, and the block that is run.
fn block(context: &TokenStream, events: &TokenStream, resources: &TokenStream, work: &TokenStream) -> TokenStream {
    quote! {
        #context
        let __make = || {
            #events
            async move {
                #resources
                #work
            }
        };
        let __future = ::core::pin::pin!(__p::made(__make));
        __p::run::<_, _, __p::StoreOutcome>(&mut __dispatcher, __future).await
    }
}
