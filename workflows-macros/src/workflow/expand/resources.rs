//! Slots for resources and configs, and the functions that fill them.

use super::Expansion;
use crate::{
    types,
    workflow::{
        assertion::assert_impl,
        model::{Config, Factory, Injected, Source, Step},
    },
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Type, ext::IdentExt, spanned::Spanned};

/// A config, once for all parameters that take it.
struct Reading<'a> {
    config: &'a Config,
    ty: &'a Type,
    /// The index of its file.
    file: usize,
}

impl Expansion<'_> {
    /// The type of an instance's slots, or `()`.
    pub(crate) fn slots(&self) -> TokenStream {
        if self.injects() { quote!(__p::Cache<Self, __Cached>) } else { quote!(()) }
    }

    fn injects(&self) -> bool {
        self.workflow.steps.iter().any(|step| step.injected().next().is_some())
    }

    /// Whether all resources of a step can be created.
    pub(crate) fn can_make(&self, step: &Step) -> bool {
        let injected: Vec<_> = step.injected().collect();
        self.workflow.can_make(&injected)
    }

    /// Binds the resources of a step.
    pub(crate) fn inject(&self, step: &Step) -> TokenStream {
        let name = step.name.unraw().to_string();
        let values = step.injected().enumerate().map(|(number, injected)| {
            let variable = variable(number);
            let make = self.make(injected);
            quote!(let #variable = #make(&__scope).await?;)
        });
        if step.injected().next().is_none() {
            return TokenStream::new();
        }
        quote! {
            let __fresh = __p::Default::default();
            let __scope = __p::Scope::new(workflow, &__fresh, #name);
            #(#values)*
        }
    }

    pub(crate) fn resources(&self) -> TokenStream {
        if !self.injects() {
            return TokenStream::new();
        }
        let this = self.this();
        let readings = self.readings();
        let needed: Vec<_> = self.workflow.needed().into_iter().filter(|factory| !factory.refused).collect();
        let slot = |factory: &&Factory| {
            let name = &factory.name;
            let output = &factory.output;
            quote!(#name: __p::Slot<__p::made!(#output)>)
        };
        let cached = needed.iter().filter(|factory| factory.cached).map(slot);
        let fresh = needed.iter().filter(|factory| !factory.cached).map(slot);
        let files = readings.iter().map(|reading| reading.file).max().map_or(0, |last| last + 1);
        let files = (0..files).map(|number| format_ident!("__file{number}"));
        let configs = readings.iter().enumerate().map(|(number, reading)| {
            let name = format_ident!("__config{number}");
            let ty = reading.ty;
            quote!(#name: __p::Slot<__p::read!(#ty)>)
        });
        let factories = needed.iter().map(|factory| self.factory(factory));
        let reads = readings.iter().enumerate().map(|(number, reading)| Self::reading(number, reading));
        let lends = self.workflow.steps.iter().flat_map(|step| self.lends(&step.name, step.injected()));
        let inner = needed.iter().flat_map(|factory| self.lends(&factory.name, factory.parameters.iter()));
        let checks = self.workflow.steps.iter().filter(|step| self.can_make(step)).map(|step| self.checks(step));
        let refusals = self.refusals(&needed, &readings);
        quote! {
            type __This = #this;

            #[derive(__p::Default)]
            pub struct __Cached {
                #(#cached,)*
                #(#files: __p::Slot<__p::File>,)*
                #(#configs,)*
            }

            #[derive(__p::Default)]
            pub struct __Fresh {
                #(#fresh,)*
            }

            impl __Cached {
                #(#factories)*
                #(#reads)*
                #(#lends)*
                #(#inner)*
            }

            #(#refusals)*

            #[automatically_derived]
            impl __p::Injected<__This> for __Cached {
                type Fresh = __Fresh;

                fn instances() -> &'static __p::Instances<__This, __p::Arc<Self>> {
                    static __RESOURCES: __p::Instances<__This, __p::Arc<__Cached>> = __p::Instances::new();
                    &__RESOURCES
                }

                async fn check(check: &__p::Check<'_, __This, Self>) {
                    #(#checks)*
                }
            }
        }
    }

    /// Every config that is used, in the order of the steps.
    fn readings(&self) -> Vec<Reading<'_>> {
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

    /// The function that creates the value of a parameter.
    fn make(&self, injected: &Injected) -> TokenStream {
        match &injected.source {
            Source::Resource(name) => quote!(__Cached::#name),
            Source::Config(config) => {
                let number = self.readings().iter().position(|known| known.is(config, injected.value()));
                let name = format_ident!("__config{}", number.unwrap_or_default());
                quote!(__Cached::#name)
            }
        }
    }

    fn factory(&self, factory: &Factory) -> TokenStream {
        let name = &factory.name;
        let output = &factory.output;
        let text = name.unraw().to_string();
        let kept = if factory.cached { quote!(cached) } else { quote!(fresh) };
        let values = factory.parameters.iter().enumerate().map(|(number, injected)| {
            let variable = variable(number);
            let make = self.make(injected);
            quote!(let #variable = #make(scope).await?;)
        });
        let arguments = (0..factory.parameters.len()).map(|number| lent(name, number));
        let keep = quote!(<__p::maker!(#output) as __p::Make<#output>>::make);
        let call = if let Some(kind) = &factory.blocking {
            let shared = factory.takes_self().then(|| quote!(let workflow = scope.share();));
            let workflow = factory.takes_self().then(|| quote!(&workflow,));
            quote! {
                #shared
                let made = __p::make_blocking(#kind, move || #keep(__This::#name(#workflow #(#arguments),*))).await;
            }
        } else {
            let scope = Ident::new("scope", Span::call_site());
            let workflow = factory.takes_self().then(|| quote!(#scope.workflow(),));
            let call = quote_spanned!(name.span()=> __p::send(__This::#name(#workflow #(#arguments),*)).await);
            quote!(let made = #keep(#call);)
        };
        quote! {
            async fn #name(
                scope: &__p::Scope<'_, __This, Self>,
            ) -> __p::Result<__p::Arc<__p::made!(#output)>, __p::ResourceError> {
                let scope = &scope.enter(#text);
                let make = || async move {
                    #(#values)*
                    #call
                    scope.made(made)
                };
                scope.#kept().#name.get(scope, make).await
            }
        }
    }

    fn reading(number: usize, reading: &Reading<'_>) -> TokenStream {
        let ty = reading.ty;
        let name = format_ident!("__config{number}");
        let file = format_ident!("__file{}", reading.file);
        let path = reading.config.file.value();
        let select = &reading.config.select;
        quote! {
            async fn #name(
                scope: &__p::Scope<'_, __This, Self>,
            ) -> __p::Result<__p::Arc<__p::read!(#ty)>, __p::ResourceError> {
                scope.config(&scope.cached().#name, &scope.cached().#file, #path, #select).await
            }
        }
    }

    /// The functions that borrow values for parameters. They compare the type with that of the factory.
    fn lends<'a>(&self, of: &Ident, parameters: impl Iterator<Item = &'a Injected>) -> Vec<TokenStream> {
        let lend = |(number, injected): (usize, &Injected)| {
            let name = lender(of, number);
            let ty = &injected.ty;
            let (kept, fine, lent) = match &injected.source {
                Source::Resource(resource) => {
                    let factory = self.workflow.factory(resource).filter(|factory| !factory.refused)?;
                    let output = &factory.output;
                    (quote!(__p::made!(#output)), quote!(__p::is_made!(#output)), quote!(__p::value!(#output)))
                }
                Source::Config(_) => {
                    let value = injected.value();
                    (quote!(__p::read!(#value)), quote!(__p::Is::<#value>::__CONFIG), value.to_token_stream())
                }
            };
            // One span, so a mismatch is reported at the user's type.
            let value = Ident::new("value", ty.span());
            let given = if injected.is_copied() {
                quote!(<__p::Flag<{ __p::Is::<#lent>::__CLONE }> as __p::Copied<#lent>>::copied(#value))
            } else {
                value.to_token_stream()
            };
            Some(quote! {
                fn #name(kept: &#kept) -> #ty {
                    let #value: &#lent = <__p::Flag<{ #fine }> as __p::Lend<#lent>>::lend(kept);
                    #given
                }
            })
        };
        parameters.enumerate().filter_map(lend).collect()
    }

    /// Assertions about the types of resources and configs.
    fn refusals(&self, needed: &[&Factory], readings: &[Reading<'_>]) -> Vec<TokenStream> {
        let mut refusals = Vec::new();
        let mut refuse = |place: &Type, ty: TokenStream, constant: &str, of: &str| {
            let constant = format_ident!("{constant}");
            let of = format_ident!("{of}");
            refusals.push(assert_impl(place, &ty, &of, &quote!(__p::Is::<#ty>::#constant)));
        };
        for factory in needed {
            let output = &factory.output;
            let inner =
                ["Result", "StepResult"].iter().find_map(|name| types::arguments(output, name)).unwrap_or_default();
            let value = inner.first().copied().unwrap_or(output);
            let failure = inner.get(1).copied().unwrap_or(output);
            refuse(value, quote!(__p::value!(#output)), "__SHAREABLE", "Shareable");
            refuse(failure, quote!(__p::failure!(#output)), "__FAILURE", "Failing");
        }
        for reading in readings {
            refuse(reading.ty, reading.ty.to_token_stream(), "__CONFIG", "ConfigType");
        }
        let of_factories = needed.iter().flat_map(|factory| factory.parameters.iter());
        for injected in self.workflow.steps.iter().flat_map(Step::injected).chain(of_factories) {
            if injected.is_copied() {
                refuse(&injected.ty, injected.ty.to_token_stream(), "__CLONE", "CopiedConfig");
            }
        }
        refusals
    }

    fn checks(&self, step: &Step) -> TokenStream {
        let name = step.name.unraw().to_string();
        let notes = step.injected().map(|injected| {
            let make = self.make(injected);
            quote!(check.note(#make(&check.scope(#name)).await);)
        });
        quote!(#(#notes)*)
    }
}

impl Reading<'_> {
    fn is(&self, config: &Config, ty: &Type) -> bool {
        self.config.file.value() == config.file.value()
            && self.config.select == config.select
            && types::text(self.ty) == types::text(ty)
    }
}

fn variable(number: usize) -> Ident {
    format_ident!("__r{number}")
}

fn lender(of: &Ident, number: usize) -> Ident {
    format_ident!("__r{number}_of_{}", of.unraw())
}

/// The argument for a resource or config.
pub(crate) fn lent(of: &Ident, number: usize) -> TokenStream {
    let lender = lender(of, number);
    let variable = variable(number);
    quote!(__Cached::#lender(&#variable))
}
