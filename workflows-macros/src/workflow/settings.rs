//! `#[workflow(..)]` on the struct.

use super::{assertion::assert_impl, place::item_at};
use crate::{
    debug,
    errors::{Errors, refusal},
    options::{self, Entry},
    types,
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{GenericParam, Generics, ItemEnum, ItemStruct, Token, Type, punctuated::Punctuated};

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
    if !generics.params.is_empty() {
        errors.push(generic_workflow(name, &generics.params));
        let errors = errors.into_tokens();
        return quote!(#item #errors);
    }
    let errors = errors.into_tokens();
    let implementation = settings.implementation(name);
    let expansion = quote! {
        #item
        #errors
        #implementation
        const _: () = ::workflows_runtime::__private::assert_workflow::<#name>();
    };
    debug::print(name, &expansion);
    expansion
}

/// W015: the graph has no parameters.
pub(crate) fn generic_workflow(name: &Ident, parameters: &Punctuated<GenericParam, Token![,]>) -> syn::Error {
    if parameters.iter().all(|parameter| matches!(parameter, GenericParam::Lifetime(_))) {
        let problem = format!(
            "workflow `{name}` borrows (`{}`), but a run may outlive the borrowed data",
            types::text(parameters)
        );
        refusal(parameters, "W015", &problem, "own the data, or share it in an `Arc`")
    } else {
        let problem = format!("workflow `{name}` is generic, but its graph is proved once, where it is declared");
        refusal(parameters, "W015", &problem, "hold a trait object instead, such as `client: Arc<dyn Client>`")
    }
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

    fn implementation(&self, name: &Ident) -> TokenStream {
        let p = quote!(::workflows_runtime::__private);
        let state = if self.state.is_some() {
            quote!(<__CheckedState as #p::StateOf>::State)
        } else {
            quote!(::workflows_runtime::StateMap)
        };
        let stream =
            if let Some(ty) = &self.stream { ty.to_token_stream() } else { quote!(::workflows_runtime::Never) };
        let timeout = duration(self.timeout);
        let max_runs = option(self.max_runs.map(|runs| quote!(#runs as usize)));
        let instances = self.max_runs.map(|_| {
            quote! {
                fn instances() -> #p::Option<&'static #p::Instances<Self>> {
                    static __INSTANCES: #p::Instances<#name> = #p::Instances::new();
                    #p::Option::Some(&__INSTANCES)
                }
            }
        });
        let implementation = quote! {
            #[automatically_derived]
            impl #p::Sealed for #name {}

            #[automatically_derived]
            impl #p::Settings for #name {
                type State = #state;
                type Stream = #stream;
                const TIMEOUT: #p::Option<#p::Duration> = #timeout;
                const MAX_RUNS: #p::Option<usize> = #max_runs;
                #instances
            }
        };
        let Some(state) = &self.state else { return implementation };
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
