//! Iterators that are handed over: arguments whose items a call takes, and adapters with such an argument.
//!
//! Types decide, as anywhere: a method such as `extend` blocks if its argument is an iterator that blocks, and its
//! receiver implements `Extend` for such items.

use super::{
    argument_probe,
    catalog::question::{Parts, Question},
    frame::Frame,
    instrument::Instrument,
    place_expr::{self, PlaceExpr},
    probe, value_expr,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprCall, ExprMethodCall};

/// An expression in a probe.
enum Named {
    /// A place, and the variable in it.
    Place(TokenStream, Option<Ident>),
    /// A value, whose type an answer carries.
    Value(Ident),
}

impl Named {
    fn tokens(&self, at: Span) -> TokenStream {
        match self {
            Self::Place(place, _) => place.clone(),
            Self::Value(answer) => quote_spanned!(at=> #answer.get()),
        }
    }
}

impl Instrument<'_> {
    /// Instruments a method that takes the items of its argument, such as `list.extend(receiver)`. Returns the probes
    /// to insert before the call.
    pub(crate) fn handed(&mut self, call: &mut ExprMethodCall) -> Option<TokenStream> {
        let name = call.method.to_string();
        let of_trait = if self.known.extenders.contains(&name) {
            "extending"
        } else if self.known.comparers.contains(&name) && self.is_chain(&call.receiver) {
            "comparing"
        } else {
            return None;
        };
        let at = call.method.span();
        let ExprMethodCall { receiver, args, .. } = call;
        let [argument] = args.iter_mut().collect::<Vec<_>>().try_into().ok()?;
        let (argument_name, parts) = self.argument(argument, at)?;
        let receiver_name = self.extended(receiver, at)?;
        let (in_argument, in_receiver) = (argument_name.tokens(at), receiver_name.tokens(at));
        let asked = probe::arguments(&self.item_questions(parts), &in_argument, at);
        let probes = argument_probe::handed(of_trait, &asked, &in_receiver, &in_argument, at);
        let depth = self.depth_of([&argument_name, &receiver_name]);
        let mut place = PlaceExpr::of(receiver)?;
        match (receiver_name, argument_name) {
            (Named::Place(..), Named::Place(..)) => {
                let Some(depth) = depth else { return Some(probes) };
                self.probe_count += 1;
                self.frames[depth].probe_at_end(probes, at);
            }
            (Named::Value(receiver), Named::Place(..)) => {
                self.carry(&mut place, &receiver, at, depth.is_some(), probes);
            }
            (Named::Place(..), Named::Value(given)) => {
                self.carry(&mut PlaceExpr::root(argument), &given, at, depth.is_some(), probes);
            }
            (Named::Value(receiver), Named::Value(given)) => {
                self.bind(&mut place, &receiver, at, &TokenStream::new());
                self.carry(&mut PlaceExpr::root(argument), &given, at, depth.is_some(), probes);
            }
        }
        None
    }

    /// Instruments a call such as `count` on a chain of adapters whose arguments are iterators too.
    pub(crate) fn joined(&mut self, call: &mut ExprMethodCall) {
        let at = call.method.span();
        let Some(parts) = self.unreported(&call.receiver) else { return };
        let mut questions = self.known.consumer_questions(&call.method.to_string());
        for question in &mut questions {
            question.parts = parts;
        }
        let answer = self.next_answer(at);
        let value = quote_spanned!(at=> #answer.get());
        let probes = questions.iter().map(|question| probe::look(question, &value, at)).collect();
        self.carry(&mut PlaceExpr::root(&mut call.receiver), &answer, at, true, probes);
    }

    /// Carries the type of a value to probes, which are at the end of the block if all their types are known there.
    fn carry(&mut self, value: &mut PlaceExpr<'_>, answer: &Ident, at: Span, is_at_end: bool, probes: TokenStream) {
        if is_at_end && !self.frame().is_last() {
            self.bind(value, answer, at, &TokenStream::new());
            self.frame().probe_at_end(probes, at);
        } else {
            self.bind(value, answer, at, &probes);
        }
    }

    fn bind(&mut self, value: &mut PlaceExpr<'_>, answer: &Ident, at: Span, probes: &TokenStream) {
        self.frame().put_in_front(argument_probe::answer(answer, at));
        let carried = |root: &TokenStream| {
            let carried = argument_probe::carried(answer, &value.from(root), at);
            quote!(#carried #probes)
        };
        // Parentheses around a whole argument are a lint.
        let bound = if value.is_root() {
            probe::argument_through(value.root, at, carried)
        } else {
            probe::through(value.root, at, carried)
        };
        *value.root = bound;
    }

    fn next_answer(&mut self, at: Span) -> Ident {
        self.probe_count += 1;
        argument_probe::answer_name("handed", self.probe_count, at)
    }

    /// How a probe names an argument, if the argument is not reported itself.
    fn argument(&mut self, argument: &mut Expr, at: Span) -> Option<(Named, Parts)> {
        if let Some(place) = self.handed_place(argument) {
            let name = place_expr::value_name(argument);
            return Some((Named::Place(place, name), Parts::Also));
        }
        let parts = self.unreported(argument).filter(|_| self.is_typed_chain(argument))?;
        Some((Named::Value(self.next_answer(at)), parts))
    }

    /// The questions about an iterator whose items a call takes.
    pub(crate) fn item_questions(&self, parts: Parts) -> Vec<Question> {
        let mut questions = Question::of_items(self.known.has_streams);
        for question in &mut questions {
            question.parts = parts;
        }
        questions
    }

    /// Which iterators of a chain of adapters are not reported themselves; `None` if all of them are.
    pub(crate) fn unreported(&self, chain: &Expr) -> Option<Parts> {
        let joined = self.joined_arguments(chain);
        let is_open = joined.iter().any(|argument| !self.has_its_say(argument));
        match (self.has_its_say(chain), is_open) {
            (true, true) => Some(Parts::Only),
            (true, false) => None,
            (false, true) => Some(Parts::Also),
            (false, false) if joined.is_empty() => Some(Parts::Also),
            (false, false) => Some(Parts::No),
        }
    }

    /// The arguments of a chain of adapters that are iterators.
    fn joined_arguments<'e>(&self, mut chain: &'e Expr) -> Vec<&'e Expr> {
        let mut joined = Vec::new();
        loop {
            chain = match chain {
                Expr::Paren(inner) => &inner.expr,
                Expr::Reference(inner) => &inner.expr,
                Expr::MethodCall(call) if self.known.adapters.contains(&call.method.to_string()) => {
                    if self.known.joiners.contains(&call.method.to_string()) {
                        joined.extend(&call.args);
                    }
                    &call.receiver
                }
                _ => return joined,
            };
        }
    }

    /// How a probe names the receiver of `extend`.
    fn extended(&mut self, receiver: &mut Expr, at: Span) -> Option<Named> {
        let place = PlaceExpr::of(receiver)?;
        if place.is_named() {
            return Some(Named::Place(self.mentioned(&place, at)?, place.name().cloned()));
        }
        value_expr::is_movable(place.root).then(|| Named::Value(self.next_answer(at)))
    }

    /// The argument, if it is a place or a reference to one.
    pub(crate) fn handed_place(&self, argument: &mut Expr) -> Option<TokenStream> {
        if let Expr::Reference(reference) = argument {
            let place = self.handed_place(&mut reference.expr)?;
            let mutability = &reference.mutability;
            return Some(quote!((& #mutability #place)));
        }
        let place = PlaceExpr::exact(argument)?;
        let at = place.name()?.span();
        self.mentioned(&place, at)
    }

    /// A named place, for a probe. No reference to a mutable static is allowed.
    fn mentioned(&self, place: &PlaceExpr<'_>, at: Span) -> Option<TokenStream> {
        if !place.is_named() || self.unsafe_code > 0 && place.name().is_none_or(|name| !self.is_bound(name)) {
            return None;
        }
        let named = place.from(&place.root.to_token_stream());
        Some(if place.has_field() { probe::pointed_at(&named, at) } else { named })
    }

    /// The depth of the outermost block at whose end all names mean the same as now. Values are named in the current one.
    fn depth_of(&self, all: [&Named; 2]) -> Option<usize> {
        let within = self.within();
        let mut deepest = 0;
        for named in all {
            let depth = match named {
                Named::Place(_, name) => Frame::outermost_depth(&self.frames, name.as_ref()?, within)?,
                Named::Value(_) => self.frames.len() - 1,
            };
            deepest = deepest.max(depth);
        }
        Some(deepest)
    }

    /// Whether a chain of adapters has an argument that is an iterator, so its own type decides.
    pub(crate) fn joins(&self, chain: &Expr) -> bool {
        !self.joined_arguments(chain).is_empty() && self.is_typed_chain(chain)
    }

    /// Whether the expression is a method call that returns an iterator.
    fn is_chain(&self, expr: &Expr) -> bool {
        match expr {
            Expr::MethodCall(call) => self.is_lazy(call) || self.known.adapters.contains(&call.method.to_string()),
            _ => false,
        }
    }

    /// Whether a value has a type of its own and can be bound to a name: adapters decide the signatures of their closures.
    pub(crate) fn is_typed_chain(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Paren(inner) => self.is_typed_chain(&inner.expr),
            Expr::Reference(inner) => self.is_typed_chain(&inner.expr),
            Expr::MethodCall(call) if self.known.adapters.contains(&call.method.to_string()) => {
                self.is_typed_chain(&call.receiver) || matches!(&*call.receiver, Expr::Path(_) | Expr::Field(_))
            }
            Expr::Call(call) if self.is_lazy_function(call) => true,
            other => value_expr::is_typed(other) && value_expr::is_movable(other) && !value_expr::has_closure(other),
        }
    }

    /// Whether all closures in the expression are arguments of adapters.
    pub(crate) fn has_closures_in_chain(&self, expr: &Expr) -> bool {
        match expr {
            Expr::MethodCall(call) if self.known.adapters.contains(&call.method.to_string()) => {
                self.has_closures_in_chain(&call.receiver)
            }
            other => !value_expr::has_closure(other),
        }
    }

    /// Whether the call is written as one of a function such as `std::iter::zip`, with arguments whose types are known.
    pub(crate) fn is_joiner(&self, call: &ExprCall) -> bool {
        let Expr::Path(path) = &*call.func else { return false };
        let is_named =
            path.path.segments.last().is_some_and(|last| self.known.joiners.contains(&last.ident.to_string()));
        is_named && call.args.len() == 2 && call.args.iter().all(value_expr::is_typed)
    }
}
