//! The functions that make resources, read configs and pass both to parameters.

use super::{Expansion, lend::variable, slots::Reading};
use crate::{
    assertion::{assert_impl, named_assertion},
    place::{item_at, spanned},
    types,
    workflow::model::{Factory, Step},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Type, ext::IdentExt};

impl Expansion<'_> {
    /// Whether no resource that a step needs is refused.
    pub(crate) fn can_make(&self, step: &Step) -> bool {
        let injected: Vec<_> = step.injected().collect();
        self.workflow.can_make(&injected)
    }

    /// The constant that is `true` if what a factory makes can be shared.
    pub(crate) fn shareable_name(&self, factory: &Ident) -> Ident {
        let number = self.workflow.factories.iter().position(|other| other.name == *factory);
        format_ident!("__IS_SHAREABLE{}", number.unwrap_or_default())
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
        let slots = self.slot_structs(&needed, &readings);
        let factories = needed.iter().map(|factory| self.factory(factory));
        let reads = readings.iter().enumerate().map(|(number, reading)| self.reading(number, reading));
        let lends = self.workflow.steps.iter().flat_map(|step| self.lends(&step.name, step.injected()));
        let inner = needed.iter().flat_map(|factory| self.lends(&factory.name, factory.parameters.iter()));
        let checks = self.workflow.steps.iter().filter(|step| self.can_make(step)).map(|step| self.notes(step));
        let refusals = self.refusals(&needed, &readings);
        let this = self.this_alias();
        let (parameters, bounds) = self.generics();
        let (_, arguments, _) = self.workflow.generics.split_for_impl();
        quote! {
            #slots

            impl #parameters __Cached #arguments #bounds {
                #(#factories)*
                #(#reads)*
                #(#lends)*
                #(#inner)*
            }

            #(#refusals)*

            #[automatically_derived]
            impl #parameters __p::Injected<#this> for __Cached #arguments #bounds {
                type Fresh = __Fresh #arguments;

                fn instances() -> &'static __p::Instances<__p::SharedSlots> {
                    static __RESOURCES: __p::Instances<__p::SharedSlots> = __p::Instances::new();
                    &__RESOURCES
                }

                async fn check(check: &__p::Check<'_, #this, Self>) {
                    #(#checks)*
                }
            }
        }
    }

    fn factory(&self, factory: &Factory) -> TokenStream {
        let name = &factory.name;
        let output = self.aliases.factory(&factory.output);
        let value = self.aliases.value(&factory.output);
        let this = self.this_alias();
        let path = self.this_path();
        let text = name.unraw().to_string();
        let kept = if factory.cached { quote!(cached) } else { quote!(fresh) };
        let values = factory.parameters.iter().enumerate().map(|(number, injected)| {
            let variable = variable(number);
            let make = self.make(injected);
            quote!(let #variable = #make(scope).await?;)
        });
        let arguments = (0..factory.parameters.len()).map(|number| self.lent(name, number));
        let keep = quote!(<#value as __p::MakeValue<#output>>::make);
        let call = if let Some(kind) = &factory.blocking {
            let shared = factory.takes_self().then(|| quote!(let workflow = scope.share();));
            let workflow = factory.takes_self().then(|| quote!(&workflow,));
            quote! {
                #shared
                let made = __p::make_blocking(#kind, move || #keep(#path::#name(#workflow #(#arguments),*))).await;
            }
        } else {
            let scope = Ident::new("scope", Span::call_site());
            let workflow = factory.takes_self().then(|| quote!(#scope.workflow(),));
            let path = spanned(path, name.span());
            let call = quote_spanned!(name.span()=> __p::send(#path::#name(#workflow #(#arguments),*)).await);
            quote!(let made = #keep(#call);)
        };
        quote! {
            async fn #name(
                scope: &__p::Scope<'_, #this, Self>,
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
        let this = self.this_alias();
        let config = self.aliases.config(reading.ty);
        let name = format_ident!("__config{number}");
        let file = format_ident!("__file{}", reading.file);
        let path = reading.config.file.value();
        let select = &reading.config.select;
        quote! {
            async fn #name(
                scope: &__p::Scope<'_, #this, Self>,
            ) -> __p::Result<__p::Arc<__p::Accepted<#config>>, __p::ResourceError> {
                scope.config(&scope.cached().#name, &scope.cached().#file, #path, #select).await
            }
        }
    }

    /// The checks of the types, each at the type as written.
    fn refusals(&self, needed: &[&Factory], readings: &[Reading<'_>]) -> Vec<TokenStream> {
        let mut refusals = Vec::new();
        let refuse = |place: &Type, ty: TokenStream, trait_: &str| {
            let trait_ = format_ident!("{trait_}").into_token_stream();
            item_at(place, quote!(const _: () =), &assert_impl(place, ty, &trait_))
        };
        // Of a type with a parameter, the bounds of the generated items require the same.
        let is_known = |ty: &Type| self.workflow.parameters.named_in(ty).is_none();
        for factory in needed.iter().filter(|factory| is_known(&factory.output)) {
            let output = &factory.output;
            let inner =
                ["Result", "StepResult"].iter().find_map(|name| types::arguments(output, name)).unwrap_or_default();
            let value = inner.first().copied().unwrap_or(output);
            let failure = inner.get(1).copied().unwrap_or(output);
            let made = self.aliases.factory(output);
            let shareable = quote!({ __p::Implements::<__p::Value<#made>>::__SHAREABLE });
            let is_error = quote!({ __p::Implements::<__p::Failure<#made>>::__FAILURE });
            let rejected = quote!(__p::Rejected<__p::Checked<__p::Value<#made>, #shareable>>);
            let assertion = assert_impl(value, rejected, &quote!(Shareable));
            refusals.push(named_assertion(value, &self.shareable_name(&factory.name), &assertion));
            refusals.push(refuse(
                failure,
                quote!(__p::Rejected<__p::Checked<__p::Failure<#made>, #is_error>>),
                "Failing",
            ));
        }
        for reading in readings.iter().filter(|reading| is_known(reading.ty)) {
            let config = self.aliases.config(reading.ty);
            refusals.push(refuse(reading.ty, quote!(__p::Rejected<#config>), "ConfigType"));
        }
        let of_factories = needed.iter().flat_map(|factory| factory.parameters.iter());
        for injected in self.workflow.steps.iter().flat_map(Step::injected).chain(of_factories) {
            if injected.is_copied() && is_known(&injected.ty) {
                let cloned = self.aliases.cloned(&injected.ty);
                refusals.push(refuse(&injected.ty, quote!(__p::Rejected<#cloned>), "CopiedConfig"));
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
