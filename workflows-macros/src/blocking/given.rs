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
use syn::{ExprCall, ExprPath};

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
}
