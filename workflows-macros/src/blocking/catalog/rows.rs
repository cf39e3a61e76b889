//! The catalog as data, for `cargo workflows check`.

use super::parse::{CATALOG, Form, Names, Row, Such, bare, plain};
use proc_macro2::TokenStream;
use quote::quote;

/// A slice of `(pack, is_cpu, kind, path or type, names, advice)`. The kinds are the words of the catalog.
pub(crate) fn rows() -> TokenStream {
    let rows = CATALOG.iter().map(row);
    quote!(&[#(#rows),*])
}

fn row(row: &Row) -> TokenStream {
    let (pack, is_cpu) = (&row.section.pack, row.section.is_cpu);
    let advice = row.advice.as_deref().unwrap_or_default();
    let (kind, path, names): (&str, String, Vec<&str>) = match &row.form {
        Form::Function { path, given: 0, .. } => ("fn", plain(path), Vec::new()),
        // It sees the calls inside of the function.
        Form::Function { such: Such::Items, .. } => ("", String::new(), Vec::new()),
        Form::Function { path, such: Such::Address, .. } => ("resolves", plain(path), Vec::new()),
        Form::Function { path, .. } => ("given", plain(path), Vec::new()),
        Form::Methods { ty, handed: true, names, .. } => ("takes", ty.clone(), bare_names(names)),
        Form::Methods { ty, names, .. } => ("type", ty.clone(), bare_names(names)),
        Form::Argument { ty, names } => ("argument", ty.clone(), bare_names(names)),
        Form::Io { ty } => ("io", ty.clone(), Vec::new()),
        Form::Stream { ty } => ("stream", ty.clone(), Vec::new()),
        Form::Iter { ty } => ("iter", ty.clone(), Vec::new()),
        Form::Names { kind: Names::Reader, names } => ("reader", String::new(), bare_names(names)),
        Form::Names { kind: Names::Consumer, names } => ("consumer", String::new(), bare_names(names)),
        Form::Names { kind: Names::Lazy, names } => ("lazy", String::new(), bare_names(names)),
        // These are about tokens.
        Form::Names { .. } => ("", String::new(), Vec::new()),
    };
    quote!((#pack, #is_cpu, #kind, #path, &[#(#names),*], #advice))
}

fn bare_names(names: &[String]) -> Vec<&str> {
    names.iter().map(|name| bare(name)).collect()
}
