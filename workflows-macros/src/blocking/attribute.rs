//! Attributes in the body of a function.

use syn::{Attribute, Expr};

pub(crate) fn is_blocking(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().segments.last().is_some_and(|last| last.ident == "blocking"))
}

/// The `#[cfg(..)]` attributes of a statement.
pub(crate) fn conditions(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
}

/// The `#[cfg(..)]` attributes of an expression. `syn` attaches them to its leftmost part.
pub(crate) fn conditions_of(expr: &Expr) -> Vec<Attribute> {
    let mut conditions = of(expr).map(conditions).unwrap_or_default();
    let leftmost = match expr {
        Expr::Try(inner) => Some(&inner.expr),
        Expr::Field(inner) => Some(&inner.base),
        Expr::Cast(inner) => Some(&inner.expr),
        Expr::MethodCall(inner) => Some(&inner.receiver),
        Expr::Await(inner) => Some(&inner.base),
        Expr::Assign(inner) => Some(&inner.left),
        Expr::Binary(inner) => Some(&inner.left),
        _ => None,
    };
    if let Some(leftmost) = leftmost {
        conditions.extend(conditions_of(leftmost));
    }
    conditions
}

/// The attributes of an expression that may have `#[blocking]`.
pub(crate) fn of(expr: &Expr) -> Option<&[Attribute]> {
    Some(match expr {
        Expr::Block(inner) => &inner.attrs,
        Expr::Try(inner) => &inner.attrs,
        Expr::Match(inner) => &inner.attrs,
        Expr::If(inner) => &inner.attrs,
        Expr::Loop(inner) => &inner.attrs,
        Expr::While(inner) => &inner.attrs,
        Expr::Assign(inner) => &inner.attrs,
        Expr::Return(inner) => &inner.attrs,
        Expr::Call(inner) => &inner.attrs,
        Expr::MethodCall(inner) => &inner.attrs,
        Expr::Macro(inner) => &inner.attrs,
        Expr::ForLoop(inner) => &inner.attrs,
        Expr::Path(inner) => &inner.attrs,
        Expr::Await(inner) => &inner.attrs,
        _ => return None,
    })
}
