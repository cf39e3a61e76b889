//! Functions that block for some arguments.

use super::{
    argument_probe,
    catalog::{function::Function, parse::Such, question::Question},
    frame::Frame,
    instrument::Instrument,
    place_expr::{self, PlaceExpr, WrittenArguments},
    probe,
};
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{Expr, ExprCall, ExprPath, GenericArgument, PathArguments, Type};

impl Instrument<'_> {
    /// Probes a function that blocks for some arguments. Arguments that cannot be repeated are bound to a name, and
    /// the last of them is where the verdict is complete.
    pub(crate) fn given(
        &mut self,
        function: &Function,
        call: &mut ExprCall,
        path: &ExprPath,
        written: &WrittenArguments,
        callee: &TokenStream,
    ) -> TokenStream {
        let WrittenArguments { places, values, firsts, .. } = written;
        let at = path.path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
        let questions = function.given_questions(self.known.has_streams);
        let arguments = function.given.min(places.len());
        let sources: Vec<_> =
            (0..arguments).map(|n| self.places(function, &mut call.args[n], places[n].as_ref())).collect();
        let mut verdicts: Vec<_> =
            sources.iter().flatten().map(|place| probe::arguments(&questions, place, at)).collect();
        // Without evidence that this is the function, an argument might not have a type yet.
        let is_it = function.such == Such::Items || function.is_written_as(path, &self.imports.items);
        let is_bound = |n: &usize| {
            let argument = &call.args[*n];
            let is_typed = match (function.such, argument) {
                (Such::Items, _) => self.unreported(argument).is_some() && self.is_typed_chain(argument),
                (Such::Io, Expr::Tuple(_)) => firsts[*n].may_be_bound(false),
                (Such::Io | Such::Address, _) => values[*n].may_be_bound(takes_type_from_arguments(function, path)),
            };
            is_it && sources[*n].is_empty() && is_typed
        };
        let bound: Vec<usize> = (0..arguments).filter(is_bound).collect();
        if function.such == Such::Items && verdicts.is_empty() && bound.is_empty() {
            return TokenStream::new();
        }
        self.probe_count += 1;
        let number = self.probe_count;
        let answer = argument_probe::answer_name("callee", number, at);
        // Later code may decide the type of a variable.
        let has_places = !verdicts.is_empty();
        let is_at_end = (has_places || bound.is_empty()) && !function.is_unix && self.reach_end(call, function.given);
        if bound.is_empty() && !is_at_end {
            return argument_probe::is_given(function, callee, &verdicts, at);
        }
        self.frame().put_in_front(argument_probe::answer(&answer, at));
        let last = if is_at_end { None } else { bound.last() };
        for n in bound.iter().filter(|n| Some(*n) != last) {
            let own = argument_probe::answer_name("argument", number * 10 + n, at);
            self.frame().put_in_front(argument_probe::answer(&own, at));
            let asked = self.questions(function, &call.args[*n]);
            bind(function, &mut call.args[*n], at, |place| {
                let verdict = probe::arguments(&asked, place, at);
                quote_spanned!(at=> #own.is(#verdict);)
            });
            verdicts.push(quote_spanned!(at=> #own.get()));
        }
        match last {
            Some(last) => {
                let asked = self.questions(function, &call.args[*last]);
                bind(function, &mut call.args[*last], at, |place| {
                    verdicts.push(probe::arguments(&asked, place, at));
                    argument_probe::given(function, &answer, &verdicts, at)
                });
            }
            None => self.frame().probe_at_end(argument_probe::given(function, &answer, &verdicts, at), at),
        }
        argument_probe::answers(function, callee, &answer, at)
    }

    /// The places in an argument whose types decide whether the call blocks: the argument, the variables of a chain of
    /// adapters, or the reader in a tuple, whose other elements the function may coerce.
    fn places(&self, function: &Function, argument: &mut Expr, place: Option<&TokenStream>) -> Vec<TokenStream> {
        match (function.such, argument) {
            (Such::Items, argument) => self.handed_place(argument).into_iter().collect(),
            (Such::Io, Expr::Tuple(tuple)) => {
                tuple.elems.first_mut().and_then(place_expr::argument).into_iter().collect()
            }
            (Such::Io | Such::Address, _) => place.cloned().into_iter().collect(),
        }
    }

    /// The questions about the value of an argument.
    fn questions(&self, function: &Function, argument: &Expr) -> Vec<Question> {
        match function.such {
            Such::Items => self.unreported(argument).map_or_else(Vec::new, |parts| self.item_questions(parts)),
            Such::Io | Such::Address => function.given_questions(self.known.has_streams),
        }
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
}

/// Binds the root of an argument to a name, and probes the place.
fn bind(function: &Function, argument: &mut Expr, at: Span, probes: impl FnOnce(&TokenStream) -> TokenStream) {
    let argument = match (function.such, argument) {
        (Such::Io, Expr::Tuple(tuple)) => &mut tuple.elems[0],
        (_, argument) => argument,
    };
    let Some(place) = PlaceExpr::of(place_expr::value_mut(argument)) else { return };
    let ask = |root: &TokenStream| probes(&place.from(root));
    // Parentheses around a whole argument are a lint.
    let bound = if place.is_root() {
        probe::argument_through(place.root, at, ask)
    } else {
        probe::through(place.root, at, ask)
    };
    *place.root = bound;
}

/// Whether only the arguments decide the types of the arguments that do I/O: they are not written, and not part of the
/// result.
fn takes_type_from_arguments(function: &Function, path: &ExprPath) -> bool {
    let mut segments = path.path.segments.iter().rev();
    let Some(last) = segments.next() else { return false };
    if path.qself.is_some() || segments.next().is_some_and(|of| of.ident.to_string().starts_with(char::is_uppercase)) {
        return false;
    }
    let PathArguments::AngleBracketed(written) = &last.arguments else { return true };
    let example = function.example_arguments();
    written
        .args
        .iter()
        .zip(example)
        .all(|(written, does_io)| !does_io || matches!(written, GenericArgument::Type(Type::Infer(_))))
}
