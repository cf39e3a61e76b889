//! How code names the items of a row.

use crate::visit_mut::{self, VisitMut};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Path, parse_quote};

pub(crate) const BASE: &str = "::workflows_runtime::__private::blocking";

/// The crate that contains the impls of a row, and so how code names them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowOrigin {
    /// The runtime, named from its own module `blocking::known`.
    RuntimeItself,
    /// The runtime, named from the user's crate.
    Runtime,
    /// The user's crate, in the module that `known_blocking!` declares.
    Crate,
}

impl RowOrigin {
    pub(crate) fn base(self) -> Path {
        match self {
            Self::RuntimeItself => parse_quote!(super),
            Self::Runtime | Self::Crate => syn::parse_str(BASE).expect("a path"),
        }
    }

    /// The module with the verdicts, for code in a body.
    pub(super) fn rows(self) -> TokenStream {
        if self == Self::Crate {
            return quote!(crate::__known_blocking);
        }
        let base = self.base();
        quote!(#base::known)
    }

    /// The marker type of a method name.
    pub(crate) fn marker(self, name: &str) -> TokenStream {
        let rows = self.rows();
        let name = format_ident!("{name}");
        // Those of a crate have a parameter, see `streams`.
        let key = (self == Self::Crate).then(|| quote!(::<_>));
        quote!(#rows::method::#name #key)
    }

    pub(crate) fn visibility(self) -> TokenStream {
        if self == Self::Crate { quote!(pub(crate)) } else { quote!(pub) }
    }
}

/// Makes paths independent of the module in which they are used.
pub(crate) fn absolute(origin: RowOrigin) -> impl VisitMut {
    struct Absolute(RowOrigin);
    impl VisitMut for Absolute {
        fn visit_path_mut(&mut self, path: &mut Path) {
            visit_mut::visit_path_mut(self, path);
            let first = path.segments[0].ident.to_string();
            if path.segments.len() == 1 || path.leading_colon.is_some() || first == "crate" {
                return;
            }
            if first == "tokio" && self.0 == RowOrigin::Runtime {
                let base = self.0.base();
                *path = parse_quote!(#base::#path);
            } else {
                path.leading_colon = Some(parse_quote!(::));
            }
        }
    }
    Absolute(origin)
}

/// The markers of readers and writers.
pub(crate) fn any_io(has_streams: bool) -> Vec<TokenStream> {
    let base = RowOrigin::Runtime.base();
    let streams = has_streams.then(|| quote!(crate::__known_blocking::AnyStream::<_>));
    std::iter::once(quote!(#base::AnyIo)).chain(streams).collect()
}

/// The marker of names to resolve.
pub(crate) fn any_address() -> TokenStream {
    let base = RowOrigin::Runtime.base();
    quote!(#base::AnyAddress)
}
