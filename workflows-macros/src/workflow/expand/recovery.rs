//! Retries and error handlers.

use super::{Expansion, number16};
use crate::workflow::model::Catches;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;

impl Expansion<'_> {
    /// The methods of `Workflow` about failures.
    pub(crate) fn recovery(&self) -> TokenStream {
        let retries = self.retries();
        let handlers = self.handlers();
        quote!(#retries #handlers)
    }

    fn retries(&self) -> TokenStream {
        let mut arms = Vec::new();
        for (number, step) in self.workflow.steps.iter().enumerate() {
            let Some(policy) = &step.options.retry else { continue };
            let number = number16(number);
            // The reference has the span of the user's expression, where its type is checked.
            let first = policy.to_token_stream().into_iter().next().map(|token| token.span());
            let policy = first.map(|span| quote_spanned!(span=> &(#policy)));
            arms.push(quote!(#number => __p::retry(#policy, __failure)));
        }
        if arms.is_empty() {
            return TokenStream::new();
        }
        quote! {
            fn retry(__step: u16, __failure: &__p::FailedAttempt<'_>) -> __p::Option<__p::Duration> {
                match __step {
                    #(#arms,)*
                    _ => __p::Option::None,
                }
            }
        }
    }

    fn handlers(&self) -> TokenStream {
        let caught = || self.leaves.iter().filter(|leaf| leaf.caught);
        let variants: Vec<_> = caught().map(|leaf| &leaf.variant).collect();
        if variants.is_empty() {
            return TokenStream::new();
        }
        let steps = caught().map(|leaf| number16(leaf.step));
        quote! {
            fn failure(handler: u16, failed: __p::Box<__p::StepFailed>) -> __p::Option<__Event> {
                __p::Option::Some(match handler {
                    #(#steps => __Event::#variants(failed),)*
                    _ => return __p::Option::None,
                })
            }

            fn is_failed(event: &__Event) -> ::core::primitive::bool {
                ::core::matches!(event, #(__Event::#variants(_))|*)
            }

            fn failed(event: __Event) -> __p::Box<__p::StepFailed> {
                match event {
                    #(__Event::#variants(failed))|* => failed,
                    other => __p::unreachable_event(other),
                }
            }
        }
    }
}

/// `#[catch_error(..)]` in the table of steps.
pub(crate) fn catches(catches: Option<&Catches>) -> TokenStream {
    let Some(Catches { steps, max_recoveries, .. }) = catches else { return quote!(__p::Option::None) };
    let steps = match steps {
        None => quote!(__p::Option::None),
        Some((_, steps)) => {
            let steps = steps.iter().map(|step| step.unraw().to_string());
            quote!(__p::Option::Some(&[#(#steps),*]))
        }
    };
    quote!(__p::Option::Some(__p::Catches { steps: #steps, max_recoveries: #max_recoveries }))
}
