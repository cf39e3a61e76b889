//! Methods without `#[step]` that might be steps. They are named by errors about events that no step takes or emits.

use crate::types;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, ReturnType, Signature, Type, ext::IdentExt};

/// A method without `#[step]`.
#[derive(Clone)]
pub(crate) struct UnmarkedMethod {
    name: Ident,
    /// The names of the types that it takes as a step would.
    takes: Vec<String>,
    /// The names of the types that it returns as a step would.
    emits: Vec<String>,
}

impl UnmarkedMethod {
    /// A method with this signature, if it takes `&self` and more.
    pub(crate) fn of(signature: &Signature) -> Option<Self> {
        signature.receiver()?;
        let inputs = types::typed_inputs(signature);
        let takes: Vec<_> = inputs.into_iter().flat_map(types::taken).filter_map(name).collect();
        let emits = match &signature.output {
            ReturnType::Type(_, ty) => types::emitted(ty).into_iter().filter_map(name).collect(),
            ReturnType::Default => Vec::new(),
        };
        (!takes.is_empty()).then(|| Self { name: signature.ident.clone(), takes, emits })
    }

    /// A row of the graph.
    pub(crate) fn row(&self) -> TokenStream {
        let Self { name, takes, emits } = self;
        let name = name.unraw().to_string();
        quote!(__p::UnmarkedMethod { name: #name, takes: &[#(#takes),*], emits: &[#(#emits),*] })
    }
}

fn name(ty: &Type) -> Option<String> {
    types::name(ty).map(|name| name.unraw().to_string())
}
