//! `known_blocking!`: packs, and calls of the user's own.
//!
//! No state is kept between expansions, so code that is checked against the list must receive it as
//! tokens. `known_blocking!` declares `crate::__known_blocking::rows!`, which passes the list and an
//! item to [`with_rows`](crate::with_rows). The option `known_blocking` of `#[workflow]` and `#[nonblocking]` invokes it.

use super::{
    catalog::{
        generate::items,
        origin::RowOrigin,
        parse::{CATALOG, Form, Row, Section, Such},
    },
    imports::FileImports,
    instrument::BlockingCheck,
};
use crate::{
    errors::{Errors, refusal},
    options::Entry as OptionEntry,
    runtime,
};
use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use std::collections::BTreeSet;
use syn::{
    Ident, Token, Type, bracketed,
    parse::{Parse, ParseStream, Parser},
    punctuated::Punctuated,
};

/// The option of `#[workflow]` and `#[nonblocking]` that adds the list of the crate.
pub(crate) const OPTION: &str = "known_blocking";

/// Expands `known_blocking! { .. }`.
pub(crate) fn expand(list: TokenStream) -> TokenStream {
    let list = runtime::without_path(list);
    let mut errors = Errors::default();
    let rows = rows(list.clone(), &mut errors);
    let mut items = items(&rows.iter().collect::<Vec<_>>(), RowOrigin::Crate);
    if FileImports::read(Span::call_site(), &list).has_no_prelude() {
        items = without_messages(items);
    }
    let names: BTreeSet<&str> = rows.iter().flat_map(Row::names).collect();
    let names = names.into_iter();
    let errors = errors.into_tokens();
    quote! {
        #errors
        #[doc(hidden)]
        mod __known_blocking {
            #items

            pub(crate) const NAMES: &[&::core::primitive::str] = &[#(#names),*];

            macro_rules! rows {
                ([$($runtime:tt)*] $($item:tt)*) => {
                    $($runtime)*::__with_known_blocking! { { #list } [$($runtime)*] $($item)* }
                };
            }
            pub(crate) use rows;
        }
    }
}

/// The items without `#[diagnostic::..]`, whose name does not exist without a prelude.
fn without_messages(items: TokenStream) -> TokenStream {
    let is_message = |token: &TokenTree| match token {
        TokenTree::Group(group) => {
            group.stream().into_iter().next().is_some_and(|first| first.to_string() == "diagnostic")
        }
        _ => false,
    };
    let mut kept = TokenStream::new();
    let mut tokens = items.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' && tokens.peek().is_some_and(is_message) => {
                tokens.next();
            }
            TokenTree::Group(group) => {
                kept.extend([TokenTree::from(Group::new(group.delimiter(), without_messages(group.stream())))]);
            }
            other => kept.extend([other]),
        }
    }
    kept
}

/// The attribute `attribute` on `item`, expanded once more with the list of the crate.
pub(crate) fn with_list(attribute: &str, option: &OptionEntry, item: &impl ToTokens) -> TokenStream {
    let attribute = Ident::new(attribute, option.key.span());
    // At the option, because the compiler reports a missing `known_blocking!` there.
    let list = quote_spanned!(option.key.span()=> crate::__known_blocking::rows!);
    quote!(#list { [::workflows_runtime] #attribute #item })
}

impl BlockingCheck {
    /// Refuses code that calls a listed name and is checked without the list. `checked` is the code's
    /// name, and `attribute` the attribute that lacks the option.
    pub(crate) fn refuse_listed(&self, checked: &Ident, attribute: &str) -> TokenStream {
        if self.has_list || self.called.is_empty() {
            return TokenStream::new();
        }
        let called = &self.called;
        let text = checked.to_string();
        let help = format!("#[{attribute}({OPTION})]");
        let check = quote_spanned! {checked.span()=>
            ::workflows_runtime::__private::refuse_listed(__known_blocking::NAMES, __CALLED, #text, #help)
        };
        quote!(::workflows_runtime::__refuse_listed! { [#(#called),*] #check })
    }
}

/// Parses the list.
pub(crate) fn rows(list: TokenStream, errors: &mut Errors) -> Vec<Row> {
    let entries = errors.keep(Punctuated::<Entry, Token![,]>::parse_terminated.parse2(list)).unwrap_or_default();
    entries.iter().flat_map(|entry| entry.rows(errors)).collect()
}

/// A pack, a function, or a type with its methods.
enum Entry {
    Pack(Ident),
    Function(syn::ExprPath),
    Methods(Type, Vec<Ident>),
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let is_last = input.cursor().token_tree().is_some_and(|(_, rest)| rest.eof());
        if input.peek(Ident) && (is_last || input.peek2(Token![,])) {
            return Ok(Self::Pack(input.parse()?));
        }
        let fork = input.fork();
        if fork.parse::<Type>().is_ok() && fork.peek(Token![:]) && !fork.peek(Token![::]) {
            let ty = input.parse()?;
            input.parse::<Token![:]>()?;
            let list;
            bracketed!(list in input);
            let names = Punctuated::<Ident, Token![,]>::parse_terminated(&list)?;
            return Ok(Self::Methods(ty, names.into_iter().collect()));
        }
        input.parse().map(Self::Function)
    }
}

impl Entry {
    fn rows(&self, errors: &mut Errors) -> Vec<Row> {
        let section = Section { pack: "crate".to_owned(), ..Section::default() };
        let form = match self {
            Self::Pack(name) => {
                let rows = pack(name);
                if rows.is_empty() {
                    errors.push(unknown_pack(name));
                }
                return rows;
            }
            Self::Function(path) => {
                Form::Function { path: text(path), given: 0, such: Such::Io, arguments: String::new() }
            }
            Self::Methods(ty, names) => {
                let names = names.iter().map(ToString::to_string).collect();
                Form::Methods { ty: text(ty), names, of_trait: false, handed: false }
            }
        };
        vec![Row { section, form, advice: None }]
    }
}

fn pack(name: &Ident) -> Vec<Row> {
    let is_in_pack = |row: &&Row| name == row.section.pack.as_str() && !row.section.is_always_on();
    CATALOG.iter().filter(is_in_pack).cloned().collect()
}

fn unknown_pack(name: &Ident) -> syn::Error {
    let packs = CATALOG.iter().filter(|row| !row.section.is_always_on());
    let packs: BTreeSet<&str> = packs.map(|row| row.section.pack.as_str()).collect();
    let packs = packs.into_iter().map(|pack| format!("`{pack}`")).collect::<Vec<_>>().join(", ");
    let help =
        format!("use one of {packs}, or list the calls themselves: `{name}::function`, `{name}::Type: [method]`");
    refusal(name, "W013", &format!("`known_blocking!` has no pack `{name}`"), &help)
}

/// A path or type, as a user would write it.
fn text(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    [(" :: ", "::"), (":: ", "::"), (" < ", "<"), ("< ", "<"), (" >", ">"), ("& ", "&"), (" ,", ",")]
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
}
