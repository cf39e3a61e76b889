//! The names under which an `impl` uses our attributes.
//!
//! `#[workflow]` removes the attributes of its `impl` before the compiler resolves them. So it finds them by name, in
//! the imports of the source file if they are renamed, and it uses the imports: else the compiler would report those
//! that only such an attribute uses.

use crate::{
    attr::cfg_attr,
    blocking::imports::{renames, uses},
    source,
    visit_mut::{self, VisitMut},
};
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use std::collections::{BTreeMap, BTreeSet};
use syn::{Attribute, ImplItem, ItemImpl, Meta};

/// The attributes that an `impl` with `#[workflow]` may contain.
const OURS: &[&str] = &["step", "catch_error", "resource", "blocking"];

/// The names that the source file gives to our attributes.
#[derive(Default)]
pub(crate) struct Names {
    /// The attribute of each other name.
    renamed: BTreeMap<String, String>,
    /// The words in all `use` items.
    imported: BTreeSet<String>,
    text: String,
}

impl Names {
    /// Reads the file that contains `at`. No name is known if it cannot be read.
    pub(crate) fn read(at: Span) -> Self {
        source::file(at).map(Self::of).unwrap_or_default()
    }

    fn of(text: String) -> Self {
        let mut renamed = BTreeMap::new();
        let mut imported = BTreeSet::new();
        let mut roots = BTreeSet::from(["workflows_runtime".to_owned()]);
        roots.extend(renames(&text).into_iter().filter(|(from, _)| from == "workflows_runtime").map(|(_, to)| to));
        for item in uses(&text) {
            imported.extend(words(&item).map(str::to_owned));
            if !words(&item).next().is_some_and(|root| roots.contains(root)) {
                continue;
            }
            for (from, to) in renames(&item) {
                if OURS.contains(&from.as_str()) {
                    renamed.insert(to, from);
                }
            }
        }
        Self { renamed, imported, text }
    }

    /// The attribute of a name.
    fn original<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        if OURS.contains(&name) { Some(name) } else { self.renamed.get(name).map(String::as_str) }
    }

    /// Gives renamed attributes their own names.
    pub(crate) fn restore(&self, item: &mut ItemImpl) {
        if !self.renamed.is_empty() {
            Restore(self).visit_item_impl_mut(item);
        }
    }

    /// An item that uses the imports of the attributes in an `impl`, or nothing if the file imports none by name.
    ///
    /// The name may come from elsewhere in the file, so the import is resolved with a fallback: the glob of the
    /// module has precedence over the import around it.
    pub(crate) fn imports(&self, item: &ItemImpl) -> Option<TokenStream> {
        let mut names = BTreeSet::new();
        collect(item.to_token_stream(), &mut names);
        names.retain(|name| self.imported.contains(name) && self.original(name).is_some());
        if names.is_empty() {
            return None;
        }
        let ident = |name: &str| Ident::new(name, Span::call_site());
        let originals = names.iter().filter_map(|name| self.original(name)).map(ident);
        let names: Vec<_> = names.iter().map(|name| ident(name)).collect();
        Some(quote! {
            const _: () = {
                #(use ::workflows_runtime::#originals as #names;)*
                const _: () = {
                    use self::*;
                    #(use #names as _;)*
                };
            };
        })
    }

    /// The invocations of macros of this file that write one of our attributes. They are removed from the `impl`.
    pub(crate) fn take_invocations(&self, item: &mut ItemImpl) -> Vec<syn::Path> {
        let mut taken = Vec::new();
        item.items.retain(|entry| {
            let ImplItem::Macro(invocation) = entry else { return true };
            let path = &invocation.mac.path;
            let writes = path.get_ident().is_some_and(|name| self.writes_a_step(&name.to_string()));
            if writes {
                taken.push(path.clone());
            }
            !writes
        });
        taken
    }

    /// Whether the file declares a macro of this name whose body contains one of our attributes.
    fn writes_a_step(&self, name: &str) -> bool {
        self.text.split("macro_rules!").skip(1).any(|rest| {
            let is_named = words(rest).next() == Some(name);
            is_named && source::first_group(rest).is_some_and(|body| self.has_an_attribute(body))
        })
    }

    fn has_an_attribute(&self, text: &str) -> bool {
        text.split("#[").skip(1).any(|rest| {
            let path = rest.split(['(', ']']).next().unwrap_or_default();
            let name = path.rsplit("::").next().unwrap_or_default().trim();
            name != "blocking" && self.original(name).is_some()
        })
    }
}

struct Restore<'a>(&'a Names);

impl VisitMut for Restore<'_> {
    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        self.meta(&mut attribute.meta);
        visit_mut::visit_attribute_mut(self, attribute);
    }
}

impl Restore<'_> {
    /// Also inside a `cfg_attr`.
    fn meta(&self, meta: &mut Meta) {
        let Some(name) = meta.path().get_ident().cloned() else { return };
        if let Some((condition, mut added)) = cfg_attr(meta) {
            for meta in &mut added {
                self.meta(meta);
            }
            if let Meta::List(list) = meta {
                list.tokens = quote!(#condition, #(#added),*);
            }
        } else if let Some(original) = self.0.renamed.get(&name.to_string()) {
            let path = match meta {
                Meta::Path(path) => path,
                Meta::List(list) => &mut list.path,
                Meta::NameValue(value) => &mut value.path,
            };
            *path = Ident::new(original, name.span()).into();
        }
    }
}

/// The names of attributes that are used without a path, also inside a `cfg_attr`.
fn collect(tokens: TokenStream, names: &mut BTreeSet<String>) {
    let mut follows_hash = false;
    for token in tokens {
        let is_hash = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#');
        if let TokenTree::Group(group) = token {
            if follows_hash && group.delimiter() == Delimiter::Bracket {
                let mut inner = group.stream().into_iter();
                if let Some(TokenTree::Ident(name)) = inner.next() {
                    match inner.next() {
                        Some(TokenTree::Punct(punct)) if punct.as_char() == ':' => {}
                        Some(TokenTree::Group(list)) if name == "cfg_attr" => add_all(list.stream(), names),
                        _ => drop(names.insert(name.to_string())),
                    }
                }
            } else {
                collect(group.stream(), names);
            }
        }
        follows_hash = is_hash;
    }
}

fn add_all(tokens: TokenStream, names: &mut BTreeSet<String>) {
    for token in tokens {
        if let TokenTree::Ident(name) = token {
            names.insert(name.to_string());
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    fn names(text: &str) -> Names {
        Names::of(text.to_owned())
    }

    #[test]
    fn renamed_attribute_gets_its_own_name() {
        let mut item: ItemImpl = parse_quote!(impl A { #[node(workers = 2)] async fn a(&self) {} #[other] fn b() {} });
        names("use workflows_runtime::{prelude::*, step as node};\nuse cucumber::step as other;").restore(&mut item);
        let expected: ItemImpl = parse_quote!(impl A { #[step(workers = 2)] async fn a(&self) {} #[other] fn b() {} });
        assert_eq!(item.to_token_stream().to_string(), expected.to_token_stream().to_string());
    }

    #[test]
    fn renamed_attribute_in_a_condition_gets_its_own_name() {
        let mut item: ItemImpl = parse_quote!(impl A {
            #[cfg_attr(true, node, cfg_attr(test, inline, node(workers = 2)))]
            async fn a(&self) {}
        });
        names("use workflows_runtime::step as node;").restore(&mut item);
        let expected: ItemImpl = parse_quote!(impl A {
            #[cfg_attr(true, step, cfg_attr(test, inline, step(workers = 2)))]
            async fn a(&self) {}
        });
        assert_eq!(item.to_token_stream().to_string(), expected.to_token_stream().to_string());
    }

    #[test]
    fn only_imports_by_name_are_used() {
        let item: ItemImpl = parse_quote!(impl A {
            #[step]
            async fn a(&self) { #[blocking(io)] let x = 1; }
            #[cfg_attr(test, resource)]
            fn b() {}
        });
        assert!(names("use workflows_runtime::prelude::*;").imports(&item).is_none());
        let imports = |text| names(text).imports(&item).unwrap().to_string();
        assert_eq!(imports("use a::{step, Start};").matches("step").count(), 3);
        assert_eq!(imports("use a::{step, blocking, resource};").matches(" as _").count(), 3);
    }

    #[test]
    fn macro_that_writes_a_step_is_found() {
        let text = "macro_rules! plain { () => { #[inline] fn a() {} } }\nmacro_rules! ours { () => {\n#[step(workers = 2)] fn a() {} } }";
        assert!(!names(text).writes_a_step("plain"));
        assert!(names(text).writes_a_step("ours"));
        assert!(!names(text).writes_a_step("other"));
    }
}
