//! References and closures that borrow a variable, as far as the syntax shows them.
//!
//! `let r = &x;` and `let f = || x += 1;` borrow `x`. Of `let f = || x.len();` the type of `x` decides: if `x` is a
//! reference, the closure borrows what it refers to, which does not move.

use super::{
    assignment::{is_assignment, roots},
    attribute::{conditions, conditions_of},
    free_names::{self, same},
    macro_grammar::{self, Grammar},
};
use crate::visit::{self, Visit};
use proc_macro2::{Ident, TokenStream};
use syn::{BinOp, Expr, Local, Pat, Stmt, Token, UnOp, parse::Parser, punctuated::Punctuated};

/// The variables that a value borrows.
#[derive(Clone, Default)]
pub(crate) struct Borrows {
    /// The value is a reference to this variable, or to a static.
    pub(super) reference: Option<Ident>,
    /// Whatever their types are.
    pub(super) certain: Vec<Ident>,
    /// Unless one of the places is a reference. Each place is a part of the one after it.
    pub(super) by_type: Vec<(Ident, Vec<Expr>)>,
}

impl Borrows {
    /// The borrows of a variable that is declared here.
    pub(super) fn of_local(local: &Local) -> Self {
        let mut borrows = Self::default();
        let Some(init) = &local.init else { return borrows };
        let is_plain = |pattern: &Pat| matches!(pattern, Pat::Ident(name) if name.by_ref.is_none());
        let is_coerced = match &local.pat {
            Pat::Type(typed) if is_plain(&typed.pat) => true,
            pattern if is_plain(pattern) => false,
            _ => return borrows,
        };
        match &*init.expr {
            Expr::Reference(reference) => match &*reference.expr {
                Expr::Path(path) if !is_coerced => {
                    borrows.certain.extend(path.path.get_ident().cloned());
                    borrows.reference = borrows.certain.first().cloned();
                }
                place => borrows.place(place, is_coerced),
            },
            expr @ Expr::Closure(closure) if closure.capture.is_none() => borrows.captures(expr),
            expr @ Expr::Async(block) if block.capture.is_none() => borrows.captures(expr),
            _ => {}
        }
        borrows
    }

    fn captures(&mut self, expr: &Expr) {
        self.visit_expr(expr);
        let free = free_names::of_expr(expr);
        let is_free = |name: &Ident| free.iter().any(|found| same(found, name) && is_same_token(found, name));
        self.certain.retain(is_free);
        self.by_type.retain(|(root, _)| is_free(root));
    }

    /// A reference to a place. If the place `is_dereferenced`, its own type matters as well.
    fn place(&mut self, place: &Expr, is_dereferenced: bool) {
        let mut parts = Vec::new();
        let Some(root) = parts_of(place, &mut parts) else { return };
        if !is_dereferenced {
            parts.pop();
        }
        if !parts.is_empty() {
            self.by_type.push((root, parts));
        }
    }

    /// An operand is borrowed or moved as it is, without a dereference.
    fn operand(&mut self, expr: &Expr) {
        match expr {
            Expr::Path(path) => self.certain.extend(path.path.get_ident().cloned()),
            other => self.visit_expr(other),
        }
    }
}

/// Adds the places in `place`, itself last, and returns the variable that it belongs to.
fn parts_of(place: &Expr, parts: &mut Vec<Expr>) -> Option<Ident> {
    let root = match place {
        Expr::Path(path) => path.path.get_ident()?.clone(),
        Expr::Field(field) => parts_of(&field.base, parts)?,
        // The index may mention a variable of a closure: it must be the last step, which is not repeated.
        Expr::Index(index) => {
            let root = parts_of(&index.expr, parts)?;
            let is_last = !parts.iter().any(|part| matches!(part, Expr::Verbatim(_)));
            parts.push(Expr::Verbatim(TokenStream::new()));
            return is_last.then_some(root);
        }
        _ => return None,
    };
    if parts.iter().any(|part| matches!(part, Expr::Verbatim(_))) {
        return None;
    }
    parts.push(place.clone());
    Some(root)
}

fn is_same_token(one: &Ident, other: &Ident) -> bool {
    format!("{:?}", one.span()) == format!("{:?}", other.span())
}

impl<'ast> Visit<'ast> for Borrows {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        // Code with a condition may not exist.
        if !conditions_of(expr).is_empty() {
            return;
        }
        match expr {
            Expr::Reference(reference) => match &*reference.expr {
                place @ Expr::Path(_) => self.operand(place),
                other => {
                    self.place(other, false);
                    self.visit_expr(other);
                }
            },
            Expr::MethodCall(call) => {
                self.place(&call.receiver, true);
                visit::visit_expr(self, expr);
            }
            Expr::Index(index) => {
                self.place(&index.expr, true);
                visit::visit_expr(self, expr);
            }
            Expr::Assign(assign) => {
                self.certain.extend(roots(&assign.left));
                self.visit_expr(&assign.right);
            }
            Expr::Binary(binary) if is_assignment(&binary.op) => {
                self.certain.extend(roots(&binary.left));
                self.visit_expr(&binary.right);
            }
            Expr::Binary(binary) if !matches!(binary.op, BinOp::And(_) | BinOp::Or(_)) => {
                self.operand(&binary.left);
                self.operand(&binary.right);
            }
            Expr::Unary(unary) if !matches!(unary.op, UnOp::Deref(_)) => self.operand(&unary.expr),
            _ => visit::visit_expr(self, expr),
        }
    }

    fn visit_stmt(&mut self, stmt: &'ast Stmt) {
        let attributes = match stmt {
            Stmt::Local(local) => &local.attrs[..],
            Stmt::Macro(invocation) => &invocation.attrs[..],
            Stmt::Expr(..) | Stmt::Item(_) => &[],
        };
        if conditions(attributes).is_empty() {
            visit::visit_stmt(self, stmt);
        }
    }

    /// The arguments of `format!` and the like are borrowed.
    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        let is_format = match macro_grammar::named(invocation) {
            Some((Grammar::List, crates)) => crates.contains(&"alloc"),
            _ => false,
        };
        if !is_format {
            return;
        }
        let Ok(list) = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(invocation.tokens.clone()) else {
            return;
        };
        for argument in &list {
            match argument {
                Expr::Assign(assign) => self.operand(&assign.right),
                Expr::Lit(text) => self.certain.extend(free_names::of_format(&text.lit)),
                other => self.operand(other),
            }
        }
    }

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}
