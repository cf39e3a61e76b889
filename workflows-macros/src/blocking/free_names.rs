//! The free names of an expression: the variables that it takes from the code around it.

use super::attribute::{is_blocking, of};
use crate::visit::{self, Visit};
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::{Block, Expr, ExprLet, Lit, Pat, Stmt, Token, ext::IdentExt, parse::Parser, punctuated::Punctuated};

/// Returns every mention of a free name, in the order of the source.
///
/// A name in the tokens of a macro counts as a mention if the macro may use it as a variable.
pub(crate) fn of_expr(expr: &Expr) -> Vec<Ident> {
    let mut names = FreeNames::default();
    names.visit_expr(expr);
    names.found
}

/// Returns the first free mention of `name`.
pub(crate) fn find(expr: &Expr, name: &Ident) -> Option<Ident> {
    of_expr(expr).into_iter().find(|found| same(found, name))
}

/// Returns the first free mention of `name`, except in the `#[blocking]` part whose attribute is at `span`.
pub(crate) fn find_outside(expr: &Expr, name: &Ident, span: Span) -> Option<Ident> {
    let mut names = FreeNames { skipped: Some(span), ..FreeNames::default() };
    names.visit_expr(expr);
    names.found.into_iter().find(|found| same(found, name))
}

/// Whether two names mean the same variable: a name from the definition of a `macro_rules!` macro is another one
/// than the same name in its arguments.
pub(crate) fn same(one: &Ident, other: &Ident) -> bool {
    one == other && hygiene(one) == hygiene(other)
}

/// Whether one of the attributes is at `span`. Spans have no comparison apart from their text.
pub(super) fn is_at(attributes: &[syn::Attribute], span: Span) -> bool {
    let span = format!("{span:?}");
    attributes.iter().any(|attribute| format!("{:?}", attribute.pound_token.span) == span)
}

/// The number that the compiler gives to the macro expansion that a name comes from, as in `#4 bytes(7..9)`.
fn hygiene(name: &Ident) -> String {
    let span = format!("{:?}", name.span());
    let number = span.strip_prefix('#').and_then(|span| span.split(' ').next());
    number.unwrap_or_default().to_owned()
}

/// Returns the variables that a pattern binds.
pub(crate) fn bound(pattern: &Pat) -> Vec<&syn::PatIdent> {
    struct Bound<'ast>(Vec<&'ast syn::PatIdent>);
    impl<'ast> Visit<'ast> for Bound<'ast> {
        fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
            // A capitalized name alone is a constant or a unit struct.
            let text = pattern.ident.to_string();
            let is_constant = text.starts_with(char::is_uppercase)
                && pattern.mutability.is_none()
                && pattern.by_ref.is_none()
                && pattern.subpat.is_none();
            if !is_constant {
                self.0.push(pattern);
            }
            visit::visit_pat_ident(self, pattern);
        }
        fn visit_expr(&mut self, _: &'ast Expr) {}
    }
    let mut names = Bound(Vec::new());
    names.visit_pat(pattern);
    names.0
}

/// The variable with this name, which is raw if the name is a keyword. `None` if no variable can have it.
pub(crate) fn named(name: &str, span: Span) -> Option<Ident> {
    let parsed = Ident::parse_any.parse_str(name).ok()?.to_string();
    match syn::parse_str::<Ident>(&parsed) {
        Ok(_) => Some(Ident::new(&parsed, span)),
        Err(_) if ["self", "Self", "super", "crate", "_"].contains(&parsed.as_str()) => None,
        Err(_) => Some(Ident::new_raw(&parsed, span)),
    }
}

/// Returns the names in a format string.
pub(crate) fn of_format(literal: &Lit) -> Vec<Ident> {
    let mut names = FreeNames::default();
    names.literal(literal);
    names.found
}

#[derive(Default)]
struct FreeNames {
    /// The names that the expression binds itself, a list for each scope.
    scopes: Vec<Vec<Ident>>,
    /// The attribute whose part is left out.
    skipped: Option<Span>,
    found: Vec<Ident>,
}

impl FreeNames {
    fn mention(&mut self, name: &Ident) {
        if !self.scopes.iter().flatten().any(|bound| same(bound, name)) {
            self.found.push(name.clone());
        }
    }

    fn bind(&mut self, pattern: &Pat) {
        let names = bound(pattern).into_iter().map(|pattern| pattern.ident.clone());
        if let Some(scope) = self.scopes.last_mut() {
            scope.extend(names);
        }
    }

    fn scope(&mut self, visit: impl FnOnce(&mut Self)) {
        self.scopes.push(Vec::new());
        visit(self);
        self.scopes.pop();
    }

    fn is_skipped(&self, attributes: &[syn::Attribute]) -> bool {
        self.skipped.is_some_and(|skipped| is_at(attributes, skipped))
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let Ok(list) = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens.clone()) else {
            return self.statements(tokens);
        };
        let mut is_format = false;
        for expr in &list {
            match expr {
                // A named argument of a format string. Other macros may assign to the name.
                Expr::Assign(assign) if is_format && matches!(&*assign.left, Expr::Path(_)) => {
                    self.visit_expr(&assign.right);
                }
                other => self.visit_expr(other),
            }
            is_format |= matches!(expr, Expr::Lit(_));
        }
    }

    fn statements(&mut self, tokens: TokenStream) {
        match Block::parse_within.parse2(tokens.clone()) {
            Ok(stmts) => self.scope(|names| stmts.iter().for_each(|stmt| names.visit_stmt(stmt))),
            Err(_) => self.raw(tokens),
        }
    }

    /// Every identifier that is no field, method, macro or part of a path.
    fn raw(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let is = |at: Option<usize>, mark: char| match at.and_then(|at| tokens.get(at)) {
            Some(TokenTree::Punct(punct)) => punct.as_char() == mark,
            _ => false,
        };
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(name) => {
                    let is_path = is(Some(at + 1), ':') && is(Some(at + 2), ':');
                    let is_macro = is(Some(at + 1), '!') && !is(Some(at + 2), '=');
                    // Not the end of a range.
                    let is_member = is(at.checked_sub(1), '.') && !is(at.checked_sub(2), '.');
                    if !is_member && !is_macro && !is_path {
                        self.mention(name);
                    }
                }
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => self.statements(group.stream()),
                TokenTree::Group(group) => self.raw(group.stream()),
                TokenTree::Literal(literal) => self.literal(&Lit::new(literal.clone())),
                TokenTree::Punct(_) => {}
            }
        }
    }

    /// The names in a format string, such as `{name:?}` and `{name:>width$.precision$}`.
    fn literal(&mut self, literal: &Lit) {
        let Lit::Str(text) = literal else { return };
        let text_value = text.value();
        for part in text_value.split('{').skip(1) {
            let argument = part.split('}').next().unwrap_or_default();
            let (name, format) = argument.split_once(':').unwrap_or((argument, ""));
            let is_part_of_name = |c: char| c == '_' || c.is_alphanumeric();
            let counts = format.split('$').map(|before| before.rsplit(|c| !is_part_of_name(c)).next().unwrap_or(""));
            for name in counts.chain([name.trim()]) {
                if let Some(name) = named(name, text.span()) {
                    self.mention(&name);
                }
            }
        }
    }
}

impl<'ast> Visit<'ast> for FreeNames {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        if of(expr).is_some_and(|attributes| is_blocking(attributes) && self.is_skipped(attributes)) {
            return;
        }
        match expr {
            Expr::Path(path) => {
                if path.qself.is_none()
                    && let Some(name) = path.path.get_ident()
                {
                    self.mention(name);
                }
            }
            Expr::Closure(closure) => self.scope(|names| {
                for pattern in &closure.inputs {
                    names.bind(pattern);
                }
                names.visit_expr(&closure.body);
            }),
            Expr::If(branch) => {
                self.scope(|names| {
                    names.visit_expr(&branch.cond);
                    names.visit_block(&branch.then_branch);
                });
                if let Some((_, otherwise)) = &branch.else_branch {
                    self.visit_expr(otherwise);
                }
            }
            Expr::While(repeat) => self.scope(|names| {
                names.visit_expr(&repeat.cond);
                names.visit_block(&repeat.body);
            }),
            Expr::ForLoop(repeat) => {
                self.visit_expr(&repeat.expr);
                self.scope(|names| {
                    names.bind(&repeat.pat);
                    names.visit_block(&repeat.body);
                });
            }
            Expr::Match(branches) => {
                self.visit_expr(&branches.expr);
                for arm in &branches.arms {
                    self.scope(|names| {
                        names.bind(&arm.pat);
                        visit::visit_arm(names, arm);
                    });
                }
            }
            _ => visit::visit_expr(self, expr),
        }
    }

    fn visit_expr_let(&mut self, condition: &'ast ExprLet) {
        self.visit_expr(&condition.expr);
        self.bind(&condition.pat);
    }

    fn visit_block(&mut self, block: &'ast Block) {
        self.scope(|names| visit::visit_block(names, block));
    }

    fn visit_stmt(&mut self, stmt: &'ast Stmt) {
        let Stmt::Local(local) = stmt else { return visit::visit_stmt(self, stmt) };
        if !self.is_skipped(&local.attrs)
            && let Some(init) = &local.init
        {
            self.visit_expr(&init.expr);
            if let Some((_, diverge)) = &init.diverge {
                self.visit_expr(diverge);
            }
        }
        self.bind(&local.pat);
    }

    // Patterns bind names, and mention none, except in the guard of an arm.
    fn visit_pat(&mut self, pattern: &'ast Pat) {
        if let Pat::Guard(guarded) = pattern {
            self.visit_expr(&guarded.guard);
        }
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        self.tokens(invocation.tokens.clone());
        // The format string may be the first argument, or the second, as in `write!`.
        for token in invocation.tokens.clone() {
            if let TokenTree::Literal(literal) = token {
                self.literal(&Lit::new(literal));
            }
        }
    }

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}
