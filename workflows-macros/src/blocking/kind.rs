//! The kind in `#[blocking(..)]`: the executor on which the code runs.

use super::isolation::Isolation;
use crate::{errors::Errors, options};
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, LitStr, Meta};

/// The executor of blocking code.
#[derive(Clone)]
pub(crate) enum Kind {
    Io,
    Cpu,
    Pool(String),
    /// Another process.
    Isolated(Box<Isolation>),
}

const HELP: &str = "write `#[blocking(io)]` for code that waits for files, sockets or other processes, \
                    `#[blocking(cpu)]` for code that computes, `#[blocking(cpu, pool = \"name\")]` for a separate pool";

const KEYS: &[&str] = &["io", "cpu", "pool", "isolated"];

impl Kind {
    /// The kind that an attribute names: W012 and W018.
    pub(crate) fn of(attribute: &Attribute, errors: &mut Errors) -> Option<Self> {
        match &attribute.meta {
            Meta::List(list) => Self::parse(list.tokens.clone(), attribute, errors),
            other => Self::parse(TokenStream::new(), other, errors),
        }
    }

    /// The kind in an attribute's list; `at` is the position of the error if the list is empty.
    pub(crate) fn parse(list: TokenStream, at: impl ToTokens, errors: &mut Errors) -> Option<Self> {
        if list.is_empty() {
            missing(at, errors);
            return None;
        }
        let mut found = Errors::default();
        if let Some(TokenTree::Ident(first)) = list.clone().into_iter().next()
            && !KEYS.iter().any(|known| first == known)
        {
            let problem = format!("`#[blocking]` has no kind `{first}`");
            errors.refuse(first, "W012", &problem, HELP);
            return None;
        }
        let mut kind = None;
        let mut pool = None;
        let mut isolated = None;
        for entry in options::entries(list.clone(), "blocking", KEYS, &mut found) {
            match entry.key.to_string().as_str() {
                "pool" => pool = found.keep(entry.parse::<LitStr>("a name in quotes", "pool = \"embed\"")),
                "isolated" => isolated = Some(Isolation::parse(&entry, &mut found)),
                _ if kind.is_some() => found.refuse(&entry.key, "W012", "`#[blocking]` has two kinds", HELP),
                _ => kind = Some(entry.key),
            }
        }
        if kind.is_none() && found.is_empty() {
            missing(&list, &mut found);
        }
        // Pools of processes are for both kinds.
        if let (Some(kind), Some(pool), None) = (&kind, &pool, &isolated)
            && kind == "io"
        {
            found.refuse(pool, "W018", "`io` has no pools", "remove `pool`, or write `cpu`");
        }
        if !found.is_empty() {
            errors.append(found);
            return None;
        }
        if let Some(mut isolation) = isolated {
            isolation.pool = pool.map(|pool: LitStr| pool.value());
            return Some(Self::Isolated(Box::new(isolation)));
        }
        Some(match (kind?, pool) {
            (kind, _) if kind == "io" => Self::Io,
            (_, Some(pool)) => Self::Pool(pool.value()),
            (_, None) => Self::Cpu,
        })
    }
}

fn missing(tokens: impl ToTokens, errors: &mut Errors) {
    errors.refuse(tokens, "W012", "`#[blocking]` has no kind", HELP);
}

impl ToTokens for Kind {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let p = quote!(::workflows_runtime::__private);
        tokens.extend(match self {
            Self::Io => quote!(#p::Kind::Io),
            Self::Cpu => quote!(#p::Kind::Cpu),
            Self::Pool(name) => quote!(#p::Kind::Pool(#name)),
            Self::Isolated(isolation) => quote!(#isolation),
        });
    }
}
