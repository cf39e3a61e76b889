//! `#[workflow(..)]` on the struct.

use super::{
    model::{Count, Limit},
    parameters::{self, Parameters},
    step_options::{count, limit},
};
use crate::{
    assertion::{assert_impl, check_constant, named_assertion},
    attr::{docs, is},
    debug,
    declaration::BrokenDeclaration,
    errors::Errors,
    lints,
    options::{self, Entry},
    place::item_at,
    this::without_self,
};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use std::collections::HashSet;
use syn::{Attribute, Field, Generics, ItemEnum, ItemStruct, Meta, Type, WherePredicate, parse_quote};

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
        let stream =
            if let Some(ty) = &self.stream { ty.to_token_stream() } else { quote!(::workflows_runtime::Never) };
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

/// The checks of the fields of a workflow, each at the field's type.
///
/// The implementation of `Settings` is conditional on a type that depends on the checks. If one of them is an error,
/// so is that type, and the compiler does not report again, for the whole workflow, that it is not `Sync`.
struct Fields {
    checks: TokenStream,
    are_shareable: TokenStream,
    bound: Option<WherePredicate>,
}

impl Fields {
    fn none() -> Self {
        Self { checks: TokenStream::new(), are_shareable: TokenStream::new(), bound: None }
    }

    fn of<'a>(fields: impl Iterator<Item = &'a Field>, workflow: &Ident, generics: &Generics) -> Self {
        // A constant cannot name a parameter: a bound of the implementations requires the same.
        if !generics.params.is_empty() {
            return Self::none();
        }
        let mut checks = TokenStream::new();
        let mut names = Vec::new();
        for (number, field) in fields.filter(|field| may_be_unshareable(&field.ty)).enumerate() {
            let ty = &without_self(&field.ty, &parse_quote!(#workflow));
            let alias = format_ident!("__Field{number}");
            let name = format_ident!("__IS_FIELD{number}");
            let checked = quote!(__p::Checked<#alias, { __p::Implements::<#alias>::__SHAREABLE }>);
            let assertion = assert_impl(ty, quote!(__p::Rejected<#checked>), &quote!(WorkflowField<#workflow>));
            let alias = item_at(ty, quote!(type #alias =), &ty.to_token_stream());
            let check = named_assertion(ty, &name, &assertion);
            let conditions: Vec<_> = field.attrs.iter().filter_map(condition).collect();
            if conditions.is_empty() {
                checks.extend(quote!(#alias #check));
            } else {
                let all = quote!(all(#(#conditions),*));
                checks.extend(quote! {
                    #[cfg(#all)]
                    #alias
                    #[cfg(#all)]
                    #check
                    #[cfg(not(#all))]
                    const #name: ::core::primitive::bool = true;
                });
            }
            names.push(name);
        }
        if names.is_empty() {
            return Self::none();
        }
        checks.extend(quote! {
            const __IS_SHAREABLE: ::core::primitive::bool = #(#names)&&*;
            type __This = __p::Type<__p::Checked<#workflow, { __IS_SHAREABLE }>>;
        });
        let bound = parse_quote!(__This: ::core::marker::Send + ::core::marker::Sync);
        let are_shareable = quote!(
            const IS_SHAREABLE: ::core::primitive::bool = __IS_SHAREABLE;
        );
        Self { checks, are_shareable, bound: Some(bound) }
    }
}

/// Whether the text of a type names one of std that cannot be shared.
///
/// Only these have a check of their own. A check of every field would refuse a workflow whose fields refer to it, as
/// through a stored [`Context`]: whether such a field is `Sync` depends on whether the workflow is one. A field of
/// another type that cannot be shared is reported by the implementations.
fn may_be_unshareable(ty: &Type) -> bool {
    let mut names = HashSet::new();
    let mut pointer = false;
    collect(ty.to_token_stream(), &mut names, &mut pointer);
    let has = |name: &str| names.contains(name);
    let is_cell = ["Rc", "Cell", "RefCell", "UnsafeCell", "OnceCell", "LazyCell"].into_iter().any(has);
    let is_object = has("dyn") && !(has("Send") && has("Sync"));
    (is_cell || is_object || pointer) && !has("Mutex") && !has("Context") && !has("Self")
}

fn collect(tokens: TokenStream, names: &mut HashSet<String>, pointer: &mut bool) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => drop(names.insert(name.to_string())),
            TokenTree::Punct(punct) => *pointer |= punct.as_char() == '*',
            TokenTree::Group(group) => collect(group.stream(), names, pointer),
            TokenTree::Literal(_) => {}
        }
    }
}

/// The condition in `#[cfg(..)]`.
fn condition(attribute: &Attribute) -> Option<&TokenStream> {
    match &attribute.meta {
        Meta::List(list) if is(attribute, "cfg") => Some(&list.tokens),
        _ => None,
    }
}
