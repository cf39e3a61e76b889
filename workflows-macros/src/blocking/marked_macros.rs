//! `#[blocking(..)]` in the arguments of a macro, such as `join!`, which the lowering does not see.

use super::attribute::is_blocking;
use crate::{
    errors::Errors,
    visit_mut::{self, VisitMut},
};
use proc_macro2::{Group, TokenStream, TokenTree};
use syn::{Attribute, Block, Macro, parse::Parser};

/// W025: reports each attribute on a statement or an expression in the arguments of a macro, and removes it.
pub(crate) fn report(block: &mut Block, errors: &mut Errors) {
    Marked { errors, name: String::new() }.visit_block_mut(block);
}

struct Marked<'a> {
    errors: &'a mut Errors,
    /// The visited macro.
    name: String,
}

impl VisitMut for Marked<'_> {
    fn visit_macro_mut(&mut self, invocation: &mut Macro) {
        let Some(last) = invocation.path.segments.last() else { return };
        self.name = last.ident.to_string();
        // Its arguments are rules, and not code of this function.
        if self.name != "macro_rules" {
            invocation.tokens = self.without(std::mem::take(&mut invocation.tokens));
        }
        visit_mut::visit_macro_mut(self, invocation);
    }

    // A nested item is not part of the body.
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

impl Marked<'_> {
    fn without(&mut self, tokens: TokenStream) -> TokenStream {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut kept = Vec::with_capacity(tokens.len());
        let mut at = 0;
        while at < tokens.len() {
            if let Some(attribute) = attribute(&tokens[at..])
                && is_blocking(std::slice::from_ref(&attribute))
                && !is_item(&tokens[at + 2..])
            {
                let problem = format!("`#[blocking]` cannot mark a part of the arguments of `{}!`", self.name);
                let help = "call a `#[blocking(..)]` function there, or move the code to an async block before the macro: \
                            `let part = async { .. };`";
                self.errors.refuse(&attribute, "W025", &problem, help);
                at += 2;
                continue;
            }
            kept.push(match &tokens[at] {
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), self.without(group.stream()));
                    inner.set_span(group.span());
                    TokenTree::Group(inner)
                }
                other => other.clone(),
            });
            at += 1;
        }
        kept.into_iter().collect()
    }
}

/// The attribute at the begin of these tokens.
fn attribute(tokens: &[TokenTree]) -> Option<Attribute> {
    let [TokenTree::Punct(pound), TokenTree::Group(group), ..] = tokens else { return None };
    if pound.as_char() != '#' {
        return None;
    }
    let tokens: TokenStream = [TokenTree::from(pound.clone()), group.clone().into()].into_iter().collect();
    Attribute::parse_outer.parse2(tokens).ok()?.pop()
}

/// Whether these tokens are an item, possibly after more attributes.
fn is_item(tokens: &[TokenTree]) -> bool {
    if attribute(tokens).is_some() {
        return is_item(&tokens[2..]);
    }
    let [TokenTree::Ident(first), rest @ ..] = tokens else { return false };
    match first.to_string().as_str() {
        "fn" | "pub" | "extern" | "impl" | "struct" | "enum" | "mod" | "trait" | "type" | "static" => true,
        "async" | "unsafe" | "const" => !matches!(rest.first(), Some(TokenTree::Group(_))) && is_item(rest),
        _ => false,
    }
}
