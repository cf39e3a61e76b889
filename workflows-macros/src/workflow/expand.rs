//! From the model to code: tables for the proof, an event enum, and the dispatch.

use super::{
    graph::{self, Leaf},
    model::{Step, Workflow},
    settings::duration,
};
use crate::types;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Type, ext::IdentExt};

/// Workers of a step that does not say how many.
const WORKERS: u32 = 4;

/// What every part of the expansion refers to.
struct Expansion<'a> {
    workflow: &'a Workflow,
    leaves: Vec<Leaf<'a>>,
    input: TokenStream,
    output: TokenStream,
    prompts: Vec<Type>,
}

pub(super) fn expand(workflow: &Workflow) -> TokenStream {
    let leaves = graph::leaves(workflow);
    let input = graph::start(&leaves).map_or_else(|| hidden_input(workflow), |ty| ty.to_token_stream());
    let output = graph::stop(workflow).map_or_else(|| hidden_output(workflow), |ty| ty.to_token_stream());
    let expansion = Expansion { workflow, leaves, input, output, prompts: graph::prompts(workflow) };
    let (tables, events, takes) = (expansion.tables(), expansion.events(), expansion.takes());
    let (implementation, checks) = (expansion.implementation(), expansion.checks());
    quote! {
        #[doc(hidden)]
        #[allow(clippy::all, clippy::pedantic, non_camel_case_types, non_snake_case, unreachable_patterns)]
        #[allow(private_interfaces, long_running_const_eval)]
        const _: () = {
            use ::workflows_runtime::__private::{self as __p, same as _};
            #tables
            #events
            #takes
            #implementation
            #checks
        };
    }
}

/// The start type, where every `Start<..>` stands behind an alias.
fn hidden_input(workflow: &Workflow) -> TokenStream {
    let ports = workflow.steps.iter().flat_map(Step::ports);
    let first = ports
        .fold(quote!(__p::Absent), |found, port| quote!(<#found as __p::Role>::Or<<#port as __p::StepInput>::Begins>));
    quote!(<#first as __p::Role>::Type)
}

/// The result type, where every `Stop<..>` stands behind an alias.
fn hidden_output(workflow: &Workflow) -> TokenStream {
    let outputs = workflow.steps.iter().map(|step| &step.output);
    let first = outputs.fold(
        quote!(__p::Absent),
        |found, output| quote!(<#found as __p::Role>::Or<<#output as __p::StepOutput>::Ends>),
    );
    quote!(<#first as __p::Role>::Type)
}

impl Expansion<'_> {
    fn this(&self) -> &Type {
        &self.workflow.this
    }

    fn tables(&self) -> TokenStream {
        let (step_count, leaf_count) = (self.workflow.steps.len(), self.leaves.len());
        let steps = self.workflow.steps.iter().map(step_entry);
        let leaves = (0..leaf_count).map(|leaf| self.leaf_entry(leaf));
        quote! {
            const __STEPS: [__p::Step; #step_count] = [#(#steps),*];
            const __LEAVES: [__p::Leaf; #leaf_count] = [#(#leaves),*];
            const __GRAPH: &__p::Graph<
                #step_count,
                #leaf_count,
                { __p::count_edges(&__STEPS) },
                { __p::count_openers(&__STEPS) },
            > = &__p::Graph::new(__STEPS, __LEAVES);
        }
    }

    fn leaf_entry(&self, number: usize) -> TokenStream {
        let Leaf { step, port, parameter, visible, collected, ty, .. } = &self.leaves[number];
        let (step, port, own) = (number16(*step), number16(*port), number16(number));
        let twin = if self.leaves[number].is_answer() {
            let earlier = self.leaves[..number].iter().enumerate().filter(|(_, leaf)| leaf.is_answer());
            let earlier = earlier.map(|(at, leaf)| {
                let (at, other) = (number16(at), leaf.ty);
                quote!((#at, __p::Same::<#other, #ty>::SAME))
            });
            quote!(__p::Leaf::answer(&[#(#earlier),*], #own))
        } else {
            let input = &self.input;
            quote!(__p::Leaf::other(__p::Same::<#ty, __p::Start<#input>>::SAME, #own))
        };
        quote! {
            __p::Leaf::new(
                #step,
                #port,
                <#parameter as __p::StepInput>::PORT,
                #visible,
                #collected,
                <#ty as __p::StepInput>::LEAF,
                #twin,
            )
        }
    }

    fn events(&self) -> TokenStream {
        let variants = self.leaves.iter().map(|Leaf { variant, ty, .. }| quote!(#variant(#ty)));
        quote! {
            #[derive(Clone, __p::serde::Serialize, __p::serde::Deserialize)]
            #[serde(crate = "::workflows_runtime::__private::serde", bound = "")]
            pub enum __Event { #(#variants),* }
        }
    }

    fn takes(&self) -> TokenStream {
        let this = self.this();
        let takes = self.leaves.iter().enumerate().map(|(number, Leaf { variant, ty, .. })| {
            quote!(__p::takes!(#this, __Event::#variant, #ty, { __GRAPH.rank(#number) });)
        });
        let prompts = self.prompts.iter().enumerate().map(|(number, ty)| {
            let earlier = self.prompts[..number].iter().map(|other| quote!(__p::Same::<#other, #ty>::SAME));
            quote! {
                impl __p::Prompts<#ty, { if false #(|| #earlier)* { #number } else { 0 } }> for #this {
                    fn prompt(prompt: #ty) -> Self::Prompt {
                        __p::hold(prompt)
                    }
                }
            }
        });
        quote!(#(#takes)* #(#prompts)*)
    }

    fn implementation(&self) -> TokenStream {
        let Self { input, output, prompts, workflow, .. } = self;
        let (this, name) = (self.this(), workflow.name.unraw().to_string());
        let prompt = match prompts.as_slice() {
            [] => quote!(__p::Never),
            [one] => one.to_token_stream(),
            several => quote!(__p::OneOf<#(#several),*>),
        };
        let slots = self.leaves.iter().enumerate().map(|(number, Leaf { variant, .. })| {
            let number = number16(number);
            quote!(__Event::#variant(_) => #number)
        });
        let slots = if self.leaves.is_empty() { quote!(match *event {}) } else { quote!(match event { #(#slots),* }) };
        let arms = workflow.steps.iter().enumerate().map(|(number, step)| self.arm(number, step));
        quote! {
            #[automatically_derived]
            impl __p::Workflow for #this {
                const NAME: &'static str = #name;
                type Input = #input;
                type Output = #output;
                type Prompt = #prompt;
                type Event = __Event;
                const TABLE: __p::Table = __GRAPH.table();

                fn slot(event: &__Event) -> u16 {
                    #slots
                }

                fn start(input: Self::Input) -> __Event {
                    <__p::Flag<{ __GRAPH.starts() }> as __p::Begin<Self>>::begin(input)
                }

                async fn dispatch<'a>(flow: &'a __p::Arc<Self>, job: __p::Job<'a, Self>) -> __p::Outcome<Self> {
                    match job.step() {
                        #(#arms)*
                        _ => ::core::unreachable!(),
                    }
                }
            }
        }
    }

    /// Calls one step with what it takes, and hands on what it gives.
    fn arm(&self, number: usize, step: &Step) -> TokenStream {
        let at = number16(number);
        if step.refused || step.contexts().nth(1).is_some() || (!step.is_async && step.blocking.is_none()) {
            return TokenStream::new();
        }
        let name = &step.name;
        let mut names = Vec::new();
        let mut lets = Vec::new();
        for (port, ty) in step.ports().enumerate() {
            let name = format_ident!("__e{port}");
            lets.push(quote!(let #name = <__p::Flag<{ __GRAPH.is_visible(#number) }> as __p::Input<#ty, Self>>::parameter(&mut __events);));
            names.push(name);
        }
        let mut ports = names.into_iter();
        let arguments: Vec<_> = step
            .parameters
            .iter()
            .map(|parameter| match parameter {
                super::model::Parameter::Context(_) => quote!(&__context),
                super::model::Parameter::Port(_) => ports.next().to_token_stream(),
            })
            .collect();
        let context = step.contexts().next().map(|ty| quote!(let __context: #ty = job.context();));
        let (output, routed) = (&step.output, self.is_routed(number, step));
        let effects = quote!(<__p::Flag<{ #routed }> as __p::Output<#output, Self>>::effects);
        let prepare = quote! {
            #context
            let mut __events = job.events();
            #(#lets)*
        };
        let Some(blocking) = step.blocking.as_ref().filter(|_| !step.is_async) else {
            // One span for all of it, so that a future that is not `Send` is reported once.
            let call = quote_spanned!(name.span()=> __p::send(Self::#name(flow, #(#arguments),*)).await);
            return quote! {
                #at => {
                    #prepare
                    #effects(#call)
                }
            };
        };
        quote! {
            #at => {
                let __offload = job.offload(#blocking);
                #prepare
                let flow = __p::Arc::clone(flow);
                __p::blocking(__offload, move || #effects(Self::#name(&flow, #(#arguments),*))).await
            }
        }
    }

    /// Whether a step's output has its routes; where a check refuses it, they are not asked for.
    fn is_routed(&self, number: usize, step: &Step) -> TokenStream {
        let output = &self.output;
        let stops = types::emitted(&step.output).into_iter().filter_map(|ty| types::argument(ty, "Stop"));
        let others = stops.filter(|ty| ty.to_token_stream().to_string() != output.to_string());
        let others = others.map(|ty| quote!(&& __p::Same::<#ty, #output>::SAME));
        quote!(__GRAPH.is_routed(#number) #(#others)*)
    }

    fn checks(&self) -> TokenStream {
        let name = self.workflow.name.unraw().to_string();
        let own = spanned_call(self.this(), quote!(check_start), quote!(#name));
        let end = spanned_call(self.this(), quote!(check_stop), quote!(#name));
        let (input, output) = (text(&self.input), text(&self.output));
        let leaves = self.leaves.iter().enumerate().map(|(number, leaf)| {
            let (text, input) = (types::text(leaf.ty), format!("Start<{input}>"));
            spanned_call(leaf.ty, quote!(check_leaf), quote!(#number, #text, #input))
        });
        let steps = self.workflow.steps.iter().enumerate().flat_map(|(number, step)| {
            let mut checks = vec![spanned_call(&step.name, quote!(check_step), quote!(#number))];
            for ty in types::emitted(&step.output) {
                checks.push(self.output_check(number, ty, &output));
            }
            for ty in step.contexts() {
                let shape = quote!(<<#ty as __p::StepContext>::Sends as __p::StepOutput>::SHAPE);
                checks.push(spanned_call(ty, quote!(check_taken), quote!(#number, "sends", #shape)));
            }
            checks
        });
        quote! {
            const _: () = #own;
            const _: () = #end;
            #(const _: () = #leaves;)*
            #(const _: () = #steps;)*
        }
    }

    fn output_check(&self, number: usize, ty: &Type, output: &str) -> TokenStream {
        let (text, wanted) = (types::text(ty), format!("Stop<{output}>"));
        let of = &self.output;
        let same = quote!(__p::Same::<#ty, __p::Stop<#of>>::SAME);
        let shape = quote!(<#ty as __p::StepOutput>::SHAPE);
        spanned_call(ty, quote!(check_output), quote!(#number, #shape, #text, #wanted, #same))
    }
}

fn step_entry(step: &Step) -> TokenStream {
    let name = step.name.unraw().to_string();
    let output = &step.output;
    let sends = step.contexts().next().map_or_else(
        || quote!(<() as __p::StepOutput>::SHAPE),
        |ty| quote!(<<#ty as __p::StepContext>::Sends as __p::StepOutput>::SHAPE),
    );
    let ports = number16(step.ports().count());
    let workers = step.options.workers.unwrap_or(WORKERS);
    let timeout = duration(step.options.timeout);
    let unchecked_reachable = step.options.unchecked_reachable || ports == 0;
    let unchecked_dead_end = step.options.unchecked_dead_end;
    quote! {
        __p::Step {
            name: #name,
            emits: <#output as __p::StepOutput>::SHAPE,
            sends: #sends,
            ports: #ports,
            workers: #workers,
            timeout: #timeout,
            unchecked_reachable: #unchecked_reachable,
            unchecked_dead_end: #unchecked_dead_end,
        }
    }
}

/// A call of a check whose error covers all of `tokens`: its first token's span begins the
/// expression, its last one's ends it.
fn spanned_call(tokens: &impl ToTokens, check: TokenStream, arguments: TokenStream) -> TokenStream {
    let mut spans = tokens.to_token_stream().into_iter().map(|token| match token {
        TokenTree::Group(group) => (group.span_open(), group.span_close()),
        token => (token.span(), token.span()),
    });
    let (first, end) = spans.next().unwrap_or((Span::call_site(), Span::call_site()));
    let last = spans.last().map_or(end, |(_, last)| last);
    let graph = Ident::new("__GRAPH", first);
    let check: TokenStream = check
        .into_iter()
        .map(|mut token| {
            token.set_span(last);
            token
        })
        .collect();
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(last);
    quote_spanned!(last=> #graph.#check #arguments)
}

fn text(tokens: &TokenStream) -> String {
    syn::parse2::<Type>(tokens.clone()).map_or_else(|_| tokens.to_string(), |ty| types::text(&ty))
}

fn number16(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}
