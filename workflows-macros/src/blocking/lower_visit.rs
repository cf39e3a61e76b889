//! Visits the body of an async function for its `#[blocking(..)]` parts, and follows the scopes of its variables.

use super::{
    attribute::of_mut,
    hop,
    statement::{Lower, Target},
};
use crate::visit_mut::{self, VisitMut};
use syn::{
    Arm, Block, Expr, ExprAsync, ExprClosure, ExprForLoop, ExprIf, ExprLet, ExprLoop, ExprMatch, ExprWhile, Stmt,
};

impl VisitMut for Lower<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let last = block.stmts.len().saturating_sub(1);
        self.scopes.push_block(block.stmts.clone());
        let mut lowered = Vec::with_capacity(block.stmts.len());
        for (number, mut stmt) in std::mem::take(&mut block.stmts).into_iter().enumerate() {
            self.scopes.advance();
            // A block needs no semicolon, but the call that replaces it does.
            if self.stmt(&mut stmt)
                && number < last
                && let Stmt::Expr(_, semi @ None) = &mut stmt
            {
                *semi = Some(<syn::Token![;]>::default());
            }
            lowered.push(stmt);
        }
        let mut rebound = self.scopes.pop_block();
        rebound.sort_by_key(|(position, _)| *position);
        let mut rebound = rebound.into_iter().peekable();
        for (number, stmt) in lowered.into_iter().enumerate() {
            while let Some((_, name)) = rebound.next_if(|(position, _)| *position <= number) {
                block.stmts.push(hop::declared_again(&name));
            }
            block.stmts.push(stmt);
        }
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Some(mark) = of_mut(expr).and_then(|attributes| self.take(attributes)) {
            *expr = self.hop(&mark, expr, &Target::Unknown);
            return;
        }
        match expr {
            // The parts of these are visited one by one, or there is no part after the visited one.
            Expr::Async(_)
            | Expr::Await(_)
            | Expr::Block(_)
            | Expr::Break(_)
            | Expr::Closure(_)
            | Expr::ForLoop(_)
            | Expr::Group(_)
            | Expr::If(_)
            | Expr::Let(_)
            | Expr::Loop(_)
            | Expr::Match(_)
            | Expr::Paren(_)
            | Expr::Reference(_)
            | Expr::Return(_)
            | Expr::Try(_)
            | Expr::Unary(_)
            | Expr::Unsafe(_)
            | Expr::While(_) => visit_mut::visit_expr_mut(self, expr),
            Expr::Lit(_) | Expr::Path(_) => {}
            _ => {
                self.scopes.push_parts(expr);
                visit_mut::visit_expr_mut(self, expr);
                self.scopes.pop();
            }
        }
    }

    fn visit_expr_async_mut(&mut self, block: &mut ExprAsync) {
        self.nested(|lower| visit_mut::visit_expr_async_mut(lower, block));
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut ExprClosure) {
        self.scopes.push_names();
        for pattern in &closure.inputs {
            self.scopes.declare(pattern);
        }
        self.nested(|lower| lower.visit_expr_mut(&mut closure.body));
        self.scopes.pop();
    }

    fn visit_expr_if_mut(&mut self, branch: &mut ExprIf) {
        self.scopes.push_names();
        self.visit_expr_mut(&mut branch.cond);
        let uninitialized = self.scopes.uninitialized();
        self.visit_block_mut(&mut branch.then_branch);
        self.scopes.pop();
        if let Some((_, otherwise)) = &mut branch.else_branch {
            let initialized = self.scopes.reset(&uninitialized);
            self.visit_expr_mut(otherwise);
            self.scopes.set(&initialized);
        }
    }

    fn visit_expr_match_mut(&mut self, branches: &mut ExprMatch) {
        self.visit_expr_mut(&mut branches.expr);
        let uninitialized = self.scopes.uninitialized();
        let mut initialized = Vec::new();
        for arm in &mut branches.arms {
            self.visit_arm_mut(arm);
            initialized.extend(self.scopes.reset(&uninitialized));
        }
        self.scopes.set(&initialized);
    }

    fn visit_expr_let_mut(&mut self, condition: &mut ExprLet) {
        self.visit_expr_mut(&mut condition.expr);
        self.scopes.declare(&condition.pat);
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        self.scopes.push_names();
        self.scopes.declare(&arm.pat);
        visit_mut::visit_arm_mut(self, arm);
        self.scopes.pop();
    }

    fn visit_expr_loop_mut(&mut self, repeat: &mut ExprLoop) {
        self.scopes.push_loop(repeat.label.as_ref().map(|label| &label.name), None, &repeat.body);
        self.visit_block_mut(&mut repeat.body);
        self.scopes.pop();
    }

    fn visit_expr_while_mut(&mut self, repeat: &mut ExprWhile) {
        let label = repeat.label.as_ref().map(|label| &label.name);
        self.scopes.push_loop(label, Some(&repeat.cond), &repeat.body);
        self.scopes.push_names();
        self.visit_expr_mut(&mut repeat.cond);
        self.visit_block_mut(&mut repeat.body);
        self.scopes.pop();
        self.scopes.pop();
    }

    fn visit_expr_for_loop_mut(&mut self, repeat: &mut ExprForLoop) {
        self.visit_expr_mut(&mut repeat.expr);
        self.scopes.push_loop(repeat.label.as_ref().map(|label| &label.name), None, &repeat.body);
        self.scopes.push_names();
        self.scopes.declare(&repeat.pat);
        self.visit_block_mut(&mut repeat.body);
        self.scopes.pop();
        self.scopes.pop();
    }

    // A nested item is not part of the body.
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}
