//! `#[workflow(..)]` on the struct.

use super::{
    fields::Fields,
    model::{Count, Limit},
    parameters::{self, Parameters},
    step_options::{count, limit},
};
use crate::{
    assertion::{assert_impl, check_constant, named_assertion},
    attr::docs,
    debug,
    declaration::BrokenDeclaration,
    errors::Errors,
    lints,
    options::{self, Entry},
    place::item_at,
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, Generics, ItemEnum, ItemStruct, Type};

pub(crate) const ALLOWED: &[&str] = &["state", "stream", "timeout", "max_runs"];

#[derive(Default)]
struct Settings {
    state: Option<Type>,
    stream: Option<Type>,
    timeout: Option<Limit>,
    max_runs: Option<Count>,
}

pub(crate) fn expand(list: TokenStream, item: &ItemStruct) -> TokenStream {
    let fields = Fields::of(item.fields.iter(), &item.ident, &item.generics);
    generate(list, item, &item.attrs, &item.ident, &item.generics, &fields)
}

/// A workflow without fields may be an enum.
pub(crate) fn expand_enum(list: TokenStream, item: &ItemEnum) -> TokenStream {
    let fields = Fields::of(item.variants.iter().flat_map(|variant| &variant.fields), &item.ident, &item.generics);
    generate(list, item, &item.attrs, &item.ident, &item.generics, &fields)
}

/// A struct or an enum with a syntax error, which rustc reports.
pub(crate) fn expand_broken(list: TokenStream, item: &BrokenDeclaration) -> TokenStream {
    generate(list, &item.tokens, &item.attributes, &item.name, &Generics::default(), &Fields::none())
}

fn generate(
    list: TokenStream,
    item: &impl ToTokens,
    attributes: &[Attribute],
    name: &Ident,
    generics: &Generics,
    fields: &Fields,
) -> TokenStream {
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
    let allowed = lints::allowed(attributes);
    let docs = docs(attributes);
    let implementation = settings.implementation(name, generics, fields, &allowed, &docs);
    // The steps of a generic workflow may be declared for some arguments only. Without steps, a run is refused.
    let has_steps = Parameters::of(generics)
        .is_empty()
        .then(|| quote!(#allowed const _: () = ::workflows_runtime::__private::assert_workflow::<#name>();));
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
            "timeout" => self.timeout = Some(limit(entry)?),
            _ => self.max_runs = Some(count(entry, "W018")?),
        }
        Ok(())
    }

    fn implementation(
        &self,
        name: &Ident,
        generics: &Generics,
        fields: &Fields,
        allowed: &TokenStream,
        docs: &str,
    ) -> TokenStream {
        let docs = (!docs.is_empty()).then(|| quote!(const DOCS: &'static str = #docs;));
        let Fields { checks, are_shareable, bound } = fields;
        // The compiler does not answer questions about a type with parameters, so it reports such a type itself.
        let checked_state = self.state.as_ref().filter(|state| Parameters::of(generics).named_in(state).is_none());
        let state = match (&self.state, checked_state) {
            (_, Some(_)) => quote!(<__CheckedState as __p::StateOf>::State),
            (Some(state), None) => state.to_token_stream(),
            (None, None) => quote!(::workflows_runtime::StateMap),
        };
        let checked_stream = self.stream.as_ref().filter(|stream| Parameters::of(generics).named_in(stream).is_none());
        let stream = match (&self.stream, checked_stream) {
            (_, Some(_)) => quote!(__p::Type<__p::Checked<__Stream, { __IS_STREAM }>>),
            (Some(stream), None) => stream.to_token_stream(),
            (None, None) => quote!(::workflows_runtime::Never),
        };
        let timeout = self.timeout.as_ref().map(|timeout| {
            let timeout = match timeout {
                Limit::Literal(n) => quote!(__p::Duration::from_nanos(#n)),
                Limit::Constant(expr) => expr.to_token_stream(),
            };
            quote!(const TIMEOUT: __p::Option<__p::Duration> = __p::Option::Some(#timeout);)
        });
        let max_runs = self.max_runs.as_ref().map(|runs| {
            let runs = match runs {
                Count::Literal(runs) => quote!(#runs as usize),
                Count::Constant(expr) => expr.to_token_stream(),
            };
            quote! {
                const MAX_RUNS: __p::Option<usize> = __p::Option::Some(#runs);
                fn instances() -> __p::Option<&'static __p::Instances> {
                    static __INSTANCES: __p::Instances = __p::Instances::new();
                    __p::Option::Some(&__INSTANCES)
                }
            }
        });
        let state_check = checked_state.map(check_state);
        let stream_check = checked_stream.map(check_stream);
        let constants = self.check_constants(generics);
        let (parameters, arguments, sealed_bounds) = generics.split_for_impl();
        let mut bounded = parameters::with_bounds(generics);
        let declared_bounds = bounded.where_clause.clone();
        if let Some(bound) = bound {
            bounded.make_where_clause().predicates.push(bound.clone());
        }
        let bounds = &bounded.where_clause;
        quote! {
            #allowed
            const _: () = {
                use ::workflows_runtime::__private::{self as __p, Fallback as _};
                #state_check
                #stream_check
                #constants
                #checks

                #[automatically_derived]
                impl #parameters __p::Declared for #name #arguments #declared_bounds {
                    #are_shareable
                }

                #[automatically_derived]
                impl #parameters __p::Sealed for #name #arguments #sealed_bounds {}

                #[automatically_derived]
                impl #parameters __p::Settings for #name #arguments #bounds {
                    type State = #state;
                    type Stream = #stream;
                    #timeout
                    #max_runs
                    #docs
                }
            };
        }
    }
}

impl Settings {
    /// The checks of constants. Those that depend on a parameter have none.
    fn check_constants(&self, generics: &Generics) -> TokenStream {
        let parameters = Parameters::of(generics);
        let mut checks = TokenStream::new();
        if let Some(Limit::Constant(expr)) = &self.timeout
            && parameters.named_or_self_in_value(expr).is_none()
        {
            checks.extend(check_constant(expr, "timeout"));
        }
        if let Some(Count::Constant(expr)) = &self.max_runs
            && parameters.named_or_self_in_value(expr).is_none()
        {
            checks.extend(check_constant(expr, "max_runs"));
        }
        checks
    }
}

fn check_state(state: &Type) -> TokenStream {
    let alias = item_at(state, quote!(type __State =), &state.to_token_stream());
    let rejected = quote!(__p::Rejected<__CheckedState>);
    let check = item_at(state, quote!(const _: () =), &assert_impl(state, rejected, &quote!(RunState)));
    quote! {
        #alias
        type __CheckedState = __p::Checked<__State, { __p::Implements::<__State>::__STATE }>;
        #check
    }
}

/// Whether the stream is `Clone`. If it is not, the constant is an error, and so is the type of the stream: nothing else
/// is reported about it. `Send` and `Sync` are left to the compiler: an item may hold the handle of a run, and whether
/// that is `Send` depends on the type of the stream.
fn check_stream(stream: &Type) -> TokenStream {
    let alias = item_at(stream, quote!(type __Stream =), &stream.to_token_stream());
    let checked = quote!(__p::Checked<__Stream, { __p::Implements::<__Stream>::__CLONE }>);
    let assertion = assert_impl(stream, quote!(__p::Rejected<#checked>), &quote!(RunStream));
    let check = named_assertion(stream, &format_ident!("__IS_STREAM"), &assertion);
    quote!(#alias #check)
}
