//! Place expressions: receivers that can be repeated, because evaluating them runs no code.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, Index, Lit, Member, UnOp, visit::Visit};

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

/// Whether the value can be moved through a binding. A constant would lose its `'static` lifetime, and a
/// macro may expand to a place.
pub(crate) fn is_movable(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(lit) => matches!(lit.lit, Lit::Str(_)),
        Expr::Call(call) => match &*call.func {
            // A constructor may be promoted to a constant.
            Expr::Path(path) => {
                let last = path.path.segments.last().map(|last| last.ident.to_string());
                last.is_some_and(|name| !name.starts_with(char::is_uppercase))
            }
            _ => true,
        },
        // These expand to values.
        Expr::Macro(invocation) => {
            let last = invocation.mac.path.segments.last();
            last.is_some_and(|last| last.ident == "format" || last.ident == "vec")
        }
        Expr::Await(_)
        | Expr::Block(_)
        | Expr::If(_)
        | Expr::Match(_)
        | Expr::MethodCall(_)
        | Expr::Range(_)
        | Expr::Reference(_)
        | Expr::Try(_)
        | Expr::Tuple(_)
        | Expr::Unsafe(_)
        | Expr::Verbatim(_) => true,
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

/// Whether the expression contains a closure. The compiler may deduce its signature from the callee.
pub(crate) fn has_closure(expr: &Expr) -> bool {
    struct Closures(bool);
    impl<'ast> Visit<'ast> for Closures {
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {
            self.0 = true;
        }
        fn visit_item(&mut self, _: &'ast syn::Item) {}
    }
    let mut closures = Closures(false);
    closures.visit_expr(expr);
    closures.0
}

/// The expression inside of references, parentheses, and wrappers such as `Box::new(..)`.
pub(crate) fn wrapped(expr: &Expr) -> &Expr {
    match expr {
        Expr::Reference(inner) => wrapped(&inner.expr),
        Expr::Paren(inner) => wrapped(&inner.expr),
        Expr::Group(inner) => wrapped(&inner.expr),
        Expr::Call(call) if is_wrapper(call) => call.args.first().map_or(expr, wrapped),
        _ => expr,
    }
}

/// Like [`wrapped`], to change the expression.
pub(crate) fn wrapped_mut(expr: &mut Expr) -> &mut Expr {
    let is_wrapper = match &*expr {
        Expr::Reference(_) | Expr::Paren(_) | Expr::Group(_) => true,
        Expr::Call(call) => is_wrapper(call),
        _ => false,
    };
    if !is_wrapper {
        return expr;
    }
    match expr {
        Expr::Reference(inner) => wrapped_mut(&mut inner.expr),
        Expr::Paren(inner) => wrapped_mut(&mut inner.expr),
        Expr::Group(inner) => wrapped_mut(&mut inner.expr),
        Expr::Call(call) => wrapped_mut(&mut call.args[0]),
        other => other,
    }
}

fn is_wrapper(call: &syn::ExprCall) -> bool {
    let Expr::Path(path) = &*call.func else { return false };
    let names: Vec<String> = path.path.segments.iter().rev().take(2).map(|segment| segment.ident.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    call.args.len() == 1 && matches!(names[..], ["new", "Box" | "Arc" | "Rc"] | ["AssertUnwindSafe", ..])
}

/// Whether the type of the expression does not depend on the code around it, as far as its syntax tells.
pub(crate) fn is_typed(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) | Expr::Macro(_) => true,
        Expr::Path(path) => path.path.segments.last().is_some_and(|last| last.ident != "None"),
        Expr::Reference(inner) => is_typed(&inner.expr),
        Expr::Paren(inner) => is_typed(&inner.expr),
        Expr::Group(inner) => is_typed(&inner.expr),
        Expr::Try(inner) => is_typed(&inner.expr),
        Expr::Field(inner) => is_typed(&inner.base),
        Expr::Index(inner) => is_typed(&inner.expr),
        Expr::Unary(inner) => is_typed(&inner.expr),
        Expr::Cast(_) => true,
        Expr::Await(inner) => is_typed(&inner.base),
        Expr::Tuple(tuple) => tuple.elems.iter().all(is_typed),
        Expr::Array(array) => array.elems.iter().all(is_typed),
        Expr::MethodCall(call) => is_typed(&call.receiver) && !RETURNS_ANYTHING.iter().any(|name| call.method == name),
        Expr::Call(call) => {
            let Expr::Path(path) = &*call.func else { return false };
            let last = path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
            let is_concrete = TYPED_FUNCTIONS.contains(&last.as_str()) || last.starts_with(char::is_uppercase);
            is_concrete && call.args.iter().all(is_typed)
        }
        _ => false,
    }
}

/// Methods whose result often depends on the expected type.
const RETURNS_ANYTHING: [&str; 14] = [
    "into",
    "try_into",
    "parse",
    "collect",
    "sum",
    "product",
    "default",
    "as_ref",
    "as_mut",
    "borrow",
    "borrow_mut",
    "unwrap_or_default",
    "to_owned",
    "get",
];

/// Functions whose result has a type of their own.
const TYPED_FUNCTIONS: [&str; 13] = [
    "new",
    "with_capacity",
    "from",
    "open",
    "create",
    "connect",
    "stdin",
    "stdout",
    "stderr",
    "sink",
    "empty",
    "repeat",
    "accept",
];
