//! The slots of resources and configs.

use super::Expansion;
use crate::{
    types,
    workflow::model::{Config, Factory, Injected, Source, Step},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::Type;

/// A config. Several parameters may take it.
pub(crate) struct Reading<'a> {
    pub(crate) config: &'a Config,
    pub(crate) ty: &'a Type,
    /// The number of its file.
    pub(crate) file: usize,
}

impl Expansion<'_> {
    /// The type of the slots of an instance.
    pub(crate) fn slots(&self) -> TokenStream {
        if !self.injects() {
            return quote!(());
        }
        let (_, arguments, _) = self.workflow.generics.split_for_impl();
        quote!(__p::Cache<Self, __Cached #arguments>)
    }

    pub(crate) fn injects(&self) -> bool {
        self.workflow.steps.iter().any(|step| step.injected().next().is_some())
    }

    /// The struct with the slots, as the path of its functions.
    pub(crate) fn slots_type(&self) -> TokenStream {
        let (_, arguments, _) = self.workflow.generics.split_for_impl();
        if self.workflow.is_generic() { quote!(<__Cached #arguments>) } else { quote!(__Cached) }
    }

    /// The slots of an instance, and those of an execution.
    pub(crate) fn slot_structs(&self, needed: &[&Factory], readings: &[Reading<'_>]) -> TokenStream {
        let mut cached = Vec::new();
        let mut fresh = Vec::new();
        for factory in needed {
            let value = self.aliases.value(&factory.output);
            let slots = if factory.cached { &mut cached } else { &mut fresh };
            slots.push((factory.name.clone(), quote!(__p::Slot<__p::Accepted<#value>>)));
        }
        let files = readings.iter().map(|reading| reading.file).max().map_or(0, |last| last + 1);
        for number in 0..files {
            cached.push((format_ident!("__file{number}"), quote!(__p::Slot<__p::File>)));
        }
        for (number, reading) in readings.iter().enumerate() {
            let config = self.aliases.config(reading.ty);
            cached.push((format_ident!("__config{number}"), quote!(__p::Slot<__p::Accepted<#config>>)));
        }
        let cached = self.slot_struct("__Cached", &cached);
        let fresh = self.slot_struct("__Fresh", &fresh);
        quote!(#cached #fresh)
    }

    fn slot_struct(&self, name: &str, slots: &[(Ident, TokenStream)]) -> TokenStream {
        let struct_name = Ident::new(name, Span::call_site());
        let (names, types): (Vec<_>, Vec<_>) = slots.iter().cloned().unzip();
        if !self.workflow.is_generic() {
            return quote! {
                #[derive(__p::Default)]
                pub struct #struct_name {
                    #(#names: #types,)*
                }
            };
        }
        let (parameters, arguments, bounds) = self.workflow.generics.split_for_impl();
        let of = self.workflow.generics.type_params().map(|parameter| &parameter.ident);
        // Not derived: that would require `Default` of the parameters.
        quote! {
            pub struct #struct_name #parameters #bounds {
                #(#names: #types,)*
                __of: __p::PhantomData<(#(fn() -> __p::PhantomData<#of>,)*)>,
            }

            impl #parameters __p::Default for #struct_name #arguments #bounds {
                fn default() -> Self {
                    Self { #(#names: __p::Default::default(),)* __of: __p::PhantomData }
                }
            }
        }
    }

    /// Every config that a step or a factory takes, in the order of the steps.
    pub(crate) fn readings(&self) -> Vec<Reading<'_>> {
        let mut readings: Vec<Reading<'_>> = Vec::new();
        let of_factories = self.workflow.needed().into_iter().flat_map(|factory| factory.parameters.iter());
        for injected in self.workflow.steps.iter().flat_map(Step::injected).chain(of_factories) {
            let Source::Config(config) = &injected.source else { continue };
            let ty = injected.value();
            if readings.iter().any(|known| known.is(config, ty)) {
                continue;
            }
            let known = readings.iter().find(|known| known.config.file.value() == config.file.value());
            let file = match known {
                Some(known) => known.file,
                None => readings.iter().map(|known| known.file + 1).max().unwrap_or(0),
            };
            readings.push(Reading { config, ty, file });
        }
        readings
    }

    /// The function that makes the value of a parameter.
    pub(crate) fn make(&self, injected: &Injected) -> TokenStream {
        let slots = self.slots_type();
        match &injected.source {
            Source::Resource(name) => quote!(#slots::#name),
            Source::Config(config) => {
                let number = self.readings().iter().position(|known| known.is(config, injected.value()));
                let name = format_ident!("__config{}", number.unwrap_or_default());
                quote!(#slots::#name)
            }
        }
    }
}

impl Reading<'_> {
    fn is(&self, config: &Config, ty: &Type) -> bool {
        self.config.file.value() == config.file.value()
            && self.config.select == config.select
            && types::text(self.ty) == types::text(ty)
    }
}
