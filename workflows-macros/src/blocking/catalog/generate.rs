//! Generates the items by which the type system recognizes calls, and the page of the docs.

use super::{
    index::{RowOrigin, absolute},
    parse::{CATALOG, Form, Names, Row, Section, bare, ident, plain},
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::{collections::BTreeSet, fmt::Write};
use syn::{Type, visit_mut::VisitMut};

/// The items of the rows that are always on, which the runtime declares, and the page about all rows.
pub(crate) fn builtin() -> TokenStream {
    let rows: Vec<&Row> = CATALOG.iter().filter(|row| row.section.is_always_on()).collect();
    let items = items(&rows, RowOrigin::RuntimeItself);
    let page = page();
    quote! {
        #items
        #[doc = #page]
        pub mod page {}
    }
}

/// The markers, verdicts and impls of `rows`.
pub(crate) fn items(rows: &[&Row], origin: RowOrigin) -> TokenStream {
    let mut calls: Vec<Call> = rows.iter().flat_map(|row| Call::of(row)).collect();
    // Two packs may contain the same type, such as `crossbeam` and `crossbeam_channel`.
    let mut seen = BTreeSet::new();
    calls.retain(|call| seen.insert(call.id.clone()));
    let markers: BTreeSet<&str> = calls.iter().filter_map(|call| call.marker.as_deref()).collect();
    let markers = markers.into_iter().map(|name| format_ident!("{name}"));
    let refusals = calls.iter().map(|call| call.refusal(origin));
    let impls = calls.iter().filter_map(|call| call.implementation(origin));
    let io = rows.iter().filter_map(|row| does_io(row, origin));
    let vis = origin.visibility();
    quote! {
        #vis mod method {
            #(#[derive(Debug)] #vis struct #markers;)*
        }
        #(#refusals)*
        #(#impls)*
        #(#io)*
    }
}

/// One function, or one method of a type.
struct Call<'a> {
    row: &'a Row,
    /// The part of generated names that identifies the call.
    id: String,
    message: String,
    marker: Option<String>,
    ty: Option<&'a str>,
}

impl<'a> Call<'a> {
    fn of(row: &'a Row) -> Vec<Self> {
        match &row.form {
            Form::Function { path, .. } => {
                let message = format!("`{}` blocks the async executor", plain(path));
                vec![Self { row, id: ident(path), message, marker: None, ty: None }]
            }
            Form::Methods { ty, names, .. } => {
                let call = |name: &String| {
                    let name = bare(name);
                    let message = match name {
                        "for_" => "a `for` loop over `{T}` blocks the async executor".to_owned(),
                        name => format!("`.{name}()` on `{{T}}` blocks the async executor"),
                    };
                    let marker = Some(name.to_owned());
                    Self { row, id: format!("{}_{name}", ident(ty)), message, marker, ty: Some(ty) }
                };
                names.iter().map(call).collect()
            }
            Form::Argument { ty, names } => {
                let call = |name: &String| {
                    let message = format!("`.{name}(..)` with `{{T}}` blocks the async executor");
                    let id = format!("{}_in_{name}", ident(ty));
                    Self { row, id, message, marker: Some(format!("in_{name}")), ty: Some(ty) }
                };
                names.iter().map(call).collect()
            }
            Form::Names { kind: Names::Reader, names } => {
                let call = |name: &String| {
                    let message = format!("`.{name}()` on `{{T}}` blocks the async executor");
                    Self { row, id: format!("io_{name}"), message, marker: Some(name.clone()), ty: None }
                };
                names.iter().map(call).collect()
            }
            Form::Names { kind: Names::Consumer, names } => {
                let call = |name: &String| {
                    let message = match name.as_str() {
                        "for_" => "a `for` loop over `{T}` blocks the async executor".to_owned(),
                        name => format!("`.{name}()` on `{{T}}` blocks the async executor"),
                    };
                    Self { row, id: format!("iter_{name}"), message, marker: Some(name.clone()), ty: None }
                };
                names.iter().map(call).collect()
            }
            Form::Io { .. } | Form::Iter { .. } | Form::Names { .. } => Vec::new(),
        }
    }

    /// The trait whose `on_unimplemented` text is the message, and the verdict that requires it.
    ///
    /// Nothing implements the trait, so the compiler has no other impls to list.
    fn refusal(&self, origin: RowOrigin) -> TokenStream {
        let bound = format_ident!("nonblocking_{}", self.id);
        let verdict = format_ident!("{}", self.id);
        // The message names the bounded type, so the compiler's own note is short.
        let bounded = if self.message.contains("{T}") { quote!(T) } else { quote!(Self) };
        let message = format!("W013: {}", self.message.replace("{T}", "{Self}"));
        let kind = if self.row.section.is_cpu { "cpu" } else { "io" };
        let advice = self.row.advice.as_ref().map(|advice| format!("use {advice}")).into_iter();
        let notes = advice.chain([
            format!("`#[blocking({kind})]` on the statement, or on the step, runs it on a thread that may block"),
            "`allow_blocking!(.., \"reason\")` around this call, or `#[step(allow_blocking)]`, accepts it".into(),
        ]);
        let cfg = self.cfg();
        let vis = origin.visibility();
        quote! {
            #cfg
            #[diagnostic::on_unimplemented(
                message = #message,
                label = "blocks a thread that other steps need",
                #(note = #notes),*
            )]
            #vis trait #bound {}

            #cfg
            #vis struct #verdict<T: ?Sized = ()>(::core::marker::PhantomData<T>);

            #cfg
            impl<T: ?Sized> #verdict<T> {
                #vis fn is_allowed_here(&self) where #bounded: #bound {}
            }
        }
    }

    fn implementation(&self, origin: RowOrigin) -> Option<TokenStream> {
        let marker = format_ident!("{}", self.marker.as_ref()?);
        let verdict = format_ident!("{}", self.id);
        let base = origin.base();
        let cfg = self.cfg();
        let Some(ty) = self.ty else {
            if self.id.starts_with("iter_") {
                // These are implemented one by one, since some types have verdicts of their own.
                let is_listed = ["for_", "next"].iter().any(|name| marker == name);
                let blanket = quote! {
                    impl<T: #base::BlockingIter> #base::Blocks<method::#marker> for T {
                        type Verdict = #verdict<T>;
                    }
                };
                return (!is_listed).then_some(blanket);
            }
            return Some(quote! {
                impl<T: #base::BlockingIo + ?Sized> #base::Blocks<method::#marker> for T {
                    type Verdict = #verdict<T>;
                }
            });
        };
        let (parameters, ty) = generic(ty, origin);
        Some(quote! {
            #cfg
            impl<#parameters> #base::Blocks<method::#marker> for #ty {
                type Verdict = #verdict<Self>;
            }
        })
    }

    fn cfg(&self) -> TokenStream {
        if self.row.section.is_unix { quote!(#[cfg(unix)]) } else { TokenStream::new() }
    }
}

fn does_io(row: &Row, origin: RowOrigin) -> Option<TokenStream> {
    let (ty, kind) = match &row.form {
        Form::Io { ty } => (ty, quote!(BlockingIo)),
        Form::Iter { ty } => (ty, quote!(BlockingIter)),
        _ => return None,
    };
    let cfg = if row.section.is_unix { quote!(#[cfg(unix)]) } else { TokenStream::new() };
    let base = origin.base();
    let (parameters, ty) = generic(ty, origin);
    Some(quote!(#cfg impl<#parameters> #base::#kind for #ty {}))
}

/// A type of the catalog and its parameters: a single letter is any type, `Io` a type that does I/O.
fn generic(ty: &str, origin: RowOrigin) -> (TokenStream, Type) {
    struct Parameters(BTreeSet<String>);
    impl VisitMut for Parameters {
        fn visit_path_mut(&mut self, path: &mut syn::Path) {
            if let Some(ident) = path.get_ident().map(ToString::to_string)
                && (ident == "Io" || ident == "Out" || ident.len() == 1)
            {
                self.0.insert(ident);
            }
            syn::visit_mut::visit_path_mut(self, path);
        }
    }
    let mut ty: Type = syn::parse_str(ty).unwrap_or_else(|_| panic!("`{ty}` is not a type"));
    let mut parameters = Parameters(BTreeSet::new());
    parameters.visit_type_mut(&mut ty);
    absolute(origin).visit_type_mut(&mut ty);
    let base = origin.base();
    let parameters = parameters.0.into_iter().map(|name| {
        let ident = format_ident!("{name}");
        match name.as_str() {
            "Io" => quote!(#ident: #base::BlockingIo),
            "Out" => quote!(#ident: #base::BlockingIo + ::std::io::Write),
            _ => quote!(#ident),
        }
    });
    (quote!(#(#parameters),*), ty)
}

/// The catalog as a page of the docs.
fn page() -> String {
    let mut page = include_str!("catalog.md").to_owned();
    let mut section = Section::default();
    for row in CATALOG.iter() {
        let calls = match &row.form {
            Form::Function { path, given: 0, .. } => format!("`{}`", plain(path)),
            Form::Function { path, of_address: true, .. } => format!("`{}`, with the name of a host", plain(path)),
            Form::Function { path, .. } => format!("`{}`, on what does I/O", plain(path)),
            Form::Methods { ty, names, .. } => format!("`{ty}`: {}", list(names)),
            Form::Argument { ty, names } => format!("{} with a `{ty}`", list(names)),
            Form::Io { ty } => format!("`{ty}`: everything that reads, writes or seeks"),
            Form::Iter { ty } => format!("`{ty}`: everything that takes items"),
            Form::Names { .. } => continue,
        };
        if section != row.section {
            section = row.section.clone();
            let pack = if section.is_always_on() { String::new() } else { format!(" (pack `{}`)", section.pack) };
            let _ = write!(page, "\n# {}{pack}\n\n| blocks | instead |\n|---|---|\n", section.title);
        }
        let _ = writeln!(page, "| {calls} | {} |", row.advice.as_deref().unwrap_or("`#[blocking(..)]`"));
    }
    page
}

fn list(names: &[String]) -> String {
    let name = |name: &String| match bare(name) {
        "for_" => "a `for` loop".to_owned(),
        name => format!("`{name}`"),
    };
    names.iter().map(name).collect::<Vec<_>>().join(", ")
}
