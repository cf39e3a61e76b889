//! What happens to a variable after a statement, as far as the syntax shows it.

use super::free_names::{bound, find};
use proc_macro2::Ident;
use syn::{Expr, Lifetime, Stmt};

/// The first thing that a list of statements does with a variable.
pub(crate) enum Use {
    /// Mentions it here, at least on some paths.
    Read(Ident),
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
                if let Some(mention) = exprs.into_iter().find_map(|expr| find(expr, name)) {
                    return Use::Read(mention);
                }
            }
            if bound(&local.pat).iter().any(|pattern| pattern.ident == *name) { Use::Shadowed } else { Use::Unused }
        }
        Stmt::Expr(Expr::Assign(assign), _) => match find(&assign.right, name) {
            Some(mention) => Use::Read(mention),
            None => assigned(&assign.left, name),
        },
        Stmt::Expr(expr, _) => of_expr(expr, name),
        Stmt::Macro(invocation) => {
            let expr = Expr::Macro(syn::ExprMacro { attrs: Vec::new(), mac: invocation.mac.clone() });
            of_expr(&expr, name)
        }
        Stmt::Item(_) => Use::Unused,
    }
}

fn of_expr(expr: &Expr, name: &Ident) -> Use {
    if let Some(mention) = find(expr, name) {
        return Use::Read(mention);
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
        other => find(other, name).map_or(Use::Unused, Use::Read),
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
