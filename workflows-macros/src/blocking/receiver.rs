//! Receivers of method calls, and iterators of `for` loops.

use super::{
    argument_probe,
    catalog::question::{Parts, Question},
    frame::Frame,
    instrument::Instrument,
    place_expr::{self, PlaceExpr},
    probe, value_expr,
};
use crate::visit_mut::VisitMut;
use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::{Expr, ExprCall, ExprForLoop, spanned::Spanned};

impl Instrument<'_> {
    /// Instruments a receiver. For a place, inserts the probes at the end of a block, or returns them to insert
    /// before the call; a value is bound to a name and probed in between, because evaluating it twice would run its
    /// code twice. If there are `arguments`, the method blocks if one of them has such a verdict.
    pub(crate) fn receiver(
        &mut self,
        markers: &[Question],
        receiver: &mut Expr,
        arguments: Option<&[TokenStream]>,
        at: Span,
    ) -> Option<TokenStream> {
        let place = PlaceExpr::of(receiver)?;
        let probe = |place: &TokenStream| {
            let probe = |marker| match arguments {
                Some(arguments) => argument_probe::look_given(marker, place, arguments, at),
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
            let Some(frame) = frame.filter(|_| arguments.is_none()) else { return Some(probe(&named)) };
            let named = if place.has_field() { probe::pointed_at(&named, at) } else { named };
            frame.probe_at_end(probe(&named), at);
            self.probe_count += 1;
            return None;
        }
        if !value_expr::is_movable(place.root) {
            return None;
        }
        let marked = probe::through(place.root, at, |root| probe(&place.from(root)));
        self.probe_count += 1;
        *place.root = marked;
        None
    }

    /// Whether the expression is a call of an adapter of iterators.
    fn is_adapter(&self, expr: &Expr) -> bool {
        match expr {
            Expr::MethodCall(call) => self.known.adapters.contains(&call.method.to_string()),
            _ => false,
        }
    }

    /// Whether the receiver is a chain of adapters over a known call.
    pub(crate) fn adapts_a_call(&self, receiver: &Expr) -> bool {
        let mut is_adapted = false;
        let mut source = receiver;
        while let Expr::MethodCall(call) = source
            && self.known.adapters.contains(&call.method.to_string())
        {
            is_adapted = true;
            source = &call.receiver;
        }
        is_adapted && matches!(source, Expr::MethodCall(call) if self.is_known(&call.method))
    }

    /// The variable from which a chain of adapters takes its items, or the call that returns the iterator if that is
    /// not probed itself.
    pub(crate) fn source<'e>(&self, receiver: &'e mut Expr, is_direct: bool) -> Option<&'e mut Expr> {
        if is_direct && !self.is_adapter(receiver) {
            // The method is known for the variable.
            return None;
        }
        let mut source = receiver;
        // As in `(&mut lines).take(3)`.
        while self.is_adapter(source) || matches!(source, Expr::Paren(_) | Expr::Reference(_)) {
            source = match source {
                Expr::MethodCall(call) => &mut call.receiver,
                Expr::Paren(inner) => &mut inner.expr,
                Expr::Reference(inner) => &mut inner.expr,
                other => other,
            };
        }
        let is_unprobed = match source {
            Expr::MethodCall(call) => self.is_lazy(call) && !self.is_known(&call.method),
            Expr::Call(call) => self.is_lazy_function(call) && !self.is_probed_function(call) || self.is_joiner(call),
            _ => false,
        };
        let is_source = is_unprobed || PlaceExpr::of(source).is_some_and(|place| place.is_named());
        is_source.then_some(source)
    }

    /// Whether the call of a method as a function is probed itself: its receiver can be repeated.
    fn is_probed_function(&self, call: &ExprCall) -> bool {
        let Expr::Path(path) = &*call.func else { return false };
        if !self.candidates(path).is_empty() {
            return true;
        }
        let Some(last) = path.path.segments.last() else { return false };
        let receiver = call.args.first().and_then(|receiver| place_expr::argument(&mut receiver.clone()));
        self.known.as_functions.contains_key(&last.ident.to_string()) && receiver.is_some()
    }

    pub(crate) fn is_bound(&self, name: &Ident) -> bool {
        name == "self" || self.bound.contains(&name.to_string())
    }

    pub(crate) fn known_markers(&self, name: &str) -> Vec<Question> {
        let Some(known) = self.known.methods.get(name) else { return Vec::new() };
        // An own type that dereferences to an iterator may be another iterator itself.
        let is_near = name == "for_" || self.imports.declares_method(name);
        let parts = if name == "for_" || name == "next" { Parts::Also } else { Parts::No };
        known.iter().map(|known| Question { marker: known.marker(name), is_near, parts }).collect()
    }

    /// Instruments a `for` loop.
    pub(crate) fn each(&mut self, each: &mut ExprForLoop) {
        // If the call that returns the iterator is probed, the loop is not: one error for one call.
        let has_its_say = self.has_its_say(&each.expr);
        self.visit_expr_mut(&mut each.expr);
        self.visit_block_mut(&mut each.body);
        let at = each.expr.span();
        let joins = self.joins(&each.expr);
        let parts = if joins { self.unreported(&each.expr) } else { (!has_its_say).then_some(Parts::Also) };
        let Some(parts) = parts else { return };
        if let Expr::MethodCall(call) = &mut *each.expr
            && self.known.adapters.contains(&call.method.to_string())
            && !joins
            && let Some(source) = self.source(&mut call.receiver, false)
        {
            let questions = Question::of_items(self.known.has_streams);
            if let Some(probes) = self.receiver(&questions, source, None, at) {
                *each.expr = probe::before(&probes, &each.expr, at);
            }
            return;
        }
        let mut markers = self.known_markers("for_");
        for question in &mut markers {
            question.parts = parts;
        }
        let written = each.expr.clone();
        let probe_count = self.probe_count;
        if let Some(probes) = self.receiver(&markers, &mut each.expr, None, at) {
            *each.expr = probe::before(&probes, &each.expr, at);
        } else if self.probe_count > probe_count {
            *each.expr = probe::same(&each.expr, &written);
        }
    }

    pub(crate) fn has_its_say(&self, expr: &Expr) -> bool {
        if self.is_written_call(expr) {
            return true;
        }
        match expr {
            Expr::Range(_) | Expr::Array(_) | Expr::Macro(_) => true,
            Expr::Try(inner) => self.has_its_say(&inner.expr),
            Expr::Paren(inner) => self.has_its_say(&inner.expr),
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => {
                    let makes_iterator = self.candidates(path).iter().any(|function| function.makes_iterator());
                    makes_iterator || self.is_lazy_function(call) && self.is_probed_function(call)
                }
                _ => false,
            },
            Expr::MethodCall(call) => self.is_known(&call.method) || self.has_its_say(&call.receiver),
            _ => false,
        }
    }
}
