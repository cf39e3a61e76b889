//! The test that writes a workflow's graph for `cargo workflows graph`.
//!
//! A test is in the crate of the workflow, so it sees private workflows and those of binaries, which no other crate can
//! import. It is only generated if the command sets its environment variable.

use super::model::Workflow;
use crate::types;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use std::{
    env,
    hash::{DefaultHasher, Hash, Hasher},
};
use syn::{PathArguments, Type};

/// Set by the command. The value is the type whose graph is wanted, if it has arguments.
const VARIABLE: &str = "CARGO_WORKFLOWS_GRAPH";

pub(super) fn graph_test(workflow: &Workflow) -> TokenStream {
    match env::var(VARIABLE) {
        Ok(wanted) => test(workflow, &wanted),
        Err(_) => TokenStream::new(),
    }
}

fn test(workflow: &Workflow, wanted: &str) -> TokenStream {
    let this = if workflow.is_generic() { instance(workflow, wanted) } else { Some(workflow.this.clone()) };
    let shown;
    let write;
    if let Some(this) = &this {
        shown = name_of(this);
        write = quote!(write_graph(__GRAPH_OF, &<#this as ::workflows_runtime::Workflow>::graph()));
    } else {
        let parameters = types::text(&workflow.generics.params);
        shown = workflow.name.to_string();
        write = quote!(write_generic(__GRAPH_OF, #parameters));
    }
    let mut hasher = DefaultHasher::new();
    // Two impls of one workflow may be for different types.
    (&shown, types::text(&workflow.this)).hash(&mut hasher);
    let name = Ident::new(&format!("__workflows_graph_{:016x}", hasher.finish()), Span::call_site());
    quote! {
        #[cfg(test)]
        #[doc(hidden)]
        #[::core::prelude::v1::test]
        fn #name() {
            // Cargo builds the crate again if another type is wanted.
            const _: ::core::option::Option<&::core::primitive::str> = ::core::option_env!(#VARIABLE);
            // The command recognizes a test program by this text.
            const __GRAPH_OF: &::core::primitive::str =
                ::core::concat!("cargo workflows graph of ", ::core::module_path!(), "::", #shown);
            ::workflows_runtime::__private::#write;
        }
    }
}

/// The type without modules, which are those of the test.
fn name_of(this: &Type) -> String {
    match this {
        Type::Path(path) => path.path.segments.last().map(types::text).unwrap_or_default(),
        other => types::text(other),
    }
}

/// The wanted type, if it is one of this generic workflow: its name and arguments, without modules.
fn instance(workflow: &Workflow, wanted: &str) -> Option<Type> {
    let Ok(Type::Path(wanted)) = syn::parse_str::<Type>(wanted) else { return None };
    let last = wanted.path.segments.last()?;
    if last.ident != workflow.name || matches!(last.arguments, PathArguments::None) {
        return None;
    }
    syn::parse2(last.to_token_stream()).ok()
}

#[cfg(test)]
mod tests {
    use super::test;
    use crate::{blocking::instrument::BlockingCheck, errors::Errors, workflow::parse};
    use proc_macro2::Span;
    use syn::{ItemImpl, parse_quote};

    fn text(item: ItemImpl, wanted: &str) -> String {
        let mut check = BlockingCheck::new(Span::call_site(), &item, None);
        let (workflow, _) = parse::workflow(item, &mut check, &mut Errors::default());
        test(&workflow.expect("a workflow"), wanted).to_string().replace(' ', "")
    }

    #[test]
    fn workflow_writes_its_graph() {
        let text = text(parse_quote!(impl Digest {}), "");
        assert!(text.contains("write_graph(__GRAPH_OF,&<Digestas::workflows_runtime::Workflow>::graph())"), "{text}");
        assert!(text.contains("\"Digest\""), "{text}");
    }

    #[test]
    fn workflow_of_another_module_is_named_without_it() {
        let text = text(parse_quote!(impl super::Pages<crate::Disk> {}), "");
        assert!(text.contains("<super::Pages<crate::Disk>as::workflows_runtime::Workflow>::graph()"), "{text}");
        assert!(text.contains("\"Pages<crate::Disk>\""), "{text}");
    }

    #[test]
    fn generic_workflow_writes_its_graph_for_the_wanted_type() {
        let generic: ItemImpl = parse_quote!(
            impl<S: Store, const N: usize> Pages<S, N> {}
        );
        for other in ["", "Pages", "Page<Disk, 2>", "no type"] {
            let text = text(generic.clone(), other);
            assert!(text.contains("write_generic(__GRAPH_OF,\"S:Store,constN:usize\")"), "{other}: {text}");
        }
        let text = text(generic, "app::Pages<Disk, 2>");
        assert!(text.contains("&<Pages<Disk,2>as::workflows_runtime::Workflow>::graph()"), "{text}");
    }
}
