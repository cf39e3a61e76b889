//! `#[workflow(..)]` on the struct.

use super::{
    assertion::assert_impl,
    parameters::{self, Parameters},
    place::item_at,
};
use crate::{
    debug,
    errors::Errors,
    options::{self, Entry},
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Generics, ItemEnum, ItemStruct, Type};

pub(crate) const ALLOWED: &[&str] = &["state", "stream", "timeout", "max_runs"];

#[derive(Default)]
struct Settings {
    state: Option<Type>,
    stream: Option<Type>,
    timeout: Option<u64>,
    max_runs: Option<u32>,
}

pub(crate) fn expand(list: TokenStream, item: &ItemStruct) -> TokenStream {
    generate(list, item, &item.ident, &item.generics)
}

/// A workflow without fields may be an enum.
pub(crate) fn expand_enum(list: TokenStream, item: &ItemEnum) -> TokenStream {
    generate(list, item, &item.ident, &item.generics)
}

fn generate(list: TokenStream, item: &impl ToTokens, name: &Ident, generics: &Generics) -> TokenStream {
    let mut errors = Errors::default();
    let mut settings = Settings::default();
    for entry in options::entries(list, "workflow", ALLOWED, &mut errors) {
        if let Err(error) = settings.set(&entry) {
            errors.push(error);
        }
    }
    let lifetimes: Vec<_> = generics.lifetimes().collect();
    if !lifetimes.is_empty() {
        errors.push(parameters::borrowing_workflow(&name.to_string(), &quote!(#(#lifetimes),*)));
        let errors = errors.into_tokens();
        return quote!(#item #errors);
    }
    let errors = errors.into_tokens();
    let implementation = settings.implementation(name, generics);
    // The steps of a generic workflow may be declared for some arguments only. Without steps, a run is refused.
    let has_steps = Parameters::of(generics)
        .is_empty()
        .then(|| quote!(const _: () = ::workflows_runtime::__private::assert_workflow::<#name>();));
    let expansion = quote! {
        #item
        #errors
        #implementation
        #has_steps
    };
    debug::print(name, &expansion);
    expansion
}

impl Settings {
    fn set(&mut self, entry: &Entry) -> syn::Result<()> {
        match entry.key.to_string().as_str() {
            "state" => self.state = Some(entry.parse("a type", "state = Tally")?),
            "stream" => self.stream = Some(entry.parse("a type", "stream = Progress")?),
            "timeout" => self.timeout = Some(entry.duration()?),
            _ => self.max_runs = Some(entry.count("W018")?),
        }
        Ok(())
    }

    fn implementation(&self, name: &Ident, generics: &Generics) -> TokenStream {
        let p = quote!(::workflows_runtime::__private);
        // The compiler does not answer questions about a type with parameters, so it reports such a type itself.
        let checked_state = self.state.as_ref().filter(|state| Parameters::of(generics).named_in(state).is_none());
        let state = match (&self.state, checked_state) {
            (_, Some(_)) => quote!(<__CheckedState as #p::StateOf>::State),
            (Some(state), None) => state.to_token_stream(),
            (None, None) => quote!(::workflows_runtime::StateMap),
        };
        let stream =
            if let Some(ty) = &self.stream { ty.to_token_stream() } else { quote!(::workflows_runtime::Never) };
        let timeout = duration(self.timeout);
        let max_runs = option(self.max_runs.map(|runs| quote!(#runs as usize)));
        let instances = self.max_runs.map(|_| {
            quote! {
                fn instances() -> #p::Option<&'static #p::Instances> {
                    static __INSTANCES: #p::Instances = #p::Instances::new();
                    #p::Option::Some(&__INSTANCES)
                }
            }
        });
        let (parameters, arguments, sealed_bounds) = generics.split_for_impl();
        let bounded = parameters::with_bounds(generics);
        let bounds = &bounded.where_clause;
        let implementation = quote! {
            #[automatically_derived]
            impl #parameters #p::Sealed for #name #arguments #sealed_bounds {}

            #[automatically_derived]
            impl #parameters #p::Settings for #name #arguments #bounds {
                type State = #state;
                type Stream = #stream;
                const TIMEOUT: #p::Option<#p::Duration> = #timeout;
                const MAX_RUNS: #p::Option<usize> = #max_runs;
                #instances
            }
        };
        let Some(state) = checked_state else { return implementation };
        let alias = item_at(state, quote!(type __State =), &state.to_token_stream());
        let rejected = quote!(__p::Rejected<__CheckedState>);
        let check = item_at(state, quote!(const _: () =), &assert_impl(state, rejected, &quote!(RunState)));
        quote! {
            const _: () = {
                use ::workflows_runtime::__private::{self as __p, Fallback as _};
                #alias
                type __CheckedState = __p::Checked<__State, { __p::Implements::<__State>::__STATE }>;
                #implementation
                #check
            };
        }
    }
}

/// An optional duration as an expression.
pub(crate) fn duration(nanoseconds: Option<u64>) -> TokenStream {
    option(nanoseconds.map(|n| quote!(::workflows_runtime::__private::Duration::from_nanos(#n))))
}

fn option(value: Option<TokenStream>) -> TokenStream {
    let option = quote!(::workflows_runtime::__private::Option);
    if let Some(value) = value { quote!(#option::Some(#value)) } else { quote!(#option::None) }
}
