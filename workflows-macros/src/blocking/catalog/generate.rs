//! Generates the items by which the type system recognizes calls, and the page of the docs.

use super::{
    generic::{Generic, generic},
    origin::RowOrigin,
    page::page,
    parse::{CATALOG, Form, Names, Row, Such, bare, canonical, ident, plain},
    streams,
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::collections::BTreeSet;

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
    calls.retain(|call| seen.insert(canonical(&call.id)));
    if origin == RowOrigin::Crate {
        let is_common = |row: &&Row| matches!(row.form, Form::Names { kind: Names::Reader | Names::Consumer, .. });
        calls.extend(CATALOG.iter().filter(is_common).flat_map(Call::of));
    }
    let mut markers: BTreeSet<&str> = calls.iter().filter_map(|call| call.marker.as_deref()).collect();
    markers.insert("items");
    let markers: Vec<_> = markers.into_iter().map(|name| format_ident!("{name}")).collect();
    let base = origin.base();
    let refusals = calls.iter().map(|call| call.refusal(origin));
    let impls = calls.iter().filter_map(|call| call.implementation(origin));
    let io = match origin {
        RowOrigin::Crate => streams::impls(rows),
        _ => rows.iter().filter_map(|row| does_io(row, origin)).collect(),
    };
    let vis = origin.visibility();
    // A crate may have no prelude, which contains `derive`.
    let (traits, declared, key) = match origin {
        RowOrigin::Crate => {
            (streams::traits(), quote!(#(#vis struct #markers<K = ()>(::core::marker::PhantomData<K>);)*), quote!(<()>))
        }
        _ => (TokenStream::new(), quote!(#(#[derive(Debug)] #vis struct #markers;)*), TokenStream::new()),
    };
    quote! {
        #traits
        #vis mod method {
            #declared
        }
        #(impl #base::Fallback for method::#markers #key {})*
        #(#refusals)*
        #(#impls)*
        #io
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
            // The verdict is that of the argument.
            Form::Function { such: Such::Items, .. } => Vec::new(),
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
                let is_iterated = names.iter().any(|name| name == "for_");
                names.iter().map(call).chain(is_iterated.then(|| Self::items(row, ty))).collect()
            }
            Form::Iter { ty } => vec![Self::items(row, ty)],
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
            Form::Io { .. } | Form::Stream { .. } | Form::Names { .. } => Vec::new(),
        }
    }

    /// A call that takes the items of this type.
    fn items(row: &'a Row, ty: &'a str) -> Self {
        let message = "taking the items of `{T}` blocks the async executor".to_owned();
        let id = format!("{}_items", ident(ty));
        Self { row, id, message, marker: Some("items".to_owned()), ty: Some(ty) }
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
            // Both are also right in a `#[nonblocking]` function, which is not lowered.
            format!(
                "`#[blocking({kind})]` on a function of its own, or in a step on the statement, runs it on a thread that \
                 may block"
            ),
            "`allow_blocking!(.., \"reason\")` around this call, or `#[step(allow_blocking)]` on a step, accepts it".into(),
        ]);
        let cfg = self.cfg();
        let vis = origin.visibility();
        // An iterator may block in several parts, and a call for several arguments.
        let or = self
            .is_about_items()
            .then(|| quote!(#vis fn __or<U>(&self, _: U) -> Self { Self(::core::marker::PhantomData) }));
        quote! {
            #cfg
            #[diagnostic::on_unimplemented(
                message = #message,
                label = "blocks a thread that other steps need",
                #(note = #notes),*
            )]
            #vis trait #bound {}

            #cfg
            #vis struct #verdict<T: ?::core::marker::Sized = ()>(::core::marker::PhantomData<T>);

            #cfg
            impl<T: ?::core::marker::Sized> #verdict<T> {
                #vis fn is_allowed_here(&self) where #bounded: #bound {}
                #or
            }
        }
    }

    fn is_about_items(&self) -> bool {
        let Some(marker) = &self.marker else { return false };
        let is_consumer = |row: &Row| match &row.form {
            Form::Names { kind: Names::Consumer, names } => names.contains(marker),
            _ => false,
        };
        marker == "items" || CATALOG.iter().any(is_consumer)
    }

    fn implementation(&self, origin: RowOrigin) -> Option<TokenStream> {
        let marker = format_ident!("{}", self.marker.as_ref()?);
        let verdict = format_ident!("{}", self.id);
        let base = origin.base();
        let cfg = self.cfg();
        let Some(ty) = self.ty else {
            if origin == RowOrigin::Crate {
                let (parameters, key) = if self.id.starts_with("iter_") {
                    (quote!(T: Iter<K>, K), quote!(Items<K>))
                } else {
                    (quote!(T: Stream<Own<K>> + ?::core::marker::Sized, K), quote!(Own<K>))
                };
                return Some(quote! {
                    impl<#parameters> #base::Refuses<T> for method::#marker<#key> {
                        type Verdict = #verdict<T>;
                    }
                });
            }
            if self.id.starts_with("iter_") {
                // These are implemented one by one, since some types have verdicts of their own.
                let is_listed = ["for_", "next"].iter().any(|name| marker == name);
                let blanket = quote! {
                    impl<T: #base::BlockingIter> #base::Refuses<T> for method::#marker {
                        type Verdict = #verdict<T>;
                    }
                };
                return (!is_listed).then_some(blanket);
            }
            return Some(quote! {
                impl<T: #base::BlockingIo + ?Sized> #base::Refuses<T> for method::#marker {
                    type Verdict = #verdict<T>;
                }
            });
        };
        let Generic { parameters, key, ty } = generic(ty, origin);
        let key = (origin == RowOrigin::Crate).then(|| quote!(<#key>));
        Some(quote! {
            #cfg
            impl<#parameters> #base::Refuses<#ty> for method::#marker #key {
                type Verdict = #verdict<#ty>;
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
    let Generic { parameters, ty, .. } = generic(ty, origin);
    Some(quote!(#cfg impl<#parameters> #base::#kind for #ty {}))
}
