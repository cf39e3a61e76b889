//! `#[workflow]`: settings on the struct, steps on the `impl`.

mod cfg;
mod check;
mod declarations;
mod duplicates;
mod expand;
mod fields;
mod generics;
mod graph;
mod graph_test;
mod lenient;
mod mermaid;
mod model;
mod names;
mod parameters;
mod parse;
mod resource;
mod settings;
mod sibling;
mod step_options;
mod unmarked;
mod unreturned;

use self::{
    lenient::Broken,
    model::Workflow,
    names::Names,
    sibling::{Condition, Siblings},
};
use crate::{
    blocking::{catalog::parse::Row, instrument::BlockingCheck, known_blocking},
    debug,
    declaration::BrokenDeclaration,
    errors::{Errors, refusal},
    options,
};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, ItemImpl, parse_quote};

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Struct(item)) => settings::expand(options, &item),
        Ok(Item::Enum(item)) => settings::expand_enum(options, &item),
        Ok(Item::Impl(item)) => steps(options, item),
        Ok(_) => {
            let error = refusal(
                &item,
                "W025",
                "`#[workflow]` can only be used on a struct, and on the `impl` with its steps",
                "move it there",
            )
            .to_compile_error();
            quote!(#error #item)
        }
        Err(error) => broken(options, item, &error),
    }
}

/// An item with a syntax error, which rustc reports: the rest of it is expanded.
fn broken(options: TokenStream, item: TokenStream, error: &syn::Error) -> TokenStream {
    if let Ok(item) = lenient::item_impl(item.clone()) {
        return steps(options, item);
    }
    match BrokenDeclaration::of(&item) {
        Some(item) => settings::expand_broken(options, &item),
        // Emitting the item would repeat the error, and add others about `#[step]`.
        None => error.to_compile_error(),
    }
}

/// Expands an `impl` that is checked against the rows of `known_blocking!`.
pub(crate) fn expand_with(rows: &[Row], item: TokenStream) -> TokenStream {
    match lenient::item_impl(item) {
        Ok(item) => {
            let names = Names::read(item.impl_token.span);
            expand_impl(item, Errors::default(), Some(rows), &names)
        }
        Err(error) => error.to_compile_error(),
    }
}

fn steps(options: TokenStream, mut item: ItemImpl) -> TokenStream {
    let names = Names::read(item.impl_token.span);
    let imports = names.imports(&item);
    names.restore(&mut item);
    let expansion = expand_steps(options, item, &names);
    quote!(#expansion #imports)
}

fn expand_steps(options: TokenStream, item: ItemImpl, names: &Names) -> TokenStream {
    if let Some(both) = cfg::split(&options, &item) {
        return both;
    }
    let mut errors = Errors::default();
    let options = impl_options(options, &mut errors);
    match options.first() {
        Some(option) if errors.is_empty() => known_blocking::with_list("workflow", option, &item),
        _ => expand_impl(item, errors, None, names),
    }
}

fn impl_options(list: TokenStream, errors: &mut Errors) -> Vec<options::Entry> {
    let mut allowed = vec![known_blocking::OPTION];
    let of_the_struct = options::entries(list.clone(), "workflow", settings::ALLOWED, &mut Errors::default());
    for option in &of_the_struct {
        let key = &option.key;
        let problem = format!("`{key}` is an option of the workflow's struct, not of its `impl`");
        errors.refuse(key, "W018", &problem, &format!("move it to the struct: `#[workflow({key} = ..)]`"));
        allowed.extend(settings::ALLOWED);
    }
    let mut options = options::entries(list, "workflow", &allowed, errors);
    options.retain(|option| option.key == known_blocking::OPTION);
    for option in &options {
        errors.keep(option.alone());
    }
    options
}

fn expand_impl(mut item: ItemImpl, mut errors: Errors, rows: Option<&[Row]>, names: &Names) -> TokenStream {
    let broken = Broken::take(&mut item);
    let invocations = names.take_invocations(&mut item);
    let mut blocking = BlockingCheck::new(item.impl_token.span, &item, rows);
    let (workflow, mut item) = parse::workflow(item, &mut blocking, &mut errors);
    let Some(mut workflow) = workflow else {
        let errors = errors.into_tokens();
        return quote!(#item #errors);
    };
    broken.refuse(&mut workflow);
    workflow.refuse_invocations(&invocations, &mut errors);
    let mut siblings = Siblings::of(&item, &workflow.name);
    if matches!(siblings.refused, Condition::Always) {
        sibling::refuse(&item, &workflow.name, &mut errors);
        workflow.bound_contexts(&mut item);
        let errors = errors.into_tokens();
        return quote!(#item #errors);
    }
    let second = siblings.refusal(&item, &workflow.name);
    workflow.adopt(siblings.take_certain());
    let with_others = siblings.adopted_if().map(|condition| {
        let mut all = workflow.clone();
        all.adopt(std::mem::take(&mut siblings.adopted));
        (condition, all.finish(&mut item.clone(), &mut Errors::default()))
    });
    let mut generated = workflow.finish(&mut item, &mut errors);
    if let Some((condition, with_others)) = with_others {
        let alone = condition.unless(generated);
        let together = condition.when(with_others);
        generated = quote!(#alone #together);
    }
    let generated = siblings.refused.unless(generated);
    let errors = errors.into_tokens();
    let docs = mermaid::docs(&workflow);
    item.attrs.push(parse_quote!(#[cfg_attr(doc, doc = #docs)]));
    let graph_test = graph_test::graph_test(&workflow);
    let refusal = blocking.refuse_listed(&workflow.name, "workflow");
    let expansion = quote! {
        #item
        #errors
        #second
        #generated
        #graph_test
        #refusal
    };
    debug::print(&workflow.name, &expansion);
    expansion
}

impl Workflow {
    /// Checks the workflow, and generates its implementation.
    fn finish(&mut self, item: &mut ItemImpl, errors: &mut Errors) -> TokenStream {
        self.refuse_duplicates(item, errors);
        check::check(self, errors);
        self.bound_contexts(item);
        self.separate_parameters();
        expand::expand(self)
    }
}
