//! The functions that pass resources and configs to the parameters of steps and factories.

use super::Expansion;
use crate::{
    assertion::{assert_impl, named_assertion},
    workflow::model::{Factory, Injected, Source},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{ext::IdentExt, spanned::Spanned};

impl Expansion<'_> {
    /// One function for each parameter of `of`.
    pub(crate) fn lends<'a>(&self, of: &Ident, parameters: impl Iterator<Item = &'a Injected>) -> Vec<TokenStream> {
        let mut functions = Vec::new();
        for (number, injected) in parameters.enumerate() {
            let name = lender(of, number);
            match &injected.source {
                Source::Resource(resource) => {
                    if let Some(factory) = self.workflow.factory(resource).filter(|factory| !factory.refused) {
                        functions.push(self.lend_resource(&name, injected, factory));
                    }
                }
                Source::Config(_) => functions.push(self.lend_config(&name, injected)),
            }
        }
        functions
    }

    /// The reference coerces to the parameter's type: `String` is lent as `&str`, too.
    fn lend_resource(&self, name: &Ident, injected: &Injected, factory: &Factory) -> TokenStream {
        let ty = injected.value();
        let kept = self.aliases.value(&factory.output);
        if self.aliases.has_parameter(ty) || self.aliases.has_parameter(&factory.output) {
            return lend_generic(name, injected, &kept);
        }
        let taken = self.aliases.name(ty);
        let made = quote!(__p::Type<#kept>);
        let lends = quote!(__p::Lends::<#made, #taken>);
        let is_lent = quote! {
            #lends::__SAME || #lends::__DEREFERENCES || #lends::__DEREFERENCES_TWICE || #lends::__IS_DEEP
                || !#lends::__IS_SIZED
        };
        let rejected = quote!(__p::NotLent<__p::Lent<#taken, { #is_lent }>>);
        let assertion = assert_impl(ty, rejected, &quote!(LentBy<#made>));
        let constant = format_ident!("__IS_LENT{}", self.aliases.next_number());
        self.aliases.add(named_assertion(ty, &constant, &assertion));
        // At the type, where rustc reports what the assertion does not decide.
        let value = Ident::new("value", ty.span());
        quote! {
            fn #name(kept: &__p::Accepted<#kept>) -> &__p::LentType<__p::Lent<#taken, { #constant }>> {
                let #value: &#made = <#kept as __p::Checkable>::lend(kept);
                #value
            }
        }
    }

    fn lend_config(&self, name: &Ident, injected: &Injected) -> TokenStream {
        let ty = &injected.ty;
        let config = self.aliases.config(injected.value());
        let given = if injected.is_copied() {
            let cloned = self.aliases.cloned(injected.value());
            quote!(<#cloned as __p::CloneConfig>::cloned(value))
        } else {
            quote!(value)
        };
        quote! {
            fn #name(kept: &__p::Accepted<#config>) -> #ty {
                let value: &__p::Type<#config> = <#config as __p::Checkable>::lend(kept);
                #given
            }
        }
    }

    /// The argument for a resource or config.
    pub(crate) fn lent(&self, of: &Ident, number: usize) -> TokenStream {
        let slots = self.slots_type();
        let lender = lender(of, number);
        let variable = variable(number);
        quote!(#slots::#lender(&#variable))
    }
}

/// No constant can compare types with parameters, so rustc reports a different type, at the parameter's.
fn lend_generic(name: &Ident, injected: &Injected, kept: &TokenStream) -> TokenStream {
    let ty = &injected.ty;
    let value = Ident::new("value", ty.span());
    quote! {
        fn #name(kept: &__p::Accepted<#kept>) -> #ty {
            let #value: &__p::Type<#kept> = <#kept as __p::Checkable>::lend(kept);
            #value
        }
    }
}

fn lender(of: &Ident, number: usize) -> Ident {
    format_ident!("__r{number}_of_{}", of.unraw(), span = Span::call_site())
}

/// The variable of a value in the code that calls a step or a factory.
pub(crate) fn variable(number: usize) -> Ident {
    format_ident!("__r{number}")
}
