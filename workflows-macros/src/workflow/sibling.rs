//! A second `#[workflow] impl` of one type.
//!
//! rustc would report each generated implementation as conflicting, and the graph of each half as incomplete. The
//! attribute sees one `impl` at a time and keeps no state, so it reads its own source file. Two of them certainly
//! are of one type if they are in one scope, name it equally and have no `cfg`. Others are left to rustc.

use super::{model::Workflow, parse};
use crate::{
    attr::is,
    blocking::instrument::BlockingCheck,
    errors::Errors,
    types,
    visit::{self, Visit},
};
use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::{Attribute, Block, File, Ident, ImplItem, ItemImpl, ItemMod};

/// The other `#[workflow] impl`s of a type.
pub(crate) enum Siblings {
    /// They follow this one, which expands the steps of all.
    Later(Vec<ItemImpl>),
    /// One of them comes first.
    Earlier,
}

impl Siblings {
    pub(crate) fn of(item: &ItemImpl, name: &Ident) -> Option<Self> {
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
        if impls[..at].iter().any(is_sibling) {
            return Some(Self::Earlier);
        }
        let later: Vec<_> = impls[at + 1..].iter().filter(|other| is_sibling(other)).collect();
        if later.is_empty() {
            return None;
        }
        Some(Self::Later(later.into_iter().map(|other| other.item.clone()).collect()))
    }
}

/// W025, at the name in the second `impl`.
pub(crate) fn refuse(item: &ItemImpl, name: &Ident, errors: &mut Errors) {
    let problem = format!("workflow `{name}` has a second `impl` with `#[workflow]`");
    let help = "move its steps to the first one; other methods may be in an `impl` without `#[workflow]`";
    errors.refuse(&item.self_ty, "W025", &problem, help);
}

impl Workflow {
    /// Adds the steps and resources of a sibling, so the graph is complete. Its own expansion reports its errors.
    pub(crate) fn adopt(&mut self, mut sibling: ItemImpl) {
        sibling.items.retain(|item| !matches!(item, ImplItem::Fn(method) if method.attrs.iter().any(|a| is(a, "cfg"))));
        let mut blocking = BlockingCheck::new(Span::call_site(), &sibling, None);
        if let (Some(other), _) = parse::workflow(sibling, &mut blocking, &mut Errors::default()) {
            self.steps.extend(other.steps);
            self.factories.extend(other.factories);
        }
    }
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
    /// It has `#[workflow]`, and exists whatever is configured.
    is_workflow: bool,
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
            let is_workflow = has("workflow") && !has("cfg") && !has("cfg_attr");
            self.found.push(Found { item: item.clone(), scope: self.scope, is_workflow });
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
