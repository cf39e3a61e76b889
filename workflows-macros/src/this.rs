//! `Self` in signatures and options, which is not defined outside the `impl`.

use crate::visit_mut::{self, VisitMut};
use syn::{Expr, ExprPath, Path, QSelf, Type, TypePath, parse_quote};

/// Replaces `Self` with the workflow's type.
struct ReplaceSelf<'a>(&'a Type);

impl ReplaceSelf<'_> {
    /// Turns `Self::N` into `Workflow::N`.
    fn qualify(&self, qself: &mut Option<QSelf>, path: &mut Path) {
        let starts_with_self = path.segments.first().is_some_and(|first| first.ident == "Self");
        if qself.is_none() && starts_with_self && path.segments.len() > 1 {
            let this = self.0;
            let rest = path.segments.iter().skip(1);
            if let Type::Path(TypePath { qself: None, path: this, .. }) = this
                && this.segments.iter().all(|segment| segment.arguments.is_none())
            {
                *path = parse_quote!(#this::#(#rest)::*);
                return;
            }
            let TypePath { qself: of, path: rest, .. } = parse_quote!(<#this>::#(#rest)::*);
            *qself = of;
            *path = rest;
        }
    }
}

impl VisitMut for ReplaceSelf<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if let Type::Path(path) = ty {
            if path.path.is_ident("Self") {
                *ty = self.0.clone();
                return;
            }
            self.qualify(&mut path.qself, &mut path.path);
        }
        visit_mut::visit_type_mut(self, ty);
    }

    fn visit_expr_path_mut(&mut self, path: &mut ExprPath) {
        self.qualify(&mut path.qself, &mut path.path);
        visit_mut::visit_expr_path_mut(self, path);
    }
}

/// A type without `Self`.
pub(crate) fn without_self(ty: &Type, this: &Type) -> Type {
    let mut ty = ty.clone();
    ReplaceSelf(this).visit_type_mut(&mut ty);
    ty
}

/// An expression without `Self`.
pub(crate) fn expr_without_self(expr: &Expr, this: &Type) -> Expr {
    let mut expr = expr.clone();
    ReplaceSelf(this).visit_expr_mut(&mut expr);
    expr
}
