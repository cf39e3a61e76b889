//! Lints about the user's methods and about the code that uses them.
//!
//! A lint that is allowed here cannot be forbidden by the user's crate, so `#[allow(..)]` is the last resort.

use crate::{
    attr::is,
    visit::{self, Visit},
};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Attribute, FnArg, ImplItemFn, Meta, Path, ReturnType, Signature, Token, Type, parse_quote, punctuated::Punctuated,
    token::Brace,
};

/// The complexity of a type above which clippy advises an alias.
const MAX_COMPLEXITY: usize = 250;

/// Keeps clippy from advice about the shape of a step, which must be async, take `&self`, or take its input by
/// value.
///
/// The braces of the body have the hygiene of the macro. Lints about the function as a whole then take it for
/// generated code, while lints about its name, types and statements still apply. A method that expects such a lint
/// is left as it is.
pub(crate) fn shaped_by_us(method: &mut ImplItemFn) {
    if !method.attrs.iter().any(expects_clippy) {
        let braces = method.block.brace_token.span.join();
        method.block.brace_token = Brace(Span::call_site().located_at(braces));
    }
    if is_complex(&method.sig) {
        method.attrs.push(parse_quote!(#[allow(clippy::type_complexity)]));
    }
}

/// Keeps clippy from advice that a resource need not be async: one that is not must be `#[blocking]`.
///
/// The whole method is not taken for generated code, or rustc would not report an unused one.
pub(crate) fn async_by_design(method: &ImplItemFn) -> Option<Attribute> {
    let awaits = method.block.to_token_stream().to_string().contains(". await");
    let is_needed = method.sig.asyncness.is_some() && !awaits && !method.attrs.iter().any(expects_clippy);
    if is_needed { Some(parse_quote!(#[allow(clippy::unused_async)])) } else { None }
}

/// Keeps clippy from advice about the shape of a blocking resource, which must take `&self` and own its configs.
pub(crate) fn blocking_by_design(method: &ImplItemFn) -> Option<Attribute> {
    let is_needed = method.sig.asyncness.is_none() && !method.attrs.iter().any(expects_clippy);
    if !is_needed {
        return None;
    }
    let lints = quote!(clippy::unused_self, clippy::needless_pass_by_value, clippy::trivially_copy_pass_by_ref);
    Some(parse_quote!(#[allow(#lints)]))
}

fn expects_clippy(attribute: &Attribute) -> bool {
    let is_of_clippy = |path: &Path| path.segments.first().is_some_and(|first| first.ident == "clippy");
    is(attribute, "expect") && paths(attribute).iter().any(is_of_clippy)
}

/// Whether clippy advises an alias for one of the types. The list of a context is long by design.
fn is_complex(signature: &Signature) -> bool {
    let mut types = Vec::new();
    for input in &signature.inputs {
        if let FnArg::Typed(typed) = input {
            types.push(&*typed.ty);
        }
    }
    if let ReturnType::Type(_, ty) = &signature.output {
        types.push(ty);
    }
    types.into_iter().any(|ty| {
        let mut complexity = Complexity { total: 0, depth: 1 };
        complexity.visit_type(ty);
        complexity.total > MAX_COMPLEXITY
    })
}

/// Counts as clippy does: more for each level of nesting.
struct Complexity {
    total: usize,
    depth: usize,
}

impl<'a> Visit<'a> for Complexity {
    fn visit_type(&mut self, ty: &'a Type) {
        let (weight, levels) = match ty {
            Type::Reference(_) | Type::Ptr(_) | Type::Infer(_) => (1, 0),
            Type::Path(_) | Type::Slice(_) | Type::Tuple(_) | Type::Array(_) => (10, 1),
            Type::FnPtr(_) => (50, 1),
            Type::TraitObject(_) => (20, 0),
            _ => (0, 0),
        };
        self.total += weight * self.depth;
        self.depth += levels;
        visit::visit_type(self, ty);
        self.depth -= levels;
    }
}

/// The lints that the user allows or expects in one of these places, for the code that is generated from it.
pub(crate) fn allowed(attributes: &[Attribute]) -> TokenStream {
    let mut allowed = TokenStream::new();
    for attribute in attributes {
        if is(attribute, "allow") || is(attribute, "expect") {
            let lints = paths(attribute);
            allowed.extend(quote!(#[allow(#(#lints),*)]));
        }
        if is(attribute, "deprecated") {
            allowed.extend(quote!(#[allow(deprecated)]));
        }
    }
    allowed
}

fn paths(attribute: &Attribute) -> Vec<Path> {
    let metas = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default();
    let is_path = |meta| if let Meta::Path(path) = meta { Some(path) } else { None };
    metas.into_iter().filter_map(is_path).collect()
}
