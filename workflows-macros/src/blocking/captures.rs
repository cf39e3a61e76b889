//! How a `#[blocking]` part of an async body depends on the code around it.

use crate::errors::Errors;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, spanned::Spanned, visit::Visit};

/// How a `#[blocking]` part depends on the code around it.
#[derive(Default)]
pub(crate) struct Captures<'a> {
    context: Option<&'a Ident>,
    /// Parameters that are references to resources and configs.
    borrowed: &'a [Ident],
    pub(crate) mentions_context: bool,
    /// Number of `?` and `return` that leave the part.
    pub(crate) leaves: usize,
    declared: Vec<Ident>,
    awaits: Vec<TokenStream>,
    selves: Vec<TokenStream>,
    resources: Vec<Ident>,
    assigned: Vec<Ident>,
    loops: usize,
    /// The keyword of every `break` and `continue` that leaves the part.
    jumps: Vec<Ident>,
}

impl<'a> Captures<'a> {
    /// Visits a marked part of a step; `context` and `borrowed` are names of the step's parameters.
    pub(crate) fn of(expr: &Expr, context: Option<&'a Ident>, borrowed: &'a [Ident]) -> Self {
        let mut captures = Self { context, borrowed, ..Self::default() };
        captures.visit_expr(expr);
        captures
    }

    /// W011 and W024: reports dependencies that cannot cross to another thread. Returns whether there are any.
    pub(crate) fn report(&self, errors: &mut Errors) -> bool {
        let mut refused = false;
        let mut refuse = |tokens: &dyn ToTokens, code, problem: &str, help: &str| {
            errors.refuse(tokens, code, problem, help);
            refused = true;
        };
        for token in &self.awaits {
            let help = "await before this statement, or outside `#[blocking(..)]`";
            refuse(token, "W011", "blocking code cannot await", help);
        }
        // One error is enough: the others have the same fix.
        if let Some(token) = self.selves.first() {
            let problem = "`self` is borrowed by the step, but this statement runs on another thread";
            let help = "copy what it needs first, as in `let client = self.client.clone();`";
            refuse(token, "W024", problem, help);
        }
        if let Some(name) = self.resources.iter().find(|name| !self.declared.contains(name)) {
            let problem = format!("`{name}` is borrowed by the step, but this statement runs on another thread");
            let help = format!("copy what it needs first, as in `let copy = {name}.clone();`");
            refuse(name, "W024", &problem, &help);
        }
        for name in self.assigned.iter().filter(|name| !self.declared.contains(name)) {
            let problem = format!("assigning to `{name}` here would change a copy: this code runs on another thread");
            let help = format!("return the new value from the statement: `let {name} = ..;`");
            refuse(name, "W024", &problem, &help);
        }
        for keyword in &self.jumps {
            let problem = format!("`{keyword}` cannot leave a loop outside `#[blocking]`");
            let help = format!("return a `bool` from the statement, and `{keyword}` after it");
            refuse(keyword, "W024", &problem, &help);
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
            // `?`, `return` and `.await` in these do not leave the part.
            Expr::Closure(closure) => {
                let leaves = self.leaves;
                let awaits = self.awaits.len();
                syn::visit::visit_expr_closure(self, closure);
                self.leaves = leaves;
                self.awaits.truncate(awaits);
                return;
            }
            Expr::Async(block) => {
                let leaves = self.leaves;
                let awaits = self.awaits.len();
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
                self.jumps.push(Ident::new("break", jump.break_token.span()));
            }
            Expr::Continue(jump) if self.loops == 0 => {
                self.jumps.push(Ident::new("continue", jump.continue_token.span()));
            }
            Expr::Path(path) => {
                if path.path.is_ident("self") {
                    self.selves.push(quote!(#path));
                }
                if let Some(name) = path.path.get_ident() {
                    self.mention(name);
                }
            }
            Expr::Assign(assign) => self.assigned.extend(root(&assign.left)),
            Expr::Binary(binary) if is_assignment(&binary.op) => self.assigned.extend(root(&binary.left)),
            _ => {}
        }
        syn::visit::visit_expr(self, expr);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        // An identifier in a macro may be anything. Cloning the context is harmless then; an error is not.
        let mut names = Vec::new();
        idents(invocation.tokens.clone(), &mut names);
        if self.context.is_some_and(|context| names.contains(context)) {
            self.mentions_context = true;
        }
        if let Some(this) = names.iter().find(|name| *name == "self") {
            self.selves.push(quote!(#this));
        }
    }

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}

impl Captures<'_> {
    fn mention(&mut self, name: &Ident) {
        if self.context == Some(name) {
            self.mentions_context = true;
        }
        if self.borrowed.contains(name) {
            self.resources.push(name.clone());
        }
    }
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
