//! Place expressions: receivers that can be repeated, because evaluating them runs no code.

use super::value_expr::{has_closure, is_movable, is_typed};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, ExprCall, Index, Member, UnOp};

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
    pub(crate) fn of(expr: &'a mut Expr) -> Option<Self> {
        let mut place = Self::exact(expr)?;
        // The probe follows `Deref` anyway.
        let end = place.steps.iter().rev().take_while(|step| matches!(step, Step::Deref)).count();
        place.steps.truncate(place.steps.len() - end);
        Some(place)
    }

    /// The same, with the dereferences at its end.
    pub(crate) fn exact(mut expr: &'a mut Expr) -> Option<Self> {
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
        steps.reverse();
        Some(Self { root: expr, steps })
    }

    /// The expression as a root.
    pub(crate) fn root(root: &'a mut Expr) -> Self {
        Self { root, steps: Vec::new() }
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

    /// Whether the place is its root.
    pub(crate) fn is_root(&self) -> bool {
        self.steps.is_empty()
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

/// The arguments of a call as written, without the probes that are inserted into them.
pub(crate) struct WrittenArguments {
    /// Those that can be repeated.
    pub(crate) places: Vec<Option<TokenStream>>,
    /// Whether the root of an argument can be bound to a name.
    pub(crate) values: Vec<Value>,
    /// The same for the first element of a tuple.
    pub(crate) firsts: Vec<Value>,
    /// The first argument, if it can be repeated.
    pub(crate) receiver: Option<TokenStream>,
    /// Whether the first argument has a root that can be bound to a name.
    pub(crate) binds_receiver: bool,
}

impl WrittenArguments {
    pub(crate) fn of(call: &mut ExprCall) -> Self {
        let places: Vec<_> = call.args.iter_mut().map(argument).collect();
        let mut values = Vec::with_capacity(places.len());
        for (argument, place) in call.args.iter_mut().zip(&places) {
            values.push(if place.is_none() { Value::of(argument) } else { Value::Other });
        }
        let first = |argument: &mut Expr| match argument {
            Expr::Tuple(tuple) => tuple.elems.first_mut().map_or(Value::Other, Value::of),
            _ => Value::Other,
        };
        let firsts = call.args.iter_mut().map(first).collect();
        let mut receiver = places.first().cloned().flatten();
        let mut binds_receiver = false;
        if receiver.is_none()
            && let Some(first) = call.args.first_mut()
        {
            receiver = tuple(value_mut(first));
            binds_receiver = receiver.is_none() && value_place(first).is_some_and(|place| !may_be_constant(place.root));
        }
        Self { places, values, firsts, receiver, binds_receiver }
    }
}

/// A tuple of literals and variables, such as the address `(host, 80)`.
fn tuple(expr: &Expr) -> Option<TokenStream> {
    let is_simple = |element: &Expr| match element {
        Expr::Lit(_) => true,
        Expr::Path(path) => path.path.get_ident().is_some_and(|name| !starts_uppercase(name)),
        _ => false,
    };
    match expr {
        Expr::Tuple(tuple) if !tuple.elems.is_empty() && tuple.elems.iter().all(is_simple) => {
            Some(expr.to_token_stream())
        }
        _ => None,
    }
}

fn starts_uppercase(name: &syn::Ident) -> bool {
    name.to_string().starts_with(char::is_uppercase)
}

/// Whether a reference to the value may be promoted to `'static`, which a binding prevents.
fn may_be_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Tuple(tuple) => tuple.elems.iter().all(may_be_constant),
        Expr::Reference(reference) => may_be_constant(&reference.expr),
        other => !is_movable(other) || matches!(other, Expr::Lit(_)),
    }
}

/// An argument that is a named place or a reference to one.
pub(crate) fn argument(expr: &mut Expr) -> Option<TokenStream> {
    let mut inner = expr;
    while let Expr::Reference(reference) = inner {
        inner = &mut reference.expr;
    }
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

/// The local variable in an argument.
pub(crate) fn value_name(argument: &mut Expr) -> Option<syn::Ident> {
    match argument {
        Expr::Reference(reference) => value_name(&mut reference.expr),
        other => PlaceExpr::of(other)?.name().cloned(),
    }
}

/// The place in an argument whose root is a value that can be bound to a name.
pub(crate) fn value_place(argument: &mut Expr) -> Option<PlaceExpr<'_>> {
    let place = PlaceExpr::of(value_mut(argument))?;
    let is_value = !has_closure(place.root) && is_typed(place.root) && is_movable(place.root);
    is_value.then_some(place)
}

/// The root of an argument that cannot be repeated.
#[derive(Clone, Copy)]
pub(crate) enum Value {
    /// It can be bound to a name.
    Typed,
    /// The same, if the callee does not decide its type.
    Untyped,
    Other,
}

impl Value {
    fn of(argument: &mut Expr) -> Self {
        match PlaceExpr::of(value_mut(argument)) {
            Some(place) if !has_closure(place.root) && is_movable(place.root) => {
                if is_typed(place.root) {
                    Self::Typed
                } else {
                    Self::Untyped
                }
            }
            _ => Self::Other,
        }
    }

    /// Whether it can be bound to a name, as an argument of a function that takes its types `from_arguments` or not.
    pub(crate) fn may_be_bound(self, from_arguments: bool) -> bool {
        match self {
            Self::Typed => true,
            Self::Untyped => from_arguments,
            Self::Other => false,
        }
    }
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
