//! Local bindings that hide functions.

use super::macro_grammar;
use crate::visit::{self, Visit};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::HashSet;
use syn::{Pat, Signature};

/// Names bound by patterns.
#[derive(Default)]
pub(crate) struct Bound {
    pub(crate) names: HashSet<String>,
}

impl Bound {
    /// The names that a function binds.
    pub(crate) fn of(block: &syn::Block, signature: &Signature) -> HashSet<String> {
        let mut bound = Self::default();
        bound.visit_signature(signature);
        bound.visit_block(block);
        bound.names
    }

    /// The names that the patterns in a statement bind.
    pub(crate) fn in_stmt(stmt: &syn::Stmt) -> HashSet<String> {
        let mut bound = Self::default();
        bound.visit_stmt(stmt);
        bound.names
    }
}

impl<'ast> Visit<'ast> for Bound {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.names.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_pat(&mut self, pattern: &'ast Pat) {
        // A macro in a pattern may bind any of its identifiers.
        if let Pat::Macro(invocation) = pattern {
            every_ident(invocation.mac.tokens.clone(), &mut self.names);
        }
        visit::visit_pat(self, pattern);
    }

    fn visit_stmt_macro(&mut self, invocation: &'ast syn::StmtMacro) {
        // A statement such as `let_all!(read, write)` may bind its arguments.
        if !macro_grammar::is_known(&invocation.mac) {
            every_ident(invocation.mac.tokens.clone(), &mut self.names);
        }
        self.visit_macro(&invocation.mac);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        let mut names = HashSet::new();
        before_arrows(invocation.tokens.clone(), &mut names);
        self.names.extend(names);
    }
}

pub(crate) fn every_ident(tokens: TokenStream, into: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => drop(into.insert(ident.to_string())),
            TokenTree::Group(group) => every_ident(group.stream(), into),
            _ => {}
        }
    }
}

/// Names that patterns inside a macro may bind: before `=`, after `let`, and between `|`.
fn before_arrows(tokens: TokenStream, into: &mut HashSet<String>) {
    let mut pending = HashSet::new();
    let mut bars = 0;
    let mut last = ' ';
    for token in tokens {
        let before = last;
        last = match &token {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => ' ',
        };
        match token {
            TokenTree::Ident(ident) => {
                pending.insert(ident.to_string());
            }
            TokenTree::Group(group) => {
                before_arrows(group.stream(), into);
                if bars % 2 == 1 || group.delimiter() == proc_macro2::Delimiter::Parenthesis {
                    // A tuple pattern, or arguments: only identifiers before a `=` are bound.
                    let mut inner = HashSet::new();
                    if group.stream().into_iter().all(|token| !matches!(token, TokenTree::Literal(_))) {
                        every_ident(group.stream(), &mut inner);
                    }
                    pending.extend(inner);
                }
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                // Not a comparison.
                '=' if !"=!<>".contains(before) => into.extend(pending.drain()),
                '|' => {
                    bars += 1;
                    if bars % 2 == 0 {
                        into.extend(pending.drain());
                    } else {
                        pending.clear();
                    }
                }
                ',' | ';' if bars % 2 == 0 => pending.clear(),
                _ => {}
            },
            TokenTree::Literal(_) => {}
        }
    }
}
