//! One function per async step that calls it, placed at the step's name.
//!
//! rustc reports a future that is not `Send` at the call. This keeps the user's spans out of the dispatch, which is
//! the largest body of all and would else be checked again whenever a token moves.

use super::Expansion;
use crate::{
    place::spanned,
    workflow::model::{Injected, Parameter, Step},
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

impl Expansion<'_> {
    pub(crate) fn calls(&self) -> TokenStream {
        let mut calls = TokenStream::new();
        for (number, step) in self.workflow.steps.iter().enumerate() {
            if self.is_called(step) && step.is_async {
                calls.extend(self.call(number, step));
            }
        }
        calls
    }

    fn call(&self, number: usize, step: &Step) -> TokenStream {
        let name = &step.name;
        let output = if self.workflow.is_generic() {
            spanned(step.returned.to_token_stream(), step.name.span())
        } else {
            self.aliases.name(&step.output)
        };
        // All of it has one span, because rustc then reports a future that is not `Send` once.
        let span = name.span();
        let output = spanned(output, span);
        let callee = spanned(self.callee(step), span);
        let function = Ident::new(&name_of_call(number).to_string(), span);
        let arguments: Vec<_> =
            (0..step.parameters.len()).map(|at| format_ident!("__argument{at}", span = span)).collect();
        let parameters = step.parameters.iter().map(|parameter| self.parameter_type(parameter));
        let parameters = parameters.map(|ty| spanned(ty, span));
        let this = spanned(self.this_alias(), span);
        // `cargo workflows check` finds the futures of steps by the instances of these functions.
        let send = Ident::new(if step.options.allow_blocking { "send_allowed" } else { "send" }, span);
        let generics = &self.workflow.generics.params;
        let generics = spanned(quote!(#generics), span);
        let bounds = spanned(self.generics().1.to_token_stream(), span);
        quote_spanned! {span=>
            fn #function<'workflow, #generics>(
                workflow: &'workflow __p::Instance<#this>,
                #(#arguments: #parameters),*
            ) -> impl ::core::future::Future<Output = #output> + ::core::marker::Send + 'workflow #bounds {
                __p::#send(#callee::#name(workflow, #(#arguments),*))
            }
        }
    }

    /// The workflow's type in a call; an error if the step takes a resource or an event that cannot be shared, because
    /// its future is not `Send` then.
    fn callee(&self, step: &Step) -> TokenStream {
        let mut resources: Vec<_> = step.injected().filter_map(Injected::resource).collect();
        resources.sort();
        resources.dedup();
        if self.workflow.is_generic() {
            return self.this_path();
        }
        let callee = if self.takes_events() { quote!(__Callee) } else { quote!(__This) };
        if resources.is_empty() {
            return callee;
        }
        let are_shareable = resources.into_iter().map(|name| self.shareable_name(name));
        quote!(<__p::Type<__p::Checked<#callee, { #(#are_shareable)&&* }>>>)
    }

    fn parameter_type(&self, parameter: &Parameter) -> TokenStream {
        match parameter {
            Parameter::Port(ty) => {
                let ty = self.aliases.name(ty);
                quote!(#ty)
            }
            Parameter::Context(ty) => {
                if self.workflow.is_generic() {
                    let ty = self.workflow.written(ty);
                    return quote!(&'workflow #ty);
                }
                let ty = self.aliases.name(ty);
                quote!(&'workflow #ty)
            }
            Parameter::Injected(injected) => {
                let ty = self.aliases.name(injected.value());
                if injected.is_copied() { quote!(#ty) } else { quote!(&'workflow #ty) }
            }
        }
    }
}

/// The function that calls a step.
pub(crate) fn name_of_call(number: usize) -> Ident {
    format_ident!("__call{number}")
}
