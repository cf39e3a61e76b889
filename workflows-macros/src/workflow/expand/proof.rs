//! The checks, each a `const` item at the user's tokens that it is about.

use super::{Expansion, literal, waits::name_of_hidden};
use crate::{
    assertion::assert_impl,
    place::{ends, item_at, spanned},
    types::{self, Target},
    workflow::{graph::EventInput, model::Step},
};
use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use std::collections::{HashMap, hash_map::Entry};
use syn::Type;

/// The checks so far.
#[derive(Default)]
struct Checks {
    items: Vec<TokenStream>,
    mentions: Mentions,
}

/// The types that may be declared by the user, each with the type that was checked where it is mentioned first.
#[derive(Default)]
struct Mentions(HashMap<String, TokenStream>);

impl Mentions {
    /// What is `rejected` as a part of `whole`, unless the first mention of the type was rejected as well: a missing
    /// `#[event]` is one mistake, wherever the type is used.
    fn once(&mut self, ty: &Type, whole: &TokenStream, rejected: TokenStream) -> TokenStream {
        if !types::is_own(ty) {
            return rejected;
        }
        match self.0.entry(types::text(ty)) {
            Entry::Occupied(first) => {
                let first = first.get();
                quote!(__p::IfAccepted<#first, #rejected>)
            }
            Entry::Vacant(first) => {
                first.insert(whole.clone());
                rejected
            }
        }
    }
}

impl Expansion<'_> {
    pub(crate) fn checks(&self) -> TokenStream {
        let mut checks = Checks::default();
        checks.items.push(check(self.this(), &[graph_check(self.this(), "check_start", quote!())]));
        checks.items.push(check(self.this(), &[graph_check(self.this(), "check_stop", quote!())]));
        let mut first = 0;
        for (number, step) in self.workflow.steps.iter().enumerate() {
            Self::check_step(number, step, &mut checks);
            self.check_constants(step, &mut checks.items);
            self.check_context(number, step, &mut checks);
            while let Some(input) = self.inputs.get(first).filter(|input| input.step == number) {
                let len = match input.port {
                    Some(port) => self.inputs[first..]
                        .iter()
                        .take_while(|other| other.step == number && other.port == Some(port))
                        .count(),
                    None => 1,
                };
                self.check_parameter(first, &self.inputs[first..first + len], &mut checks);
                first += len;
            }
            self.check_output(number, step, &mut checks);
        }
        let Checks { items, .. } = checks;
        quote!(#(#items)*)
    }

    /// One parameter with all of its event types, or one response that a step waits for.
    fn check_parameter(&self, first: usize, inputs: &[EventInput<'_>], checks: &mut Checks) {
        let parameter = inputs[0].parameter;
        let is_asserted = inputs[0].port.is_some() && !inputs[0].caught;
        let targets = if is_asserted { types::takes(parameter) } else { Vec::new() };
        let whole = Target::Input(parameter);
        let is_one = inputs.len() == 1 && is_same(inputs[0].ty, parameter);
        for (at, input) in inputs.iter().enumerate() {
            let mut at_event = Vec::new();
            match targets.get(at) {
                Some(Target::Input(_)) if is_one => at_event.push(self.assert_whole(&whole, &[], &mut checks.mentions)),
                Some(target @ Target::Input(_)) => {
                    at_event.push(self.assert_part(target, &whole, &mut checks.mentions));
                }
                Some(target) => {
                    checks
                        .items
                        .push(check(target.parts().0, &[self.assert_part(target, &whole, &mut checks.mentions)]));
                    if is_one {
                        at_event.push(self.assert_whole(&whole, &targets, &mut checks.mentions));
                    }
                }
                None => {}
            }
            let name = if is_one && input.port.is_some() { "check_input" } else { "check_event" };
            let number = literal(first + at);
            let text = &input.text;
            at_event.push(graph_check(input.ty, name, quote!(#number, #text)));
            checks.items.push(check(input.ty, &at_event));
        }
        if !is_one {
            let mut at_parameter = Vec::new();
            if is_asserted {
                at_parameter.push(self.assert_whole(&whole, &targets, &mut checks.mentions));
            }
            let number = literal(first);
            let text = types::text(parameter);
            at_parameter.push(graph_check(parameter, "check_parameter", quote!(#number, #text)));
            checks.items.push(check(parameter, &at_parameter));
        }
    }

    /// What comes before and behind a step.
    fn check_step(number: usize, step: &Step, checks: &mut Checks) {
        let number = literal(number);
        checks.items.push(check(&step.name, &[graph_check(&step.name, "check_step", quote!(#number))]));
        // Behind an alias may be the context or a resource, so only the graph knows whether it takes anything.
        let is_alias = step.contexts().next().is_some_and(|ty| !types::is_context(ty));
        if is_alias && !step.is_handler() && step.ports().next().is_none() {
            checks.items.push(check(&step.name, &[graph_check(&step.name, "check_ports", quote!(#number))]));
        }
    }

    /// A step's output, and every event type in it.
    fn check_output(&self, number: usize, step: &Step, checks: &mut Checks) {
        let number = literal(number);
        let output = &step.output;
        let parts = types::emitted(output);
        let targets = types::gives(output);
        let whole = Target::Output(output);
        let is_one = matches!(parts[..], [part] if is_same(part, output));
        let mut named = Vec::new();
        for (part, target) in parts.into_iter().zip(&targets) {
            if !matches!(target, Target::Output(_)) {
                checks.items.push(check(target.parts().0, &[self.assert_part(target, &whole, &mut checks.mentions)]));
            }
            if is_one {
                break;
            }
            let mut at_part = Vec::new();
            if matches!(target, Target::Output(_)) {
                at_part.push(self.assert_part(target, &whole, &mut checks.mentions));
            }
            let alias = self.aliases.output(part);
            let text = types::text(part);
            let ends = self.ends_with(part);
            let arguments = quote!(#number, __p::shape::<#alias>(), #text, #ends);
            at_part.push(graph_check(part, "check_emitted", arguments));
            checks.items.push(check(part, &at_part));
            named.push(quote!((__p::shape::<#alias>(), #ends)));
        }
        if let Some(failure @ Target::Failure(ty)) = targets.last() {
            checks.items.push(check(*ty, &[self.assert_part(failure, &whole, &mut checks.mentions)]));
        }
        let inner = match &targets[..] {
            [Target::Output(_)] if is_one => &[],
            targets => targets,
        };
        let text = types::text(&step.returned);
        let ends = self.ends_with(output);
        let arguments = quote!(#number, #text, #ends, &[#(#named),*]);
        let at_output =
            [self.assert_whole(&whole, inner, &mut checks.mentions), graph_check(output, "check_output", arguments)];
        checks.items.push(check(output, &at_output));
    }

    /// A step's context, its list, and every member of the list.
    fn check_context(&self, step_number: usize, step: &Step, checks: &mut Checks) {
        let Some(ty) = step.contexts().next() else { return };
        let number = literal(step_number);
        let context = self.aliases.context(ty);
        let all = self.aliases.list(ty);
        let is_context = quote!(StepContext<__This>);
        if self.workflow.is_generic() {
            checks.items.push(self.check_generic_context(ty));
        } else if types::is_context(ty) {
            checks.items.push(check(ty, &[assert_impl(ty, quote!(__p::Rejected<#context>), &is_context)]));
        } else {
            let taken = self.aliases.input(ty);
            let rejected = quote!(__p::IfRejected<#taken, __p::Rejected<#context>>);
            let at_reference = [
                assert_impl(ty, quote!(__p::Accepted<#taken>), &quote!(TakenByValue)),
                assert_impl(ty, rejected, &is_context),
            ];
            checks.items.push(check(ty, &at_reference));
        }
        let list = types::list(ty).unwrap_or(ty);
        let members = types::listed(ty);
        let mut rejected = quote!(__p::Rejected<#all>);
        for member in &members {
            let (ty, alias, of) = match types::external(member) {
                Some((wrapper, payload)) => {
                    (payload, self.aliases.payload(payload), wrapper.payload_trait().into_token_stream())
                }
                None => (*member, self.aliases.listed(member), quote!(Listed)),
            };
            checks.items.push(check(ty, &[assert_impl(ty, quote!(__p::IfRejected<#all, __p::Rejected<#alias>>), &of)]));
            rejected = quote!(__p::IfAccepted<#alias, #rejected>);
        }
        let seen = literal(members.iter().filter(|ty| types::external(ty).is_some()).count());
        let assertion = assert_impl(list, rejected, &quote!(List));
        let graph_check = graph_check(list, "check_list", quote!(#number, #seen));
        if self.has_hidden_list(ty) {
            let name = name_of_hidden(step_number);
            let end = ends(list).1;
            // Not a check of the graph: of a constant that panics, the compiler reports every use.
            let visible = quote!(__p::Checked<__p::Accepted<#all>, { __GRAPH.is_list_visible(#number, #seen) }>);
            let is_visible = assert_impl(list, quote!(__p::Rejected<#visible>), &quote!(VisibleList));
            let value = quote_spanned! {end=>
                { let () = #assertion; let () = #is_visible; #graph_check; ::core::primitive::usize::MAX - #number }
            };
            checks.items.push(item_at(list, quote!(const #name: ::core::primitive::usize =), &value));
        } else {
            checks.items.push(check(list, &[assertion, graph_check]));
        }
    }

    /// In a function with the workflow's parameters, so the message names the workflow and not the placeholder.
    fn check_generic_context(&self, ty: &Type) -> TokenStream {
        let written = self.workflow.written(ty);
        let context = self.made_context(ty);
        let this = self.this();
        let (parameters, bounds) = self.generics();
        let is_context = assert_impl(&written, quote!(__p::Rejected<#context>), &quote!(StepContext<#this>));
        quote!(const _: () = { fn __check #parameters() #bounds { #is_context } };)
    }

    fn target(&self, target: &Target<'_>) -> TokenStream {
        match target {
            Target::Input(ty) => self.aliases.input(ty),
            Target::Output(ty) => self.aliases.output(ty),
            Target::Payload(_, ty) => self.aliases.payload(ty),
            Target::Failure(ty) => self.aliases.failure(ty),
        }
    }

    /// Reports a part of a type if it is why the whole type is rejected.
    fn assert_part(&self, part: &Target<'_>, whole: &Target<'_>, mentions: &mut Mentions) -> TokenStream {
        let (ty, _, trait_) = part.parts();
        let whole = self.target(whole);
        let alias = self.target(part);
        let mut rejected = quote!(__p::IfRejected<#whole, __p::Rejected<#alias>>);
        if part.is_event() {
            rejected = mentions.once(ty, &whole, rejected);
        }
        assert_impl(ty, rejected, &trait_.into_token_stream())
    }

    /// Reports a whole type if it is rejected and none of its parts is.
    fn assert_whole(&self, whole: &Target<'_>, parts: &[Target<'_>], mentions: &mut Mentions) -> TokenStream {
        let (ty, _, trait_) = whole.parts();
        let whole = self.target(whole);
        let mut rejected = quote!(__p::Rejected<#whole>);
        if parts.is_empty() {
            rejected = mentions.once(ty, &whole, rejected);
        }
        for part in parts {
            let part = self.target(part);
            rejected = quote!(__p::IfAccepted<#part, #rejected>);
        }
        assert_impl(ty, rejected, &trait_.into_token_stream())
    }
}

fn is_same(a: &Type, b: &Type) -> bool {
    types::text(a) == types::text(b)
}

/// An item with checks at the tokens `place`.
fn check(place: &impl ToTokens, checks: &[TokenStream]) -> TokenStream {
    let begin = quote!(const _: () =);
    match checks {
        [check] => item_at(place, begin, check),
        [assertions @ .., last] => {
            let end = ends(place).1;
            let assertions = assertions.iter().map(|assertion| quote_spanned!(end=> let () = #assertion;));
            item_at(place, begin, &quote_spanned!(end=> { #(#assertions)* #last }))
        }
        [] => TokenStream::new(),
    }
}

/// Calls a check of the graph, with `place` as the span of the error, as in [`assert_impl`].
fn graph_check(place: &impl ToTokens, check: &str, arguments: TokenStream) -> TokenStream {
    let (first, last) = ends(place);
    let graph = Ident::new("__GRAPH", first);
    let check = Ident::new(check, last);
    let mut arguments = Group::new(Delimiter::Parenthesis, spanned(arguments, last));
    arguments.set_span(last);
    quote_spanned!(last=> #graph.#check #arguments)
}
