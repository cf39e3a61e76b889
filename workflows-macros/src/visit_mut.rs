//! Visitors that change syntax trees, as in [`visit`](crate::visit).

use syn::{
    Arm, Attribute, Block, Expr, ExprAsync, ExprCall, ExprClosure, ExprForLoop, ExprIf, ExprLet, ExprLoop, ExprMatch,
    ExprPath, ExprWhile, GenericArgument, Item, ItemImpl, Lifetime, Local, Macro, Pat, PatIdent, Path, PathSegment,
    Stmt, StmtMacro, Type, TypeParamBound, TypeReference,
};

macro_rules! visitors {
    ($($method:ident: $node:ty,)*) => {
        /// As [`syn::visit_mut::VisitMut`].
        pub(crate) trait VisitMut: AsVisitMut {
            $(
                fn $method(&mut self, node: &mut $node) {
                    $method(self.as_visit_mut(), node);
                }
            )*
        }

        $(
            /// Visits the children of a node.
            pub(crate) fn $method(visitor: &mut dyn VisitMut, node: &mut $node) {
                syn::visit_mut::$method(&mut Walk(visitor), node);
            }
        )*

        impl syn::visit_mut::VisitMut for Walk<'_> {
            $(
                fn $method(&mut self, node: &mut $node) {
                    self.0.$method(node);
                }
            )*
        }
    };
}

visitors! {
    visit_arm_mut: Arm,
    visit_attribute_mut: Attribute,
    visit_block_mut: Block,
    visit_expr_mut: Expr,
    visit_expr_async_mut: ExprAsync,
    visit_expr_call_mut: ExprCall,
    visit_expr_closure_mut: ExprClosure,
    visit_expr_for_loop_mut: ExprForLoop,
    visit_expr_if_mut: ExprIf,
    visit_expr_let_mut: ExprLet,
    visit_expr_loop_mut: ExprLoop,
    visit_expr_match_mut: ExprMatch,
    visit_expr_path_mut: ExprPath,
    visit_expr_while_mut: ExprWhile,
    visit_generic_argument_mut: GenericArgument,
    visit_item_mut: Item,
    visit_item_impl_mut: ItemImpl,
    visit_lifetime_mut: Lifetime,
    visit_local_mut: Local,
    visit_macro_mut: Macro,
    visit_pat_mut: Pat,
    visit_pat_ident_mut: PatIdent,
    visit_path_mut: Path,
    visit_path_segment_mut: PathSegment,
    visit_stmt_mut: Stmt,
    visit_stmt_macro_mut: StmtMacro,
    visit_type_mut: Type,
    visit_type_param_bound_mut: TypeParamBound,
    visit_type_reference_mut: TypeReference,
}

/// The only visitor of syn's traversals.
struct Walk<'a>(&'a mut dyn VisitMut);

/// A visitor as a trait object.
pub(crate) trait AsVisitMut {
    fn as_visit_mut(&mut self) -> &mut dyn VisitMut;
}

impl<V: VisitMut> AsVisitMut for V {
    fn as_visit_mut(&mut self) -> &mut dyn VisitMut {
        self
    }
}
