//! W011: `.await` in the body of blocking code.

use crate::{
    errors::Errors,
    visit_mut::{self, VisitMut},
};
use proc_macro2::Ident;
use quote::quote_spanned;
use syn::{Block, Expr, Item, parse_quote_spanned, spanned::Spanned};

/// Refuses every `.await` in the body of the `#[blocking]` function `name`.
///
/// Each is replaced by a call of the same type, because the compiler would report it again.
pub(crate) fn refuse_awaits(block: &mut Block, name: &Ident, errors: &mut Errors) {
    Awaits { name, errors }.visit_block_mut(block);
}

struct Awaits<'a> {
    name: &'a Ident,
    errors: &'a mut Errors,
}

impl VisitMut for Awaits<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            // These may await.
            Expr::Async(_) => return,
            Expr::Closure(closure) if closure.asyncness.is_some() => return,
            _ => {}
        }
        visit_mut::visit_expr_mut(self, expr);
        if let Expr::Await(waiting) = expr {
            let token = quote_spanned!(waiting.await_token.span()=> await);
            let problem = format!("`{}` is `#[blocking]`, and blocking code cannot await", self.name);
            let help = "make it `async`, and put `#[blocking(..)]` on the statement that blocks";
            self.errors.refuse(token, "W011", &problem, help);
            let future = &waiting.base;
            *expr = parse_quote_spanned!(future.span()=> ::workflows_runtime::__private::awaited(#future));
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}
