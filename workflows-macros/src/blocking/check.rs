//! Marks the calls in an async body that may block; the type system then decides: W013.

use super::{
    arguments,
    known::{Function, Known},
    local,
    names::{Bound, aliases},
    place::{self, Place},
    probe,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use std::collections::{HashMap, HashSet};
use syn::{
    Attribute, Block, Expr, ExprCall, ExprClosure, ExprForLoop, ExprMethodCall, ExprPath, Local, Pat, Signature, Stmt,
    spanned::Spanned,
    visit_mut::{self, VisitMut},
};

/// Marks the calls in the body of an async function. Neither values nor lifetimes change.
pub(crate) fn mark(block: &mut Block, signature: &Signature) {
    let known = local::known();
    let body = block.clone();
    let bound = Bound::of(&body, signature, &known.offload);
    let (bound, offloaded) = (bound.names, bound.offloaded);
    let aliases = aliases(&known, &body);
    Check { known: &known, bound, offloaded, aliases, marks: 0 }.visit_block_mut(block);
}

pub(super) struct Check<'a> {
    known: &'a Known,
    /// Names of local bindings, which hide functions.
    bound: HashSet<String>,
    /// Names of closures that run elsewhere.
    offloaded: HashSet<String>,
    aliases: HashMap<String, Vec<String>>,
    /// How many calls are marked so far.
    pub(super) marks: usize,
}

impl VisitMut for Check<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let mut stmts = Vec::with_capacity(block.stmts.len());
        for mut stmt in std::mem::take(&mut block.stmts) {
            let questions = self.stmt(&mut stmt);
            stmts.extend(questions.map(|questions| Stmt::Expr(Expr::Verbatim(questions), None)));
            stmts.push(stmt);
        }
        block.stmts = stmts;
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let at = expr.span();
        match expr {
            Expr::Await(waiting) => self.awaited(&mut waiting.base),
            Expr::Call(call) => {
                self.call_parts(call, false);
                if let Some(marked) = self.call(call) {
                    *expr = marked;
                }
            }
            Expr::MethodCall(call) => {
                self.method_parts(call, false);
                if let Some(questions) = self.method(call) {
                    *expr = probe::before(&questions, expr, at);
                }
            }
            Expr::ForLoop(each) if !is_blocking(&each.attrs) => self.each(each),
            Expr::Path(path) => {
                if let Some(marked) = self.value(path) {
                    *expr = marked;
                }
            }
            Expr::Macro(invocation) => {
                if let Some(questions) = arguments::mark(&mut invocation.mac, self) {
                    *expr = probe::before(&questions, expr, at);
                }
            }
            Expr::Closure(closure) => self.visit_expr_mut(&mut closure.body),
            // Lengths are constants.
            Expr::Repeat(repeat) => self.visit_expr_mut(&mut repeat.expr),
            Expr::Struct(literal) => {
                for field in literal.fields.iter_mut().filter(|field| field.colon_token.is_some()) {
                    self.visit_expr_mut(&mut field.expr);
                }
                literal.rest.iter_mut().for_each(|rest| self.visit_expr_mut(rest));
            }
            Expr::Const(_) | Expr::Verbatim(_) | Expr::Lit(_) => {}
            other if attributes(other).is_some_and(is_blocking) => {}
            other => visit_mut::visit_expr_mut(self, other),
        }
    }

    // What stands in these is another body, or no code that runs.
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
    fn visit_pat_mut(&mut self, _: &mut Pat) {}
    fn visit_type_mut(&mut self, _: &mut syn::Type) {}
    fn visit_path_mut(&mut self, _: &mut syn::Path) {}
}

impl Check<'_> {
    /// Questions that are to stand in front of a statement; asking them inside of it would hide
    /// from the compiler that a result is not used.
    fn stmt(&mut self, stmt: &mut Stmt) -> Option<TokenStream> {
        let at = stmt.span();
        let questions = match stmt {
            Stmt::Local(local) => {
                self.local(local);
                None
            }
            Stmt::Expr(Expr::MethodCall(call), Some(_)) if call.attrs.is_empty() => {
                self.method_parts(call, false);
                self.method(call)
            }
            Stmt::Macro(invocation) if invocation.attrs.is_empty() => arguments::mark(&mut invocation.mac, self),
            Stmt::Expr(expr, _) => {
                if !attributes(expr).is_some_and(is_blocking) {
                    self.visit_expr_mut(expr);
                }
                None
            }
            Stmt::Macro(_) | Stmt::Item(_) => None,
        };
        questions.map(|questions| probe::never(&questions, false, at))
    }

    fn local(&mut self, local: &mut Local) {
        let Some(init) = &mut local.init else { return };
        if is_blocking(&local.attrs) {
            return;
        }
        if let Some((_, diverge)) = &mut init.diverge {
            self.visit_expr_mut(diverge);
        }
        let pattern = if let Pat::Type(typed) = &local.pat { &*typed.pat } else { &local.pat };
        let is_offloaded = matches!(pattern, Pat::Ident(name) if self.offloaded.contains(&name.ident.to_string()));
        if is_offloaded && has_closure(&init.expr) {
            return;
        }
        // Nothing happens before what is bound here is used.
        if let Expr::MethodCall(call) = &mut *init.expr
            && self.known.lazy.contains(&call.method.to_string())
        {
            return self.method_parts(call, false);
        }
        self.visit_expr_mut(&mut init.expr);
    }

    /// What is awaited is a future; what makes it up may still block.
    pub(super) fn awaited(&mut self, base: &mut Expr) {
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
        self.visit_expr_mut(&mut call.receiver);
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
                // Who takes a closure and is awaited mostly runs it on another thread.
                Expr::Closure(closure) if awaited && !self.known.inline.contains(&name) => self.elsewhere(closure),
                argument => self.visit_expr_mut(argument),
            }
        }
    }

    /// Of a closure that may run anywhere, the async code is still polled by the executor.
    fn elsewhere(&mut self, closure: &mut ExprClosure) {
        struct Asynchronous<'a, 'b>(&'a mut Check<'b>);
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

    /// A call of a function by its path.
    fn call(&mut self, call: &mut ExprCall) -> Option<Expr> {
        let Expr::Path(path) = &*call.func else { return None };
        let last = path.path.segments.last()?.ident.clone();
        let at = last.span();
        let has_closure = call.args.iter().any(has_closure);
        let places: Vec<_> = call.args.iter_mut().map(place::argument).collect();
        let of_trait = self.known.of_traits.contains(&last.to_string())
            && (path.qself.is_some() || path.path.segments.len() > 1)
            && (call.args.len() > 1 || !self.candidates(path).iter().any(|function| function.given > 0));
        let functions = self.candidates(path);
        // Where the callee is no longer a path, less is inferred about closures.
        let functions = functions.into_iter().filter(|function| !has_closure || function.takes_closures);
        let name = probe::name(at);
        let is = |function: &Function| {
            let given: Vec<_> = places.iter().take(function.given).flatten().cloned().collect();
            probe::is(function, &name, &given, at)
        };
        let functions: Vec<_> = functions.collect();
        let is_old = functions.iter().any(|function| function.is_old);
        let questions: TokenStream = functions.into_iter().map(is).collect();
        let mut marked = None;
        if !questions.is_empty() {
            self.marks += 1;
            *call.func = probe::callee(path, &name, &questions, is_old, at);
            marked = Some(Expr::Call(call.clone()));
        }
        if of_trait && let Some(Some(place)) = places.first() {
            self.marks += 1;
            let questions: TokenStream = self.markers(&last).map(|marker| probe::look(marker, place, at)).collect();
            marked = Some(probe::behind(&questions, &Expr::Call(call.clone()), at));
        }
        marked
    }

    /// A function as a value.
    fn value(&mut self, path: &ExprPath) -> Option<Expr> {
        let at = path.path.segments.last()?.ident.span();
        let functions = self.candidates(path);
        let functions: Vec<_> = functions.into_iter().filter(|function| function.given == 0).collect();
        if functions.is_empty() || !path.attrs.is_empty() {
            return None;
        }
        let is_old = functions.iter().any(|function| function.is_old);
        let name = probe::name(at);
        let questions: TokenStream =
            functions.into_iter().map(|function| probe::is(function, &name, &[], at)).collect();
        self.marks += 1;
        Some(probe::value(path, &name, &questions, is_old, at))
    }

    /// The functions that this path may mean.
    fn candidates(&self, path: &ExprPath) -> Vec<&Function> {
        let Some(last) = path.path.segments.last().map(|last| last.ident.to_string()) else { return Vec::new() };
        if path.path.get_ident().is_some() && path.qself.is_none() && self.bound.contains(&last) {
            return Vec::new();
        }
        let aliases = self.aliases.get(&last).into_iter().flatten();
        let names = std::iter::once(&last).chain(aliases);
        names.filter_map(|name| self.known.functions.get(name)).flatten().collect()
    }

    fn markers(&self, name: &Ident) -> impl Iterator<Item = &TokenStream> {
        self.known.methods.get(&name.to_string()).into_iter().flatten()
    }

    /// A call of a method. A receiver that is a value is asked about on its way.
    fn method(&mut self, call: &mut ExprMethodCall) -> Option<TokenStream> {
        let at = call.method.span();
        let markers: Vec<TokenStream> = self.markers(&call.method).cloned().collect();
        let mut questions = TokenStream::new();
        if let Some(markers) = self.known.arguments.get(&call.method.to_string()) {
            for place in call.args.iter_mut().filter_map(place::argument) {
                questions.extend(markers.iter().map(|marker| probe::look(marker, &place, at)));
            }
        }
        if !markers.is_empty() {
            questions.extend(self.receiver(&markers, &mut call.receiver, at));
        }
        self.marks += usize::from(!questions.is_empty());
        (!questions.is_empty()).then_some(questions)
    }

    /// Asks about a receiver: in front of it if it is a place, on its way if it is a value.
    pub(super) fn receiver(&mut self, markers: &[TokenStream], receiver: &mut Expr, at: Span) -> Option<TokenStream> {
        let place = Place::of(receiver)?;
        let look = |root: &TokenStream| {
            let place = place.from(root);
            markers.iter().map(|marker| probe::look(marker, &place, at)).collect()
        };
        if place.is_named() {
            return Some(look(&place.root.to_token_stream()));
        }
        if place::is_number(place.root) || matches!(place.root, Expr::Closure(_)) {
            return None;
        }
        let marked = probe::through(place.root, at, look);
        self.marks += 1;
        *place.root = marked;
        None
    }

    pub(super) fn known_markers(&self, name: &str) -> Vec<TokenStream> {
        self.known.methods.get(name).cloned().unwrap_or_default()
    }

    fn each(&mut self, each: &mut ExprForLoop) {
        // What makes the iterator has its own say; one call is refused once.
        let has_its_say = self.has_its_say(&each.expr);
        self.visit_expr_mut(&mut each.expr);
        self.visit_block_mut(&mut each.body);
        if has_its_say {
            return;
        }
        let at = each.expr.span();
        let markers = self.known_markers("for_");
        if let Some(questions) = self.receiver(&markers, &mut each.expr, at) {
            *each.expr = probe::before(&questions, &each.expr, at);
        }
    }

    fn has_its_say(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Range(_) | Expr::Array(_) | Expr::Macro(_) => true,
            Expr::Try(inner) => self.has_its_say(&inner.expr),
            Expr::Paren(inner) => self.has_its_say(&inner.expr),
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => !self.candidates(path).is_empty(),
                _ => false,
            },
            Expr::MethodCall(call) => self.markers(&call.method).next().is_some() || self.has_its_say(&call.receiver),
            _ => false,
        }
    }
}

fn has_closure(expr: &Expr) -> bool {
    match expr {
        Expr::Closure(_) => true,
        Expr::Call(call) => call.args.iter().any(has_closure),
        Expr::Paren(inner) => has_closure(&inner.expr),
        _ => false,
    }
}

fn is_blocking(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().segments.last().is_some_and(|last| last.ident == "blocking"))
}

/// The attributes of an expression that may carry `#[blocking]`.
fn attributes(expr: &Expr) -> Option<&[Attribute]> {
    Some(match expr {
        Expr::Block(inner) => &inner.attrs,
        Expr::Try(inner) => &inner.attrs,
        Expr::Match(inner) => &inner.attrs,
        Expr::If(inner) => &inner.attrs,
        Expr::Loop(inner) => &inner.attrs,
        Expr::While(inner) => &inner.attrs,
        Expr::Assign(inner) => &inner.attrs,
        Expr::Return(inner) => &inner.attrs,
        Expr::Call(inner) => &inner.attrs,
        Expr::MethodCall(inner) => &inner.attrs,
        Expr::Macro(inner) => &inner.attrs,
        Expr::ForLoop(inner) => &inner.attrs,
        _ => return None,
    })
}
