//! The checks, each a `const` item with the span of the user's tokens.

use super::{Expansion, is_input, is_output, returned, sends};
use crate::{
    types::{self, Target},
    workflow::{
        assertion::{assert_impl, ends},
        model::Step,
    },
};
use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Type, ext::IdentExt};

impl Expansion<'_> {
    pub(crate) fn proof(&self) -> TokenStream {
        let name = self.workflow.name.unraw().to_string();
        let mut checks = vec![
            spanned_call(self.this(), quote!(check_start), quote!(#name)),
            spanned_call(self.this(), quote!(check_stop), quote!(#name)),
        ];
        let input = self.input.text("Start");
        let mut before = None;
        for (number, leaf) in self.leaves.iter().enumerate() {
            let text = types::text(leaf.ty);
            checks.push(spanned_call(leaf.ty, quote!(check_leaf), quote!(#number, #text, #input)));
            if leaf.port.is_some() && before.replace((leaf.step, leaf.port)) != Some((leaf.step, leaf.port)) {
                let text = types::text(leaf.parameter);
                checks.push(spanned_call(leaf.parameter, quote!(check_port), quote!(#number, #text)));
            }
        }
        let mut known = Vec::new();
        for (number, step) in self.workflow.steps.iter().enumerate() {
            checks.push(spanned_call(&step.name, quote!(check_step), quote!(#number)));
            self.outputs(number, step, &mut checks);
            self.contexts(number, step, &mut checks, &mut known);
            // The parameter of a handler is checked by name and by the graph.
            if !step.is_handler() {
                for ty in step.ports() {
                    assert_types(ty, &is_input(ty), &types::takes(ty), &Target::Input(ty), &mut known);
                }
            }
            let output = &step.output;
            assert_types(output, &is_output(output), &types::gives(output), &Target::Output(output), &mut known);
        }
        quote!(#(const _: () = #checks;)* #(#known)*)
    }

    fn outputs(&self, number: usize, step: &Step, checks: &mut Vec<TokenStream>) {
        let whole = &step.output;
        let wanted = self.output.text("Stop");
        let mut seen = Vec::new();
        let mut rest = Vec::new();
        for ty in types::emitted(whole) {
            let text = types::text(ty);
            let shape = shape(ty);
            let same = ends_the_same(ty);
            checks.push(spanned_call(ty, quote!(check_output), quote!(#number, #shape, #text, #wanted, #same)));
            seen.push(quote!(+ #shape.events()));
            rest.push(quote!(&& (!#shape.stops() || #same)));
        }
        // Aliases are checked only if the visible types are right.
        let text = types::text(whole);
        let same = ends_the_same(whole);
        let same = quote!(#same || !(true #(#rest)*));
        let arguments = quote!(#number, 0 #(#seen)*, #text, #wanted, #same);
        checks.push(spanned_call(whole, quote!(check_whole), arguments));
    }

    fn contexts(&self, number: usize, step: &Step, checks: &mut Vec<TokenStream>, known: &mut Vec<TokenStream>) {
        let this = self.this();
        for ty in step.contexts().take(1) {
            let sends = sends(ty, this);
            let list = types::list(ty).unwrap_or(ty);
            let members = types::listed(ty);
            let shape = quote!(<#sends as __p::StepOutput>::SHAPE);
            checks.push(spanned_call(list, quote!(check_taken), quote!(#number, "sends", #shape)));
            let seen = members.iter().filter(|ty| types::external(ty).is_some()).count();
            checks.push(spanned_call(list, quote!(check_list), quote!(#number, #seen)));
            if !step.is_handler() && step.ports().next().is_none() && !types::is_context(ty) {
                checks.push(spanned_call(&step.name, quote!(check_ports), quote!(#number)));
            }
            let is = quote!(__p::Is::<(#ty, #this)>::__CONTEXT);
            if types::is_context(ty) {
                known.push(assert_impl(ty, ty, &quote!(StepContext<#this>), &is));
            } else {
                let is_event = is_input(ty);
                known.push(assert_impl(ty, ty, &quote!(StepContext<#this>), &quote!(#is || #is_event)));
                known.push(assert_impl(ty, ty, &quote!(TakenByValue), &quote!(!#is_event)));
            }
            let all = quote!(<__p::Known<#ty, { #is }> as __p::StepContext<#this>>::Sends);
            let fine = quote!(__p::Is::<#all>::__LIST);
            let mut inner = Vec::new();
            for member in members {
                let (ty, right, of) = match types::external(member) {
                    Some((wrapper, payload)) => {
                        (payload, quote!(__p::Is::<#payload>::__PAYLOAD), wrapper.payload_trait().into_token_stream())
                    }
                    None => (member, quote!(__p::Is::<#member>::__LISTED), quote!(Listed)),
                };
                known.push(assert_impl(ty, ty, &of, &quote!(#fine || #right)));
                inner.push(right);
            }
            known.push(assert_impl(list, &all, &quote!(List), &quote!(#fine #(|| !#inner)*)));
        }
    }
}

fn shape(ty: &Type) -> TokenStream {
    let known = returned(ty);
    quote!(<#known as __p::StepOutput>::SHAPE)
}

fn ends_the_same(ty: &Type) -> TokenStream {
    let known = returned(ty);
    quote!(__p::Same::<<#known as __p::StepOutput>::Ends, __p::Present<__Output>>::__SAME)
}

/// Asserts that the types in a signature have their roles: the innermost types first, then `whole`, which
/// has the role `as_whole` if `is_valid`. So the error is at the type that is wrong.
fn assert_types(
    whole: &Type,
    is_valid: &TokenStream,
    targets: &[Target<'_>],
    as_whole: &Target<'_>,
    items: &mut Vec<TokenStream>,
) {
    let mut inner = Vec::new();
    for target in targets {
        let (ty, constant, trait_) = target.parts();
        let is_right = quote!(__p::Is::<#ty>::#constant);
        items.push(assert_impl(ty, ty, &trait_, &quote!(#is_valid || #is_right)));
        inner.push(is_right);
    }
    if let [target] = targets
        && types::text(target.parts().0) == types::text(whole)
    {
        return;
    }
    let (_, _, trait_) = as_whole.parts();
    // If an inner type is wrong, that is the error.
    items.push(assert_impl(whole, whole, &trait_, &quote!(#is_valid #(|| !#inner)*)));
}

/// A call of a check of the graph whose error covers all of `tokens`: the span of an expression reaches
/// from its first token to its last.
fn spanned_call(tokens: &impl ToTokens, check: TokenStream, arguments: TokenStream) -> TokenStream {
    let (first, last) = ends(tokens);
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
