//! Local bindings that hide functions, and aliases of known functions.

use super::{catalog::index::Known, macro_grammar};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::{BTreeSet, HashMap, HashSet};
use syn::{
    Expr, Ident, Pat, Signature,
    visit::{self, Visit},
};

/// Names bound by patterns, and names of closures that are passed to a thread or a pool.
#[derive(Default)]
pub(crate) struct Bound<'a> {
    offload: Option<&'a HashSet<String>>,
    pub(crate) names: HashSet<String>,
    pub(crate) offloaded: HashSet<String>,
}

impl<'a> Bound<'a> {
    pub(crate) fn of(block: &'a syn::Block, signature: &'a Signature, offload: &'a HashSet<String>) -> Self {
        let mut bound = Self { offload: Some(offload), ..Self::default() };
        bound.visit_signature(signature);
        bound.visit_block(block);
        bound
    }

    fn record_offloaded(&mut self, name: &Ident, arguments: impl Iterator<Item = &'a Expr>) {
        if self.offload.is_some_and(|offload| offload.contains(&name.to_string())) {
            let paths = arguments.filter_map(|argument| match argument {
                Expr::Path(path) => path.path.get_ident(),
                _ => None,
            });
            self.offloaded.extend(paths.map(ToString::to_string));
        }
    }
}

impl<'ast> Visit<'ast> for Bound<'ast> {
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

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(path) = &*call.func
            && let Some(last) = path.path.segments.last()
        {
            self.record_offloaded(&last.ident, call.args.iter());
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.record_offloaded(&call.method, call.args.iter());
        visit::visit_expr_method_call(self, call);
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

fn every_ident(tokens: TokenStream, into: &mut HashSet<String>) {
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

/// The `use` items of the source file that is being expanded.
///
/// Only that file is read, and only as text: the check must not depend on other files of the crate.
/// Where the file cannot be read, the tokens of the item take its place.
pub(crate) struct FileImports {
    /// Every `use` item, as written.
    pub(crate) items: Vec<String>,
    /// Every `from as to`.
    renames: BTreeSet<(String, String)>,
}

impl FileImports {
    /// Reads the file that contains `at`, a token of `item`.
    pub(crate) fn read(at: Span, item: &impl ToTokens) -> Self {
        let path = if proc_macro::is_available() { at.unwrap().local_file() } else { None };
        let file = path.and_then(|path| std::fs::read_to_string(path).ok());
        let text = file.unwrap_or_else(|| item.to_token_stream().to_string());
        Self { items: uses(&text), renames: renames(&text) }
    }

    /// Local names of known functions, such as `nap` in `use std::thread::sleep as nap`, each with the
    /// names that it may mean.
    ///
    /// A name too many costs one probe: the identity of the function decides.
    pub(crate) fn aliases(&self, known: &Known) -> HashMap<String, Vec<String>> {
        let mut aliases: HashMap<String, Vec<String>> = HashMap::new();
        // The second round finds an alias of an alias.
        for _ in 0..2 {
            for (from, to) in &self.renames {
                let mut meanings = aliases.get(from).cloned().unwrap_or_default();
                if known.functions.contains_key(from) {
                    meanings.push(from.clone());
                }
                let known = aliases.entry(to.clone()).or_default();
                for name in meanings {
                    if !known.contains(&name) && name != *to {
                        known.push(name);
                    }
                }
            }
        }
        aliases.retain(|_, meanings| !meanings.is_empty());
        aliases
    }

    /// `name`, and every name that is renamed to it.
    pub(crate) fn originals<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let renamed = self.renames.iter().filter(move |(_, to)| to == name).map(|(from, _)| from.as_str());
        std::iter::once(name).chain(renamed)
    }
}

fn uses(text: &str) -> Vec<String> {
    text.split("use ").skip(1).filter_map(|rest| rest.split(';').next()).map(str::to_owned).collect()
}

/// The two names around every ` as `. This includes casts, which are harmless here.
fn renames(text: &str) -> BTreeSet<(String, String)> {
    let is_part_of_a_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut renames = BTreeSet::new();
    let mut rest = text;
    while let Some(at) = rest.find(" as ") {
        let from = rest[..at].rsplit(|c| !is_part_of_a_name(c)).next().unwrap_or_default();
        rest = &rest[at + " as ".len()..];
        let to = rest.split(|c| !is_part_of_a_name(c)).next().unwrap_or_default();
        if !from.is_empty() && !to.is_empty() && to != "_" {
            renames.insert((from.to_owned(), to.to_owned()));
        }
    }
    renames
}
