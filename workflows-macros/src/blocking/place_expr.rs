//! Place expressions: receivers that can be repeated, because evaluating them runs no code.

use super::value_expr::{has_closure, is_movable, is_typed};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, Index, Member, UnOp};

/// A receiver, as a root expression and a path of projections to the value.
pub(crate) struct PlaceExpr<'a> {
    pub(crate) root: &'a mut Expr,
    steps: Vec<Step>,
}

enum Step {
    Field(Member),
    Index(TokenStream),
    Deref,
}

impl<'a> PlaceExpr<'a> {
    /// Returns `None` if the path runs code that cannot be repeated.
    pub(crate) fn of(mut expr: &'a mut Expr) -> Option<Self> {
        let mut steps = Vec::new();
        loop {
            // Matched twice: the borrow checker does not accept a conditional return of the borrow.
            if !matches!(expr, Expr::Paren(_) | Expr::Group(_) | Expr::Field(_) | Expr::Index(_) | Expr::Unary(_)) {
                break;
            }
            if let Expr::Unary(unary) = &*expr
                && !matches!(unary.op, UnOp::Deref(_))
            {
                break;
            }
            expr = match expr {
                Expr::Paren(inner) => &mut inner.expr,
                Expr::Group(inner) => &mut inner.expr,
                Expr::Field(field) => {
                    steps.push(Step::Field(field.member.clone()));
                    &mut field.base
                }
                Expr::Index(index) => {
                    steps.push(Step::Index(simple(&index.index)?));
                    &mut index.expr
                }
                Expr::Unary(unary) => {
                    steps.push(Step::Deref);
                    &mut unary.expr
                }
                _ => return None,
            };
        }
        // The probe follows `Deref` anyway.
        let end = steps.iter().take_while(|step| matches!(step, Step::Deref)).count();
        steps.drain(..end);
        steps.reverse();
        Some(Self { root: expr, steps })
    }

    /// The local variable or static at the root.
    pub(crate) fn name(&self) -> Option<&syn::Ident> {
        match &*self.root {
            Expr::Path(path) => path.path.get_ident(),
            _ => None,
        }
    }

    /// Whether the place may be a field of a packed struct, to which no reference is allowed.
    pub(crate) fn has_field(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Field(_)))
    }

    /// Whether the root is a name, so the expression can be repeated as it is.
    pub(crate) fn is_named(&self) -> bool {
        matches!(&*self.root, Expr::Path(path) if path.attrs.is_empty())
    }

    /// The place, with `root` as its root.
    pub(crate) fn from(&self, root: &TokenStream) -> TokenStream {
        self.steps.iter().fold(root.clone(), |place, step| match step {
            Step::Field(Member::Named(name)) => quote!(#place.#name),
            Step::Field(Member::Unnamed(Index { index, span })) => {
                let mut index = proc_macro2::Literal::u32_unsuffixed(*index);
                index.set_span(*span);
                quote!(#place.#index)
            }
            Step::Index(index) => quote!(#place[#index]),
            Step::Deref => quote!((*#place)),
        })
    }
}

/// An index that can be evaluated twice.
fn simple(expr: &Expr) -> Option<TokenStream> {
    let is_simple = match expr {
        Expr::Path(_) | Expr::Lit(_) => true,
        Expr::Field(field) => simple(&field.base).is_some(),
        Expr::Reference(reference) => simple(&reference.expr).is_some(),
        Expr::Paren(inner) => simple(&inner.expr).is_some(),
        Expr::Binary(binary) => simple(&binary.left).is_some() && simple(&binary.right).is_some(),
        _ => false,
    };
    if is_simple { Some(expr.to_token_stream()) } else { None }
}

/// An argument that is a named place or a reference to one.
pub(crate) fn argument(expr: &mut Expr) -> Option<TokenStream> {
    let inner = match expr {
        Expr::Reference(reference) => &mut *reference.expr,
        other => other,
    };
    if is_standard_input(inner) || matches!(inner, Expr::Lit(_)) {
        return Some(inner.to_token_stream());
    }
    let place = PlaceExpr::of(inner)?;
    if !place.is_named() {
        return None;
    }
    let root = place.root.to_token_stream();
    Some(place.from(&root))
}

/// The value in an argument, without a reference to it.
pub(crate) fn value_mut(argument: &mut Expr) -> &mut Expr {
    match argument {
        Expr::Reference(reference) => &mut reference.expr,
        other => other,
    }
}

/// The place in an argument whose root is a value that can be bound to a name.
pub(crate) fn value_place(argument: &mut Expr) -> Option<PlaceExpr<'_>> {
    let place = PlaceExpr::of(value_mut(argument))?;
    let is_value = !has_closure(place.root) && is_typed(place.root) && is_movable(place.root);
    is_value.then_some(place)
}

/// Whether an argument can be bound to a name, and has a type of its own.
pub(crate) fn is_value(argument: &Expr) -> bool {
    let value = match argument {
        Expr::Reference(reference) => &reference.expr,
        other => other,
    };
    !has_closure(value) && is_typed(value) && is_movable(value)
}

/// Whether this is `stdin()` or `stdin().lock()`, which can be repeated in unreachable code.
fn is_standard_input(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) if call.args.is_empty() => {
            matches!(&*call.func, Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "stdin"))
        }
        Expr::MethodCall(call) => call.method == "lock" && is_standard_input(&call.receiver),
        _ => false,
    }
}

/// Whether the expression borrows nothing.
pub(crate) fn is_inert(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) => true,
        Expr::Call(call) => matches!(&*call.func, Expr::Path(_)) && call.args.iter().all(is_inert),
        _ => false,
    }
}
