//! The values that a `#[blocking]` part takes of a variable without changing the variable.
//!
//! If each mention of a variable is a value, as `x` and `x.field` in `f(x, x.field)`, the part moves or copies these values.
//! The rest of the variable stays where it is, so other fields can be used later, and a variable of a `Copy` type can be
//! borrowed meanwhile.

use super::free_names::{find, named, same};
use crate::visit_mut::{self, VisitMut};
use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{BinOp, Expr, Local, Member, Pat, Stmt, UnOp, ext::IdentExt, parse_quote};

/// A value that is taken before the part is offloaded.
pub(crate) struct GivenValue {
    /// The name of the value in the part.
    pub(crate) name: Ident,
    /// The place that it is taken from.
    pub(crate) place: Expr,
}

/// Replaces the mentions of a variable by values, if that is possible for all of them.
pub(crate) fn take(expr: &mut Expr, variable: &Ident) -> Option<Vec<GivenValue>> {
    let mut rewritten = expr.clone();
    let mut given = Given { variable, values: Vec::new(), is_ambiguous: false };
    given.visit_expr_mut(&mut rewritten);
    if given.is_ambiguous || given.values.is_empty() || find(&rewritten, variable).is_some() {
        return None;
    }
    *expr = rewritten;
    Some(given.values)
}

struct Given<'a> {
    variable: &'a Ident,
    values: Vec<GivenValue>,
    /// The part declares another variable of this name, or takes parts of a place that it also takes.
    is_ambiguous: bool,
}

impl Given<'_> {
    /// Visits an expression whose value is moved or copied.
    fn value(&mut self, expr: &mut Expr) {
        let mut members = Vec::new();
        if let Some(root) = root(expr, &mut members)
            && same(&root, self.variable)
        {
            members.push(root.unraw().to_string());
            members.reverse();
            let span = Span::mixed_site().located_at(root.span());
            if let Some(name) = named(&members.join("_"), span) {
                self.add(&name, expr, members.len() == 1);
                *expr = parse_quote!(#name);
                return;
            }
        }
        match expr {
            Expr::Paren(inner) => self.value(&mut inner.expr),
            Expr::Group(inner) => self.value(&mut inner.expr),
            _ => self.visit_expr_mut(expr),
        }
    }

    fn add(&mut self, name: &Ident, place: &Expr, is_whole: bool) {
        let text = place.to_token_stream().to_string();
        for known in &self.values {
            let other = known.place.to_token_stream().to_string();
            if other == text && is_whole {
                return;
            }
            let overlaps = other.starts_with(&text) || text.starts_with(&other);
            self.is_ambiguous |= overlaps || known.name == *name;
        }
        self.values.push(GivenValue { name: name.clone(), place: place.clone() });
    }

    /// Visits the left side of an assignment: the places in a tuple or a struct are changed, and are no values.
    fn assigned(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Paren(inner) => self.assigned(&mut inner.expr),
            Expr::Group(inner) => self.assigned(&mut inner.expr),
            Expr::Tuple(tuple) => tuple.elems.iter_mut().for_each(|place| self.assigned(place)),
            Expr::Array(array) => array.elems.iter_mut().for_each(|place| self.assigned(place)),
            Expr::Call(call) => call.args.iter_mut().for_each(|place| self.assigned(place)),
            Expr::Struct(literal) => literal.fields.iter_mut().for_each(|field| self.assigned(&mut field.expr)),
            place => self.visit_expr_mut(place),
        }
    }

    fn values<'e>(&mut self, exprs: impl IntoIterator<Item = &'e mut Expr>) {
        for expr in exprs {
            self.value(expr);
        }
    }
}

/// The variable that a place belongs to. Adds its members, innermost last.
fn root(expr: &Expr, members: &mut Vec<String>) -> Option<Ident> {
    match expr {
        Expr::Path(path) if path.qself.is_none() && path.attrs.is_empty() => path.path.get_ident().cloned(),
        Expr::Field(field) if field.attrs.is_empty() => {
            members.push(match &field.member {
                Member::Named(name) => name.unraw().to_string(),
                Member::Unnamed(index) => index.index.to_string(),
            });
            root(&field.base, members)
        }
        _ => None,
    }
}

/// Whether the operands are values. A comparison borrows them, and an assignment changes the first one.
fn takes_values(op: &BinOp) -> bool {
    !matches!(op, BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_))
}

/// Whether a pattern takes the whole value.
fn takes_value(pattern: &Pat) -> bool {
    match pattern {
        Pat::Ident(name) => name.by_ref.is_none() && name.subpat.is_none(),
        Pat::Type(typed) => takes_value(&typed.pat),
        _ => false,
    }
}

impl VisitMut for Given<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Call(call) => {
                self.visit_expr_mut(&mut call.func);
                self.values(&mut call.args);
            }
            Expr::MethodCall(call) => {
                self.visit_expr_mut(&mut call.receiver);
                self.values(&mut call.args);
            }
            Expr::Tuple(tuple) => self.values(&mut tuple.elems),
            Expr::Array(array) => self.values(&mut array.elems),
            Expr::Struct(literal) => {
                for field in &mut literal.fields {
                    field.colon_token.get_or_insert_default();
                    self.value(&mut field.expr);
                }
                if let Some(rest) = &mut literal.rest {
                    self.visit_expr_mut(rest);
                }
            }
            Expr::Binary(binary) if super::assignment::is_assignment(&binary.op) => {
                self.visit_expr_mut(&mut binary.left);
                self.value(&mut binary.right);
            }
            Expr::Binary(binary) if takes_values(&binary.op) => {
                self.value(&mut binary.left);
                self.value(&mut binary.right);
            }
            Expr::Unary(unary) if !matches!(unary.op, UnOp::Deref(_)) => self.value(&mut unary.expr),
            Expr::Assign(assign) => {
                self.assigned(&mut assign.left);
                self.value(&mut assign.right);
            }
            Expr::Index(index) => {
                self.visit_expr_mut(&mut index.expr);
                self.value(&mut index.index);
            }
            Expr::Range(range) => {
                self.values(range.start.as_deref_mut());
                self.values(range.end.as_deref_mut());
            }
            Expr::Try(question) => self.value(&mut question.expr),
            Expr::Cast(cast) => self.value(&mut cast.expr),
            Expr::ForLoop(repeat) => {
                self.visit_pat_mut(&mut repeat.pat);
                self.value(&mut repeat.expr);
                self.visit_block_mut(&mut repeat.body);
            }
            // A condition has the type `bool`, which is `Copy`.
            Expr::If(branch) => {
                self.value(&mut branch.cond);
                self.visit_block_mut(&mut branch.then_branch);
                if let Some((_, otherwise)) = &mut branch.else_branch {
                    self.value(otherwise);
                }
            }
            Expr::Return(leave) => self.values(leave.expr.as_deref_mut()),
            Expr::Break(leave) => self.values(leave.expr.as_deref_mut()),
            // A variable in a closure is captured, as a reference or as a value.
            Expr::Closure(_) | Expr::Async(_) => {}
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        for stmt in &mut block.stmts {
            match stmt {
                Stmt::Expr(expr, None) => self.value(expr),
                stmt => self.visit_stmt_mut(stmt),
            }
        }
    }

    fn visit_arm_mut(&mut self, arm: &mut syn::Arm) {
        self.visit_pat_mut(&mut arm.pat);
        self.value(&mut arm.body);
    }

    fn visit_local_mut(&mut self, local: &mut Local) {
        self.visit_pat_mut(&mut local.pat);
        let Some(init) = &mut local.init else { return };
        if takes_value(&local.pat) {
            self.value(&mut init.expr);
        } else {
            self.visit_expr_mut(&mut init.expr);
        }
        if let Some((_, diverge)) = &mut init.diverge {
            self.visit_expr_mut(diverge);
        }
    }

    fn visit_pat_ident_mut(&mut self, pattern: &mut syn::PatIdent) {
        self.is_ambiguous |= same(&pattern.ident, self.variable);
        visit_mut::visit_pat_ident_mut(self, pattern);
    }

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}
