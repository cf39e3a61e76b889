//! Statements, and the expression in them that is evaluated first.

use super::{
    assignment::is_assignment,
    attribute::{conditions, conditions_of, is_blocking, leftmost, of},
    instrument::Instrument,
    place_expr::is_inert,
    probe,
};
use crate::visit_mut::VisitMut;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Local, Pat, Stmt, spanned::Spanned};

impl Instrument<'_> {
    /// Returns probes to insert before `stmt`.
    ///
    /// Probes for the first-evaluated expression go in front of the statement, not inside it, because wrapping
    /// the expression would change type inference and silence `unused_must_use`.
    pub(crate) fn stmt(&mut self, stmt: &mut Stmt) -> Option<TokenStream> {
        let at = stmt.span();
        let (cfg, probes) = match stmt {
            Stmt::Local(local) => (conditions(&local.attrs), self.local(local)),
            Stmt::Macro(invocation) => (conditions(&invocation.attrs), self.macro_args(&mut invocation.mac)),
            // The result of the function.
            Stmt::Expr(expr, None) if self.frames.len() == 1 && self.frame().is_last() && self.is_stored(expr) => {
                self.stored(expr);
                return None;
            }
            Stmt::Expr(expr, _) => (conditions_of(expr), self.first(expr)),
            Stmt::Item(_) => return None,
        };
        let probes = probes.filter(|probes| !probes.is_empty())?;
        let never = probe::never(&probes, false, at);
        Some(quote!(#(#cfg)* #never))
    }

    fn local(&mut self, local: &mut Local) -> Option<TokenStream> {
        let init = local.init.as_mut()?;
        if is_blocking(&local.attrs) {
            return None;
        }
        if let Some((_, diverge)) = &mut init.diverge {
            self.visit_expr_mut(diverge);
        }
        let pattern = if let Pat::Type(typed) = &local.pat { &*typed.pat } else { &local.pat };
        if let Pat::Ident(name) = pattern
            && self.called_closures.contains(&name.ident.to_string())
            && self.called_later(&mut init.expr)
        {
            return None;
        }
        // A lazy call does nothing until its result is used.
        if self.lazy_parts(&mut init.expr) {
            return None;
        }
        self.first(&mut init.expr)
    }

    /// Instruments an expression. Returns the probes for the expression that is evaluated first.
    fn first(&mut self, expr: &mut Expr) -> Option<TokenStream> {
        if of(leftmost(expr)).is_some_and(is_blocking) {
            return None;
        }
        match expr {
            Expr::Try(inner) => self.first(&mut inner.expr),
            Expr::Paren(inner) => self.first(&mut inner.expr),
            Expr::Reference(inner) if !matches!(&*inner.expr, Expr::Path(_)) => self.first(&mut inner.expr),
            Expr::Field(inner) => self.first(&mut inner.base),
            Expr::Cast(inner) => self.first(&mut inner.expr),
            Expr::Unary(inner) => self.first(&mut inner.expr),
            Expr::Assign(assign) => self.sides(&mut assign.left, &mut assign.right, true),
            Expr::Binary(binary) => self.sides(&mut binary.left, &mut binary.right, is_assignment(&binary.op)),
            Expr::MethodCall(call) => {
                // `iter().next()`: both calls are known; report only one.
                let is_reported = call.method == "next" && self.lazy_source(&mut call.receiver);
                let before = if is_reported { None } else { self.first(&mut call.receiver) };
                self.method_arguments(call, false);
                let probes = before.into_iter().chain(self.method(call));
                Some(probes.collect())
            }
            Expr::Await(waiting) => match &mut *waiting.base {
                Expr::MethodCall(call) => {
                    let before = self.first(&mut call.receiver);
                    self.method_arguments(call, true);
                    before
                }
                other => {
                    self.awaited(other);
                    None
                }
            },
            other => {
                self.visit_expr_mut(other);
                None
            }
        }
    }

    /// Instruments both operands. The right side of an assignment is evaluated first, and may borrow from the
    /// left side.
    fn sides(&mut self, left: &mut Expr, right: &mut Expr, assigns: bool) -> Option<TokenStream> {
        let is_first = !assigns || is_inert(right);
        self.visit_expr_mut(right);
        match left {
            left if is_first => self.first(left),
            // Wrapped in a tuple, a field would no longer be assignable.
            Expr::Field(_) => None,
            left => {
                self.visit_expr_mut(left);
                None
            }
        }
    }
}
