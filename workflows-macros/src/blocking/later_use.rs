//! What happens to a variable after a statement, as far as the syntax shows it.

use super::{
    attribute::{conditions, conditions_of},
    free_names::{bound, find, is_at, same},
};
use proc_macro2::{Ident, Span};
use syn::{Block, Expr, Lifetime, Pat, Stmt};

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

/// The first use after the part whose attribute is at `part`, in a block of which the statements from `next` on follow.
pub(crate) fn first_use_after(stmts: &[Stmt], next: usize, name: &Ident, part: Span) -> Use {
    let marked = next.checked_sub(1).and_then(|at| stmts.get(at));
    match marked.map_or(Use::Unused, |stmt| of_marked_local(stmt, name, part)) {
        Use::Unused => first_use(stmts.get(next..).unwrap_or_default(), name),
        used => used,
    }
}

/// What a statement does with a variable after its value is there, if it is the `let` whose attribute is at `part`.
fn of_marked_local(stmt: &Stmt, name: &Ident, part: Span) -> Use {
    let Stmt::Local(local) = stmt else { return Use::Unused };
    if !is_at(&local.attrs, part) {
        return Use::Unused;
    }
    let diverge = local.init.as_ref().and_then(|init| init.diverge.as_ref());
    if let Some(mention) = diverge.and_then(|(_, diverge)| find(diverge, name)) {
        return Use::Read(mention);
    }
    let is_shadowed = bound(&local.pat).iter().any(|pattern| same(&pattern.ident, name));
    if is_shadowed && !is_conditional(stmt) { Use::Shadowed } else { Use::Unused }
}

fn of_stmt(stmt: &Stmt, name: &Ident) -> Use {
    let used = match stmt {
        Stmt::Local(local) => {
            if let Some(init) = &local.init {
                let mut exprs = vec![&init.expr];
                exprs.extend(init.diverge.as_ref().map(|(_, diverge)| diverge));
                if let Some(mention) = exprs.into_iter().find_map(|expr| find(expr, name)) {
                    return Use::Read(mention);
                }
            }
            if bound(&local.pat).iter().any(|pattern| same(&pattern.ident, name)) { Use::Shadowed } else { Use::Unused }
        }
        Stmt::Expr(expr, _) => of_expr(expr, name),
        Stmt::Macro(invocation) => {
            let expr = Expr::Macro(syn::ExprMacro { attrs: Vec::new(), mac: invocation.mac.clone() });
            of_expr(&expr, name)
        }
        Stmt::Item(_) => Use::Unused,
    };
    // A statement with a condition may not exist.
    if is_conditional(stmt) && !matches!(used, Use::Read(_)) { Use::Unused } else { used }
}

fn is_conditional(stmt: &Stmt) -> bool {
    let conditions = match stmt {
        Stmt::Local(local) => conditions(&local.attrs),
        Stmt::Expr(expr, _) => conditions_of(expr),
        Stmt::Macro(invocation) => conditions(&invocation.attrs),
        Stmt::Item(_) => Vec::new(),
    };
    !conditions.is_empty()
}

fn of_expr(expr: &Expr, name: &Ident) -> Use {
    match expr {
        Expr::Assign(assign) => match find(&assign.right, name) {
            Some(mention) => Use::Read(mention),
            None => assigned(&assign.left, name),
        },
        Expr::Block(block) if block.label.is_none() => of_block(&block.block, name),
        Expr::Unsafe(block) => of_block(&block.block, name),
        Expr::If(branch) => {
            if let Some(mention) = find(&branch.cond, name) {
                return Use::Read(mention);
            }
            match &branch.else_branch {
                // A pattern in the condition may bind the name.
                Some((_, otherwise)) if !is_let(&branch.cond) => {
                    either(of_block(&branch.then_branch, name), of_expr(otherwise, name))
                }
                _ => find(expr, name).map_or(Use::Unused, Use::Read),
            }
        }
        Expr::Match(branches) => {
            if let Some(mention) = find(&branches.expr, name) {
                return Use::Read(mention);
            }
            let mut used = None;
            for arm in &branches.arms {
                let binds = bound(&arm.pat).iter().any(|pattern| same(&pattern.ident, name));
                if binds {
                    return find(expr, name).map_or(Use::Unused, Use::Read);
                }
                if let Pat::Guard(guarded) = &arm.pat
                    && let Some(mention) = find(&guarded.guard, name)
                {
                    return Use::Read(mention);
                }
                let arm = of_expr(&arm.body, name);
                used = Some(match used {
                    Some(before) => either(before, arm),
                    None => arm,
                });
            }
            used.unwrap_or(Use::Unused)
        }
        _ => match (find(expr, name), expr) {
            (Some(mention), _) => Use::Read(mention),
            (None, Expr::Return(_)) => Use::Returns,
            (None, Expr::Break(jump)) => Use::Breaks(jump.label.clone()),
            (None, Expr::Continue(jump)) => Use::Continues(jump.label.clone()),
            (None, Expr::Macro(invocation)) if diverges(&invocation.mac) => Use::Returns,
            (None, _) => Use::Unused,
        },
    }
}

fn of_block(block: &Block, name: &Ident) -> Use {
    match first_use(&block.stmts, name) {
        // The variable in the block is another one.
        Use::Shadowed => Use::Unused,
        used => used,
    }
}

/// Whether a macro of `std` always panics.
fn diverges(invocation: &syn::Macro) -> bool {
    let names = ["panic", "todo", "unimplemented", "unreachable"];
    invocation.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
}

fn is_let(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(binary) => is_let(&binary.left) || is_let(&binary.right),
        _ => false,
    }
}

/// What happens on one of two paths.
fn either(one: Use, other: Use) -> Use {
    match (one, other) {
        (Use::Read(mention), _) | (_, Use::Read(mention)) => Use::Read(mention),
        (Use::Overwritten | Use::Returns, other) => other,
        (one, Use::Overwritten | Use::Returns) => one,
        (Use::Breaks(one), Use::Breaks(other)) if one == other => Use::Breaks(one),
        (Use::Continues(one), Use::Continues(other)) if one == other => Use::Continues(one),
        _ => Use::Unused,
    }
}

/// What an assignment to `left` does with a variable.
pub(crate) fn assigned(left: &Expr, name: &Ident) -> Use {
    match left {
        Expr::Path(path) if path.path.get_ident().is_some_and(|found| same(found, name)) => Use::Overwritten,
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
