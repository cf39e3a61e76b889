//! Functions that block for some arguments.

use super::{
    catalog::function::Function,
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
        let WrittenArguments { places, values, .. } = written;
        let at = path.path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
        let markers: Vec<probe::Question> =
            function.given_markers(self.known.has_streams).into_iter().map(Into::into).collect();
        let mut verdicts: Vec<_> =
            places.iter().take(function.given).flatten().map(|place| probe::arguments(&markers, place, at)).collect();
        // Without evidence that this is the function, an argument might not have a type yet.
        let is_it = function.is_written_as(path, &self.imports.items);
        let is_bound = |n: &usize| is_it && values[*n].may_be_bound(takes_type_from_arguments(function, path));
        let bound: Vec<usize> = (0..function.given.min(values.len())).filter(is_bound).collect();
        self.probe_count += 1;
        let number = self.probe_count;
        let answer = probe::answer_name("callee", number, at);
        // Later code may decide the type of a variable.
        let has_places = places.iter().take(function.given).any(Option::is_some);
        let is_at_end = (has_places || bound.is_empty()) && !function.is_unix && self.reach_end(call, function.given);
        if bound.is_empty() && !is_at_end {
            return probe::is_given(function, callee, &verdicts, at);
        }
        self.frame().put_in_front(probe::answer(&answer, at));
        let last = if is_at_end { None } else { bound.last() };
        for n in bound.iter().filter(|n| Some(*n) != last) {
            let own = probe::answer_name("argument", number * 10 + n, at);
            self.frame().put_in_front(probe::answer(&own, at));
            bind(&mut call.args[*n], at, |place| {
                let verdict = probe::arguments(&markers, place, at);
                quote_spanned!(at=> #own.is(#verdict);)
            });
            verdicts.push(quote_spanned!(at=> #own.get()));
        }
        match last {
            Some(last) => bind(&mut call.args[*last], at, |place| {
                verdicts.push(probe::arguments(&markers, place, at));
                probe::given(&answer, &verdicts, at)
            }),
            None => self.frame().probe_at_end(probe::given(&answer, &verdicts, at), at),
        }
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
}

/// Binds the root of an argument to a name, and probes the place.
fn bind(argument: &mut Expr, at: Span, probes: impl FnOnce(&TokenStream) -> TokenStream) {
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
