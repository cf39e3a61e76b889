//! Attributes in the body of a function.

use crate::errors::Errors;
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, Block, Expr};

pub(crate) fn is_blocking(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().segments.last().is_some_and(|last| last.ident == "blocking"))
}

/// W012: removes all further `#[blocking]` attributes of `owner`, which has one.
pub(crate) fn refuse_second(attributes: &mut Vec<Attribute>, owner: &str, errors: &mut Errors) {
    attributes.retain(|attribute| {
        let is_second = is_blocking(std::slice::from_ref(attribute));
        if is_second {
            let problem = format!("{owner} has two `#[blocking]` attributes");
            errors.refuse(attribute, "W012", &problem, "keep one `#[blocking(..)]`, with the kind of the code");
        }
        !is_second
    });
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

/// Matches an expression of any kind that has attributes.
macro_rules! with_attributes {
    ($expr:ident, $inner:ident => $attributes:expr) => {
        with_attributes!(@$expr, $inner => $attributes;
            Array Assign Async Await Binary Block Break Call Cast Closure Const Continue Field ForLoop Group If
            Index Let Lit Loop Macro Match MethodCall Paren Path Range RawAddr Reference Repeat Return Struct Try
            Tuple Unary Unsafe While Yield)
    };
    (@$expr:ident, $inner:ident => $attributes:expr; $($kind:ident)*) => {
        match $expr {
            $(Expr::$kind($inner) => Some($attributes),)*
            _ => None,
        }
    };
}

/// The attributes of an expression.
pub(crate) fn of(expr: &Expr) -> Option<&[Attribute]> {
    with_attributes!(expr, inner => &inner.attrs)
}

pub(crate) fn of_mut(expr: &mut Expr) -> Option<&mut Vec<Attribute>> {
    with_attributes!(expr, inner => &mut inner.attrs)
}

/// The part of a statement to which `syn` attaches an attribute in front of it.
pub(crate) fn leftmost(expr: &Expr) -> &Expr {
    match expr {
        Expr::Assign(assign) => leftmost(&assign.left),
        Expr::Binary(binary) => leftmost(&binary.left),
        Expr::Cast(cast) => leftmost(&cast.expr),
        other => other,
    }
}

pub(crate) fn leftmost_mut(expr: &mut Expr) -> &mut Expr {
    match expr {
        Expr::Assign(assign) => leftmost_mut(&mut assign.left),
        Expr::Binary(binary) => leftmost_mut(&mut binary.left),
        Expr::Cast(cast) => leftmost_mut(&mut cast.expr),
        other => other,
    }
}

/// Whether tokens contain a `#[blocking]` attribute, possibly of something else.
pub(crate) fn mentions_blocking(block: &Block) -> bool {
    fn contains(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(name) => name == "blocking",
            TokenTree::Group(group) => contains(group.stream()),
            _ => false,
        })
    }
    contains(quote!(#block))
}
