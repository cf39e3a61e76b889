//! The source file of the checked code: its imports and declarations.

use super::{
    catalog::index::Known,
    closures::OwnFunction,
    macro_grammar::{self, Grammar},
    own_functions,
};
use proc_macro2::Span;
use quote::ToTokens;
use std::{
    collections::{BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};
use syn::Macro;

/// The `use` items of the source file that is being expanded.
///
/// Only that file is read, and only as text: the check must not depend on other files of the crate.
/// Where the file cannot be read, the tokens of the item take its place.
pub(crate) struct FileImports {
    /// Every `use` item, as written.
    pub(crate) items: Vec<String>,
    /// Every `from as to`.
    renames: BTreeSet<(String, String)>,
    /// The functions that take closures.
    pub(crate) own: Arc<[OwnFunction]>,
    text: String,
}

impl FileImports {
    /// Reads the file that contains `at`, a token of `item`.
    pub(crate) fn read(at: Span, item: &impl ToTokens) -> Self {
        let path = if proc_macro::is_available() { at.unwrap().local_file() } else { None };
        let file = path.and_then(|path| std::fs::read_to_string(path).ok());
        let text = file.unwrap_or_else(|| item.to_token_stream().to_string());
        Self { items: uses(&text), renames: renames(&text), own: own_functions(&text), text }
    }

    /// The grammar of a macro, if it certainly is one of std or of a crate that declares one of this name: a user's
    /// macro may have the same name and another grammar.
    pub(crate) fn grammar(&self, invocation: &Macro) -> Option<Grammar> {
        let (grammar, crates) = macro_grammar::named(invocation)?;
        let names: Vec<String> = invocation.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let last = names.last()?;
        let first = names.first()?;
        let is_of = |name: &str| crates.contains(&name);
        let is_certain = if names.len() > 1 {
            is_of(first) && (invocation.path.leading_colon.is_some() || !self.declares_module(first))
        } else if self.declares_macro(last) {
            false
        } else if self.imports(last) {
            self.imported_from(last).all(|from| is_of(from) || !self.imports_from(from, last))
        } else if is_of("std") {
            true
        } else {
            self.imported_from(last).any(is_of)
        };
        is_certain.then_some(grammar)
    }

    /// Whether the file, or a part of it, has no prelude.
    pub(crate) fn has_no_prelude(&self) -> bool {
        self.text.contains("no_implicit_prelude")
    }

    /// Whether the file declares a macro of this name.
    pub(crate) fn declares_macro(&self, name: &str) -> bool {
        let mut declared = self.text.split("macro_rules!").skip(1);
        declared.any(|rest| rest.trim_start().split(|c| !is_part_of_a_name(c)).next() == Some(name))
    }

    /// Whether the file declares a method of this name.
    pub(crate) fn declares_method(&self, name: &str) -> bool {
        self.text.split("fn ").skip(1).any(|rest| {
            let rest = rest.trim_start();
            let Some(rest) = rest.strip_prefix(name) else { return false };
            let parameters = rest.split_once('(').map_or("", |(_, rest)| rest);
            let first = parameters.split([',', ')', ':']).next().unwrap_or_default();
            rest.starts_with(['(', '<', ' ']) && first.split(|c| !is_part_of_a_name(c)).any(|word| word == "self")
        })
    }

    /// Whether the file declares a module of this name.
    pub(crate) fn declares_module(&self, name: &str) -> bool {
        let mut declared = self.text.split("mod ").skip(1);
        declared.any(|rest| rest.trim_start().split(|c| !is_part_of_a_name(c)).next() == Some(name))
    }

    /// The crates from which `name` may be imported: the first words of `use` items that mention it or a `*`.
    pub(crate) fn imported_from<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let mentions = move |item: &&String| item.split(|c| !is_part_of_a_name(c)).any(|word| word == name);
        self.items
            .iter()
            .filter(move |item| mentions(item) || item.contains('*'))
            .filter_map(|item| item.trim_start_matches(':').split(|c| !is_part_of_a_name(c)).next())
    }

    /// Whether a `use` item of this crate mentions the name.
    pub(crate) fn imports_from(&self, from: &str, name: &str) -> bool {
        self.items.iter().any(|item| {
            let mut words = item.trim_start_matches(':').split(|c| !is_part_of_a_name(c));
            words.next() == Some(from) && words.any(|word| word == name)
        })
    }

    /// Whether a `use` item mentions the name.
    pub(crate) fn imports(&self, name: &str) -> bool {
        self.items.iter().any(|item| item.split(|c| !is_part_of_a_name(c)).any(|word| word == name))
    }

    /// Local names of known functions, such as `nap` in `use std::thread::sleep as nap`, each with the
    /// names that it may mean.
    ///
    /// A name too many costs one probe: the identity of the function decides.
    pub(crate) fn aliases(&self, known: &Known) -> HashMap<String, Vec<String>> {
        let mut aliases: HashMap<String, Vec<String>> = HashMap::new();
        // The second round finds an alias of an alias.
        for _ in 0..2 {
            for (from, to) in &self.renames {
                let mut meanings = aliases.get(from).cloned().unwrap_or_default();
                if known.functions.contains_key(from) {
                    meanings.push(from.clone());
                }
                let known = aliases.entry(to.clone()).or_default();
                for name in meanings {
                    if !known.contains(&name) && name != *to {
                        known.push(name);
                    }
                }
            }
        }
        aliases.retain(|_, meanings| !meanings.is_empty());
        aliases
    }

    /// `name`, and every name that is renamed to it.
    pub(crate) fn originals<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let renamed = self.renames.iter().filter(move |(_, to)| to == name).map(|(from, _)| from.as_str());
        std::iter::once(name).chain(renamed)
    }
}

fn is_part_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The functions of a file that take closures. The file of the last call is remembered, because each of its
/// items is checked on its own.
fn own_functions(text: &str) -> Arc<[OwnFunction]> {
    static LAST: Mutex<Option<(u64, Arc<[OwnFunction]>)>> = Mutex::new(None);
    if !text.contains("Fn") {
        return Arc::default();
    }
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let hash = hasher.finish();
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of, own)) = &*last
        && *of == hash
    {
        return Arc::clone(own);
    }
    let own: Arc<[OwnFunction]> = own_functions::find(text).into();
    *last = Some((hash, Arc::clone(&own)));
    own
}

/// Every `use` item, as written.
pub(crate) fn uses(text: &str) -> Vec<String> {
    text.split("use ").skip(1).filter_map(|rest| rest.split(';').next()).map(str::to_owned).collect()
}

/// The two names around every ` as `. This includes casts, which are harmless here.
pub(crate) fn renames(text: &str) -> BTreeSet<(String, String)> {
    let mut renames = BTreeSet::new();
    let mut rest = text;
    while let Some(at) = rest.find(" as ") {
        let from = rest[..at].rsplit(|c| !is_part_of_a_name(c)).next().unwrap_or_default();
        rest = &rest[at + " as ".len()..];
        let to = rest.split(|c| !is_part_of_a_name(c)).next().unwrap_or_default();
        if !from.is_empty() && !to.is_empty() && to != "_" {
            renames.insert((from.to_owned(), to.to_owned()));
        }
    }
    renames
}
