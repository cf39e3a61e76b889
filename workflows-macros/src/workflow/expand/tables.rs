//! The tables from which the graph is built in `const`.

use super::{Expansion, literal};
use crate::{
    assertion::check_constant,
    this::expr_without_self,
    types,
    workflow::{
        graph::EventInput,
        model::{Catches, Count, Limit, Step},
        unmarked::UnmarkedMethod,
    },
};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{ext::IdentExt, spanned::Spanned};

impl Expansion<'_> {
    pub(crate) fn tables(&self) -> TokenStream {
        let step_count = literal(self.workflow.steps.len());
        let input_count = literal(self.inputs.len());
        let steps = self.workflow.steps.iter().map(|step| self.step_row(step));
        let inputs = (0..self.inputs.len()).map(|input| self.input_row(input));
        let name = self.workflow.name.unraw().to_string();
        let start = self.start.text("Start");
        let stop = self.stop.text("Stop");
        // A constant cannot name a parameter.
        let of_this = (!self.workflow.is_generic()).then(|| quote!(of __This));
        let ends = self.workflow.steps.iter().map(|step| self.ends(step));
        let unmarked: Vec<_> = self.workflow.unmarked.iter().map(UnmarkedMethod::row).collect();
        let unmarked = (!unmarked.is_empty()).then(|| quote!(, unmarked [#(#unmarked),*]));
        quote! {
            const __STEPS: [__p::Step; #step_count] = [#(#steps),*];
            const __INPUTS: [__p::EventInput; #input_count] = [#(#inputs),*];
            __p::graph!(#name #of_this, [#step_count, #input_count], #start => #stop, [#(#ends),*] #unmarked);
        }
    }

    fn step_row(&self, step: &Step) -> TokenStream {
        let name = step.name.unraw().to_string();
        let ports = literal(step.ports().count());
        let output = self.aliases.output(&step.output);
        let mut row = quote!(__p::Step::new(#name, #ports, __p::shape::<#output>()));
        if let Some(context) = step.contexts().next() {
            let list = self.aliases.list(context);
            row = quote!(#row.sends(__p::shape::<#list>()));
        }
        let options = &step.options;
        if let Some(workers) = &options.workers {
            let workers = self.count(workers);
            row = quote!(#row.workers(#workers));
        }
        if let Some(timeout) = &options.timeout {
            let timeout = self.limit(timeout);
            row = quote!(#row.timeout(#timeout));
        }
        if let Some((_, timeout)) = &options.queue_timeout {
            let timeout = self.limit(timeout);
            row = quote!(#row.queue_timeout(#timeout));
        }
        if step.blocking.is_some() && !step.is_async {
            let resources = step.injected().next().is_some();
            row = quote!(#row.blocking(#resources));
        }
        if options.retry.is_some() {
            row = quote!(#row.retries());
        }
        if let Some(Catches { steps, max_recoveries, .. }) = &options.catches {
            let max_recoveries = self.count(max_recoveries);
            row = match steps {
                None => quote!(#row.catches_all(#max_recoveries)),
                Some((_, steps)) => {
                    let steps = steps.iter().map(|step| step.unraw().to_string());
                    quote!(#row.catches(&[#(#steps),*], #max_recoveries))
                }
            };
        }
        if options.unchecked_reachable {
            row = quote!(#row.unchecked_reachable());
        }
        if options.unchecked_dead_end {
            row = quote!(#row.unchecked_dead_end());
        }
        row
    }

    fn input_row(&self, number: usize) -> TokenStream {
        let EventInput { step, port, caught, parameter, visible, collected, ty, .. } = &self.inputs[number];
        let step = literal(*step);
        let taken = self.aliases.input(ty);
        let ty = self.aliases.name(ty);
        let port = if let Some(port) = port {
            let port = literal(*port);
            quote!(#port)
        } else {
            quote!(__p::EventInput::WAIT)
        };
        if *caught {
            return quote!(__p::failed_input::<#taken>(#step, #port));
        }
        let mut row = quote!(__p::event_input::<#taken>(#step, #port));
        if *visible != 1 || *collected {
            let parameter = self.aliases.input(parameter);
            let visible = literal(*visible);
            row = quote!(#row.in_parameter(__p::port::<#parameter>(), #visible, #collected));
        }
        if !self.inputs[number].is_answer {
            row = quote!(#row.starts(__p::Same::<#ty, __p::Start<__Input>>::__SAME));
        }
        let earlier = self.earlier_of_same_type(number);
        if !earlier.is_empty() || self.inputs[number].is_answer {
            row = quote!(#row.same_as(&[#(#earlier),*]));
        }
        row
    }

    /// The earlier inputs that may have the same type, if one of them may be a response, which has no key.
    /// Two aliases of one response under different names are not found.
    fn earlier_of_same_type(&self, number: usize) -> Vec<TokenStream> {
        let this = &self.inputs[number];
        let ty = self.aliases.name(this.ty);
        let mut rows = Vec::new();
        for (at, other) in self.inputs[..number].iter().enumerate() {
            let at = literal(at);
            if other.text == this.text {
                rows.push(quote!((#at, true)));
                break;
            }
            if this.is_answer || other.is_answer {
                let earlier = self.aliases.name(other.ty);
                rows.push(quote!((#at, __p::Same::<#earlier, #ty>::__SAME)));
            }
        }
        rows
    }

    /// Whether every `Stop<..>` of a step's output has the workflow's result type.
    fn ends(&self, step: &Step) -> TokenStream {
        let whole = self.ends_with(&step.output);
        let stops = types::emitted(&step.output).into_iter().filter(|ty| types::argument(ty, "Stop").is_some()).skip(1);
        let stops = stops.map(|ty| self.ends_with(ty));
        quote!(#whole #(&& #stops)*)
    }

    /// Whether a type of an output ends the run with the workflow's result type.
    pub(crate) fn ends_with(&self, ty: &syn::Type) -> TokenStream {
        let output = self.aliases.output(ty);
        quote!(__p::Implements::<(#output, __Output)>::__ENDS_WITH)
    }

    /// The value of a number.
    fn count(&self, count: &Count) -> TokenStream {
        match count {
            Count::Literal(count) => literal(*count as usize).to_token_stream(),
            Count::Constant(expr) => {
                let expr = expr_without_self(expr, self.this());
                quote_spanned!(expr.span()=> __p::count(#expr))
            }
        }
    }

    /// The checks of the constants in the options of a step.
    pub(crate) fn check_constants(&self, step: &Step, checks: &mut Vec<TokenStream>) {
        let options = &step.options;
        let mut add = |expr, check| checks.push(check_constant(&expr_without_self(expr, self.this()), check));
        if let Some(Count::Constant(expr)) = &options.workers {
            add(expr, "workers");
        }
        if let Some(Catches { max_recoveries: Count::Constant(expr), .. }) = &options.catches {
            add(expr, "max_recoveries");
        }
        let queue_timeout = options.queue_timeout.as_ref().map(|(_, timeout)| timeout);
        for timeout in [options.timeout.as_ref(), queue_timeout] {
            if let Some(Limit::Constant(expr)) = timeout {
                add(expr, "timeout");
            }
        }
    }

    /// The value of a timeout.
    fn limit(&self, timeout: &Limit) -> TokenStream {
        match timeout {
            Limit::Literal(nanoseconds) => quote!(__p::Duration::from_nanos(#nanoseconds)),
            Limit::Constant(expr) => {
                let expr = expr_without_self(expr, self.this());
                expr.to_token_stream()
            }
        }
    }
}
