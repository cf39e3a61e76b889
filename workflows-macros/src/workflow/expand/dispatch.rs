//! `impl Workflow`, which the engine calls.

use super::{Expansion, number16, resources::lent, returned};
use crate::{
    types,
    workflow::{
        graph::Leaf,
        model::{Parameter, Step},
    },
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

impl Expansion<'_> {
    pub(crate) fn implementation(&self) -> TokenStream {
        let this = self.this();
        let name = self.workflow.name.unraw().to_string();
        let prompt = self.prompt();
        let slots_of_resources = self.slots();
        let slots = self.leaves.iter().enumerate().map(|(number, Leaf { variant, .. })| {
            let number = number16(number);
            quote!(__Event::#variant(_) => #number)
        });
        let slots = if self.leaves.is_empty() { quote!(match *event {}) } else { quote!(match event { #(#slots),* }) };
        let recovery = self.recovery();
        let arms = self.workflow.steps.iter().enumerate().map(|(number, step)| self.arm(number, step));
        quote! {
            #[automatically_derived]
            impl __p::Workflow for #this {
                const NAME: &'static str = #name;
                type Input = __Input;
                type Output = __Output;
                type Prompt = #prompt;
                type Resources = #slots_of_resources;
                type Event = __Event;
                const TABLE: __p::Table = __GRAPH.table();

                fn slot(event: &__Event) -> u16 {
                    #slots
                }

                fn start(input: __Input) -> __Event {
                    <__p::Flag<{ __GRAPH.begins() }> as __p::Begin<Self>>::begin(input)
                }

                #recovery

                fn dispatch<'a, __L: __p::Dispatcher<Workflow = Self> + 'a>(
                    workflow: &'a __p::Instance<Self>,
                    mut __dispatcher: __L,
                ) -> impl ::core::future::Future<Output = __L::End> + ::core::marker::Send + 'a {
                    async move {
                        loop {
                            let __step = match __p::next(&mut __dispatcher).await {
                                __p::ControlFlow::Continue(__step) => __step,
                                __p::ControlFlow::Break(__end) => return __end,
                            };
                            let __outcome = match __step {
                                #(#arms)*
                                _ => ::core::unreachable!(),
                            };
                            __p::Dispatcher::complete(&mut __dispatcher, __outcome);
                        }
                    }
                }
            }
        }
    }

    /// The arm that calls one step and emits its output.
    fn arm(&self, number: usize, step: &Step) -> TokenStream {
        let at = number16(number);
        let alone = step.ports().nth(1).is_none();
        if step.refused
            || !self.can_make(step)
            || (step.is_handler() && !alone)
            || step.contexts().nth(1).is_some()
            || (!step.is_async && step.blocking.is_none())
        {
            return TokenStream::new();
        }
        let name = &step.name;
        let output = &step.output;
        let arguments = arguments(step);
        let prepare = self.prepare(number, step);
        let routed = is_routed(number, step);
        let output = quote!(<__p::Flag<{ #routed }> as __p::Output<#output, Self>>);
        let Some(blocking) = step.blocking.as_ref().filter(|_| !step.is_async) else {
            // One span for the whole call, so a future that is not `Send` is reported once. Variables have the
            // call site's span, because a step name from a macro has other hygiene.
            let workflow = Ident::new("workflow", Span::call_site());
            let call = quote_spanned!(name.span()=> __p::send(Self::#name(#workflow, #(#arguments),*)));
            let line = Ident::new("__dispatcher", Span::call_site());
            let run = quote_spanned!(name.span()=> __p::run(&mut #line, #call).await);
            if step.injected().next().is_none() {
                return quote! {
                    #at => {
                        #prepare
                        let __p::Option::Some(__output) = #run else { continue };
                        #output::emit(__output, __p::Dispatcher::effects(&mut __dispatcher))
                    }
                };
            }
            let call = quote_spanned!(name.span()=> #call.await);
            return running(at, &prepare, &self.inject(step), &quote!(#output::effects(#call)));
        };
        let offload = quote! {
            #prepare
            let __offload = __p::Dispatcher::offload(&__dispatcher, #blocking);
        };
        let work = quote! {
            let workflow = __p::share(workflow);
            __p::blocking(__offload, move || #output::effects(Self::#name(&workflow, #(#arguments),*))).await
        };
        running(at, &offload, &self.inject(step), &work)
    }

    /// Binds the context and the events of a step.
    fn prepare(&self, number: usize, step: &Step) -> TokenStream {
        let this = self.this();
        let context = step.contexts().next().map(|ty| {
            let is = quote!(__p::Is::<(#ty, #this)>::__CONTEXT);
            quote!(let __context = <__p::Flag<{ #is }> as __p::Given<#ty, Self>>::context(&__dispatcher);)
        });
        let taken: Vec<_> = step.ports().enumerate().map(|(port, _)| format_ident!("__e{port}")).collect();
        let ports = step.ports().map(
            |ty| quote!(<__p::Flag<{ __GRAPH.is_given(#number) }> as __p::Input<#ty, Self>>::parameter(&mut __events)),
        );
        // The remaining events are dropped before the first await.
        quote! {
            #context
            let (#(#taken,)*) = {
                let mut __events = __p::Dispatcher::events(&mut __dispatcher);
                (#(#ports,)*)
            };
        }
    }
}

/// The arm of a step that needs more than one call: `prepare`, then `resources` and `work` in one future.
fn running(at: u16, prepare: &TokenStream, resources: &TokenStream, work: &TokenStream) -> TokenStream {
    quote! {
        #at => {
            #prepare
            let __running = __p::run(&mut __dispatcher, async {
                #resources
                #work
            });
            let __p::Option::Some(__outcome) = __running.await else { continue };
            __p::Dispatcher::set_output(&mut __dispatcher, __outcome)
        }
    }
}

/// Whether a step's output can be routed. If a check refuses the output, no route is required.
fn is_routed(number: usize, step: &Step) -> TokenStream {
    let returned = returned(&step.output);
    let whole = quote!(__p::Same::<<#returned as __p::StepOutput>::Ends, __p::Present<__Output>>::__SAME);
    let stops = types::emitted(&step.output).into_iter().filter(|ty| types::argument(ty, "Stop").is_some()).skip(1);
    quote!(__GRAPH.is_routed(#number) && (!__GRAPH.stops_at(#number) || #whole)
        #(&& __p::Same::<#stops, __p::Stop<__Output>>::__SAME)*)
}

fn arguments(step: &Step) -> Vec<TokenStream> {
    let mut port = 0_usize;
    let mut injected = 0_usize;
    let arguments = step.parameters.iter().map(|parameter| match parameter {
        Parameter::Context(_) => quote!(&__context),
        Parameter::Port(_) => {
            port += 1;
            format_ident!("__e{}", port - 1).into_token_stream()
        }
        Parameter::Injected(_) => {
            injected += 1;
            lent(&step.name, injected - 1)
        }
    });
    arguments.collect()
}
