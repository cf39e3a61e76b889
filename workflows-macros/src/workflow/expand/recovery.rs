//! What happens to failures: retries, and the error handlers that take them.

use super::{Expansion, literal};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};

impl Expansion<'_> {
    /// The methods of `Workflow` about failures that differ from their defaults.
    pub(crate) fn recovery(&self) -> TokenStream {
        let retries = self.retries();
        let handlers = self.handlers();
        quote!(#retries #handlers)
    }

    fn retries(&self) -> TokenStream {
        let mut arms = Vec::new();
        for (number, step) in self.workflow.steps.iter().enumerate() {
            let Some(policy) = &step.options.retry else { continue };
            let number = literal(number);
            // The reference is placed at the user's expression, where rustc reports that its type is no policy.
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
        let caught = || self.inputs.iter().filter(|input| input.caught);
        let variants: Vec<_> = caught().map(|input| &input.variant).collect();
        if variants.is_empty() {
            return TokenStream::new();
        }
        let steps = caught().map(|input| literal(input.step));
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
