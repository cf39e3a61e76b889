//! W013: inserts probes into async bodies, by which the type system decides whether a call blocks.

use super::{
    attribute::{conditions, conditions_of, is_blocking, leftmost, of},
    captures::is_assignment,
    catalog::{index::Known, parse::Row},
    names::{Bound, FileImports},
    place_expr::{self, has_closure, is_inert},
    probe,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap, HashSet},
};
use syn::{
    Block, Expr, ExprCall, ExprClosure, ExprMethodCall, Local, Pat, Signature, Stmt,
    spanned::Spanned,
    visit_mut::{self, VisitMut},
};

/// The check of the bodies of one item.
pub(crate) struct BlockingCheck {
    known: Cow<'static, Known>,
    imports: FileImports,
    /// Whether the rows of the crate's `known_blocking!` are part of `known`.
    pub(crate) has_list: bool,
    /// The names of all calls that are not awaited.
    pub(crate) called: BTreeSet<String>,
}

impl BlockingCheck {
    /// A check of `item`, which contains the token at `at`; with the rows of `known_blocking!`, if the
    /// item asks for them.
    pub(crate) fn new(at: Span, item: &impl ToTokens, rows: Option<&[Row]>) -> Self {
        let known = match rows {
            Some(rows) => Cow::Owned(Known::with(rows)),
            None => Cow::Borrowed(Known::always_on()),
        };
        Self { known, imports: FileImports::read(at, item), has_list: rows.is_some(), called: BTreeSet::new() }
    }

    /// Inserts probes into the body of an async function. Neither values nor lifetimes change.
    pub(crate) fn instrument(&mut self, block: &mut Block, signature: &Signature) {
        let body = block.clone();
        let bound = Bound::of(&body, signature, &self.known.offload);
        let mut instrument = Instrument {
            known: &self.known,
            bound: bound.names,
            offloaded: bound.offloaded,
            aliases: self.imports.aliases(&self.known),
            imports: &self.imports,
            called: &mut self.called,
            probe_count: 0,
        };
        instrument.visit_block_mut(block);
    }
}

pub(crate) struct Instrument<'a> {
    pub(crate) known: &'a Known,
    /// Names of local bindings, which hide functions.
    pub(crate) bound: HashSet<String>,
    /// Names of closures that run elsewhere.
    offloaded: HashSet<String>,
    pub(crate) aliases: HashMap<String, Vec<String>>,
    pub(crate) imports: &'a FileImports,
    called: &'a mut BTreeSet<String>,
    /// Number of probes inserted so far.
    pub(crate) probe_count: usize,
}

impl VisitMut for Instrument<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let mut stmts = Vec::with_capacity(block.stmts.len());
        for mut stmt in std::mem::take(&mut block.stmts) {
            let probes = self.stmt(&mut stmt);
            stmts.extend(probes.map(|probes| Stmt::Expr(Expr::Verbatim(probes), None)));
            stmts.push(stmt);
        }
        block.stmts = stmts;
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let at = expr.span();
        match expr {
            Expr::Await(waiting) => self.awaited(&mut waiting.base),
            Expr::Call(call) => {
                // As written, without the probes that are inserted below.
                let places: Vec<_> = call.args.iter_mut().map(place_expr::argument).collect();
                self.call_parts(call, false);
                if let Some(marked) = self.call(call, &places) {
                    *expr = marked;
                }
            }
            Expr::MethodCall(call) => {
                self.method_parts(call, false);
                // Attributes are not allowed inside the tuple that the probe adds.
                if call.attrs.is_empty()
                    && let Some(probes) = self.method(call)
                {
                    *expr = probe::before(&probes, expr, at);
                }
            }
            Expr::ForLoop(each) if !is_blocking(&each.attrs) => self.each(each),
            Expr::Path(path) => {
                if let Some(marked) = self.value(path) {
                    *expr = marked;
                }
            }
            Expr::Macro(invocation) if invocation.attrs.is_empty() => {
                if let Some(probes) = self.macro_args(&mut invocation.mac) {
                    *expr = probe::before(&probes, expr, at);
                }
            }
            Expr::Closure(closure) => self.visit_expr_mut(&mut closure.body),
            // A reference to a function is promoted to `'static`.
            Expr::Reference(reference) if matches!(&*reference.expr, Expr::Path(_)) => {}
            // The length is a constant.
            Expr::Repeat(repeat) => self.visit_expr_mut(&mut repeat.expr),
            Expr::Struct(literal) => {
                for field in literal.fields.iter_mut().filter(|field| field.colon_token.is_some()) {
                    self.visit_expr_mut(&mut field.expr);
                }
                if let Some(rest) = &mut literal.rest {
                    self.visit_expr_mut(rest);
                }
            }
            Expr::Const(_) | Expr::Verbatim(_) | Expr::Lit(_) | Expr::Macro(_) => {}
            other if of(other).is_some_and(is_blocking) => {}
            other => visit_mut::visit_expr_mut(self, other),
        }
    }

    // These contain other bodies, or no code.
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
    fn visit_pat_mut(&mut self, pattern: &mut Pat) {
        if let Pat::Guard(guarded) = pattern {
            self.visit_expr_mut(&mut guarded.guard);
        }
    }
    fn visit_type_mut(&mut self, _: &mut syn::Type) {}
    fn visit_path_mut(&mut self, _: &mut syn::Path) {}
}

impl Instrument<'_> {
    /// Records the name of a call that is not awaited, and the names that it is an alias of.
    pub(crate) fn record_call(&mut self, name: &Ident) {
        let name = name.to_string();
        // A constructor does not block.
        if name.starts_with(char::is_uppercase) {
            return;
        }
        self.called.extend(self.imports.originals(&name).map(str::to_owned));
    }

    /// Returns probes to insert before `stmt`.
    ///
    /// Probes for the first-evaluated expression go in front of the statement, not inside it, because wrapping
    /// the expression would change type inference and silence `unused_must_use`.
    fn stmt(&mut self, stmt: &mut Stmt) -> Option<TokenStream> {
        let at = stmt.span();
        let (cfg, probes) = match stmt {
            Stmt::Local(local) => (conditions(&local.attrs), self.local(local)),
            Stmt::Macro(invocation) => (conditions(&invocation.attrs), self.macro_args(&mut invocation.mac)),
            Stmt::Expr(expr, _) => (conditions_of(expr), self.first(expr)),
            Stmt::Item(_) => return None,
        };
        let probes = probes.filter(|probes| !probes.is_empty())?;
        let never = probe::never(&probes, false, at);
        Some(quote!(#(#cfg)* #never))
    }

    fn local(&mut self, local: &mut Local) -> Option<TokenStream> {
        let init = local.init.as_mut()?;
        if is_blocking(&local.attrs) {
            return None;
        }
        if let Some((_, diverge)) = &mut init.diverge {
            self.visit_expr_mut(diverge);
        }
        let pattern = if let Pat::Type(typed) = &local.pat { &*typed.pat } else { &local.pat };
        let is_offloaded = matches!(pattern, Pat::Ident(name) if self.offloaded.contains(&name.ident.to_string()));
        if is_offloaded && has_closure(&init.expr) {
            return None;
        }
        // A lazy call does nothing until its result is used.
        if let Expr::MethodCall(call) = &mut *init.expr
            && self.is_lazy(call)
        {
            self.method_parts(call, false);
            return None;
        }
        self.first(&mut init.expr)
    }

    /// Instruments an expression. Returns the probes for the expression that is evaluated first.
    fn first(&mut self, expr: &mut Expr) -> Option<TokenStream> {
        if of(leftmost(expr)).is_some_and(is_blocking) {
            return None;
        }
        match expr {
            Expr::Try(inner) => self.first(&mut inner.expr),
            Expr::Paren(inner) => self.first(&mut inner.expr),
            Expr::Reference(inner) if !matches!(&*inner.expr, Expr::Path(_)) => self.first(&mut inner.expr),
            Expr::Field(inner) => self.first(&mut inner.base),
            Expr::Cast(inner) => self.first(&mut inner.expr),
            Expr::Unary(inner) => self.first(&mut inner.expr),
            Expr::Assign(assign) => self.sides(&mut assign.left, &mut assign.right, true),
            Expr::Binary(binary) => self.sides(&mut binary.left, &mut binary.right, is_assignment(&binary.op)),
            Expr::MethodCall(call) => {
                let before = match &mut *call.receiver {
                    // `iter().next()`: both calls are known; report only one.
                    Expr::MethodCall(inner) if call.method == "next" && self.is_lazy(inner) => {
                        self.method_parts(inner, false);
                        None
                    }
                    receiver => self.first(receiver),
                };
                self.arguments(Some(&call.method.clone()), &mut call.args, false);
                let probes = before.into_iter().chain(self.method(call));
                Some(probes.collect())
            }
            Expr::Await(waiting) => match &mut *waiting.base {
                Expr::MethodCall(call) => {
                    let before = self.first(&mut call.receiver);
                    self.arguments(Some(&call.method.clone()), &mut call.args, true);
                    before
                }
                other => {
                    self.awaited(other);
                    None
                }
            },
            other => {
                self.visit_expr_mut(other);
                None
            }
        }
    }

    /// Instruments both operands. The right side of an assignment is evaluated first, and may borrow from the
    /// left side.
    fn sides(&mut self, left: &mut Expr, right: &mut Expr, assigns: bool) -> Option<TokenStream> {
        let is_first = !assigns || is_inert(right);
        self.visit_expr_mut(right);
        match left {
            left if is_first => self.first(left),
            // Wrapped in a tuple, a field would no longer be assignable.
            Expr::Field(_) => None,
            left => {
                self.visit_expr_mut(left);
                None
            }
        }
    }

    /// Whether the call does nothing until its result is used.
    fn is_lazy(&self, call: &ExprMethodCall) -> bool {
        self.known.lazy.contains(&call.method.to_string())
    }

    /// Instruments the parts of an awaited expression: awaiting it does not block, but evaluating it may.
    pub(crate) fn awaited(&mut self, base: &mut Expr) {
        match base {
            Expr::Paren(inner) => self.awaited(&mut inner.expr),
            Expr::Group(inner) => self.awaited(&mut inner.expr),
            Expr::Call(call) => self.call_parts(call, true),
            Expr::MethodCall(call) => self.method_parts(call, true),
            other => self.visit_expr_mut(other),
        }
    }

    fn call_parts(&mut self, call: &mut ExprCall, awaited: bool) {
        let name = match &mut *call.func {
            Expr::Path(path) => path.path.segments.last().map(|last| last.ident.clone()),
            other => {
                self.visit_expr_mut(other);
                None
            }
        };
        self.arguments(name.as_ref(), &mut call.args, awaited);
    }

    fn method_parts(&mut self, call: &mut ExprMethodCall, awaited: bool) {
        match &mut *call.receiver {
            Expr::MethodCall(inner) if call.method == "next" && self.is_lazy(inner) => self.method_parts(inner, false),
            receiver => self.visit_expr_mut(receiver),
        }
        self.arguments(Some(&call.method.clone()), &mut call.args, awaited);
    }

    fn arguments<'e>(
        &mut self,
        callee: Option<&Ident>,
        arguments: impl IntoIterator<Item = &'e mut Expr>,
        awaited: bool,
    ) {
        let name = callee.map(ToString::to_string).unwrap_or_default();
        for argument in arguments {
            match argument {
                Expr::Closure(_) | Expr::Path(_) if self.known.offload.contains(&name) => {}
                // An awaited call that takes a closure usually runs it on another thread (`spawn_blocking`, ..).
                Expr::Closure(closure) if awaited && !self.known.inline.contains(&name) => self.elsewhere(closure),
                argument => self.visit_expr_mut(argument),
            }
        }
    }

    /// Instruments only the async code in a closure that may run on any thread: the executor polls it.
    fn elsewhere(&mut self, closure: &mut ExprClosure) {
        struct Asynchronous<'a, 'b>(&'a mut Instrument<'b>);
        impl VisitMut for Asynchronous<'_, '_> {
            fn visit_expr_mut(&mut self, expr: &mut Expr) {
                match expr {
                    Expr::Async(_) => self.0.visit_expr_mut(expr),
                    other => visit_mut::visit_expr_mut(self, other),
                }
            }
            fn visit_item_mut(&mut self, _: &mut syn::Item) {}
        }
        if closure.asyncness.is_some() {
            self.visit_expr_mut(&mut closure.body);
        } else {
            Asynchronous(self).visit_expr_mut(&mut closure.body);
        }
    }
}
