//! `known_blocking!`: packs and rows of the user's own, and what a crate has turned on.

use super::catalog::{self, CATALOG, Form, Known, Row, RowOrigin, Section};
use crate::errors::{Errors, refusal};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};
use syn::{
    Ident, Token, Type, bracketed,
    parse::{Parse, ParseStream, Parser},
    punctuated::Punctuated,
};

/// By crate, since a language server expands the macros of many in one process.
static CRATES: LazyLock<Mutex<HashMap<String, Crate>>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Crate {
    rows: Vec<Row>,
    /// With these rows, once it was needed: it is large, and each async function asks for it.
    known: Option<Arc<Known>>,
    is_checked: bool,
}

/// What is known in the crate that is being compiled.
pub(crate) fn known() -> Arc<Known> {
    here(|this| {
        this.is_checked = true;
        let Crate { rows, known, .. } = this;
        Arc::clone(known.get_or_insert_with(|| Arc::new(Known::with(rows))))
    })
}

fn here<T>(then: impl FnOnce(&mut Crate) -> T) -> T {
    let variables = ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_CRATE_NAME", "CARGO_BIN_NAME"];
    let name = variables.map(|name| std::env::var(name).unwrap_or_default()).join("\n");
    then(CRATES.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default())
}

pub(crate) fn expand(list: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let entries = errors.keep(Punctuated::<Entry, Token![,]>::parse_terminated.parse2(list)).unwrap_or_default();
    let rows: Vec<Row> = entries.iter().flat_map(|entry| entry.rows(&mut errors)).collect();
    let is_late = here(|this| {
        let is_late = this.is_checked && this.rows.is_empty() && !is_language_server();
        this.rows.clone_from(&rows);
        this.known = None;
        is_late
    });
    if is_late && let Some(entry) = entries.first() {
        errors.refuse(
            entry,
            "W013",
            "`known_blocking!` comes after code that it is about",
            "put it at the top of the crate root, above the first `mod`",
        );
    }
    let items = catalog::items(&rows.iter().collect::<Vec<_>>(), RowOrigin::Local);
    let errors = errors.into_tokens();
    quote! {
        #errors
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code, missing_docs, clippy::all, clippy::pedantic)]
        mod __known_blocking {
            #items
        }
    }
}

/// It expands what is open in the editor, in any order.
fn is_language_server() -> bool {
    std::env::current_exe().is_ok_and(|path| path.to_string_lossy().contains("rust-analyzer"))
}

/// A pack, a function, or a type with its methods.
enum Entry {
    Pack(Ident),
    Function(syn::ExprPath),
    Methods(Type, Vec<Ident>),
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Ident)
            && (input.peek2(Token![,]) || input.cursor().token_tree().is_some_and(|(_, rest)| rest.eof()))
        {
            return Ok(Self::Pack(input.parse()?));
        }
        let fork = input.fork();
        if fork.parse::<Type>().is_ok() && fork.peek(Token![:]) && !fork.peek(Token![::]) {
            let ty = input.parse()?;
            input.parse::<Token![:]>()?;
            let list;
            bracketed!(list in input);
            let names = Punctuated::<Ident, Token![,]>::parse_terminated(&list)?;
            return Ok(Self::Methods(ty, names.into_iter().collect()));
        }
        input.parse().map(Self::Function)
    }
}

impl ToTokens for Entry {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Pack(name) => name.to_tokens(tokens),
            Self::Function(path) => path.to_tokens(tokens),
            Self::Methods(ty, _) => ty.to_tokens(tokens),
        }
    }
}

impl Entry {
    fn rows(&self, errors: &mut Errors) -> Vec<Row> {
        let section = Section { pack: "crate".to_owned(), ..Section::default() };
        let row = |form| vec![Row { section, form, advice: None }];
        match self {
            Self::Pack(name) => {
                let rows: Vec<Row> = CATALOG
                    .iter()
                    .filter(|row| name == row.section.pack.as_str() && !row.section.is_always_on())
                    .cloned()
                    .collect();
                if rows.is_empty() {
                    let packs = CATALOG.iter().filter(|row| !row.section.is_always_on());
                    let packs: BTreeSet<&str> = packs.map(|row| row.section.pack.as_str()).collect();
                    let packs = packs.into_iter().map(|pack| format!("`{pack}`")).collect::<Vec<_>>().join(", ");
                    let help =
                        format!("there are {packs}; name calls as `{name}::function` or `{name}::Type: [method]`");
                    errors.push(refusal(name, "W013", &format!("there is no pack `{name}`"), &help));
                }
                rows
            }
            Self::Function(path) => row(Form::Function { path: text(path), given: 0 }),
            Self::Methods(ty, names) => {
                let names = names.iter().map(ToString::to_string).collect();
                row(Form::Methods { ty: text(ty), names, of_trait: false })
            }
        }
    }
}

/// As one writes it.
fn text(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    [(" :: ", "::"), (":: ", "::"), (" < ", "<"), ("< ", "<"), (" >", ">"), ("& ", "&"), (" ,", ",")]
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
}
