//! Instruments the arguments of calls, and the closures among them.

use super::{
    closures::{Callee, Inline},
    instrument::Instrument,
    value_expr,
};
use crate::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprCall, ExprClosure, ExprMethodCall, Stmt};

impl Instrument<'_> {
    pub(crate) fn call_parts(&mut self, call: &mut ExprCall, awaited: bool) {
        let inline = match &mut *call.func {
            Expr::Path(path) => self.places.inline(&Callee::Path(path), awaited),
            // A closure that is called where it is written.
            other => {
                match value_expr::wrapped_mut(other) {
                    Expr::Closure(closure) => self.inline(closure),
                    other => self.visit_expr_mut(other),
                }
                Inline::NONE
            }
        };
        self.arguments(&inline, &mut call.args);
    }

    pub(crate) fn method_arguments(&mut self, call: &mut ExprMethodCall, awaited: bool) {
        let inline = self.places.inline(&Callee::Method(call), awaited);
        self.arguments(&inline, &mut call.args);
    }

    fn arguments<'e>(&mut self, inline: &Inline, arguments: impl IntoIterator<Item = &'e mut Expr>) {
        for argument in arguments {
            match value_expr::wrapped_mut(argument) {
                Expr::Closure(closure) if inline.runs(closure.inputs.len()) => self.inline(closure),
                Expr::Closure(_) if inline.is_offload => {}
                Expr::Path(path) if inline.runs_functions() => {
                    if let Some(marked) = self.value(path) {
                        *argument = marked;
                    }
                }
                _ => self.visit_expr_mut(argument),
            }
        }
    }

    /// Instruments a closure or function that is bound to a name that the body calls.
    pub(crate) fn called_later(&mut self, value: &mut Expr) -> bool {
        match value {
            Expr::Path(path) => {
                if let Some(marked) = self.value(path) {
                    *value = marked;
                }
            }
            Expr::Array(array) => array.elems.iter_mut().for_each(|element| {
                if !self.called_later(element) {
                    self.visit_expr_mut(element);
                }
            }),
            value => match value_expr::wrapped_mut(value) {
                Expr::Closure(closure) => self.inline(closure),
                _ => return false,
            },
        }
        true
    }

    /// Instruments a closure that runs on the thread of the body.
    fn inline(&mut self, closure: &mut ExprClosure) {
        if let Expr::Block(_) = &*closure.body {
            return self.visit_expr_mut(&mut closure.body);
        }
        // Probes that need a statement of their own must not be captured by the closure.
        let body = std::mem::replace(&mut *closure.body, Expr::PLACEHOLDER);
        let mut block = Block { brace_token: syn::token::Brace::default(), stmts: vec![Stmt::Expr(body, None)] };
        self.visit_block_mut(&mut block);
        *closure.body = match block.stmts.pop() {
            Some(Stmt::Expr(body, None)) if block.stmts.is_empty() => body,
            last => {
                block.stmts.extend(last);
                syn::parse_quote!(#block)
            }
        };
    }

    /// Instruments only the async code in a closure that may run on any thread: the executor polls it.
    pub(crate) fn elsewhere(&mut self, closure: &mut ExprClosure) {
        struct Asynchronous<'a, 'b>(&'a mut Instrument<'b>);
        impl VisitMut for Asynchronous<'_, '_> {
            fn visit_expr_mut(&mut self, expr: &mut Expr) {
                match expr {
                    Expr::Async(_) => self.0.visit_expr_mut(expr),
                    // The thread that calls it polls the future.
                    Expr::MethodCall(call) if call.method == "block_on" || call.method == "run_until" => {}
                    other => visit_mut::visit_expr_mut(self, other),
                }
            }
            fn visit_expr_call_mut(&mut self, call: &mut ExprCall) {
                let Expr::Path(path) = &*call.func else { return visit_mut::visit_expr_call_mut(self, call) };
                if path.path.segments.last().is_none_or(|last| last.ident != "block_on") {
                    visit_mut::visit_expr_call_mut(self, call);
                }
            }
            fn visit_item_mut(&mut self, _: &mut syn::Item) {}
        }
        if closure.asyncness.is_some() {
            self.inline(closure);
        } else {
            Asynchronous(self).visit_expr_mut(&mut closure.body);
        }
    }
}
