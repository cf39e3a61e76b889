//! The traits by which a crate recognizes the readers, writers and iterators of its packs.
//!
//! They are types of other crates, so the traits must be the crate's own. `Stream` also covers what reads from a type
//! of std: `csv::Reader<File>` blocks, and so does `csv::Reader<GzDecoder<File>>`. The compiler cannot know that no
//! such type implements both this trait and [`BlockingIo`], so the impls differ in the parameter `K`, which inference
//! finds: `Std` for `File`, `Own<Std>` for `GzDecoder<File>`, `Own<()>` for `fs_err::File`.
//!
//! Invariant: each type implements `Stream<K>` for at most one `K`.
//!
//! [`BlockingIo`]: ../../../workflows_runtime/blocking/trait.BlockingIo.html

use super::{
    generic::{Generic, generic},
    origin::RowOrigin,
    parse::{Form, Row, canonical},
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// The adapters of std: parameters and arguments after the iterator, name, and bounds.
const ADAPTERS: [(&str, &str, &str, &str); 20] = [
    (", U", ", U", "Map", ""),
    (", U", ", U", "Filter", ""),
    (", U", ", U", "FilterMap", ""),
    (", U", ", U", "TakeWhile", ""),
    (", U", ", U", "SkipWhile", ""),
    (", U", ", U", "MapWhile", ""),
    (", U", ", U", "Inspect", ""),
    (", U", ", U", "Chain", ""),
    (", U", ", U", "Zip", ""),
    (", U, V", ", U, V", "Scan", ""),
    (", U: ::core::iter::IntoIterator, V", ", U, V", "FlatMap", ""),
    ("", "", "Flatten", "T::Item: ::core::iter::IntoIterator"),
    ("", "", "Take", ""),
    ("", "", "Skip", ""),
    ("", "", "StepBy", ""),
    ("", "", "Enumerate", ""),
    ("", "", "Peekable", ""),
    ("", "", "Cloned", ""),
    ("", "", "Copied", ""),
    ("", "", "Fuse", ""),
];

fn parsed(tokens: &str) -> TokenStream {
    tokens.parse().expect("tokens")
}

/// The traits, with the adapters of std.
pub(crate) fn traits() -> TokenStream {
    let any = quote!(?::core::marker::Sized);
    let base = RowOrigin::Crate.base();
    let adapters = ADAPTERS.map(|(parameters, arguments, name, bounds)| {
        let [parameters, arguments, bounds] = [parameters, arguments, bounds].map(parsed);
        let name = format_ident!("{name}");
        let ty = quote!(::core::iter::#name<T #arguments>);
        quote! {
            impl<T: Iter<K> + ::core::iter::Iterator #parameters, K> Iter<K> for #ty where #bounds {}
            // The error is about the iterator that blocks.
            impl<T: ::core::iter::Iterator #parameters, K> #base::Refuses<#ty> for method::items<K>
            where
                Self: #base::Refuses<T>,
                #bounds
            {
                type Verdict = <Self as #base::Refuses<T>>::Verdict;
            }
        }
    });
    quote! {
        pub(crate) struct Std;
        pub(crate) struct Own<K = ()>(::core::marker::PhantomData<K>);
        pub(crate) struct Items<K>(::core::marker::PhantomData<K>);

        pub(crate) trait Stream<K> {}
        impl<T: #base::BlockingIo + #any> Stream<Std> for T {}
        impl<T: Stream<Own<K>> + #any, K> Stream<Own<K>> for &T {}
        impl<T: Stream<Own<K>> + #any, K> Stream<Own<K>> for &mut T {}
        impl<T: Stream<Own<K>> + #any, K> Stream<Own<K>> for ::std::boxed::Box<T> {}
        impl<T: Stream<Own<K>> + #any, K> Stream<Own<K>> for ::std::io::BufReader<T> {}
        impl<T: Stream<Own<K>> + #any + ::std::io::Write, K> Stream<Own<K>> for ::std::io::BufWriter<T> {}
        impl<T: Stream<Own<K>> + #any + ::std::io::Write, K> Stream<Own<K>> for ::std::io::LineWriter<T> {}
        impl<T: Stream<Own<K>>, K> Stream<Own<K>> for ::std::io::Take<T> {}
        impl<T: Stream<Own<K>>, U, K> Stream<Own<K>> for ::std::io::Chain<T, U> {}
        // What `postcard` reads from.
        impl<T: Stream<K>, K> Stream<Own<K>> for (T, &mut [::core::primitive::u8]) {}

        pub(crate) struct AnyStream<K>(::core::marker::PhantomData<K>);
        impl #base::Fallback for AnyStream<()> {}
        impl<T: Stream<Own<K>> + #any, K> #base::Refuses<T> for AnyStream<Own<K>> {
            type Verdict = #base::DoesIo;
        }

        pub(crate) trait Iter<K> {}
        impl<T, K> #base::Refuses<&mut T> for method::items<K>
        where
            Self: #base::Refuses<T>,
        {
            type Verdict = <Self as #base::Refuses<T>>::Verdict;
        }
        impl<T: Iter<K>, K> Iter<K> for &mut T {}
        impl<T: Iter<K>, K> Iter<K> for ::std::boxed::Box<T> {}
        #(#adapters)*
    }
}

/// The impls for the types of `rows`.
pub(crate) fn impls(rows: &[&Row]) -> TokenStream {
    // A type may both read and write.
    let mut seen = BTreeSet::new();
    let mut impls = TokenStream::new();
    for row in rows {
        let (Form::Stream { ty } | Form::Iter { ty }) = &row.form else { continue };
        if !seen.insert(canonical(ty)) {
            continue;
        }
        let Generic { parameters, key, ty } = generic(ty, RowOrigin::Crate);
        let cfg = if row.section.is_unix { quote!(#[cfg(unix)]) } else { TokenStream::new() };
        impls.extend(if let Form::Stream { .. } = &row.form {
            quote!(#cfg impl<#parameters> Stream<Own<#key>> for #ty {})
        } else {
            quote!(#cfg impl<#parameters> Iter<#key> for #ty {})
        });
    }
    impls
}
