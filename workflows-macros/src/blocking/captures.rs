//! How a `#[blocking]` part of an async body depends on the code around it.

use super::{
    assignment::{is_assignment, roots},
    attribute::is_blocking,
    free_names::{self, same},
    scope::{BindingKind, Found, Scopes},
};
use crate::{
    errors::Errors,
    visit::{self, Visit},
};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Expr, Label, Lifetime, spanned::Spanned};

/// How a `#[blocking]` part depends on the code around it.
#[derive(Default)]
pub(crate) struct Captures {
    /// Number of `?` and `return` that leave the part.
    pub(crate) leaves: usize,
    /// Whether the part contains a macro, whose code may leave it as well.
    pub(crate) has_macro: bool,
    /// The variables of the function that the part mentions, each once.
    pub(crate) variables: Vec<(Ident, Found)>,
    /// The name of the context, if the part mentions it.
    pub(crate) context: Option<Ident>,
    borrowed: Vec<(Ident, BindingKind)>,
    awaits: Vec<TokenStream>,
    selves: Vec<TokenStream>,
    /// The variables that the part assigns to and that are declared where the lowering does not see it.
    unknown: Vec<Ident>,
    assigned: Vec<Ident>,
    loops: usize,
    labels: Vec<Lifetime>,
    /// The keyword of every `break` and `continue` that leaves the part.
    jumps: Vec<Ident>,
    /// Every `#[blocking]` attribute inside the part.
    inner: Vec<Attribute>,
}

impl Captures {
    /// Visits a marked part of a step.
    pub(crate) fn of(expr: &Expr, scopes: &Scopes) -> Self {
        let mut captures = Self::default();
        captures.visit_expr(expr);
        let free = free_names::of_expr(expr);
        for name in &free {
            let Some(found) = scopes.find(name) else { continue };
            match scopes.binding(found).origin {
                BindingKind::Context => captures.context = Some(name.clone()),
                kind @ (BindingKind::Borrowed | BindingKind::Reborrowed) => {
                    captures.borrowed.push((name.clone(), kind));
                }
                BindingKind::Variable | BindingKind::Uninitialized => {
                    if !captures.variables.iter().any(|(known, _)| same(known, name)) {
                        captures.variables.push((name.clone(), found));
                    }
                }
            }
        }
        for name in &captures.assigned {
            let is_static = name.to_string().starts_with(char::is_uppercase);
            if free.iter().any(|found| same(found, name)) && scopes.find(name).is_none() && !is_static {
                captures.unknown.push(name.clone());
            }
        }
        captures
    }

    /// Whether the part assigns to this variable as a whole.
    pub(crate) fn assigns(&self, name: &Ident) -> bool {
        self.assigned.iter().any(|assigned| same(assigned, name))
    }

    /// W011, W012 and W024: reports dependencies that cannot cross to another thread. Returns whether there
    /// are any.
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
        for attribute in &self.inner {
            let problem = "this code is already offloaded by the `#[blocking]` around it";
            refuse(attribute, "W012", problem, "remove this attribute");
        }
        // One error is enough: the others have the same fix.
        if let Some(token) = self.selves.first() {
            let problem = "`self` is borrowed by the step, but this statement runs on another thread";
            let help = "copy what it needs first, as in `let client = self.client.clone();`";
            refuse(token, "W024", problem, help);
        }
        if let Some((name, kind)) = self.borrowed.first() {
            if *kind == BindingKind::Reborrowed {
                let (problem, help) = reference(name);
                refuse(name, "W024", &problem, help);
            } else {
                let problem = format!("`{name}` is borrowed by the step, but this statement runs on another thread");
                let help = format!("copy what it needs first, as in `let copy = {name}.clone();`");
                refuse(name, "W024", &problem, &help);
            }
        }
        for name in &self.unknown {
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

    fn labeled(&mut self, label: Option<&Label>, visit: impl FnOnce(&mut Self)) {
        let before = self.labels.len();
        self.labels.extend(label.map(|label| label.name.clone()));
        visit(self);
        self.labels.truncate(before);
    }

    fn jump(&mut self, keyword: &str, span: Span, label: Option<&Lifetime>) {
        let stays = match label {
            Some(label) => self.labels.contains(label),
            None => self.loops > 0,
        };
        if !stays {
            self.jumps.push(Ident::new(keyword, span));
        }
    }

    /// A closure or an async block: `?`, `return`, `.await`, `break` and `continue` in it do not leave the part.
    fn nested(&mut self, visit: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        visit(&mut inner);
        self.has_macro |= inner.has_macro;
        self.selves.append(&mut inner.selves);
        self.assigned.append(&mut inner.assigned);
        self.inner.append(&mut inner.inner);
    }
}

impl<'ast> Visit<'ast> for Captures {
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if is_blocking(std::slice::from_ref(attribute)) {
            self.inner.push(attribute.clone());
        }
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Closure(closure) => return self.nested(|inner| visit::visit_expr_closure(inner, closure)),
            Expr::Async(block) => return self.nested(|inner| visit::visit_expr_async(inner, block)),
            Expr::Loop(_) | Expr::While(_) | Expr::ForLoop(_) => {
                let label = match expr {
                    Expr::Loop(repeat) => &repeat.label,
                    Expr::While(repeat) => &repeat.label,
                    Expr::ForLoop(repeat) => &repeat.label,
                    _ => &None,
                };
                self.loops += 1;
                self.labeled(label.as_ref(), |captures| visit::visit_expr(captures, expr));
                self.loops -= 1;
                return;
            }
            Expr::Block(block) => {
                return self.labeled(block.label.as_ref(), |captures| visit::visit_expr_block(captures, block));
            }
            Expr::Try(_) | Expr::Return(_) => self.leaves += 1,
            Expr::Await(inner) => self.awaits.push(quote_spanned!(inner.await_token.span()=> await)),
            Expr::Break(jump) => self.jump("break", jump.break_token.span(), jump.label.as_ref()),
            Expr::Continue(jump) => self.jump("continue", jump.continue_token.span(), jump.label.as_ref()),
            Expr::Path(path) if path.path.is_ident("self") => self.selves.push(quote!(#path)),
            Expr::Assign(assign) => self.assigned.extend(roots(&assign.left)),
            Expr::Binary(binary) if is_assignment(&binary.op) => self.assigned.extend(roots(&binary.left)),
            _ => {}
        }
        visit::visit_expr(self, expr);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        self.has_macro = true;
        if let Some(this) = find_self(invocation.tokens.clone()) {
            self.selves.push(quote!(#this));
        }
    }

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}

/// The message about a part that mentions a reference, and its help.
pub(super) fn reference(name: &Ident) -> (String, &'static str) {
    (format!("`{name}` is a reference, but this statement runs on another thread"), "use the variable that it borrows")
}

fn find_self(tokens: TokenStream) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == "self" => Some(ident),
        TokenTree::Group(group) => find_self(group.stream()),
        _ => None,
    })
}
