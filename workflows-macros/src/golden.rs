//! Golden expansions: they show a reviewer how a change of the macros affects generated code.
//!
//! `tests/expand/<case>.rs` is the source, `tests/expand/<case>.expanded.rs` its expansion.
//! `EXPAND=overwrite cargo test -p workflows-macros` updates the expansions.

use crate::{event, workflow};
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use std::{collections::HashSet, env, fs, path::PathBuf};
use syn::{Attribute, ExprPath, Item, Macro, Meta, Path, visit::Visit};

/// The names that generated code may use besides the user's: our own, which begin with two underscores,
/// local variables, and names that need no path.
const FREE: &[&str] = &[
    "Self",
    "self",
    "workflow",
    "output",
    "event",
    "input",
    "prompt",
    "other",
    "handler",
    "u16",
    "usize",
    "str",
    "cfg",
    "all",
    "not",
    "scope",
    "kept",
    "value",
    "make",
    "made",
    "check",
    "__INSTANCES",
    "__RESOURCES",
    "__This",
    "__Cached",
    "__Fresh",
    "__fresh",
    "__scope",
    "__p",
    "__GRAPH",
    "__Event",
    "__Callee",
    "__Input",
    "__RunInput",
    "__RunOutput",
    "__Output",
    "__STEPS",
    "__INPUTS",
    "__Proof",
    "__State",
    "__Stream",
    "__CheckedState",
    "__events",
    "__context",
    "__offload",
    "__step",
    "__dispatcher",
    "__outcome",
    "__make",
    "__future",
    "__end",
    "__D",
    "__S",
    "__event",
    "__number",
    "__serializer",
    "__deserializer",
    "__A",
    "__work",
    "__failure",
    "__f",
];

#[test]
fn expansions_match_golden_files() {
    let mut wrong = Vec::new();
    for (path, source) in cases() {
        let expanded = pretty(&expand_file(&source));
        let golden = path.with_extension("expanded.rs");
        if env::var_os("EXPAND").is_some_and(|value| value == "overwrite") {
            fs::write(&golden, &expanded).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != expanded {
            wrong.push(golden);
        }
    }
    assert!(wrong.is_empty(), "expansions differ from the golden files, see `EXPAND` above: {wrong:#?}");
}

#[test]
fn generated_code_uses_absolute_paths() {
    for (path, source) in cases() {
        let mut known = Known(FREE.iter().map(ToString::to_string).collect());
        idents(source.parse().unwrap(), &mut known.0);
        // The traits whose text is an error are declared where they are required.
        known.visit_file(&expand_file(&source));
        let mut seek = Seek { known: &known.0, wrong: Vec::new() };
        seek.visit_file(&expand_file(&source));
        assert!(seek.wrong.is_empty(), "{}: {:#?}", path.display(), seek.wrong);
    }
}

struct Known(HashSet<String>);

impl<'ast> Visit<'ast> for Known {
    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.0.insert(item.ident.to_string());
    }

    // That of the steps is declared in the block that names it.
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.0.insert(item.ident.to_string());
    }
}

/// Finds paths that an item of the user could shadow.
struct Seek<'a> {
    known: &'a HashSet<String>,
    wrong: Vec<String>,
}

impl<'ast> Visit<'ast> for Seek<'_> {
    fn visit_path(&mut self, path: &'ast Path) {
        let first = path.segments.first().expect("a path is not empty").ident.to_string();
        let fine = match path.leading_colon {
            Some(_) => first == "workflows_runtime" || first == "core",
            None => self.known.contains(&first) || is_generated(&first),
        };
        if !fine {
            self.wrong.push(path.to_token_stream().to_string());
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        match &path.qself {
            // `<T>::name`: the name is an associated item of the type.
            Some(of) if of.position == 0 => self.visit_type(&of.ty),
            _ => syn::visit::visit_expr_path(self, path),
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta
            && list.path.is_ident("derive")
        {
            let paths = list.parse_args_with(syn::punctuated::Punctuated::<Path, syn::Token![,]>::parse_terminated);
            paths.unwrap().iter().for_each(|path| self.visit_path(path));
        }
    }

    // The arguments also appear outside the macro.
    fn visit_macro(&mut self, item: &'ast Macro) {
        self.visit_path(&item.path);
    }
}

/// Variables, such as `__e0`, aliases, such as `__T0In`, functions, such as `__call0`, and the constants of named
/// assertions, such as `__IS_START`.
fn is_generated(name: &str) -> bool {
    if name.starts_with("__IS_") {
        return true;
    }
    ["__argument", "__e", "__r", "__T", "__call", "__Field", "__field", "__Checked", "__CONTEXT"].iter().any(|prefix| {
        let Some(rest) = name.strip_prefix(prefix) else { return false };
        rest.starts_with(|first: char| first.is_ascii_digit())
    })
}

fn cases() -> Vec<(PathBuf, String)> {
    if is_packaged() {
        eprintln!("skipped: a package does not contain the golden expansions, run this test in the repository");
        return Vec::new();
    }
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/expand");
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut sources: Vec<_> = files.filter(|path| !path.to_string_lossy().ends_with(".expanded.rs")).collect();
    sources.sort();
    sources.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// Whether the crate was unpacked from a package: `cargo package` adds `Cargo.toml.orig`, and cannot
/// include the cases, which are outside the directory of the crate.
fn is_packaged() -> bool {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml.orig").exists()
}

/// The file with every item expanded that has one of our attributes.
fn expand_file(source: &str) -> syn::File {
    let items = syn::parse_file(source).unwrap().items.into_iter().map(expand_item);
    syn::parse2(quote!(#(#items)*)).unwrap()
}

pub(crate) fn expand_item(mut item: Item) -> TokenStream {
    let attributes = match &mut item {
        Item::Struct(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        _ => return item.into_token_stream(),
    };
    let is_ours = |attribute: &Attribute| attribute.path().is_ident("event") || attribute.path().is_ident("workflow");
    let Some(at) = attributes.iter().position(is_ours) else { return item.into_token_stream() };
    let attribute = attributes.remove(at);
    let list = match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    if attribute.path().is_ident("event") {
        event::expand(list, item.into_token_stream())
    } else {
        workflow::expand(list, item.into_token_stream())
    }
}

fn pretty(file: &syn::File) -> String {
    prettyplease::unparse(file)
}

fn idents(tokens: TokenStream, known: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => idents(group.stream(), known),
            TokenTree::Ident(ident) => drop(known.insert(ident.to_string())),
            _ => {}
        }
    }
}
