//! `#[resource(..)]` and `#[config(..)]` on parameters.

use crate::{
    attr::take,
    errors::Errors,
    options,
    types::{self, known},
    workflow::model::{Config, Injected, Source},
};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::path::Path;
use syn::{
    Attribute, FnArg, Ident, LitStr, Meta, Pat, PatType, Signature, Type, ext::IdentExt, parse::Parser, parse_quote,
};

/// Our attribute on a parameter.
pub(crate) enum Mark {
    /// None of our attributes.
    None,
    /// One with an error.
    Refused,
    Injected(Box<Injected>),
}

impl Mark {
    pub(crate) fn injected(&self) -> Option<&Injected> {
        match self {
            Self::Injected(injected) => Some(injected),
            Self::None | Self::Refused => None,
        }
    }
}

/// Removes our attributes from the parameters. Returns one entry per parameter, without the receiver.
pub(crate) fn marks(signature: &mut Signature, this: &Type, errors: &mut Errors) -> Vec<Mark> {
    let mut marks = Vec::new();
    for input in &mut signature.inputs {
        if let FnArg::Typed(typed) = input {
            marks.push(mark(typed, this, errors));
        }
    }
    marks
}

fn mark(typed: &mut PatType, this: &Type, errors: &mut Errors) -> Mark {
    let attributes = ours(typed);
    if let Some(second) = attributes.get(1) {
        let help = "keep one `#[resource(..)]` or `#[config(..)]` for each parameter";
        errors.refuse(second, "W028", "this parameter has two sources", help);
        return Mark::Refused;
    }
    let Some(attribute) = attributes.first() else { return Mark::None };
    match injected(attribute, typed, this, errors) {
        Some(injected) => Mark::Injected(Box::new(injected)),
        None => Mark::Refused,
    }
}

/// Allows lints about types of resources and configs, which are those that a factory or a file makes.
pub(crate) fn lints(marks: &[Mark]) -> Vec<Attribute> {
    let is_reference_to = |names: &[&str]| {
        marks.iter().filter_map(Mark::injected).any(|injected| {
            let Type::Reference(reference) = &injected.ty else { return false };
            let Type::Path(path) = &*reference.elem else { return false };
            path.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
        })
    };
    let mut lints = Vec::new();
    if is_reference_to(&["Box"]) {
        lints.push(parse_quote!(#[allow(clippy::borrowed_box)]));
    }
    if is_reference_to(&["String", "Vec", "PathBuf", "OsString", "Cow"]) {
        lints.push(parse_quote!(#[allow(clippy::ptr_arg)]));
    }
    lints
}

/// The signature without resources and configs.
pub(crate) fn without(signature: &Signature, marks: &[Mark]) -> Signature {
    let mut routed = signature.clone();
    routed.inputs.clear();
    let mut marks = marks.iter();
    for input in &signature.inputs {
        let is_injected = matches!(input, FnArg::Typed(_)) && !matches!(marks.next(), Some(Mark::None));
        if !is_injected {
            routed.inputs.push(input.clone());
        }
    }
    routed
}

fn ours(typed: &mut PatType) -> Vec<Attribute> {
    let mut ours = Vec::new();
    while let Some(attribute) = take(&mut typed.attrs, "resource").or_else(|| take(&mut typed.attrs, "config")) {
        ours.push(attribute);
    }
    ours
}

fn injected(attribute: &Attribute, typed: &PatType, this: &Type, errors: &mut Errors) -> Option<Injected> {
    let is_config = attribute.path().segments.last().is_some_and(|last| last.ident == "config");
    let list = match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    let source = if is_config {
        config(list, attribute, errors).map(Source::Config)
    } else {
        resource(list, attribute, errors).map(Source::Resource)
    };
    let ty = bare(&typed.ty);
    let is_fine = shape(ty, is_config, errors);
    let source = source.filter(|_| is_fine)?;
    let name = match &*typed.pat {
        Pat::Ident(pattern) => Some(pattern.ident.clone()),
        _ => None,
    };
    Some(Injected { name, source, ty: known(ty, this) })
}

/// The type without the invisible group that `macro_rules!` adds.
fn bare(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            _ => return ty,
        };
    }
}

/// W028 and W029: a resource is taken by reference; a config may be cloned.
fn shape(ty: &Type, is_config: bool, errors: &mut Errors) -> bool {
    let text = types::text(ty);
    if let Some(opaque) = types::opaque(ty) {
        errors.refuse(opaque, "W028", "the type of a resource or config must be known", "write the concrete type");
        return false;
    }
    match ty {
        Type::Reference(reference) if reference.mutability.is_some() => {
            let problem = format!("`{text}` is exclusive, but executions share resources and configs");
            let help = "take it by `&`; use a lock inside it, or the run's state, for data that changes";
            errors.refuse(ty, if is_config { "W029" } else { "W028" }, &problem, help);
            false
        }
        Type::Reference(reference) if is_config && types::is_unsized(&reference.elem) => {
            let problem = format!("`{text}` cannot be read from a file: its size is not known at compile time");
            errors.refuse(ty, "W029", &problem, "take an owned type, such as `String` or `&String` for `&str`");
            false
        }
        Type::Reference(_) => true,
        _ if is_config => true,
        _ => {
            let problem = format!("resource of type `{text}` is taken by value, but executions share it");
            errors.refuse(ty, "W028", &problem, &format!("write `&{text}`"));
            false
        }
    }
}

/// The name in `#[resource(name)]`.
fn resource(list: TokenStream, attribute: &Attribute, errors: &mut Errors) -> Option<Ident> {
    if let Ok(name) = Ident::parse_any.parse2(list.clone()) {
        return Some(name);
    }
    let at = if list.is_empty() { attribute.to_token_stream() } else { list };
    let problem = "`#[resource(..)]` on a parameter expects the name of a factory";
    errors.refuse(
        at,
        "W028",
        problem,
        "write it like `#[resource(llm)] llm: &Llm`, with a method `llm` that has `#[resource]`",
    );
    None
}

const CONFIG: &str = "write it like `#[config(\"llm.json\")]` or `#[config(\"llm.json\", select = \"prod.llm\")]`";

fn config(list: TokenStream, attribute: &Attribute, errors: &mut Errors) -> Option<Config> {
    let mut tokens = list.clone().into_iter().peekable();
    let first = tokens.next();
    let Some(file) = first.clone().and_then(|token| syn::parse2::<LitStr>(token.into()).ok()) else {
        let at = match first {
            Some(token) => token.into_token_stream(),
            None => attribute.to_token_stream(),
        };
        errors.refuse(at, "W029", "`#[config(..)]` expects the name of a file in quotes", CONFIG);
        return None;
    };
    let mut sound = true;
    let path = file.value();
    if Path::new(&path).extension().is_none_or(|extension| extension != "json") {
        let problem = format!("config file `{path}` is not a JSON file");
        errors.refuse(&file, "W029", &problem, "name a file that ends in `.json`");
        sound = false;
    }
    let comma = tokens.next();
    if let Some(other) = comma.filter(|token| !matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',')) {
        errors.refuse(other, "W029", "expected `,` after the file name", CONFIG);
        return None;
    }
    let mut select = String::new();
    for entry in options::entries(tokens.collect(), "config", &["select"], errors) {
        let Some(text) = errors.keep(entry.parse::<LitStr>("a selector in quotes", "select = \"prod.llm\"")) else {
            sound = false;
            continue;
        };
        select = text.value();
        if select.split('.').any(|segment| segment.trim().is_empty()) {
            let problem = format!("the selector `{select}` has an empty segment");
            errors.refuse(&text, "W029", &problem, "write field names with dots between them: \"prod.llm\"");
            sound = false;
        }
    }
    if sound { Some(Config { file, select }) } else { None }
}
