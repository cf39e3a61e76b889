//! Assignments, and the variables that they change.

use proc_macro2::Ident;
use syn::Expr;

/// Whether the operator assigns to its left operand.
pub(super) fn is_assignment(op: &syn::BinOp) -> bool {
    use syn::BinOp as B;
    matches!(
        op,
        B::AddAssign(_)
            | B::SubAssign(_)
            | B::MulAssign(_)
            | B::DivAssign(_)
            | B::RemAssign(_)
            | B::BitXorAssign(_)
            | B::BitAndAssign(_)
            | B::BitOrAssign(_)
            | B::ShlAssign(_)
            | B::ShrAssign(_)
    )
}

/// The variables at the roots of the places that an assignment to `place` changes, such as `x` in `x.a[1]`.
pub(super) fn roots(place: &Expr) -> Vec<Ident> {
    match place {
        Expr::Path(path) => path.path.get_ident().cloned().into_iter().collect(),
        Expr::Field(field) => roots(&field.base),
        Expr::Index(index) => roots(&index.expr),
        Expr::Paren(paren) => roots(&paren.expr),
        Expr::Tuple(tuple) => tuple.elems.iter().flat_map(roots).collect(),
        Expr::Array(array) => array.elems.iter().flat_map(roots).collect(),
        Expr::Call(call) => call.args.iter().flat_map(roots).collect(),
        Expr::Struct(literal) => literal.fields.iter().flat_map(|field| roots(&field.expr)).collect(),
        _ => Vec::new(),
    }
}
