//! What a marked part of an async body does that concerns the code around it.

use crate::errors::Errors;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, spanned::Spanned, visit::Visit};

/// What a marked part does that concerns the code around it.
#[derive(Default)]
pub(crate) struct Captures<'a> {
    context: Option<&'a Ident>,
    pub(crate) mentions_context: bool,
    /// How many `?` and `return` leave it.
    pub(crate) leaves: usize,
    declared: Vec<Ident>,
    awaits: Vec<TokenStream>,
    selves: Vec<TokenStream>,
    assigned: Vec<Ident>,
    loops: usize,
    jumps: Vec<TokenStream>,
}

impl<'a> Captures<'a> {
    /// Looks at a marked part, where the step's context has this name.
    pub(crate) fn of(expr: &Expr, context: Option<&'a Ident>) -> Self {
        let mut captures = Self { context, ..Self::default() };
        captures.visit_expr(expr);
        captures
    }

    /// W011 and W024: what cannot go along; tells if there is any.
    pub(crate) fn report(&self, errors: &mut Errors) -> bool {
        let mut refused = false;
        let mut refuse = |tokens: &dyn ToTokens, code, problem: &str, help: &str| {
            errors.refuse(tokens, code, problem, help);
            refused = true;
        };
        for token in &self.awaits {
            let help = "await it before this statement, or outside of `#[blocking(..)]`";
            refuse(token, "W011", "blocking code cannot await", help);
        }
        // One is enough: the others go the same way.
        if let Some(token) = self.selves.first() {
            let help = "take what it needs before this statement, such as `let client = self.client.clone();`";
            refuse(token, "W024", "`self` is borrowed by the step, but this runs on another thread", help);
        }
        for name in self.assigned.iter().filter(|name| !self.declared.contains(name)) {
            let problem = format!("`{name}` stays here, but this runs on another thread with a copy of its own");
            refuse(name, "W024", &problem, &format!("let the statement return the new value: `let {name} = ..;`"));
        }
        for token in &self.jumps {
            let help = "let the statement return whether to go on, and leave the loop outside of it";
            refuse(token, "W024", "this loop stays here, but the code runs on another thread", help);
        }
        refused
    }
}

impl<'ast> Visit<'ast> for Captures<'_> {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.declared.push(pattern.ident.clone());
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            // What these leave or await is theirs.
            Expr::Closure(closure) => {
                let (leaves, awaits) = (self.leaves, self.awaits.len());
                syn::visit::visit_expr_closure(self, closure);
                self.leaves = leaves;
                self.awaits.truncate(awaits);
                return;
            }
            Expr::Async(block) => {
                let (leaves, awaits) = (self.leaves, self.awaits.len());
                syn::visit::visit_expr_async(self, block);
                self.leaves = leaves;
                self.awaits.truncate(awaits);
                return;
            }
            Expr::Loop(_) | Expr::While(_) | Expr::ForLoop(_) => {
                self.loops += 1;
                syn::visit::visit_expr(self, expr);
                self.loops -= 1;
                return;
            }
            Expr::Try(_) | Expr::Return(_) => self.leaves += 1,
            Expr::Await(inner) => self.awaits.push(quote_spanned!(inner.await_token.span()=> await)),
            Expr::Break(jump) if self.loops == 0 && jump.label.is_none() => {
                self.jumps.push(quote_spanned!(jump.break_token.span()=> break));
            }
            Expr::Continue(jump) if self.loops == 0 => {
                self.jumps.push(quote_spanned!(jump.continue_token.span()=> continue));
            }
            Expr::Path(path) => {
                if path.path.is_ident("self") {
                    self.selves.push(quote!(#path));
                }
                self.mentions_context |= self.context.is_some_and(|name| path.path.is_ident(name));
            }
            Expr::Assign(assign) => self.assigned.extend(root(&assign.left)),
            Expr::Binary(binary) if is_assignment(&binary.op) => self.assigned.extend(root(&binary.left)),
            _ => {}
        }
        syn::visit::visit_expr(self, expr);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        // The tokens of a macro are not looked into but for names.
        let mut names = Vec::new();
        idents(invocation.tokens.clone(), &mut names);
        self.mentions_context |= self.context.is_some_and(|context| names.iter().any(|name| name == context));
        if let Some(this) = names.iter().find(|name| *name == "self") {
            self.selves.push(quote!(#this));
        }
    }

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}

fn idents(tokens: TokenStream, into: &mut Vec<Ident>) {
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Ident(ident) => into.push(ident),
            proc_macro2::TokenTree::Group(group) => idents(group.stream(), into),
            _ => {}
        }
    }
}

pub(crate) fn is_assignment(op: &syn::BinOp) -> bool {
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

/// The variable at the root of a place such as `x.a[1]`.
fn root(place: &Expr) -> Option<Ident> {
    match place {
        Expr::Path(path) => path.path.get_ident().cloned(),
        Expr::Field(field) => root(&field.base),
        Expr::Index(index) => root(&index.expr),
        Expr::Paren(paren) => root(&paren.expr),
        _ => None,
    }
}
