//! The type and const parameters of a workflow, as syntax.

use crate::{
    errors::refusal,
    types,
    visit::{self, Visit},
    visit_mut::{self, VisitMut},
};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    ConstParam, Expr, GenericArgument, GenericParam, Generics, ItemImpl, Lifetime, Path, PathArguments, PathSegment,
    Type, TypeParam, TypeReference, parse_quote,
};

/// The parameters of a workflow, by name.
#[derive(Clone, Default)]
pub(crate) struct Parameters(Vec<String>);

impl Parameters {
    pub(crate) fn of(generics: &Generics) -> Self {
        let mut names = Vec::new();
        for parameter in &generics.params {
            if let GenericParam::Type(TypeParam { ident, .. }) | GenericParam::Const(ConstParam { ident, .. }) =
                parameter
            {
                names.push(ident.to_string());
            }
        }
        Self(names)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, for a message.
    pub(crate) fn text(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|name| format!("`{name}`")).collect();
        names.join(" and ")
    }

    /// The first parameter that a type names.
    pub(crate) fn named_in(&self, ty: &Type) -> Option<Ident> {
        self.find("", |find| find.visit_type(ty))
    }

    /// The first parameter that a type names, or the `Self` that depends on all of them.
    pub(crate) fn named_or_self_in(&self, ty: &Type) -> Option<Ident> {
        self.find("Self", |find| find.visit_type(ty))
    }

    /// The first parameter that an expression names, or the `Self` that depends on all of them.
    pub(crate) fn named_or_self_in_value(&self, value: &Expr) -> Option<Ident> {
        self.find("Self", |find| find.visit_expr(value))
    }

    /// The first parameter that a type names outside of the workflow `this`.
    pub(crate) fn named_beside(&self, ty: &Type, this: &Type) -> Option<Ident> {
        self.named_in(&replaced(ty, this, &stand_in()))
    }

    /// The first parameter that is visited, or the name `or`.
    fn find<'a>(&'a self, or: &'a str, visit: impl FnOnce(&mut Find<'a>)) -> Option<Ident> {
        if self.is_empty() {
            return None;
        }
        let mut find = Find { names: &self.0, or, found: None };
        visit(&mut find);
        find.found
    }
}

struct Find<'a> {
    names: &'a [String],
    or: &'a str,
    found: Option<Ident>,
}

impl Visit<'_> for Find<'_> {
    fn visit_path(&mut self, path: &Path) {
        if let (None, Some(first)) = (path.leading_colon, path.segments.first()) {
            let is_named = first.ident == self.or || self.names.iter().any(|name| first.ident == name);
            if self.found.is_none() && is_named {
                self.found = Some(first.ident.clone());
            }
        }
        visit::visit_path(self, path);
    }
}

/// A return type whose failure, if that names a parameter, is a placeholder. It is no part of the graph.
pub(crate) fn without_failure(output: &Type, parameters: &Parameters) -> Type {
    let mut output = output.clone();
    if let Type::Path(path) = &mut output
        && let Some(last) = path.path.segments.last_mut()
        && let PathArguments::AngleBracketed(arguments) = &mut last.arguments
        && (last.ident == "Result" || last.ident == "StepResult")
        && let Some(GenericArgument::Type(failure)) = arguments.args.iter_mut().nth(1)
        && parameters.named_or_self_in(failure).is_some()
    {
        *failure = parse_quote!(__p::Placeholder);
    }
    output
}

/// The workflow in the graph of a generic one.
pub(crate) fn stand_in() -> Type {
    parse_quote!(__p::Generic)
}

/// Replaces one type in another one.
pub(crate) fn replaced(ty: &Type, old: &Type, new: &Type) -> Type {
    struct Replace<'a> {
        old: String,
        new: &'a Type,
    }

    impl VisitMut for Replace<'_> {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            if types::text(ty) == self.old {
                *ty = self.new.clone();
            } else {
                visit_mut::visit_type_mut(self, ty);
            }
        }
    }

    let mut ty = ty.clone();
    Replace { old: types::text(old), new }.visit_type_mut(&mut ty);
    ty
}

/// The generics of a declaration that `#[workflow]` implements its traits for, with the bounds of a workflow.
pub(crate) fn with_bounds(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    if !Parameters::of(&generics).is_empty() {
        let bound = parse_quote!(Self: ::core::marker::Send + ::core::marker::Sync + 'static);
        generics.make_where_clause().predicates.push(bound);
    }
    generics
}

/// The first part of a type that borrows: a lifetime, or a reference without one.
pub(crate) fn borrowed(ty: &Type) -> Option<TokenStream> {
    #[derive(Default)]
    struct Find(Option<TokenStream>);

    impl<'a> Visit<'a> for Find {
        fn visit_lifetime(&mut self, lifetime: &'a Lifetime) {
            if self.0.is_none() && lifetime.ident != "static" {
                self.0 = Some(lifetime.to_token_stream());
            }
        }

        fn visit_type_reference(&mut self, reference: &'a TypeReference) {
            if self.0.is_none() && reference.lifetime.is_none() {
                self.0 = Some(reference.to_token_stream());
            }
            visit::visit_type_reference(self, reference);
        }

        // The lifetimes of these are their own: `fn(&str)`, `dyn for<'x> Fn(&'x str)`.
        fn visit_type_fn_ptr(&mut self, _: &'a syn::TypeFnPtr) {}
        fn visit_parenthesized_generic_arguments(&mut self, _: &'a syn::ParenthesizedGenericArguments) {}
    }

    let mut find = Find::default();
    find.visit_type(ty);
    find.0
}

/// Whether a struct's own parameters, which are the arguments here, include a lifetime.
pub(crate) fn has_lifetime(segment: &PathSegment) -> bool {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => {
            arguments.args.iter().any(|argument| matches!(argument, GenericArgument::Lifetime(_)))
        }
        _ => false,
    }
}

/// W015: a workflow that does not own its data.
pub(crate) fn borrowing_workflow(name: &str, borrowed: &TokenStream) -> syn::Error {
    let text = types::text(borrowed);
    let problem =
        format!("workflow `{name}` borrows (`{text}`), but its runs are spawned and may outlive what it borrows");
    refusal(borrowed, "W015", &problem, "own the data, such as `String` for `&str`, or share it in an `Arc`")
}

/// Whether a parameter is neither in the type of an `impl` nor in a bound, which the compiler reports.
pub(crate) fn has_free_parameter(item: &ItemImpl) -> bool {
    let parameters = &item.generics.params;
    let bounds = &item.generics.where_clause;
    let all = quote!(#parameters #bounds);
    let Parameters(names) = Parameters::of(&item.generics);
    // One occurrence is the declaration.
    names
        .iter()
        .any(|name| occurrences(item.self_ty.to_token_stream(), name) == 0 && occurrences(all.clone(), name) == 1)
}

fn occurrences(tokens: TokenStream, name: &str) -> usize {
    let mut count = 0;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) if ident == name => count += 1,
            TokenTree::Group(group) => count += occurrences(group.stream(), name),
            _ => {}
        }
    }
    count
}
