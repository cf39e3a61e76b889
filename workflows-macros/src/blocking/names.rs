//! Names that mean something else in a body, and other names of what is known.

use super::catalog::Known;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex, PoisonError},
};
use syn::{
    Expr, Ident, Pat, Signature,
    visit::{self, Visit},
};

/// Renamings: from, to.
type Pairs = HashSet<(String, String)>;

/// Names bound by patterns, and closures that are handed on by name.
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

    fn handed(&mut self, name: &Ident, arguments: impl Iterator<Item = &'a Expr>) {
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
        // The name of a macro's pattern may be anything.
        if let Pat::Macro(invocation) = pattern {
            every_ident(invocation.mac.tokens.clone(), &mut self.names);
        }
        visit::visit_pat(self, pattern);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(path) = &*call.func
            && let Some(last) = path.path.segments.last()
        {
            self.handed(&last.ident, call.args.iter());
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.handed(&call.method, call.args.iter());
        visit::visit_expr_method_call(self, call);
    }

    fn visit_stmt_macro(&mut self, invocation: &'ast syn::StmtMacro) {
        // A statement such as `let_all!(read, write)` may bind what it names.
        if !super::macro_args::is_known(&invocation.mac) {
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

/// Names that patterns inside of a macro may bind: before `=`, after `let`, and between `|`.
fn before_arrows(tokens: TokenStream, into: &mut HashSet<String>) {
    let mut pending = HashSet::new();
    let mut bars = 0;
    let mut last = ' ';
    for token in tokens {
        let before =
            std::mem::replace(&mut last, if let TokenTree::Punct(punct) = &token { punct.as_char() } else { ' ' });
        match token {
            TokenTree::Ident(ident) => {
                pending.insert(ident.to_string());
            }
            TokenTree::Group(group) => {
                before_arrows(group.stream(), into);
                if bars % 2 == 1 || group.delimiter() == proc_macro2::Delimiter::Parenthesis {
                    // A tuple pattern, or arguments: only what is followed by `=` counts.
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

/// The file that the body stands in, or the body where that can't be read.
pub(crate) fn source(body: &syn::Block) -> String {
    let file = proc_macro::is_available().then(|| proc_macro::Span::call_site().local_file()).flatten();
    let text = file.and_then(|path| std::fs::read_to_string(path).ok());
    text.unwrap_or_else(|| body.to_token_stream().to_string())
}

/// The `use` items in a text, as they are written.
pub(crate) fn imports(text: &str) -> Vec<String> {
    text.split("use ").skip(1).filter_map(|rest| rest.split(';').next()).map(str::to_owned).collect()
}

/// Other names of known functions, such as `nap` of `use std::thread::sleep as nap`.
///
/// Whatever stands around an `as` is taken: a name too many costs nothing, since it is the
/// function's identity that decides.
pub(crate) fn aliases(known: &Known, text: &str) -> HashMap<String, Vec<String>> {
    let mut pairs = crate_pairs();
    renames(text, &mut pairs);
    let mut aliases: HashMap<String, Vec<String>> = HashMap::new();
    // Twice, for a name of a name.
    for _ in 0..2 {
        for (from, to) in &pairs {
            let mut names = aliases.get(from).cloned().unwrap_or_default();
            names.extend(known.functions.contains_key(from).then(|| from.clone()));
            let known = aliases.entry(to.clone()).or_default();
            known.extend(names.into_iter().filter(|name| !known.contains(name) && name != to).collect::<Vec<_>>());
        }
    }
    aliases.retain(|_, names| !names.is_empty());
    aliases
}

fn renames(text: &str, pairs: &mut Pairs) {
    let mut rest = text;
    while let Some(at) = rest.find(" as ") {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let from = rest[..at].rsplit(|c| !is_part(c)).next().unwrap_or_default();
        let to = rest[at + 4..].split(|c| !is_part(c)).next().unwrap_or_default();
        if !from.is_empty() && !to.is_empty() && to != "_" {
            pairs.insert((from.to_owned(), to.to_owned()));
        }
        rest = &rest[at + 4..];
    }
}

/// The renames in the sources of the crate, which are read once.
fn crate_pairs() -> Pairs {
    static READ: LazyLock<Mutex<HashMap<PathBuf, Pairs>>> = LazyLock::new(Mutex::default);
    let Some(root) = std::env::var_os("CARGO_MANIFEST_DIR").map(|root| Path::new(&root).join("src")) else {
        return HashSet::new();
    };
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let pairs = read.entry(root.clone()).or_insert_with(|| {
        let mut pairs = HashSet::new();
        // A tree that is larger than any crate's is not one.
        scan(&root, &mut 2_000, &mut pairs);
        pairs
    });
    pairs.clone()
}

fn scan(directory: &Path, left: &mut usize, pairs: &mut Pairs) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let Some(fewer) = left.checked_sub(1) else { return };
        *left = fewer;
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            scan(&path, left, pairs);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            renames(&text, pairs);
        }
    }
}
