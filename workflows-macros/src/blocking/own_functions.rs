//! The functions of a source file that take closures: whether they run them on the thread that calls them.

use super::{
    catalog::index::Known,
    closures::{Called, OwnFunction, Runs, name_of},
};
use crate::visit::{self, Visit};
use std::collections::HashSet;
use syn::{FnArg, GenericParam, ImplItem, Item, Pat, ReturnType, Signature, TraitItem, Type, TypeParamBound};

/// Finds all functions of a file that take closures.
pub(crate) fn find(text: &str) -> Vec<OwnFunction> {
    let mut found = Found::default();
    if let Ok(file) = syn::parse_file(text) {
        found.visit_file(&file);
    }
    found.functions
}

#[derive(Default)]
struct Found {
    of: Option<String>,
    functions: Vec<OwnFunction>,
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item(&mut self, item: &'ast Item) {
        let outer = self.of.take();
        match item {
            Item::Fn(function) => self.function(&function.sig, Some(&function.block)),
            Item::Impl(block) => {
                self.of = name_of(&block.self_ty);
                for item in &block.items {
                    if let ImplItem::Fn(method) = item {
                        self.function(&method.sig, Some(&method.block));
                    }
                }
            }
            Item::Trait(declared) => {
                self.of = Some(declared.ident.to_string());
                for item in &declared.items {
                    if let TraitItem::Fn(method) = item {
                        self.function(&method.sig, method.default.as_ref());
                    }
                }
            }
            _ => {}
        }
        visit::visit_item(self, item);
        self.of = outer;
    }
}

impl Found {
    fn function(&mut self, signature: &Signature, body: Option<&syn::Block>) {
        let parameters = Closures::of(signature);
        if parameters.names.is_empty() {
            return;
        }
        let is_inline = !parameters.may_leave
            && body.is_some_and(|body| {
                let called = Called::by(body, signature, Known::always_on(), &[]);
                parameters.names.iter().all(|name| called.contains(name))
            });
        self.functions.push(OwnFunction {
            name: signature.ident.to_string(),
            of: self.of.clone(),
            is_async: signature.asyncness.is_some(),
            runs: if is_inline { Runs::Inline } else { Runs::Elsewhere },
        });
    }
}

/// The parameters of a function that are closures.
#[derive(Default)]
struct Closures {
    names: HashSet<String>,
    /// Whether a closure may be sent to another thread, stored, or returned.
    may_leave: bool,
}

impl Closures {
    fn of(signature: &Signature) -> Self {
        let mut closures = Self::default();
        let mut types = HashSet::new();
        for parameter in &signature.generics.params {
            if let GenericParam::Type(parameter) = parameter
                && closures.is_closure(&parameter.bounds)
            {
                types.insert(parameter.ident.to_string());
            }
        }
        for predicate in signature.generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
            if let syn::WherePredicate::Type(bound) = predicate
                && let Some(name) = name_of(&bound.bounded_ty)
                && (closures.is_closure(&bound.bounds) || types.contains(&name))
            {
                closures.may_leave |= leaves(&bound.bounds);
                types.insert(name);
            }
        }
        for input in &signature.inputs {
            let FnArg::Typed(input) = input else { continue };
            let is_closure = match &*input.ty {
                Type::ImplTrait(bounds) => closures.is_closure(&bounds.bounds),
                ty => name_of(ty).is_some_and(|name| types.contains(&name)),
            };
            if is_closure && let Pat::Ident(name) = &*input.pat {
                closures.names.insert(name.ident.to_string());
            }
        }
        if let ReturnType::Type(_, ty) = &signature.output {
            closures.may_leave |= stores(ty, &types);
        }
        closures
    }

    /// Whether the bounds are those of a closure. Records whether it may leave the function.
    fn is_closure<'a>(&mut self, bounds: impl IntoIterator<Item = &'a TypeParamBound> + Clone) -> bool {
        let is_closure = bounds.clone().into_iter().any(|bound| {
            let TypeParamBound::Trait(bound) = bound else { return false };
            let last = bound.path.segments.last();
            last.is_some_and(|last| ["Fn", "FnMut", "FnOnce"].iter().any(|name| last.ident == name))
        });
        self.may_leave |= is_closure && leaves(bounds);
        is_closure
    }
}

/// Whether the bounds allow a closure to leave the call: `Send`, `'static` or another lifetime.
fn leaves<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> bool {
    bounds.into_iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| last.ident == "Send"),
        _ => true,
    })
}

/// Whether a returned value may contain the closure.
fn stores(ty: &Type, closures: &HashSet<String>) -> bool {
    struct Stores<'a>(&'a HashSet<String>, bool);
    impl<'ast> Visit<'ast> for Stores<'_> {
        fn visit_type(&mut self, ty: &'ast Type) {
            self.1 |= matches!(ty, Type::ImplTrait(_) | Type::TraitObject(_));
            visit::visit_type(self, ty);
        }
        fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
            self.1 |= segment.ident == "Self" || self.0.contains(&segment.ident.to_string());
            visit::visit_path_segment(self, segment);
        }
    }
    let mut stores = Stores(closures, false);
    stores.visit_type(ty);
    stores.1
}
