//! Visitors of syntax trees, like those of syn.
//!
//! syn's traversals are several hundred functions, which are generic over the visitor. Here they are compiled once, and
//! not for each visitor, because they call it through a trait object. [`Visit`] has the methods that a visitor of
//! this crate implements or calls. Add one if you need it: a method that is not listed cannot be overridden.

use syn::{
    Arm, Attribute, Block, Expr, ExprAsync, ExprBlock, ExprCall, ExprClosure, ExprLet, ExprMethodCall, File, Ident,
    Item, ItemEnum, ItemImpl, ItemMod, ItemStruct, ItemType, Lifetime, Local, Macro, ParenthesizedGenericArguments,
    Pat, PatIdent, Path, PathSegment, Signature, Stmt, StmtMacro, Type, TypeFnPtr, TypeReference,
};

macro_rules! visitors {
    ($($method:ident: $node:ty,)*) => {
        /// As [`syn::visit::Visit`].
        pub(crate) trait Visit<'ast>: AsVisit<'ast> {
            $(
                fn $method(&mut self, node: &'ast $node) {
                    $method(self.as_visit(), node);
                }
            )*
        }

        $(
            /// Visits the children of a node.
            pub(crate) fn $method<'ast>(visitor: &mut dyn Visit<'ast>, node: &'ast $node) {
                syn::visit::$method(&mut Walk(visitor), node);
            }
        )*

        impl<'ast> syn::visit::Visit<'ast> for Walk<'_, 'ast> {
            $(
                fn $method(&mut self, node: &'ast $node) {
                    self.0.$method(node);
                }
            )*
        }
    };
}

visitors! {
    visit_arm: Arm,
    visit_attribute: Attribute,
    visit_block: Block,
    visit_expr: Expr,
    visit_expr_async: ExprAsync,
    visit_expr_block: ExprBlock,
    visit_expr_call: ExprCall,
    visit_expr_closure: ExprClosure,
    visit_expr_let: ExprLet,
    visit_expr_method_call: ExprMethodCall,
    visit_file: File,
    visit_ident: Ident,
    visit_item: Item,
    visit_item_enum: ItemEnum,
    visit_item_impl: ItemImpl,
    visit_item_mod: ItemMod,
    visit_item_struct: ItemStruct,
    visit_item_type: ItemType,
    visit_lifetime: Lifetime,
    visit_local: Local,
    visit_macro: Macro,
    visit_parenthesized_generic_arguments: ParenthesizedGenericArguments,
    visit_pat: Pat,
    visit_pat_ident: PatIdent,
    visit_path: Path,
    visit_path_segment: PathSegment,
    visit_signature: Signature,
    visit_stmt: Stmt,
    visit_stmt_macro: StmtMacro,
    visit_type: Type,
    visit_type_fn_ptr: TypeFnPtr,
    visit_type_reference: TypeReference,
}

/// The only visitor of syn's traversals.
struct Walk<'a, 'ast>(&'a mut dyn Visit<'ast>);

/// A visitor as a trait object.
pub(crate) trait AsVisit<'ast> {
    fn as_visit(&mut self) -> &mut dyn Visit<'ast>;
}

impl<'ast, V: Visit<'ast>> AsVisit<'ast> for V {
    fn as_visit(&mut self) -> &mut dyn Visit<'ast> {
        self
    }
}
