//! What happens to a variable after a statement, as far as the syntax shows it.

use super::free_names::{bound, find};
use proc_macro2::Ident;
use syn::{Expr, Lifetime, Stmt};

/// The first thing that a list of statements does with a variable.
pub(crate) enum Use {
    /// Mentions it, at least on some paths.
    Read,
    /// Assigns a new value to it first, on every path.
    Overwritten,
    /// Declares another variable of the same name.
    Shadowed,
    /// Leaves the function.
    Returns,
    /// Leaves a loop: the innermost one, or the one with this label.
    Breaks(Option<Lifetime>),
    /// Begins a loop again: the innermost one, or the one with this label.
    Continues(Option<Lifetime>),
    /// Nothing.
    Unused,
}

pub(crate) fn first_use(stmts: &[Stmt], name: &Ident) -> Use {
    for stmt in stmts {
        match of_stmt(stmt, name) {
            Use::Unused => {}
            used => return used,
        }
    }
    Use::Unused
}

fn of_stmt(stmt: &Stmt, name: &Ident) -> Use {
    match stmt {
        Stmt::Local(local) => {
            if let Some(init) = &local.init {
                let mut exprs = vec![&init.expr];
                exprs.extend(init.diverge.as_ref().map(|(_, diverge)| diverge));
                if exprs.into_iter().any(|expr| find(expr, name).is_some()) {
                    return Use::Read;
                }
            }
            if bound(&local.pat).iter().any(|pattern| pattern.ident == *name) { Use::Shadowed } else { Use::Unused }
        }
        Stmt::Expr(Expr::Assign(assign), _) => {
            if find(&assign.right, name).is_some() {
                Use::Read
            } else {
                assigned(&assign.left, name)
            }
        }
        Stmt::Expr(expr, _) => of_expr(expr, name),
        Stmt::Macro(invocation) => {
            let expr = Expr::Macro(syn::ExprMacro { attrs: Vec::new(), mac: invocation.mac.clone() });
            of_expr(&expr, name)
        }
        Stmt::Item(_) => Use::Unused,
    }
}

fn of_expr(expr: &Expr, name: &Ident) -> Use {
    if find(expr, name).is_some() {
        return Use::Read;
    }
    match expr {
        Expr::Return(_) => Use::Returns,
        Expr::Break(jump) => Use::Breaks(jump.label.clone()),
        Expr::Continue(jump) => Use::Continues(jump.label.clone()),
        _ => Use::Unused,
    }
}

/// What an assignment to `left` does with a variable.
pub(crate) fn assigned(left: &Expr, name: &Ident) -> Use {
    match left {
        Expr::Path(path) if path.path.is_ident(name) => Use::Overwritten,
        Expr::Paren(inner) => assigned(&inner.expr, name),
        Expr::Tuple(tuple) => parts(tuple.elems.iter(), name),
        Expr::Array(array) => parts(array.elems.iter(), name),
        Expr::Call(call) => parts(call.args.iter(), name),
        Expr::Struct(literal) => parts(literal.fields.iter().map(|field| &field.expr), name),
        other if find(other, name).is_some() => Use::Read,
        _ => Use::Unused,
    }
}

fn parts<'a>(parts: impl Iterator<Item = &'a Expr>, name: &Ident) -> Use {
    for part in parts {
        match assigned(part, name) {
            Use::Unused => {}
            used => return used,
        }
    }
    Use::Unused
}
