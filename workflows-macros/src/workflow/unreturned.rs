//! W048: calls of `.emit()` whose value is dropped.

use crate::{
    errors::Errors,
    visit_mut::{self, VisitMut},
};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use std::collections::HashSet;
use syn::{Block, Expr, FnArg, Item, Local, LocalInit, Pat, PatType, Path, Signature, Stmt, parse_quote};

/// Refuses each `event.emit();`: only what a step returns is emitted.
///
/// The receiver must certainly be an event: a type or a parameter of the step's signature. Others are left to the
/// compiler, which cannot infer the type of the value.
pub(crate) fn refuse(block: &mut Block, signature: &Signature, errors: &mut Errors) {
    let mut types = HashSet::new();
    add_names(quote!(Start Stop InputRequired HumanResponse), &mut types);
    add_names(signature.output.to_token_stream(), &mut types);
    let mut parameters = HashSet::new();
    for input in &signature.inputs {
        let FnArg::Typed(PatType { pat, ty, .. }) = input else { continue };
        add_names(ty.to_token_stream(), &mut types);
        if let Pat::Ident(pattern) = &**pat {
            parameters.insert(pattern.ident.to_string());
        }
    }
    Dropped { types, parameters, errors }.visit_block_mut(block);
}

struct Dropped<'a> {
    /// The names of types in the signature.
    types: HashSet<String>,
    parameters: HashSet<String>,
    errors: &'a mut Errors,
}

impl VisitMut for Dropped<'_> {
    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        visit_mut::visit_stmt_mut(self, stmt);
        match stmt {
            Stmt::Expr(value, Some(_)) => self.check(value),
            Stmt::Local(Local { pat: Pat::Wild(_), init: Some(LocalInit { expr, diverge: None, .. }), .. }) => {
                self.check(expr);
            }
            _ => {}
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

impl Dropped<'_> {
    fn check(&mut self, value: &mut Expr) {
        let Expr::MethodCall(call) = &*value else { return };
        if call.method != "emit" || !call.args.is_empty() || call.turbofish.is_some() || !self.is_event(&call.receiver)
        {
            return;
        }
        let problem = "this event is not returned, so the step does not emit it";
        let help = "write `return event.emit();`, or leave out the `;` at the end of the step; to emit several events, \
                    return them together, or `ctx.send(event)` them";
        self.errors.refuse(&call.method, "W048", problem, help);
        // Else the compiler would report that it cannot infer the type.
        let receiver = &call.receiver;
        *value = parse_quote!({ let _ = #receiver; });
    }

    fn is_event(&self, receiver: &Expr) -> bool {
        match receiver {
            Expr::Struct(literal) => self.is_type(&literal.path),
            Expr::Call(call) => matches!(&*call.func, Expr::Path(path) if self.is_type(&path.path)),
            Expr::Path(path) => {
                self.is_type(&path.path) || path.path.get_ident().is_some_and(|name| self.is_parameter(name))
            }
            Expr::MethodCall(call) if call.method == "clone" => self.is_event(&call.receiver),
            Expr::Paren(inner) => self.is_event(&inner.expr),
            Expr::Group(inner) => self.is_event(&inner.expr),
            _ => false,
        }
    }

    /// Whether a path is a type of the signature, or one of its variants or functions.
    fn is_type(&self, path: &Path) -> bool {
        path.segments.iter().rev().take(2).any(|segment| self.types.contains(&segment.ident.to_string()))
    }

    fn is_parameter(&self, name: &Ident) -> bool {
        self.parameters.contains(&name.to_string())
    }
}

/// Adds the names in a type that begin with an upper-case letter.
fn add_names(tokens: TokenStream, names: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => {
                let name = name.to_string();
                if name.starts_with(char::is_uppercase) {
                    names.insert(name);
                }
            }
            TokenTree::Group(group) => add_names(group.stream(), names),
            _ => {}
        }
    }
}
