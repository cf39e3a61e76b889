//! The table of details: facts about a graph that the engine does not need.
//!
//! Literals in one constant, so the compiler has little to resolve.

use super::{Expansion, literal};
use crate::{
    blocking::kind::Kind,
    types,
    workflow::model::{Config, Factory, Injected, Source, Step},
};
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;

/// Resources and configs by number.
struct Nodes<'a> {
    factories: Vec<&'a Factory>,
    configs: Vec<(&'a Config, String)>,
}

impl Expansion<'_> {
    pub(crate) fn details(&self) -> TokenStream {
        let nodes = self.nodes();
        let steps = self.workflow.steps.iter().map(|step| details_of_step(step, &nodes));
        let resources = nodes.factories.iter().map(|factory| details_of_factory(factory, &nodes));
        let configs = nodes.configs.iter().map(|(config, ty)| {
            let Config { file, select } = config;
            let file = file.value();
            quote!(__p::ConfigDetails { file: #file, select: #select, ty: #ty })
        });
        let injected = (!nodes.factories.is_empty() || !nodes.configs.is_empty())
            .then(|| quote!(.injected(&[#(#resources),*], &[#(#configs),*])));
        quote!(const DETAILS: __p::Details = __p::Details::new(&[#(#steps),*]) #injected;)
    }

    fn nodes(&self) -> Nodes<'_> {
        let factories = self.workflow.needed();
        let mut configs: Vec<(&Config, String)> = Vec::new();
        let of_factories = factories.iter().flat_map(|factory| factory.parameters.iter());
        for injected in self.workflow.steps.iter().flat_map(Step::injected).chain(of_factories) {
            if let Source::Config(config) = &injected.source
                && !configs.iter().any(|(known, _)| is_same(known, config))
            {
                configs.push((config, types::text(injected.value())));
            }
        }
        Nodes { factories, configs }
    }
}

fn details_of_step(step: &Step, nodes: &Nodes<'_>) -> TokenStream {
    let Step { docs, text, .. } = step;
    let mut details = quote!(__p::StepDetails::new(#docs, #text));
    if let Some(kind) = step.blocking.as_ref().filter(|_| !step.is_async) {
        let runs_on = runs_on(Some(kind));
        details.extend(quote!(.runs_on(#runs_on)));
    }
    if let Some(policy) = &step.options.retry {
        let policy = types::text(policy);
        details.extend(quote!(.retry(#policy)));
    }
    let injected: Vec<_> = step.injected().filter_map(|injected| injection(injected, nodes)).collect();
    if !injected.is_empty() {
        details.extend(quote!(.injected(&[#(#injected),*])));
    }
    details
}

fn details_of_factory(factory: &Factory, nodes: &Nodes<'_>) -> TokenStream {
    let Factory { docs, cached, .. } = factory;
    let name = factory.name.unraw().to_string();
    let ty = types::text(types::emitted_value(&factory.output));
    let runs_on = runs_on(factory.blocking.as_ref());
    let injected = factory.parameters.iter().filter_map(|injected| injection(injected, nodes));
    quote! {
        __p::ResourceDetails {
            name: #name, ty: #ty, docs: #docs, cached: #cached, runs_on: #runs_on, injected: &[#(#injected),*],
        }
    }
}

fn runs_on(kind: Option<&Kind>) -> TokenStream {
    match kind {
        None => quote!(__p::RunsOn::Async),
        Some(Kind::Io) => quote!(__p::RunsOn::BlockingIo),
        Some(Kind::Cpu) => quote!(__p::RunsOn::BlockingCpu("")),
        Some(Kind::Pool(pool)) => quote!(__p::RunsOn::BlockingCpu(#pool)),
        Some(Kind::Isolated(isolation)) => {
            let pool = isolation.pool.as_deref().unwrap_or_default();
            quote!(__p::RunsOn::Process(#pool))
        }
    }
}

/// A parameter, and the resource or config that it takes. `None` if there is no such resource, which is an error.
fn injection(injected: &Injected, nodes: &Nodes<'_>) -> Option<TokenStream> {
    let parameter = injected.name.as_ref().map(|name| name.unraw().to_string()).unwrap_or_default();
    let node = match &injected.source {
        Source::Resource(name) => {
            let number = literal(nodes.factories.iter().position(|factory| factory.name == *name)?);
            quote!(__p::InjectedNode::Resource(#number))
        }
        Source::Config(config) => {
            let number = literal(nodes.configs.iter().position(|(known, _)| is_same(known, config))?);
            quote!(__p::InjectedNode::Config(#number))
        }
    };
    Some(quote!((#parameter, #node)))
}

fn is_same(a: &Config, b: &Config) -> bool {
    a.file.value() == b.file.value() && a.select == b.select
}
