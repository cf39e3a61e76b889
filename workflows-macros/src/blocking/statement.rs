//! `#[blocking(..)]` on a statement or block of an async body: that part is offloaded.
//!
//! The variables that the part mentions move to the other thread. Those that are used later move back and are
//! assigned again, so the statement changes them as it would without the attribute.

use super::{
    attribute::{is_blocking, leftmost_mut, of_mut},
    captures::{Captures, is_assignment},
    hop::{self, Hop, Returned},
    kind::Kind,
    later_use::{Use, assigned},
    scope::{BindingKind, Scopes, mentions_blocking},
};
use crate::errors::Errors;
use proc_macro2::{Ident, Span};
use syn::{
    Arm, Attribute, Block, Expr, ExprAsync, ExprClosure, ExprForLoop, ExprIf, ExprLet, ExprLoop, ExprWhile, FnArg,
    Local, Pat, ReturnType, Signature, Stmt, Type, parse_quote,
    visit_mut::{self, VisitMut},
};

/// Offloads the `#[blocking(..)]` parts of an async function's body.
///
/// `borrowed` are the names of the parameters that are references to resources and configs.
pub(crate) fn lower(block: &mut Block, signature: &Signature, borrowed: &[Ident], errors: &mut Errors) {
    if !mentions_blocking(block) {
        return;
    }
    let returns = match &signature.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => (**ty).clone(),
    };
    let mut lower = Lower { returns, scopes: Scopes::default(), errors };
    lower.scopes.push_names();
    for name in borrowed {
        lower.scopes.declare_as(&parse_quote!(#name), BindingKind::Borrowed);
    }
    for input in &signature.inputs {
        if let FnArg::Typed(typed) = input {
            let is_context = matches!((&*typed.ty, &*typed.pat), (Type::Reference(_), Pat::Ident(_)));
            let kind = if is_context { BindingKind::Context } else { BindingKind::Variable };
            lower.scopes.declare_as(&typed.pat, kind);
        }
    }
    lower.visit_block_mut(block);
}

struct Lower<'a> {
    returns: Type,
    scopes: Scopes,
    errors: &'a mut Errors,
}

/// A taken `#[blocking]` attribute.
struct Mark {
    kind: Kind,
    span: Span,
}

impl Lower<'_> {
    fn take(&mut self, attributes: &mut Vec<Attribute>) -> Option<Mark> {
        let at = attributes.iter().position(|attribute| is_blocking(std::slice::from_ref(attribute)))?;
        let attribute = attributes.remove(at);
        let kind = Kind::of(&attribute, self.errors)?;
        Some(Mark { kind, span: attribute.pound_token.span })
    }

    /// Lowers a statement. Returns whether it is offloaded as a whole.
    fn stmt(&mut self, stmt: &mut Stmt) -> bool {
        match stmt {
            Stmt::Local(local) => self.local(local),
            Stmt::Expr(expr, _) => {
                if let Some(mark) = of_mut(leftmost_mut(expr)).and_then(|attributes| self.take(attributes)) {
                    self.statement(&mark, expr);
                    return true;
                }
                self.visit_expr_mut(expr);
                if let Expr::Assign(assign) = &*expr
                    && let Expr::Path(path) = &*assign.left
                    && let Some(name) = path.path.get_ident()
                {
                    self.scopes.initialize(name);
                }
            }
            Stmt::Macro(invocation) => {
                if let Some(mark) = self.take(&mut invocation.attrs) {
                    let code = &invocation.mac;
                    let semi = invocation.semi_token;
                    let expr = self.hop(&mark, &parse_quote!(#code), None);
                    *stmt = Stmt::Expr(expr, semi);
                    return true;
                }
            }
            // A nested item is not part of the body.
            Stmt::Item(_) => {}
        }
        false
    }

    fn local(&mut self, local: &mut Local) {
        if let Some(mark) = self.take(&mut local.attrs) {
            match &mut local.init {
                Some(init) => {
                    *init.expr = self.hop(&mark, &init.expr, None);
                    if let Some((_, diverge)) = &mut init.diverge {
                        self.visit_expr_mut(diverge);
                    }
                }
                None => self.errors.refuse(
                    &local.pat,
                    "W012",
                    "`#[blocking]` is on a `let` without an initializer",
                    "move it to the statement that contains the code",
                ),
            }
        } else if let Some(init) = &mut local.init {
            self.visit_expr_mut(&mut init.expr);
            if let Some((_, diverge)) = &mut init.diverge {
                self.visit_expr_mut(diverge);
            }
        }
        self.scopes.declare_local(local);
    }

    /// Offloads an expression statement: of an assignment or a `return`, only the value.
    fn statement(&mut self, mark: &Mark, expr: &mut Expr) {
        match expr {
            Expr::Assign(assign) => *assign.right = self.hop(mark, &assign.right, Some(&assign.left)),
            Expr::Binary(binary) if is_assignment(&binary.op) => {
                self.scopes.push_parts(&binary.left);
                *binary.right = self.hop(mark, &binary.right, None);
                self.scopes.pop();
            }
            Expr::Return(leave) => {
                if let Some(value) = &mut leave.expr {
                    **value = self.hop(mark, value, None);
                }
            }
            other => *other = self.hop(mark, other, None),
        }
    }

    /// Offloads an expression, whose value is assigned to `target`.
    fn hop(&mut self, mark: &Mark, expr: &Expr, target: Option<&Expr>) -> Expr {
        let captures = Captures::of(expr, &self.scopes);
        if captures.report(self.errors) {
            // Unchanged, but without the attributes that the compiler does not know.
            return hop::without_attributes(expr);
        }
        let mut returned = Vec::new();
        for (name, found) in &captures.variables {
            let binding = self.scopes.binding(*found);
            let uninitialized = binding.origin == BindingKind::Uninitialized;
            let later = if uninitialized {
                captures.assigns(name).then(|| name.clone())
            } else {
                match target.map(|target| assigned(target, name)) {
                    Some(Use::Read(mention)) => Some(mention),
                    Some(Use::Overwritten) => None,
                    _ => self.scopes.used_later(*found, mark.span),
                }
            };
            let Some(later) = later else { continue };
            let variable = Returned { name: binding.name.clone(), later, mutable: binding.mutable, uninitialized };
            if self.scopes.make_mutable(*found) {
                returned.push(variable);
            }
        }
        for variable in &returned {
            self.scopes.initialize(&variable.name);
        }
        let returns = if self.scopes.is_nested() { None } else { Some(&self.returns) };
        Hop { kind: &mark.kind, expr, captures: &captures, returned, returns }.into_expr()
    }

    fn nested(&mut self, visit: impl FnOnce(&mut Self)) {
        self.scopes.push_nested();
        visit(self);
        self.scopes.pop();
    }
}

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
            *expr = self.hop(&mark, expr, None);
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
        self.visit_block_mut(&mut branch.then_branch);
        self.scopes.pop();
        if let Some((_, otherwise)) = &mut branch.else_branch {
            self.visit_expr_mut(otherwise);
        }
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
