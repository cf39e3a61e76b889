//! The probes of one call, and their position.

use super::{
    catalog::index::Function,
    instrument::Instrument,
    place_expr::{self, PlaceExpr, has_closure},
    probe,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::{Expr, ExprCall, ExprForLoop, ExprMethodCall, ExprPath, spanned::Spanned, visit_mut::VisitMut};

impl Instrument<'_> {
    /// Instruments a call of a function by its path.
    pub(crate) fn call(&mut self, call: &mut ExprCall, places: &[Option<TokenStream>]) -> Option<Expr> {
        let Expr::Path(path) = &*call.func else { return None };
        let last = path.path.segments.last()?.ident.clone();
        let at = last.span();
        self.record_path(path);
        let has_closure = call.args.iter().any(has_closure);
        let markers = self.known.as_functions.get(&last.to_string());
        let is_method = markers.is_some()
            && (path.qself.is_some() || path.path.segments.len() > 1)
            && (call.args.len() > 1 || !self.candidates(path).iter().any(|function| function.given > 0));
        let functions = self.candidates(path);
        // If the callee is not a path, the compiler does not deduce the signatures of closures.
        let functions =
            functions.into_iter().filter(|function| !has_closure || function.is_written_as(path, &self.imports.items));
        let name = probe::name(at);
        let is = |function: &Function| {
            let given: Vec<_> = places.iter().take(function.given).flatten().cloned().collect();
            probe::is(function, &name, &given, at)
        };
        let functions: Vec<_> = functions.collect();
        let is_old = functions.iter().any(|function| function.is_old);
        let probes: TokenStream = functions.into_iter().map(is).collect();
        let mut marked = None;
        if !probes.is_empty() {
            self.probe_count += 1;
            *call.func = probe::callee(path, &name, &probes, is_old, at);
            marked = Some(Expr::Call(call.clone()));
        }
        if is_method && let Some(Some(place)) = places.first() {
            self.probe_count += 1;
            let markers = markers.into_iter().flatten().map(|known| known.marker(&last.to_string()));
            let probes: TokenStream = markers.map(|marker| probe::look(&marker, place, at)).collect();
            marked = Some(probe::behind(&probes, &Expr::Call(call.clone()), at));
        }
        marked
    }

    /// Instruments a function that is used as a value.
    pub(crate) fn value(&mut self, path: &ExprPath) -> Option<Expr> {
        let at = path.path.segments.last()?.ident.span();
        self.record_path(path);
        let functions = self.candidates(path);
        let functions: Vec<_> = functions.into_iter().filter(|function| function.given == 0).collect();
        if functions.is_empty() || !path.attrs.is_empty() {
            return None;
        }
        let is_old = functions.iter().any(|function| function.is_old);
        let name = probe::name(at);
        let probes: TokenStream = functions.into_iter().map(|function| probe::is(function, &name, &[], at)).collect();
        self.probe_count += 1;
        Some(probe::value(path, &name, &probes, is_old, at))
    }

    fn record_path(&mut self, path: &ExprPath) {
        if let Some(last) = path.path.segments.last()
            && !self.is_local(path)
        {
            self.record_call(&last.ident);
        }
    }

    /// Whether the path is the name of a local binding.
    fn is_local(&self, path: &ExprPath) -> bool {
        match path.path.get_ident() {
            Some(name) if path.qself.is_none() => self.bound.contains(&name.to_string()),
            _ => false,
        }
    }

    /// The functions that this path may mean.
    fn candidates(&self, path: &ExprPath) -> Vec<&Function> {
        let Some(last) = path.path.segments.last().map(|last| last.ident.to_string()) else { return Vec::new() };
        if self.is_local(path) {
            return Vec::new();
        }
        let aliases = self.aliases.get(&last).into_iter().flatten();
        let names = std::iter::once(&last).chain(aliases);
        names.filter_map(|name| self.known.functions.get(name)).flatten().collect()
    }

    fn is_known(&self, name: &Ident) -> bool {
        self.known.methods.contains_key(&name.to_string())
    }

    /// Instruments a method call. Returns the probes to insert before it.
    pub(crate) fn method(&mut self, call: &mut ExprMethodCall) -> Option<TokenStream> {
        let at = call.method.span();
        self.record_call(&call.method);
        let markers = self.known_markers(&call.method.to_string());
        let mut probes = TokenStream::new();
        if let Some(known) = self.known.arguments.get(&call.method.to_string()) {
            let markers: Vec<_> = known.iter().map(|known| known.marker(&format!("in_{}", call.method))).collect();
            for place in call.args.iter_mut().filter_map(place_expr::argument) {
                probes.extend(markers.iter().map(|marker| probe::look(marker, &place, at)));
            }
        }
        if !markers.is_empty() {
            probes.extend(self.receiver(&markers, &mut call.receiver, at));
        }
        if probes.is_empty() {
            return None;
        }
        self.probe_count += 1;
        Some(probes)
    }

    /// Instruments a receiver. For a place, returns the probes to insert before the call; a value is bound to a
    /// name and probed in between, because evaluating it twice would run its code twice.
    pub(crate) fn receiver(&mut self, markers: &[TokenStream], receiver: &mut Expr, at: Span) -> Option<TokenStream> {
        let place = PlaceExpr::of(receiver)?;
        let look = |root: &TokenStream| {
            let place = place.from(root);
            markers.iter().map(|marker| probe::look(marker, &place, at)).collect()
        };
        if place.is_named() {
            return Some(look(&place.root.to_token_stream()));
        }
        if !place_expr::is_movable(place.root) {
            return None;
        }
        let marked = probe::through(place.root, at, look);
        self.probe_count += 1;
        *place.root = marked;
        None
    }

    pub(crate) fn known_markers(&self, name: &str) -> Vec<TokenStream> {
        self.known.methods.get(name).into_iter().flatten().map(|known| known.marker(name)).collect()
    }

    pub(crate) fn each(&mut self, each: &mut ExprForLoop) {
        // If the call that returns the iterator is probed, the loop is not: one error for one call.
        let has_its_say = self.has_its_say(&each.expr);
        self.visit_expr_mut(&mut each.expr);
        self.visit_block_mut(&mut each.body);
        if has_its_say {
            return;
        }
        let at = each.expr.span();
        let markers = self.known_markers("for_");
        let written = each.expr.clone();
        let probe_count = self.probe_count;
        if let Some(probes) = self.receiver(&markers, &mut each.expr, at) {
            *each.expr = probe::before(&probes, &each.expr, at);
        } else if self.probe_count > probe_count {
            *each.expr = probe::same(&each.expr, &written);
        }
    }

    fn has_its_say(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Range(_) | Expr::Array(_) | Expr::Macro(_) => true,
            Expr::Try(inner) => self.has_its_say(&inner.expr),
            Expr::Paren(inner) => self.has_its_say(&inner.expr),
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => self.candidates(path).iter().any(|function| function.makes_iterator()),
                _ => false,
            },
            Expr::MethodCall(call) => self.is_known(&call.method) || self.has_its_say(&call.receiver),
            _ => false,
        }
    }
}
