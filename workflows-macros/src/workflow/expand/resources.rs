//! The slots of resources and configs, and the functions that fill them.

use super::Expansion;
use crate::{
    types,
    workflow::{
        assertion::assert_impl,
        model::{Config, Factory, Injected, Source, Step},
        place::item_at,
    },
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Type, ext::IdentExt, spanned::Spanned};

/// A config. Several parameters may take it.
struct Reading<'a> {
    config: &'a Config,
    ty: &'a Type,
    /// The number of its file.
    file: usize,
}

impl Expansion<'_> {
    /// The type of the slots of an instance.
    pub(crate) fn slots(&self) -> TokenStream {
        if self.injects() { quote!(__p::Cache<Self, __Cached>) } else { quote!(()) }
    }

    fn injects(&self) -> bool {
        self.workflow.steps.iter().any(|step| step.injected().next().is_some())
    }

    /// Whether no resource that a step needs is refused.
    pub(crate) fn can_make(&self, step: &Step) -> bool {
        let injected: Vec<_> = step.injected().collect();
        self.workflow.can_make(&injected)
    }

    /// The resources of a step, as variables.
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
        let readings = self.readings();
        let needed: Vec<_> = self.workflow.needed().into_iter().filter(|factory| !factory.refused).collect();
        let slot = |factory: &&Factory| {
            let name = &factory.name;
            let value = self.aliases.value(&factory.output);
            quote!(#name: __p::Slot<__p::Accepted<#value>>)
        };
        let cached = needed.iter().filter(|factory| factory.cached).map(slot);
        let fresh = needed.iter().filter(|factory| !factory.cached).map(slot);
        let files = readings.iter().map(|reading| reading.file).max().map_or(0, |last| last + 1);
        let files = (0..files).map(|number| format_ident!("__file{number}"));
        let configs = readings.iter().enumerate().map(|(number, reading)| {
            let name = format_ident!("__config{number}");
            let config = self.aliases.config(reading.ty);
            quote!(#name: __p::Slot<__p::Accepted<#config>>)
        });
        let factories = needed.iter().map(|factory| self.factory(factory));
        let reads = readings.iter().enumerate().map(|(number, reading)| self.reading(number, reading));
        let lends = self.workflow.steps.iter().flat_map(|step| self.lends(&step.name, step.injected()));
        let inner = needed.iter().flat_map(|factory| self.lends(&factory.name, factory.parameters.iter()));
        let checks = self.workflow.steps.iter().filter(|step| self.can_make(step)).map(|step| self.notes(step));
        let refusals = self.refusals(&needed, &readings);
        quote! {
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

    /// Every config that a step or a factory takes, in the order of the steps.
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

    /// The function that makes the value of a parameter.
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
        let output = self.aliases.factory(&factory.output);
        let value = self.aliases.value(&factory.output);
        let text = name.unraw().to_string();
        let kept = if factory.cached { quote!(cached) } else { quote!(fresh) };
        let values = factory.parameters.iter().enumerate().map(|(number, injected)| {
            let variable = variable(number);
            let make = self.make(injected);
            quote!(let #variable = #make(scope).await?;)
        });
        let arguments = (0..factory.parameters.len()).map(|number| lent(name, number));
        let keep = quote!(<#value as __p::MakeValue<#output>>::make);
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
            ) -> __p::Result<__p::Arc<__p::Accepted<#value>>, __p::ResourceError> {
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

    fn reading(&self, number: usize, reading: &Reading<'_>) -> TokenStream {
        let config = self.aliases.config(reading.ty);
        let name = format_ident!("__config{number}");
        let file = format_ident!("__file{}", reading.file);
        let path = reading.config.file.value();
        let select = &reading.config.select;
        quote! {
            async fn #name(
                scope: &__p::Scope<'_, __This, Self>,
            ) -> __p::Result<__p::Arc<__p::Accepted<#config>>, __p::ResourceError> {
                scope.config(&scope.cached().#name, &scope.cached().#file, #path, #select).await
            }
        }
    }

    /// The functions that pass values to parameters. In them, rustc compares the parameter's type with the factory's.
    fn lends<'a>(&self, of: &Ident, parameters: impl Iterator<Item = &'a Injected>) -> Vec<TokenStream> {
        let lend = |(number, injected): (usize, &Injected)| {
            let name = lender(of, number);
            let ty = &injected.ty;
            let kept = match &injected.source {
                Source::Resource(resource) => {
                    let factory = self.workflow.factory(resource).filter(|factory| !factory.refused)?;
                    self.aliases.value(&factory.output)
                }
                Source::Config(_) => self.aliases.config(injected.value()),
            };
            // One span for all of it, because rustc then reports a different type at the parameter's.
            let value = Ident::new("value", ty.span());
            let given = if injected.is_copied() {
                let cloned = self.aliases.cloned(injected.value());
                quote!(<#cloned as __p::CloneConfig>::cloned(#value))
            } else {
                value.to_token_stream()
            };
            Some(quote! {
                fn #name(kept: &__p::Accepted<#kept>) -> #ty {
                    let #value: &__p::Type<#kept> = <#kept as __p::Checkable>::lend(kept);
                    #given
                }
            })
        };
        parameters.enumerate().filter_map(lend).collect()
    }

    /// The checks of the types, each at the type as written.
    fn refusals(&self, needed: &[&Factory], readings: &[Reading<'_>]) -> Vec<TokenStream> {
        let mut refusals = Vec::new();
        let mut refuse = |place: &Type, ty: TokenStream, trait_: &str| {
            let trait_ = format_ident!("{trait_}").into_token_stream();
            refusals.push(item_at(place, quote!(const _: () =), &assert_impl(place, ty, &trait_)));
        };
        for factory in needed {
            let output = &factory.output;
            let inner =
                ["Result", "StepResult"].iter().find_map(|name| types::arguments(output, name)).unwrap_or_default();
            let value = inner.first().copied().unwrap_or(output);
            let failure = inner.get(1).copied().unwrap_or(output);
            let made = self.aliases.factory(output);
            let shareable = quote!({ __p::Implements::<__p::Value<#made>>::__SHAREABLE });
            let is_error = quote!({ __p::Implements::<__p::Failure<#made>>::__FAILURE });
            refuse(value, quote!(__p::Rejected<__p::Checked<__p::Value<#made>, #shareable>>), "Shareable");
            refuse(failure, quote!(__p::Rejected<__p::Checked<__p::Failure<#made>, #is_error>>), "Failing");
        }
        for reading in readings {
            let config = self.aliases.config(reading.ty);
            refuse(reading.ty, quote!(__p::Rejected<#config>), "ConfigType");
        }
        let of_factories = needed.iter().flat_map(|factory| factory.parameters.iter());
        for injected in self.workflow.steps.iter().flat_map(Step::injected).chain(of_factories) {
            if injected.is_copied() {
                let cloned = self.aliases.cloned(&injected.ty);
                refuse(&injected.ty, quote!(__p::Rejected<#cloned>), "CopiedConfig");
            }
        }
        refusals
    }

    fn notes(&self, step: &Step) -> TokenStream {
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
    format_ident!("__r{number}_of_{}", of.unraw(), span = Span::call_site())
}

/// The argument for a resource or config.
pub(crate) fn lent(of: &Ident, number: usize) -> TokenStream {
    let lender = lender(of, number);
    let variable = variable(number);
    quote!(__Cached::#lender(&#variable))
}
