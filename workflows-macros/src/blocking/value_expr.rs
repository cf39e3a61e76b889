//! Facts about a value from the syntax of its expression.

use crate::visit::Visit;
use syn::{Expr, Lit};

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

/// Whether the call only stores its arguments: `Some(..)` and `Box::new(..)`.
pub(crate) fn is_constructor(call: &syn::ExprCall) -> bool {
    let Expr::Path(path) = &*call.func else { return false };
    let is_variant =
        path.path.segments.last().is_some_and(|last| last.ident.to_string().starts_with(char::is_uppercase));
    is_variant || is_wrapper(call)
}

fn is_wrapper(call: &syn::ExprCall) -> bool {
    let Expr::Path(path) = &*call.func else { return false };
    let names: Vec<String> = path.path.segments.iter().rev().take(2).map(|segment| segment.ident.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    call.args.len() == 1 && matches!(names[..], ["new", "Box" | "Arc" | "Rc"] | ["AssertUnwindSafe", ..])
}

/// Whether the type of the expression does not depend on the code around it, as far as its syntax shows.
pub(crate) fn is_typed(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) | Expr::Macro(_) | Expr::Cast(_) => true,
        Expr::Path(path) => path.path.segments.last().is_some_and(|last| last.ident != "None"),
        Expr::Range(range) => range.start.iter().chain(&range.end).all(|end| is_typed(end)),
        Expr::Reference(inner) => is_typed(&inner.expr),
        Expr::Paren(inner) => is_typed(&inner.expr),
        Expr::Group(inner) => is_typed(&inner.expr),
        Expr::Try(inner) => is_typed(&inner.expr),
        Expr::Field(inner) => is_typed(&inner.base),
        Expr::Index(inner) => is_typed(&inner.expr),
        Expr::Unary(inner) => is_typed(&inner.expr),
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
const TYPED_FUNCTIONS: [&str; 15] = [
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
    "zip",
    "chain",
];
