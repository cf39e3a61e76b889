//! The probes of one call, and their position.

use super::{
    catalog::index::{self, Function},
    frame::Frame,
    instrument::Instrument,
    place_expr::{self, PlaceExpr, has_closure},
    probe,
    written::is_written,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Expr, ExprCall, ExprForLoop, ExprMethodCall, ExprPath, spanned::Spanned, visit_mut::VisitMut};

impl Instrument<'_> {
    /// Instruments a call of a function by its path. `places` are the arguments that can be repeated, `values`
    /// those that can be bound to a name.
    pub(crate) fn call(
        &mut self,
        call: &mut ExprCall,
        places: &[Option<TokenStream>],
        values: &[bool],
    ) -> Option<Expr> {
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
            && (path.qself.is_some() || path.path.segments.len() > 1)
            && (call.args.len() > 1 || !functions.iter().any(|function| function.given > 0));
        // If the callee is not a path, the compiler does not deduce the signatures of closures.
        let functions = functions.into_iter().filter(|function| {
            !has_closure || (function.takes_closures() && function.is_written_as(&path, &self.imports.items))
        });
        let functions: Vec<Function> = functions.cloned().collect();
        let is_old = functions.iter().any(|function| function.is_old);
        let name = probe::name(at);
        let callee = name.to_token_stream();
        let mut probes = TokenStream::new();
        for function in &functions {
            probes.extend(match function.given {
                0 => probe::is(function, &callee, at),
                _ => self.given(function, call, &path, places, values, &callee),
            });
        }
        let mut marked = None;
        if !probes.is_empty() {
            self.probe_count += 1;
            *call.func = probe::callee(&path, &name, &probes, is_old, at);
            marked = Some(Expr::Call(call.clone()));
        }
        if is_method && let Some(Some(place)) = places.first() {
            self.probe_count += 1;
            let markers = markers.into_iter().flatten().map(|known| known.marker(&last.to_string()).into());
            let is_addressed = self.known.addressed.contains(&last.to_string());
            let addresses = places.iter().skip(1).flatten();
            let addresses: Vec<_> =
                addresses.map(|place| probe::argument(&index::any_address().into(), place, at)).collect();
            let look = |marker: probe::Question| match is_addressed {
                true => probe::look_given(&marker, place, &addresses, at),
                false => probe::look(&marker, place, at),
            };
            let probes: TokenStream = markers.map(look).collect();
            marked = Some(probe::behind(&probes, &Expr::Call(call.clone()), at));
        }
        marked
    }

    /// Probes a function that blocks for some arguments. Arguments that cannot be repeated are bound to a name, and
    /// the last of them is where the verdict is complete.
    fn given(
        &mut self,
        function: &Function,
        call: &mut ExprCall,
        path: &ExprPath,
        places: &[Option<TokenStream>],
        values: &[bool],
        callee: &TokenStream,
    ) -> TokenStream {
        let at = path.path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
        let markers: Vec<probe::Question> =
            function.given_markers(self.known.has_streams).into_iter().map(Into::into).collect();
        let mut verdicts: Vec<_> =
            places.iter().take(function.given).flatten().map(|place| probe::arguments(&markers, place, at)).collect();
        // Without evidence that this is the function, an argument might not have a type yet.
        let is_it = function.is_written_as(path, &self.imports.items);
        let bound: Vec<usize> = (0..function.given.min(values.len())).filter(|n| is_it && values[*n]).collect();
        self.probe_count += 1;
        let number = self.probe_count;
        let answer = probe::answer_name("callee", number, at);
        let Some((last, others)) = bound.split_last() else {
            if function.is_unix || !self.reach_end(call, function.given) {
                return probe::is_given(function, callee, &verdicts, at);
            }
            self.frame().put_in_front(probe::answer(&answer, at));
            self.frame().probe_at_end(probe::given(&answer, &verdicts, at), at);
            return probe::answers(function, callee, &answer, at);
        };
        self.frame().put_in_front(probe::answer(&answer, at));
        for n in others {
            let own = probe::answer_name("argument", number * 10 + n, at);
            self.frame().put_in_front(probe::answer(&own, at));
            let value = place_expr::value_mut(&mut call.args[*n]);
            *value = probe::argument_through(value, at, |place| {
                let verdict = probe::arguments(&markers, place, at);
                quote_spanned!(at=> #own.is(#verdict);)
            });
            verdicts.push(quote_spanned!(at=> #own.get()));
        }
        let value = place_expr::value_mut(&mut call.args[*last]);
        *value = probe::argument_through(value, at, |place| {
            verdicts.push(probe::arguments(&markers, place, at));
            probe::given(&answer, &verdicts, at)
        });
        probe::answers(function, callee, &answer, at)
    }

    /// Whether the names in the first arguments mean the same at the end of the block.
    fn reach_end(&mut self, call: &mut ExprCall, given: usize) -> bool {
        let within = self.within();
        let frames = self.frames.len() - 1;
        if self.frame().is_last() {
            return false;
        }
        call.args.iter_mut().take(given).all(|argument| {
            let place = PlaceExpr::of(place_expr::value_mut(argument));
            let Some(place) = place.filter(PlaceExpr::is_named) else { return true };
            place.name().is_some_and(|name| Frame::outermost(&mut self.frames[frames..], name, within).is_some())
        })
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
    fn candidates(&self, path: &ExprPath) -> Vec<&Function> {
        let Some(last) = path.path.segments.last().map(|last| last.ident.to_string()) else { return Vec::new() };
        if self.is_local(path) {
            return Vec::new();
        }
        let aliases = self.aliases.get(&last).into_iter().flatten();
        let names = std::iter::once(&last).chain(aliases);
        names.filter_map(|name| self.known.functions.get(name)).flatten().collect()
    }

    /// Whether the call is written as one of a listed function.
    pub(crate) fn is_written_call(&self, expr: &Expr) -> bool {
        let Expr::Call(call) = expr else { return false };
        let Expr::Path(path) = &*call.func else { return false };
        self.candidates(path).iter().any(|function| function.is_written_as(path, &self.imports.items))
    }

    fn is_known(&self, name: &Ident) -> bool {
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
        let markers = self.known_markers(&name);
        if self.known.consumers.contains(&name)
            && let Some(source) = self.source(&mut call.receiver, name == "next")
        {
            let marker = index::RowOrigin::Runtime.marker(&name).into();
            probes.extend(self.receiver(&[marker], source, None, at));
        } else if !markers.is_empty() {
            let addresses = self.known.addressed.contains(&name).then(|| {
                let marker = index::any_address().into();
                let places = call.args.iter_mut().filter_map(place_expr::argument);
                places.map(|place| probe::argument(&marker, &place, at)).collect::<Vec<_>>()
            });
            probes.extend(self.receiver(&markers, &mut call.receiver, addresses.as_deref(), at));
        }
        if probes.is_empty() {
            return None;
        }
        self.probe_count += 1;
        Some(probes)
    }

    /// Instruments a receiver. For a place, inserts the probes at the end of a block, or returns them to insert
    /// before the call; a value is bound to a name and probed in between, because evaluating it twice would run its
    /// code twice. If there are `addresses`, the method blocks if one of them is a name to resolve.
    pub(crate) fn receiver(
        &mut self,
        markers: &[probe::Question],
        receiver: &mut Expr,
        addresses: Option<&[TokenStream]>,
        at: Span,
    ) -> Option<TokenStream> {
        let place = PlaceExpr::of(receiver)?;
        let probe = |place: &TokenStream| {
            let probe = |marker| match addresses {
                Some(addresses) => probe::look_given(marker, place, addresses, at),
                None => probe::look(marker, place, at),
            };
            markers.iter().map(probe).collect::<TokenStream>()
        };
        if place.is_named() {
            // No reference to a mutable static is allowed.
            if self.unsafe_code > 0 && place.name().is_none_or(|name| !self.is_bound(name)) {
                return None;
            }
            let named = place.from(&place.root.to_token_stream());
            let within = self.within();
            let frame = place.name().and_then(|name| Frame::outermost(&mut self.frames, name, within));
            let Some(frame) = frame.filter(|_| addresses.is_none()) else { return Some(probe(&named)) };
            let named = if place.has_field() { probe::pointed_at(&named, at) } else { named };
            frame.probe_at_end(probe(&named), at);
            self.probe_count += 1;
            return None;
        }
        if !place_expr::is_movable(place.root) {
            return None;
        }
        let marked = probe::through(place.root, at, |root| probe(&place.from(root)));
        self.probe_count += 1;
        *place.root = marked;
        None
    }

    /// The variable from which a chain of adapters takes its items.
    fn source<'e>(&self, receiver: &'e mut Expr, is_direct: bool) -> Option<&'e mut Expr> {
        let is_adapter = |expr: &Expr| match expr {
            Expr::MethodCall(call) => self.known.adapters.contains(&call.method.to_string()),
            _ => false,
        };
        if is_direct && !is_adapter(receiver) {
            // The method is known for the variable.
            return None;
        }
        let mut source = receiver;
        while is_adapter(source) {
            source = match source {
                Expr::MethodCall(call) => &mut call.receiver,
                other => other,
            };
        }
        let is_named = PlaceExpr::of(source).is_some_and(|place| place.is_named());
        is_named.then_some(source)
    }

    fn is_bound(&self, name: &Ident) -> bool {
        name == "self" || self.bound.contains(&name.to_string())
    }

    pub(crate) fn known_markers(&self, name: &str) -> Vec<probe::Question> {
        let Some(known) = self.known.methods.get(name) else { return Vec::new() };
        let is_near = self.imports.declares_method(name);
        known.iter().map(|known| probe::Question { marker: known.marker(name), is_near }).collect()
    }

    /// Instruments a `for` loop.
    pub(crate) fn each(&mut self, each: &mut ExprForLoop) {
        // If the call that returns the iterator is probed, the loop is not: one error for one call.
        let has_its_say = self.has_its_say(&each.expr);
        self.visit_expr_mut(&mut each.expr);
        self.visit_block_mut(&mut each.body);
        if has_its_say {
            return;
        }
        let at = each.expr.span();
        if let Expr::MethodCall(call) = &mut *each.expr
            && self.known.adapters.contains(&call.method.to_string())
            && let Some(source) = self.source(&mut call.receiver, false)
        {
            let marker = index::RowOrigin::Runtime.marker("collect").into();
            if let Some(probes) = self.receiver(&[marker], source, None, at) {
                *each.expr = probe::before(&probes, &each.expr, at);
            }
            return;
        }
        let markers = self.known_markers("for_");
        let written = each.expr.clone();
        let probe_count = self.probe_count;
        if let Some(probes) = self.receiver(&markers, &mut each.expr, None, at) {
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
