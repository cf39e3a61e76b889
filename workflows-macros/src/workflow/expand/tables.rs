//! The tables of the graph, which is checked in `const`.

use super::{Expansion, number16, recovery::catches, returned, sends, taken};
use crate::{
    types,
    workflow::{graph::Leaf, model::Step, settings::duration},
};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

/// The number of workers of a step without the option.
const WORKERS: u32 = 4;

impl Expansion<'_> {
    pub(crate) fn tables(&self) -> TokenStream {
        let step_count = self.workflow.steps.len();
        let leaf_count = self.leaves.len();
        let steps = self.workflow.steps.iter().map(|step| self.step_entry(step));
        let leaves = (0..leaf_count).map(|leaf| self.leaf_entry(leaf));
        quote! {
            const __STEPS: [__p::Step; #step_count] = [#(#steps),*];
            const __LEAVES: [__p::Leaf; #leaf_count] = [#(#leaves),*];
            const __GRAPH: &__p::Graph<
                #step_count,
                #leaf_count,
                { __p::count_edges(&__STEPS) },
                { __p::count_openers(&__STEPS) },
            > = &__p::Graph::new(__STEPS, __LEAVES);
        }
    }

    fn leaf_entry(&self, number: usize) -> TokenStream {
        let Leaf { step, port, caught, parameter, visible, collected, ty, .. } = &self.leaves[number];
        let step = number16(*step);
        let own = number16(number);
        let port = if let Some(port) = port { number16(*port).to_token_stream() } else { quote!(__p::Leaf::WAIT) };
        let parameter = taken(parameter);
        let taken = taken(ty);
        if *caught {
            return quote! {
                __p::Leaf::caught(
                    #step,
                    #port,
                    <#taken as __p::StepInput>::PORT,
                    <#taken as __p::StepInput>::LEAF,
                    #own,
                )
            };
        }
        let twins = self.twins(number);
        quote! {
            __p::Leaf::new(
                #step,
                #port,
                <#parameter as __p::StepInput>::PORT,
                #visible,
                #collected,
                <#taken as __p::StepInput>::LEAF,
                __p::Leaf::twin(
                    <#taken as __p::StepInput>::LEAF,
                    __p::Same::<#ty, __p::Start<__Input>>::__SAME,
                    &[#(#twins),*],
                    #own,
                ),
            )
        }
    }

    /// Compares the type with those of earlier leaves. This matters for responses, which have no key. Two
    /// differently named aliases of one response are not recognized.
    fn twins(&self, number: usize) -> Vec<TokenStream> {
        let leaf = &self.leaves[number];
        let text = types::text(leaf.ty);
        let mut twins = Vec::new();
        for (at, other) in self.leaves[..number].iter().enumerate() {
            let at = number16(at);
            let ty = leaf.ty;
            let earlier = other.ty;
            if types::text(earlier) == text {
                // The first leaf of the same text stands for all of them.
                twins.push(quote!((#at, true)));
                break;
            }
            if leaf.is_answer() || other.is_answer() {
                twins.push(quote!((#at, __p::Same::<#earlier, #ty>::__SAME)));
            }
        }
        twins
    }

    fn step_entry(&self, step: &Step) -> TokenStream {
        let name = step.name.unraw().to_string();
        let returned = returned(&step.output);
        let sends = if let Some(ty) = step.contexts().next() { sends(ty, self.this()) } else { quote!(()) };
        let ports = number16(step.ports().count());
        let workers = step.options.workers.unwrap_or(WORKERS);
        let timeout = duration(step.options.timeout);
        let unchecked_reachable = step.options.unchecked_reachable || ports == 0;
        let unchecked_dead_end = step.options.unchecked_dead_end;
        let retries = step.options.retry.is_some();
        let catches = catches(step.options.catches.as_ref());
        quote! {
            __p::Step {
                name: #name,
                emits: <#returned as __p::StepOutput>::SHAPE,
                sends: <#sends as __p::StepOutput>::SHAPE,
                ports: #ports,
                workers: #workers,
                timeout: #timeout,
                retries: #retries,
                catches: #catches,
                unchecked_reachable: #unchecked_reachable,
                unchecked_dead_end: #unchecked_dead_end,
            }
        }
    }
}
