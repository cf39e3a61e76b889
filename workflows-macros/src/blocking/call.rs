//! The probes of one call, and their position.

use super::{
    argument_probe,
    catalog::{function::Function, origin::RowOrigin, parse::Such, question::Question},
    instrument::Instrument,
    place_expr::{self, PlaceExpr, WrittenArguments},
    probe,
    value_expr::has_closure,
    written::{is_in_a_type, is_written},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Expr, ExprCall, ExprMethodCall, ExprPath};

impl Instrument<'_> {
    /// Instruments a call of a function by its path.
    pub(crate) fn call(&mut self, call: &mut ExprCall, written: &WrittenArguments) -> Option<Expr> {
        let Expr::Path(path) = &*call.func else { return None };
        let path = path.clone();
        let last = path.path.segments.last()?.ident.clone();
        if !is_written(&last) {
            return None;
        }
        let at = last.span();
        self.record_path(&path);
        let has_closure = call.args.iter().any(has_closure);
        let markers = self.known.as_functions.get(&last.to_string());
        let functions = self.candidates(&path);
        let is_method = markers.is_some()
            && is_in_a_type(&path)
            && (call.args.len() > 1 || !functions.iter().any(|function| function.given > 0));
        // If the callee is not a path, the compiler does not deduce the signatures of closures.
        let in_chains = call.args.iter().all(|argument| self.has_closures_in_chain(argument));
        let functions = functions.into_iter().filter(|function| {
            !has_closure
                || (function.such == Such::Items && in_chains)
                || (function.takes_closures() && function.is_written_as(&path, &self.imports.items))
        });
        let functions: Vec<Function> = functions.cloned().collect();
        let is_old = functions.iter().any(|function| function.is_old);
        let name = probe::name(at);
        let callee = name.to_token_stream();
        let mut probes = TokenStream::new();
        for function in &functions {
            probes.extend(match function.given {
                0 => probe::is(function, &callee, at),
                _ => self.given(function, call, &path, written, &callee),
            });
        }
        let mut marked = None;
        if !probes.is_empty() {
            self.probe_count += 1;
            *call.func = probe::callee(&path, &name, &probes, is_old, at);
            marked = Some(Expr::Call(call.clone()));
        }
        if let Some(consumed) = self.consumer_as_function(call, &path, at) {
            return Some(consumed);
        }
        if is_method {
            // An own method of that name is found before one behind an own `Deref`.
            let is_near = self.imports.declares_method(&last.to_string());
            let question = |known: &RowOrigin| Question { is_near, ..known.marker(&last.to_string()).into() };
            let markers: Vec<_> = markers.into_iter().flatten().map(question).collect();
            marked = self.as_method(call, written, &markers, &last).or(marked);
        }
        marked
    }

    /// Instruments a call such as `Iterator::count(iterator)`.
    fn consumer_as_function(&mut self, call: &mut ExprCall, path: &ExprPath, at: Span) -> Option<Expr> {
        let name = path.path.segments.last()?.ident.to_string();
        // `Ord::max(a, b)` takes values whose types may not be known yet.
        let is_of_iterator = path.path.segments.iter().nth_back(1).is_some_and(|of| of.ident == "Iterator");
        if !is_of_iterator || name == "next" || !self.known.consumers.contains(&name) {
            return None;
        }
        let markers = self.known.consumer_questions(&name);
        let probe_count = self.probe_count;
        let argument = place_expr::value_mut(call.args.first_mut()?);
        let is_chain =
            matches!(argument, Expr::MethodCall(call) if self.known.adapters.contains(&call.method.to_string()));
        let source = self.source(argument, false)?;
        if !is_chain && matches!(source, Expr::MethodCall(_) | Expr::Call(_)) {
            // Parentheses around a whole argument are a lint.
            let ask = |place: &TokenStream| markers.iter().map(|marker| probe::look(marker, place, at)).collect();
            *source = probe::argument_through(source, at, ask);
            self.probe_count += 1;
            return Some(Expr::Call(call.clone()));
        }
        let probes = self.receiver(&markers, source, None, at);
        let call = Expr::Call(call.clone());
        match probes {
            Some(probes) => Some(probe::before(&probes, &call, at)),
            None => (self.probe_count > probe_count).then_some(call),
        }
    }

    /// Instruments a call such as `Read::read(&mut file, ..)`, whose first argument is the receiver of a method.
    fn as_method(
        &mut self,
        call: &mut ExprCall,
        written: &WrittenArguments,
        markers: &[Question],
        name: &Ident,
    ) -> Option<Expr> {
        let at = name.span();
        let asked: Vec<_> = self.known.argument_markers(&name.to_string()).into_iter().map(Into::into).collect();
        let arguments = written.places.iter().skip(1).flatten();
        let arguments: Vec<_> = arguments.map(|place| probe::arguments(&asked, place, at)).collect();
        let probes = |place: &TokenStream| -> TokenStream {
            let look = |marker| {
                if asked.is_empty() {
                    probe::look(marker, place, at)
                } else {
                    argument_probe::look_given(marker, place, &arguments, at)
                }
            };
            markers.iter().map(look).collect()
        };
        if let Some(place) = &written.receiver {
            self.probe_count += 1;
            return Some(probe::behind(&probes(place), &Expr::Call(call.clone()), at));
        }
        // What a lazy call returns is probed where it is used.
        if !written.binds_receiver || self.known.lazy.contains(&name.to_string()) {
            return None;
        }
        let place = PlaceExpr::of(place_expr::value_mut(call.args.first_mut()?))?;
        if name == "next"
            && let Expr::MethodCall(inner) = &*place.root
            && self.is_lazy(inner)
            && self.is_known(&inner.method)
        {
            // That call is probed.
            return None;
        }
        self.probe_count += 1;
        let ask = |root: &TokenStream| probes(&place.from(root));
        // Parentheses around a whole argument are a lint.
        let bound = if place.is_root() {
            probe::argument_through(place.root, at, ask)
        } else {
            probe::through(place.root, at, ask)
        };
        *place.root = bound;
        Some(Expr::Call(call.clone()))
    }

    /// Instruments a function that is used as a value.
    pub(crate) fn value(&mut self, path: &ExprPath) -> Option<Expr> {
        let last = &path.path.segments.last()?.ident;
        let at = last.span();
        if !is_written(last) {
            return None;
        }
        self.record_path(path);
        let functions = self.candidates(path);
        let functions: Vec<_> = functions.into_iter().filter(|function| function.given == 0).collect();
        if functions.is_empty() || !path.attrs.is_empty() {
            return None;
        }
        let is_old = functions.iter().any(|function| function.is_old);
        let name = probe::name(at);
        let callee = quote_spanned!(at=> &#name);
        let probes: TokenStream = functions.into_iter().map(|function| probe::is(function, &callee, at)).collect();
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
    pub(crate) fn candidates(&self, path: &ExprPath) -> Vec<&Function> {
        let Some(last) = path.path.segments.last().map(|last| last.ident.to_string()) else { return Vec::new() };
        if self.is_local(path) {
            return Vec::new();
        }
        let aliases = self.aliases.get(&last).into_iter().flatten();
        let names = std::iter::once(&last).chain(aliases);
        let functions = names.filter_map(|name| self.known.functions.get(name)).flatten();
        functions.filter(|function| function.may_be(path)).collect()
    }

    /// Whether the call is written as one of a listed function.
    pub(crate) fn is_written_call(&self, expr: &Expr) -> bool {
        let Expr::Call(call) = expr else { return false };
        let Expr::Path(path) = &*call.func else { return false };
        self.candidates(path).iter().any(|function| function.is_written_as(path, &self.imports.items))
    }

    pub(crate) fn is_known(&self, name: &Ident) -> bool {
        self.known.methods.contains_key(&name.to_string())
    }

    /// Instruments a method call. Returns the probes to insert before it.
    pub(crate) fn method(&mut self, call: &mut ExprMethodCall) -> Option<TokenStream> {
        let at = call.method.span();
        if !is_written(&call.method) {
            return None;
        }
        self.record_call(&call.method);
        let name = call.method.to_string();
        let mut probes = TokenStream::new();
        if let Some(known) = self.known.arguments.get(&name) {
            let markers: Vec<_> = known.iter().map(|known| known.marker(&format!("in_{name}")).into()).collect();
            for argument in &mut call.args {
                if let Some(place) = place_expr::argument(argument) {
                    probes.extend(markers.iter().map(|marker| probe::look(marker, &place, at)));
                } else if let Some(place) = place_expr::value_place(argument) {
                    let look = |root: &TokenStream| {
                        let place = place.from(root);
                        markers.iter().map(|marker| probe::look(marker, &place, at)).collect()
                    };
                    *place.root = probe::through(place.root, at, look);
                    self.probe_count += 1;
                }
            }
        }
        probes.extend(self.handed(call));
        let mut markers = self.known_markers(&name);
        if name == "next" && self.adapts_a_call(&call.receiver) {
            // That call is probed.
            markers.clear();
        }
        let is_consumer = self.known.consumers.contains(&name);
        if is_consumer && self.joins(&call.receiver) {
            self.joined(call);
        } else if is_consumer && let Some(source) = self.source(&mut call.receiver, name == "next") {
            let markers = self.known.consumer_questions(&name);
            probes.extend(self.receiver(&markers, source, None, at));
        } else if !markers.is_empty() {
            let asked: Vec<_> = self.known.argument_markers(&name).into_iter().map(Into::into).collect();
            let places = call.args.iter_mut().filter_map(place_expr::argument);
            let arguments: Vec<_> = places.map(|place| probe::arguments(&asked, &place, at)).collect();
            let arguments = (!asked.is_empty()).then_some(&*arguments);
            probes.extend(self.receiver(&markers, &mut call.receiver, arguments, at));
        }
        if probes.is_empty() {
            return None;
        }
        self.probe_count += 1;
        Some(probes)
    }
}
