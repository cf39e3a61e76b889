//! `#[resource]` on methods.

use super::parameter::{Mark, lints, marks, without};
use crate::{
    attr::{docs, take},
    blocking::{
        attribute::refuse_second, awaits::refuse_awaits, instrument::BlockingCheck, isolated, kind::Kind,
        statement::lower,
    },
    errors::Errors,
    lints::{async_by_design, blocking_by_design},
    options::{self, Entry},
    types::known,
    workflow::model::{Factory, Injected},
};
use proc_macro2::TokenStream;
use syn::{Attribute, ImplItemFn, LitBool, Meta, ReturnType, Type, parse_quote};

/// `#[resource]` on an item that is not a method.
pub(crate) fn misplaced(attributes: &mut Vec<Attribute>, errors: &mut Errors) {
    while let Some(attribute) = take(attributes, "resource") {
        let problem = "`#[resource]` can only be used on a method, or on a parameter of a step";
        errors.refuse(attribute.path(), "W025", problem, "move it there, or remove it");
    }
}

/// `#[resource]` on a step.
pub(crate) fn on_a_step(method: &mut ImplItemFn, errors: &mut Errors) {
    while let Some(attribute) = take(&mut method.attrs, "resource") {
        let problem = format!("`{}` is a step and cannot be a resource too", method.sig.ident);
        errors.refuse(attribute.path(), "W025", &problem, "write a method of its own for the resource");
    }
}

#[derive(Default)]
struct Options {
    uncached: bool,
    allow_blocking: bool,
}

/// Parses a method with `#[resource]`.
pub(crate) fn factory(
    method: &mut ImplItemFn,
    attribute: &Attribute,
    this: &Type,
    check: &mut BlockingCheck,
    errors: &mut Errors,
) -> Factory {
    let name = method.sig.ident.clone();
    while let Some(again) = take(&mut method.attrs, "resource") {
        let problem = format!("`{name}` has two `#[resource]` attributes");
        errors.refuse(again.path(), "W025", &problem, "keep one, with all of its options");
    }
    let mut found = Errors::default();
    let options = options(attribute, &mut found);
    let blocking = take(&mut method.attrs, "blocking")
        .map(|attribute| isolated::refuse_factory(Kind::of(&attribute, &mut found), &mut found));
    if blocking.is_some() {
        refuse_second(&mut method.attrs, &format!("resource `{name}`"), &mut found);
    }
    let marks = marks(&mut method.sig, this, &mut found);
    let signature = without(&method.sig, &marks);
    let parameters: Vec<Injected> = marks.iter().filter_map(Mark::injected).cloned().collect();
    if method.sig.asyncness.is_some() {
        if !options.allow_blocking {
            check.instrument(&mut method.block, &method.sig);
        }
        lower(&mut method.block, &signature, &borrowed_names(&parameters), &mut found);
    } else if blocking.is_some() {
        refuse_awaits(&mut method.block, &name, &mut found);
    }
    method.attrs.extend(async_by_design(method));
    method.attrs.extend(blocking_by_design(method));
    method.attrs.extend(lints(&marks));
    let refused = !found.is_empty();
    errors.append(found);
    let output = match &method.sig.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => known(ty, this),
    };
    Factory {
        name,
        docs: docs(&method.attrs),
        has_kind: blocking.is_some(),
        blocking: blocking.flatten(),
        cached: !options.uncached,
        parameters,
        signature,
        output,
        refused,
    }
}

/// The names of the parameters that are references to resources and configs.
pub(crate) fn borrowed_names(parameters: &[Injected]) -> Vec<syn::Ident> {
    parameters
        .iter()
        .filter(|parameter| !parameter.is_copied())
        .filter_map(|parameter| parameter.name.clone())
        .collect()
}

fn options(attribute: &Attribute, errors: &mut Errors) -> Options {
    let mut options = Options::default();
    let list = match &attribute.meta {
        Meta::Path(_) => TokenStream::new(),
        Meta::List(list) => list.tokens.clone(),
        Meta::NameValue(value) => {
            let problem = "the options of `#[resource]` belong in parentheses";
            errors.refuse(value, "W018", problem, "write `#[resource(cached = false)]`");
            TokenStream::new()
        }
    };
    for entry in options::entries(list, "resource", &["cached", "allow_blocking"], errors) {
        if let Err(error) = options.set(&entry) {
            errors.push(error);
        }
    }
    options
}

impl Options {
    fn set(&mut self, entry: &Entry) -> syn::Result<()> {
        if entry.key == "cached" {
            let cached: LitBool = entry.parse("`true` or `false`", "cached = false")?;
            self.uncached = !cached.value;
        } else {
            entry.alone()?;
            self.allow_blocking = true;
        }
        Ok(())
    }
}
