//! The types of the catalog and their parameters.

use super::origin::{RowOrigin, absolute};
use crate::visit_mut::{self, VisitMut};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeMap;
use syn::{GenericArgument, Lifetime, Type, parse_quote};

/// Names the lifetimes of a type.
struct Lifetimes(Vec<Lifetime>);

impl Lifetimes {
    fn next(&mut self) -> Lifetime {
        let lifetime = Lifetime::new(&format!("'a{}", self.0.len()), Span::call_site());
        self.0.push(lifetime.clone());
        lifetime
    }
}

impl VisitMut for Lifetimes {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.next();
        }
    }

    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        if reference.lifetime.is_none() {
            reference.lifetime = Some(self.next());
        }
        visit_mut::visit_type_reference_mut(self, reference);
    }
}

/// A type of the catalog.
pub(crate) struct Generic {
    /// Its parameters, with their bounds.
    pub(crate) parameters: TokenStream,
    /// How a type argument does I/O, for the traits of a crate.
    pub(crate) key: TokenStream,
    pub(crate) ty: Type,
}

/// The parameters that do I/O.
const IO: [&str; 3] = ["Io", "In", "Out"];

/// Reads a type of the catalog. A single letter is a parameter, with its bounds if it has some; `Io`, `In` and `Out` are
/// types that do I/O.
pub(crate) fn generic(ty: &str, origin: RowOrigin) -> Generic {
    struct Parameters(BTreeMap<String, TokenStream>, RowOrigin);
    impl VisitMut for Parameters {
        fn visit_generic_argument_mut(&mut self, argument: &mut GenericArgument) {
            // `T: Bound` is the syntax of a constraint.
            if let GenericArgument::Constraint(constraint) = argument {
                let (ident, mut bounds) = (constraint.ident.clone(), constraint.bounds.clone());
                bounds.iter_mut().for_each(|bound| absolute(self.1).visit_type_param_bound_mut(bound));
                self.0.insert(ident.to_string(), quote!(: #bounds));
                *argument = parse_quote!(#ident);
                return;
            }
            visit_mut::visit_generic_argument_mut(self, argument);
        }
        fn visit_path_mut(&mut self, path: &mut syn::Path) {
            if let Some(ident) = path.get_ident().map(ToString::to_string)
                && (IO.contains(&ident.as_str()) || ident.len() == 1)
            {
                self.0.entry(ident).or_default();
            }
            visit_mut::visit_path_mut(self, path);
        }
    }
    let mut ty: Type = syn::parse_str(ty).unwrap_or_else(|_| panic!("`{ty}` is not a type"));
    let mut found = Parameters(BTreeMap::new(), origin);
    found.visit_type_mut(&mut ty);
    let mut lifetimes = Lifetimes(Vec::new());
    lifetimes.visit_type_mut(&mut ty);
    let lifetimes = lifetimes.0;
    absolute(origin).visit_type_mut(&mut ty);
    let base = origin.base();
    let does_io = if origin == RowOrigin::Crate { quote!(Stream<Key>) } else { quote!(#base::BlockingIo) };
    let mut key = quote!(());
    let parameters: Vec<_> = found
        .0
        .into_iter()
        .map(|(name, bounds)| {
            let ident = format_ident!("{name}");
            if IO.contains(&name.as_str()) && origin == RowOrigin::Crate {
                key = quote!(Key);
            }
            match name.as_str() {
                "Io" if bounds.is_empty() => quote!(#ident: #does_io),
                "Io" => quote!(#ident #bounds + #does_io),
                "In" => quote!(#ident: #does_io + ::std::io::Read),
                "Out" => quote!(#ident: #does_io + ::std::io::Write),
                _ => quote!(#ident #bounds),
            }
        })
        .collect();
    let declared = (!key.to_string().starts_with('(')).then(|| quote!(, Key));
    Generic { parameters: quote!(#(#lifetimes,)* #(#parameters),* #declared), key, ty }
}
