//! `#[blocking(..)]` on a statement or block of an async body: that part is offloaded.
//!
//! The variables that the part mentions move to the other thread. Those that are used later move back and are
//! assigned again, so the statement changes them as it would without the attribute.

use super::{
    assignment::is_assignment,
    attribute::{is_blocking, leftmost_mut, mentions_blocking, of_mut, refuse_second},
    borrowers::{self, Borrowed},
    captures::{self, Captures},
    given_values,
    hop::{self, Hop, Returned},
    isolated,
    kind::Kind,
    later_use::{Use, assigned},
    marked_macros,
    scope::{BindingKind, Scopes},
};
use crate::{errors::Errors, visit_mut::VisitMut};
use proc_macro2::{Ident, Span, TokenStream};
use syn::{
    Attribute, Block, Expr, FnArg, Local, Pat, ReturnType, Signature, Stmt, Type, parse_quote, parse_quote_spanned,
    spanned::Spanned,
};

/// Offloads the `#[blocking(..)]` parts of an async function's body.
///
/// `borrowed` are the names of the parameters that are references to resources and configs.
pub(crate) fn lower(block: &mut Block, signature: &Signature, borrowed: &[Ident], errors: &mut Errors) {
    if !mentions_blocking(block) {
        return;
    }
    marked_macros::report(block, errors);
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

pub(super) struct Lower<'a> {
    returns: Type,
    pub(super) scopes: Scopes,
    errors: &'a mut Errors,
}

/// A taken `#[blocking]` attribute.
pub(super) struct Mark {
    kind: Kind,
    span: Span,
}

/// Where the value of an offloaded expression goes.
pub(super) enum Target<'a> {
    /// It is assigned to this place.
    Place(&'a Expr),
    /// A `let` that declares this type.
    Typed(&'a Type),
    Return,
    Unknown,
}

impl Lower<'_> {
    pub(super) fn take(&mut self, attributes: &mut Vec<Attribute>) -> Option<Mark> {
        let at = attributes.iter().position(|attribute| is_blocking(std::slice::from_ref(attribute)))?;
        let attribute = attributes.remove(at);
        refuse_second(attributes, "this statement", self.errors);
        let kind = isolated::refuse_statement(Kind::of(&attribute, self.errors), self.errors)?;
        Some(Mark { kind, span: attribute.pound_token.span })
    }

    /// Lowers a statement. Returns whether it is offloaded as a whole.
    pub(super) fn stmt(&mut self, stmt: &mut Stmt) -> bool {
        match stmt {
            Stmt::Local(local) => self.local(local),
            Stmt::Expr(expr, semi) => {
                if let Some(mark) = of_mut(leftmost_mut(expr)).and_then(|attributes| self.take(attributes)) {
                    let others = of_mut(leftmost_mut(expr)).map(std::mem::take).unwrap_or_default();
                    if semi.is_some() && matches!(expr, Expr::Call(_) | Expr::MethodCall(_)) {
                        // The value may borrow from a variable, and is dropped there.
                        *expr = parse_quote_spanned!(expr.span()=> { #expr; });
                    }
                    self.statement(&mark, expr);
                    hop::set_attributes(expr, others);
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
                    let others = std::mem::take(&mut invocation.attrs);
                    let mut expr = self.hop(&mark, &parse_quote!(#code), &Target::Unknown);
                    hop::set_attributes(&mut expr, others);
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
                    if is_discarded(&local.pat) && !matches!(*init.expr, Expr::Try(_)) {
                        let pattern = std::mem::replace(&mut local.pat, parse_quote!(()));
                        let value = &init.expr;
                        *init.expr = parse_quote_spanned!(value.span()=> { let #pattern = #value; });
                    }
                    let target = match &local.pat {
                        Pat::Type(typed) => Target::Typed(&typed.ty),
                        _ => Target::Unknown,
                    };
                    *init.expr = self.hop(&mark, &init.expr, &target);
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
            Expr::Assign(assign) => *assign.right = self.hop(mark, &assign.right, &Target::Place(&assign.left)),
            Expr::Binary(binary) if is_assignment(&binary.op) => {
                self.scopes.push_parts(&binary.left);
                *binary.right = self.hop(mark, &binary.right, &Target::Unknown);
                self.scopes.pop();
            }
            Expr::Return(leave) => {
                if let Some(value) = &mut leave.expr {
                    **value = self.hop(mark, value, &Target::Return);
                }
            }
            other => *other = self.hop(mark, other, &Target::Unknown),
        }
    }

    /// Offloads an expression.
    pub(super) fn hop(&mut self, mark: &Mark, expr: &Expr, target: &Target<'_>) -> Expr {
        let captures = Captures::of(expr, &self.scopes);
        if captures.report(self.errors) {
            // Unchanged, but without the attributes that the compiler does not know.
            return hop::without_attributes(expr);
        }
        let mut refused = false;
        let mut references = Vec::new();
        let mut part = expr.clone();
        let mut given = Vec::new();
        let mut returned = Vec::new();
        let mut checks = TokenStream::new();
        for (name, found) in &captures.variables {
            let binding = self.scopes.binding(*found);
            let uninitialized = binding.origin == BindingKind::Uninitialized;
            let later = if uninitialized {
                captures.assigns(name).then(|| name.clone())
            } else {
                let used = match target {
                    Target::Place(place) => assigned(place, name),
                    _ => Use::Unused,
                };
                match used {
                    Use::Read(mention) => Some(mention),
                    Use::Overwritten => None,
                    _ => self.scopes.used_later(*found, mark.span),
                }
            };
            let is_reference = binding.borrows.reference.is_some();
            if later.is_none() && !is_reference {
                continue;
            }
            if !uninitialized && let Some(values) = given_values::take(&mut part, name) {
                given.extend(values);
                continue;
            }
            if is_reference {
                refused = true;
                let (problem, help) = captures::reference(name);
                self.errors.refuse(name, "W024", &problem, help);
                references.push(name);
                continue;
            }
            let Some(later) = later else { continue };
            for borrowed in self.scopes.borrowed_by(*found, mark.span) {
                match borrowed {
                    Borrowed::Certain(by) => {
                        refused = true;
                        refuse_borrowed(name, &by, self.errors);
                        break;
                    }
                    Borrowed::ByType(places) => checks.extend(borrowers::refused_by_type(&places, name.span())),
                }
            }
            let variable = Returned {
                name: binding.name.clone(),
                mention: name.clone(),
                later,
                mutable: binding.mutable,
                uninitialized,
            };
            if self.scopes.make_mutable(*found) {
                returned.push(variable);
            }
        }
        if refused {
            return hop::unchecked(expr, &references);
        }
        for variable in &returned {
            self.scopes.initialize(&variable.name);
        }
        let returns = if self.scopes.is_nested() { None } else { Some(&self.returns) };
        let ty = match target {
            Target::Typed(ty) => Some(*ty),
            Target::Return => returns,
            Target::Place(_) | Target::Unknown => None,
        };
        Hop { kind: &mark.kind, expr: &part, captures: &captures, given, returned, checks, ty, returns }.into_expr()
    }

    pub(super) fn nested(&mut self, visit: impl FnOnce(&mut Self)) {
        self.scopes.push_nested();
        visit(self);
        self.scopes.pop();
    }
}

/// Whether a pattern is `_`, perhaps with a type.
fn is_discarded(pattern: &Pat) -> bool {
    match pattern {
        Pat::Wild(_) => true,
        Pat::Type(typed) => is_discarded(&typed.pat),
        _ => false,
    }
}

/// W024: `by` borrows the variable that moves.
fn refuse_borrowed(name: &Ident, by: &Ident, errors: &mut Errors) {
    let problem = format!("`{name}` moves to another thread and back while `{by}` borrows it");
    let help = format!("create it again after the statement: `let {by} = ..;`");
    errors.refuse(name, "W024", &problem, &help);
}
