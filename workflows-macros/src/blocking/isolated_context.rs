//! W054: what a step may use of its context in another process.

use super::free_names;
use crate::{errors::Errors, spelling};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::HashSet;
use syn::{FnArg, ImplItemFn, Pat, Type, parse_quote};

/// What needs neither the run nor its state. A cancelled step is killed, but code that asks is no mistake.
const OFFERED: &[&str] = &["run_id", "step", "attempt", "publish", "is_cancelled"];

/// Refuses what is not offered. Returns the first `publish`.
pub(crate) fn check(method: &ImplItemFn, errors: &mut Errors) -> Option<Ident> {
    let context = method.sig.inputs.iter().find_map(context)?;
    let block = &method.block;
    // A closure may have a parameter of the same name.
    let free = free_names::of_expr(&parse_quote!(#block)).iter().filter(|name| *name == context).map(place).collect();
    let mut mentions = Mentions { context, free, step: &method.sig.ident, published: None };
    mentions.visit(method.block.to_token_stream(), errors);
    mentions.published
}

/// The name of a context.
fn context(input: &FnArg) -> Option<&Ident> {
    let FnArg::Typed(typed) = input else { return None };
    match (&*typed.ty, &*typed.pat) {
        (Type::Reference(_), Pat::Ident(name)) => Some(&name.ident),
        _ => None,
    }
}

/// The text of a span: spans cannot be compared.
fn place(name: &Ident) -> String {
    format!("{:?}", name.span())
}

struct Mentions<'a> {
    context: &'a Ident,
    /// The places of its mentions.
    free: HashSet<String>,
    step: &'a Ident,
    published: Option<Ident>,
}

impl Mentions<'_> {
    fn visit(&mut self, tokens: TokenStream, errors: &mut Errors) {
        let mut tokens = tokens.into_iter().peekable();
        let mut is_field = false;
        while let Some(token) = tokens.next() {
            let after_dot = std::mem::replace(&mut is_field, is_dot(&token));
            match token {
                TokenTree::Group(group) => self.visit(group.stream(), errors),
                TokenTree::Ident(ident)
                    if ident == *self.context && !after_dot && self.free.contains(&place(&ident)) =>
                {
                    if !tokens.peek().is_some_and(is_dot) {
                        self.refuse_whole(&ident, errors);
                        continue;
                    }
                    tokens.next();
                    match tokens.next() {
                        Some(TokenTree::Ident(method)) => self.method(&method, errors),
                        _ => self.refuse_whole(&ident, errors),
                    }
                }
                _ => {}
            }
        }
    }

    fn method(&mut self, method: &Ident, errors: &mut Errors) {
        if method == "publish" {
            self.published.get_or_insert_with(|| method.clone());
        }
        if OFFERED.iter().any(|offered| method == offered) {
            return;
        }
        let (context, step) = (self.context, self.step);
        let why = match method.to_string().as_str() {
            "state" => "the state of the run remains in the process of the run",
            "send" | "collect" | "collect_as" => "the events of the run remain in the process of the run",
            "ask" | "ask_for" | "wait_for" => "responses arrive in the process of the run",
            "run_child" => "a child belongs to the run, which remains in its process",
            _ => "it needs the run, which remains in its process",
        };
        let problem = format!("`{context}.{method}` is not available in the isolated step `{step}`: {why}");
        errors.refuse(method, "W054", &problem, &help());
    }

    fn refuse_whole(&self, mention: &Ident, errors: &mut Errors) {
        let (context, step) = (self.context, self.step);
        let problem =
            format!("`{context}` is used as a whole in the isolated step `{step}`, which has only a part of it");
        errors.refuse(mention, "W054", &problem, &help());
    }
}

fn help() -> String {
    let offered = spelling::list(OFFERED.iter().copied());
    format!("an isolated step has {offered}; do the rest in a step before or after it")
}

fn is_dot(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '.')
}
