//! A second `#[workflow] impl` of one type.
//!
//! rustc would report each generated implementation as conflicting, and the graph of each half as incomplete. The
//! attribute sees one `impl` at a time and keeps no state, so it reads its own source file. Two of them certainly
//! are of one type if they are in one scope and name it equally. The macro does not know which `#[cfg(..)]` holds, so
//! what depends on one of a sibling is generated under the same condition. One with `#[cfg_attr(..)]` is left to rustc.

use super::{model::Workflow, parse};
use crate::{
    attr::{condition, is},
    blocking::instrument::BlockingCheck,
    errors::Errors,
    types,
    visit::{self, Visit},
};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Block, File, Ident, ImplItem, ItemImpl, ItemMod, parse_quote};

/// The other `#[workflow] impl`s of a type that are in its source file.
#[derive(Default)]
pub(crate) struct Siblings {
    /// When another one has the steps of all, and this one is refused.
    pub(crate) refused: Condition,
    /// The others that are refused, each with its condition.
    pub(crate) adopted: Vec<(Condition, ItemImpl)>,
}

/// What the attributes `#[cfg(..)]` of an item require, as far as the macro knows.
#[derive(Clone, Default)]
pub(crate) enum Condition {
    #[default]
    Never,
    Always,
    /// Any of these.
    If(Vec<TokenStream>),
}

impl Siblings {
    pub(crate) fn of(item: &ItemImpl, name: &Ident) -> Self {
        Self::read(item, name).unwrap_or_default()
    }

    fn read(item: &ItemImpl, name: &Ident) -> Option<Self> {
        if !proc_macro::is_available() {
            return None;
        }
        let span = item.impl_token.span.unwrap();
        let text = std::fs::read_to_string(span.local_file()?).ok()?;
        Self::in_file(&text, span.line(), item, name)
    }

    /// `line` is the number of the line with the `impl`, from 1.
    fn in_file(text: &str, line: usize, item: &ItemImpl, name: &Ident) -> Option<Self> {
        let lines = lines(text, &name.to_string());
        let at = lines.iter().position(|other| *other == line)?;
        if lines.len() < 2 {
            return None;
        }
        let impls = Impls::of(&syn::parse_file(text).ok()?, name);
        // Otherwise some of the lines are in a comment or a macro.
        if impls.len() != lines.len() {
            return None;
        }
        let is_sibling = |other: &Found| {
            other.is_workflow
                && other.scope == impls[at].scope
                && types::text(&other.item.self_ty) == types::text(&item.self_ty)
                && bounds(&other.item) == bounds(item)
        };
        if !is_sibling(&impls[at]) {
            return None;
        }
        let this = &impls[at].condition;
        let mut siblings = Self::default();
        for (number, other) in impls.iter().enumerate() {
            if number == at || !is_sibling(other) || this.excludes(&other.condition) {
                continue;
            }
            // One without a condition has the steps of all, and else the first.
            let is_first = match (this, &other.condition) {
                (Condition::Always, Condition::If(_)) => true,
                (Condition::If(_), Condition::Always) => false,
                _ => at < number,
            };
            if is_first {
                siblings.adopted.push((other.condition.clone(), other.item.clone()));
            } else {
                siblings.refused.add(&other.condition);
            }
        }
        Some(siblings)
    }

    /// W025 under a condition: another one has the steps of all.
    pub(crate) fn refusal(&self, item: &ItemImpl, name: &Ident) -> TokenStream {
        let mut errors = Errors::default();
        refuse(item, name, &mut errors);
        self.refused.when(errors.into_tokens())
    }

    /// Removes those without a condition.
    pub(crate) fn take_certain(&mut self) -> Vec<(Condition, ItemImpl)> {
        self.adopted.extract_if(.., |(condition, _)| matches!(condition, Condition::Always)).collect()
    }

    /// When any of the others exists, if that depends on a condition.
    pub(crate) fn adopted_if(&self) -> Option<Condition> {
        let mut any = Condition::Never;
        for (condition, _) in &self.adopted {
            any.add(condition);
        }
        (!self.adopted.is_empty()).then_some(any)
    }
}

impl Condition {
    fn of(attributes: &[Attribute]) -> Self {
        let conditions: Vec<_> = attributes.iter().filter_map(condition).collect();
        match &conditions[..] {
            [] => Self::Always,
            [condition] => Self::If(vec![condition.to_token_stream()]),
            conditions => Self::If(vec![quote!(all(#(#conditions),*))]),
        }
    }

    fn add(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Always, _) | (_, Self::Never) => {}
            (Self::If(all), Self::If(others)) => all.extend(others.iter().cloned()),
            _ => *self = other.clone(),
        }
    }

    /// Whether one is the negation of the other.
    fn excludes(&self, other: &Self) -> bool {
        let (Self::If(ours), Self::If(others)) = (self, other) else { return false };
        let ours = types::text(&quote!(#(#ours)*));
        let others = types::text(&quote!(#(#others)*));
        ours == format!("not({others})") || others == format!("not({ours})")
    }

    /// The items under this condition.
    pub(crate) fn when(&self, items: TokenStream) -> TokenStream {
        match self {
            Self::Never => TokenStream::new(),
            Self::Always => items,
            Self::If(conditions) => with_attribute(&parse_quote!(#[cfg(any(#(#conditions),*))]), items),
        }
    }

    /// The items under the opposite condition.
    pub(crate) fn unless(&self, items: TokenStream) -> TokenStream {
        match self {
            Self::Never => items,
            Self::Always => TokenStream::new(),
            Self::If(conditions) => with_attribute(&parse_quote!(#[cfg(not(any(#(#conditions),*)))]), items),
        }
    }
}

fn with_attribute(attribute: &Attribute, items: TokenStream) -> TokenStream {
    let Ok(file) = syn::parse2::<File>(items.clone()) else { return items };
    let items = file.items;
    quote!(#(#attribute #items)*)
}

/// W025, at the name in the second `impl`.
pub(crate) fn refuse(item: &ItemImpl, name: &Ident, errors: &mut Errors) {
    let problem = format!("workflow `{name}` has a second `impl` with `#[workflow]`");
    let help = "move its steps to the first one; other methods may be in an `impl` without `#[workflow]`";
    errors.refuse(&item.self_ty, "W025", &problem, help);
}

impl Workflow {
    /// Adds the steps and resources of siblings, so the graph is complete. Their own expansions report their errors.
    pub(crate) fn adopt(&mut self, siblings: Vec<(Condition, ItemImpl)>) {
        for (_, mut sibling) in siblings {
            sibling.items.retain(is_certain);
            let mut blocking = BlockingCheck::new(Span::call_site(), &sibling, None);
            if let (Some(other), _) = parse::workflow(sibling, &mut blocking, &mut Errors::default()) {
                self.steps.extend(other.steps);
                self.factories.extend(other.factories);
            }
        }
    }
}

/// Whether a method exists whatever is configured.
fn is_certain(item: &ImplItem) -> bool {
    !matches!(item, ImplItem::Fn(method) if method.attrs.iter().any(|attribute| is(attribute, "cfg")))
}

/// The parameters and bounds of an `impl` as text.
fn bounds(item: &ItemImpl) -> String {
    let parameters = &item.generics;
    let bounds = &item.generics.where_clause;
    types::text(&quote!(#parameters #bounds))
}

/// The numbers of the lines that begin with an inherent `impl` of the type.
fn lines(text: &str, name: &str) -> Vec<usize> {
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let Some(rest) = line.trim_start().strip_prefix("impl") else { continue };
        let rest = without_generics(rest.trim_start()).trim_start();
        let Some(rest) = rest.strip_prefix(name) else { continue };
        if !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_') {
            lines.push(number + 1);
        }
    }
    lines
}

/// The text behind `<..>`, if it begins with one.
fn without_generics(text: &str) -> &str {
    if !text.starts_with('<') {
        return text;
    }
    let mut depth = 0_usize;
    let mut last = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if last != '-' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[at + 1..];
        }
        last = c;
    }
    text
}

/// An inherent `impl` of the type.
struct Found {
    item: ItemImpl,
    /// The number of the file, module or block that contains it.
    scope: usize,
    /// It has `#[workflow]`, and its condition is known.
    is_workflow: bool,
    condition: Condition,
}

struct Impls<'a> {
    name: &'a Ident,
    scopes: usize,
    scope: usize,
    found: Vec<Found>,
}

impl<'a> Impls<'a> {
    /// All of them, in the order of the file.
    fn of(file: &File, name: &'a Ident) -> Vec<Found> {
        let mut impls = Self { name, scopes: 0, scope: 0, found: Vec::new() };
        impls.visit_file(file);
        impls.found
    }

    fn within(&mut self, visit: impl FnOnce(&mut Self)) {
        self.scopes += 1;
        let outer = std::mem::replace(&mut self.scope, self.scopes);
        visit(self);
        self.scope = outer;
    }
}

impl<'a> Visit<'a> for Impls<'_> {
    fn visit_item_impl(&mut self, item: &'a ItemImpl) {
        let first = item.self_ty.to_token_stream().into_iter().next();
        if item.trait_.is_none() && first.is_some_and(|first| *self.name == first.to_string()) {
            let has = |name| item.attrs.iter().any(|attribute: &Attribute| is(attribute, name));
            let is_workflow = has("workflow") && !has("cfg_attr");
            let condition = Condition::of(&item.attrs);
            self.found.push(Found { item: item.clone(), scope: self.scope, is_workflow, condition });
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_mod(&mut self, module: &'a ItemMod) {
        self.within(|impls| visit::visit_item_mod(impls, module));
    }

    fn visit_block(&mut self, block: &'a Block) {
        self.within(|impls| visit::visit_block(impls, block));
    }
}
