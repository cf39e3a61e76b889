//! Local bindings that hide functions, and aliases of known functions.

use super::{
    catalog::index::Known,
    macro_grammar,
    own_functions::{self, OwnFunction},
};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};
use syn::{
    Pat, Signature,
    visit::{self, Visit},
};

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

/// The `use` items of the source file that is being expanded.
///
/// Only that file is read, and only as text: the check must not depend on other files of the crate.
/// Where the file cannot be read, the tokens of the item take its place.
pub(crate) struct FileImports {
    /// Every `use` item, as written.
    pub(crate) items: Vec<String>,
    /// Every `from as to`.
    renames: BTreeSet<(String, String)>,
    /// The functions that take closures.
    pub(crate) own: Arc<[OwnFunction]>,
    text: String,
}

impl FileImports {
    /// Reads the file that contains `at`, a token of `item`.
    pub(crate) fn read(at: Span, item: &impl ToTokens) -> Self {
        let path = if proc_macro::is_available() { at.unwrap().local_file() } else { None };
        let file = path.and_then(|path| std::fs::read_to_string(path).ok());
        let text = file.unwrap_or_else(|| item.to_token_stream().to_string());
        Self { items: uses(&text), renames: renames(&text), own: own_functions(&text), text }
    }

    /// Whether the file declares a macro of this name.
    pub(crate) fn declares_macro(&self, name: &str) -> bool {
        let mut declared = self.text.split("macro_rules!").skip(1);
        declared.any(|rest| rest.trim_start().split(|c| !is_part_of_a_name(c)).next() == Some(name))
    }

    /// Whether the file declares a method of this name.
    pub(crate) fn declares_method(&self, name: &str) -> bool {
        self.text.split("fn ").skip(1).any(|rest| {
            let rest = rest.trim_start();
            let Some(rest) = rest.strip_prefix(name) else { return false };
            let parameters = rest.split_once('(').map_or("", |(_, rest)| rest);
            let first = parameters.split([',', ')', ':']).next().unwrap_or_default();
            rest.starts_with(['(', '<', ' ']) && first.split(|c| !is_part_of_a_name(c)).any(|word| word == "self")
        })
    }

    /// Whether the file declares a module of this name.
    pub(crate) fn declares_module(&self, name: &str) -> bool {
        let mut declared = self.text.split("mod ").skip(1);
        declared.any(|rest| rest.trim_start().split(|c| !is_part_of_a_name(c)).next() == Some(name))
    }

    /// The crates from which `name` may be imported: the first words of `use` items that mention it or a `*`.
    pub(crate) fn imported_from<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let mentions = move |item: &&String| item.split(|c| !is_part_of_a_name(c)).any(|word| word == name);
        self.items
            .iter()
            .filter(move |item| mentions(item) || item.contains('*'))
            .filter_map(|item| item.trim_start_matches(':').split(|c| !is_part_of_a_name(c)).next())
    }

    /// Whether a `use` item of this crate mentions the name.
    pub(crate) fn imports_from(&self, from: &str, name: &str) -> bool {
        self.items.iter().any(|item| {
            let mut words = item.trim_start_matches(':').split(|c| !is_part_of_a_name(c));
            words.next() == Some(from) && words.any(|word| word == name)
        })
    }

    /// Whether a `use` item mentions the name.
    pub(crate) fn imports(&self, name: &str) -> bool {
        self.items.iter().any(|item| item.split(|c| !is_part_of_a_name(c)).any(|word| word == name))
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

fn is_part_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The functions of a file that take closures. The file of the last call is remembered, because each of its
/// items is checked on its own.
fn own_functions(text: &str) -> Arc<[OwnFunction]> {
    static LAST: Mutex<Option<(u64, Arc<[OwnFunction]>)>> = Mutex::new(None);
    if !text.contains("Fn") {
        return Arc::default();
    }
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let hash = hasher.finish();
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of, own)) = &*last
        && *of == hash
    {
        return Arc::clone(own);
    }
    let own: Arc<[OwnFunction]> = own_functions::find(text).into();
    *last = Some((hash, Arc::clone(&own)));
    own
}

fn uses(text: &str) -> Vec<String> {
    text.split("use ").skip(1).filter_map(|rest| rest.split(';').next()).map(str::to_owned).collect()
}

/// The two names around every ` as `. This includes casts, which are harmless here.
fn renames(text: &str) -> BTreeSet<(String, String)> {
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
