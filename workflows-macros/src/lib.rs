//! The attributes of `workflows-runtime`, which re-exports and documents them.

mod assertion;
mod attr;
mod blocking;
mod debug;
mod declaration;
mod derive;
mod errors;
mod event;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod growth;
#[cfg(test)]
mod layering;
mod lints;
mod misplaced;
mod options;
mod place;
mod runtime;
mod source;
mod spelling;
mod std_names;
mod this;
mod types;
mod unfinished;
mod visit;
mod visit_mut;
mod with_rows;
mod workflow;

use proc_macro::TokenStream;

#[doc = include_str!("../docs/event.md")]
#[proc_macro_attribute]
pub fn event(options: TokenStream, item: TokenStream) -> TokenStream {
    runtime::expand(options.into(), item.into(), event::expand).into()
}

#[doc = include_str!("../docs/workflow.md")]
#[proc_macro_attribute]
pub fn workflow(options: TokenStream, item: TokenStream) -> TokenStream {
    runtime::expand(options.into(), item.into(), workflow::expand).into()
}

#[doc = include_str!("../docs/step.md")]
#[proc_macro_attribute]
pub fn step(_: TokenStream, item: TokenStream) -> TokenStream {
    misplaced::expand("step", item.into()).into()
}

#[doc = include_str!("../docs/resource.md")]
#[proc_macro_attribute]
pub fn resource(_: TokenStream, item: TokenStream) -> TokenStream {
    misplaced::expand("resource", item.into()).into()
}

#[doc = include_str!("../docs/catch_error.md")]
#[proc_macro_attribute]
pub fn catch_error(_: TokenStream, item: TokenStream) -> TokenStream {
    misplaced::expand("catch_error", item.into()).into()
}

#[doc = include_str!("../docs/blocking.md")]
#[proc_macro_attribute]
pub fn blocking(kind: TokenStream, item: TokenStream) -> TokenStream {
    let expand = |kind, item| blocking::function::expand(runtime::without_path(kind), item);
    runtime::expand(kind.into(), item.into(), expand).into()
}

#[doc = include_str!("../docs/nonblocking.md")]
#[proc_macro_attribute]
pub fn nonblocking(options: TokenStream, item: TokenStream) -> TokenStream {
    runtime::expand(options.into(), item.into(), blocking::nonblocking::expand).into()
}

#[doc = include_str!("../docs/known_blocking.md")]
#[proc_macro]
pub fn known_blocking(list: TokenStream) -> TokenStream {
    let expand = |list, _| blocking::known_blocking::expand(list);
    runtime::expand(list.into(), proc_macro2::TokenStream::new(), expand).into()
}

/// Declares the runtime's part of the catalog of blocking calls.
#[doc(hidden)]
#[proc_macro]
pub fn __known_blocking(_: TokenStream) -> TokenStream {
    blocking::catalog::generate::builtin().into()
}

/// The catalog of blocking calls as data, for `cargo workflows check`.
#[doc(hidden)]
#[proc_macro]
pub fn __blocking_catalog(_: TokenStream) -> TokenStream {
    blocking::catalog::rows::rows().into()
}

/// Expands an item once more, with the list of `known_blocking!`.
#[doc(hidden)]
#[proc_macro]
pub fn __with_known_blocking(tokens: TokenStream) -> TokenStream {
    with_rows::expand(tokens.into()).into()
}

/// Derives `serde::Serialize` without a direct `serde` dependency. Serde's attributes work.
#[proc_macro_derive(Serialize, attributes(serde))]
pub fn serialize(item: TokenStream) -> TokenStream {
    derive::serialize(item.into()).into()
}

/// Derives `serde::Deserialize` without a direct `serde` dependency. Serde's attributes work.
#[proc_macro_derive(Deserialize, attributes(serde))]
pub fn deserialize(item: TokenStream) -> TokenStream {
    derive::deserialize(item.into()).into()
}
