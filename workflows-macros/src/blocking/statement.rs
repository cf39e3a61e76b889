//! `#[blocking(..)]` on a statement or block of an async body: that part is offloaded.

use super::{
    captures::{Captures, is_assignment},
    kind::Kind,
    names::Bound,
};
use crate::errors::Errors;
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{
    Attribute, Block, Expr, Local, Pat, ReturnType, Signature, Stmt, Type, parse_quote_spanned,
    spanned::Spanned,
    visit_mut::{self, VisitMut},
};

/// Offloads the `#[blocking(..)]` parts of an async function's body.
///
/// `borrowed` are the names of the parameters that are references to resources and configs.
pub(crate) fn lower(block: &mut Block, signature: &Signature, borrowed: &[Ident], errors: &mut Errors) {
    let returns = match &signature.output {
        ReturnType::Default => syn::parse_quote!(()),
        ReturnType::Type(_, ty) => (**ty).clone(),
    };
    // A local variable of the same name is not the parameter.
    let shadowed = Bound::names(block);
    let borrowed: Vec<Ident> = borrowed.iter().filter(|name| !shadowed.contains(&name.to_string())).cloned().collect();
    Lower { returns, context: context(signature), borrowed: &borrowed, nested: false, lowered: false, errors }
        .visit_block_mut(block);
}

/// The name of the context, which can be cloned into the offloaded part.
fn context(signature: &Signature) -> Option<Ident> {
    signature.inputs.iter().find_map(|input| match input {
        syn::FnArg::Typed(typed) if matches!(&*typed.ty, Type::Reference(_)) => match &*typed.pat {
            Pat::Ident(pattern) => Some(pattern.ident.clone()),
            _ => None,
        },
        _ => None,
    })
}

struct Lower<'a> {
    returns: Type,
    context: Option<Ident>,
    borrowed: &'a [Ident],
    /// Inside a closure or an async block, which `return` leaves.
    nested: bool,
    /// The last visited statement is now offloaded.
    lowered: bool,
    errors: &'a mut Errors,
}

impl VisitMut for Lower<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let last = block.stmts.len().saturating_sub(1);
        for (number, stmt) in block.stmts.iter_mut().enumerate() {
            self.lowered = false;
            self.visit_stmt_mut(stmt);
            // A block needs no semicolon, but the call that replaces it does.
            if let (Stmt::Expr(_, semi @ None), true) = (stmt, self.lowered && number < last) {
                *semi = Some(<syn::Token![;]>::default());
            }
        }
        self.lowered = false;
    }

    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Local(local) => self.local(local),
            Stmt::Expr(expr, _) => {
                // `syn` attaches an attribute of `a = b` to `a`.
                if let Some(kind) = attributes(leftmost(expr)).and_then(|attributes| self.take(attributes)) {
                    self.lowered = true;
                    return self.statement(&kind, expr);
                }
            }
            Stmt::Macro(invocation) => {
                if let Some(kind) = self.take(&mut invocation.attrs) {
                    let code = &invocation.mac;
                    let semi = invocation.semi_token;
                    let expr = self.hop(&kind, &syn::parse_quote!(#code));
                    *stmt = Stmt::Expr(expr, semi);
                    self.lowered = true;
                    return;
                }
            }
            Stmt::Item(_) => {}
        }
        visit_mut::visit_stmt_mut(self, stmt);
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Some(kind) = attributes(expr).and_then(|attributes| self.take(attributes)) {
            *expr = self.hop(&kind, expr);
            return;
        }
        let outer = self.nested;
        self.nested |= matches!(expr, Expr::Closure(_) | Expr::Async(_));
        visit_mut::visit_expr_mut(self, expr);
        self.nested = outer;
    }

    // A nested item is not part of the body.
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

impl Lower<'_> {
    fn take(&mut self, attributes: &mut Vec<Attribute>) -> Option<Kind> {
        let is_ours =
            |attribute: &Attribute| attribute.path().segments.last().is_some_and(|last| last.ident == "blocking");
        let at = attributes.iter().position(is_ours)?;
        Kind::of(&attributes.remove(at), self.errors)
    }

    fn local(&mut self, local: &mut Local) {
        let Some(kind) = self.take(&mut local.attrs) else { return };
        match &mut local.init {
            Some(init) => *init.expr = self.hop(&kind, &init.expr),
            None => self.errors.refuse(
                &local.pat,
                "W012",
                "`#[blocking]` is on a `let` without an initializer",
                "move it to the statement that contains the code",
            ),
        }
    }

    /// Offloads an expression statement; of an assignment, only its right side.
    fn statement(&mut self, kind: &Kind, expr: &mut Expr) {
        match expr {
            Expr::Assign(assign) => *assign.right = self.hop(kind, &assign.right),
            Expr::Binary(binary) if is_assignment(&binary.op) => *binary.right = self.hop(kind, &binary.right),
            other => *other = self.hop(kind, other),
        }
    }

    /// Offloads an expression.
    fn hop(&mut self, kind: &Kind, expr: &Expr) -> Expr {
        let captures = Captures::of(expr, self.context.as_ref(), self.borrowed);
        if captures.report(self.errors) {
            // Unchanged, so the compiler reports no further error.
            return expr.clone();
        }
        // All tokens have the user's span, so type errors point at the user's code.
        let span = expr.span();
        let private = quote_spanned!(span=> ::workflows_runtime::__private);
        let (before, within) = match &self.context {
            Some(name) if captures.mentions_context => {
                (quote!(let #name = ::core::clone::Clone::clone(#name);), quote!(let #name = &#name;))
            }
            _ => (TokenStream::new(), TokenStream::new()),
        };
        // A single trailing `?` stays outside, where its target type can be inferred.
        let (body, question) = match expr {
            Expr::Try(inner) if captures.leaves == 1 => (&*inner.expr, Some(inner.question_token)),
            other => (other, None),
        };
        if captures.leaves == 0 || question.is_some() {
            let body = match body {
                Expr::Block(block) if within.is_empty() && block.label.is_none() => quote!(#block),
                body => quote_spanned!(span=> { #within #body }),
            };
            let hop = quote_spanned!(span=> #private::offload(#kind, move || #body).await #question);
            return behind(before, hop);
        }
        let mut body = body.clone();
        Leave.visit_expr_mut(&mut body);
        let returns = if self.nested {
            quote!(_)
        } else {
            let ty = &self.returns;
            quote!(#ty)
        };
        behind(
            before,
            quote_spanned! {span=>
                match #private::offload(#kind, move || -> #private::ControlFlow<#returns, _> {
                    #within
                    #private::ControlFlow::Continue(#body)
                }).await {
                    #private::ControlFlow::Continue(value) => value,
                    #private::ControlFlow::Break(result) => return result,
                }
            },
        )
    }
}

/// `expr`, in a block with `before` if that is not empty.
fn behind(before: TokenStream, expr: TokenStream) -> Expr {
    if before.is_empty() { syn::parse_quote!(#expr) } else { syn::parse_quote!({ #before #expr }) }
}

/// Replaces `?` and `return`, which leave the offloaded part, with its result.
struct Leave;

impl VisitMut for Leave {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if matches!(expr, Expr::Closure(_) | Expr::Async(_)) {
            return;
        }
        visit_mut::visit_expr_mut(self, expr);
        let span = expr.span();
        let private = quote_spanned!(span=> ::workflows_runtime::__private);
        *expr = match expr {
            Expr::Try(question) => {
                let inner = &question.expr;
                parse_quote_spanned! {span=>
                    match #private::Branch::branch(#inner) {
                        #private::ControlFlow::Continue(value) => value,
                        #private::ControlFlow::Break(residual) => {
                            return #private::ControlFlow::Break(#private::FromResidual::from_residual(residual))
                        }
                    }
                }
            }
            Expr::Return(leave) => {
                let value = if let Some(value) = &leave.expr { quote!(#value) } else { quote!(()) };
                parse_quote_spanned!(span=> return #private::ControlFlow::Break(#value))
            }
            _ => return,
        };
    }

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

/// The part of a statement to which `syn` attaches an attribute in front of it.
fn leftmost(expr: &mut Expr) -> &mut Expr {
    match expr {
        Expr::Assign(assign) => leftmost(&mut assign.left),
        Expr::Binary(binary) => leftmost(&mut binary.left),
        other => other,
    }
}

/// The attributes of an expression that may have `#[blocking]`.
fn attributes(expr: &mut Expr) -> Option<&mut Vec<Attribute>> {
    Some(match expr {
        Expr::Block(inner) => &mut inner.attrs,
        Expr::Call(inner) => &mut inner.attrs,
        Expr::MethodCall(inner) => &mut inner.attrs,
        Expr::Try(inner) => &mut inner.attrs,
        Expr::Match(inner) => &mut inner.attrs,
        Expr::If(inner) => &mut inner.attrs,
        Expr::Loop(inner) => &mut inner.attrs,
        Expr::While(inner) => &mut inner.attrs,
        Expr::ForLoop(inner) => &mut inner.attrs,
        Expr::Macro(inner) => &mut inner.attrs,
        Expr::Assign(inner) => &mut inner.attrs,
        Expr::Path(inner) => &mut inner.attrs,
        Expr::Return(inner) => &mut inner.attrs,
        _ => return None,
    })
}
