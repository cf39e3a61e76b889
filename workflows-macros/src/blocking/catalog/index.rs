//! The catalog indexed by the names that calls have in source code.

use super::{
    function::{Function, filled},
    origin::{RowOrigin, any_address, any_io},
    parse::{CATALOG, Form, Names, Row, Such, bare, canonical, ident, parameters, plain},
    question::{Parts, Question},
};
use proc_macro2::TokenStream;
use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

/// The rows that a body is checked against, by name.
#[derive(Clone, Default)]
pub(crate) struct Known {
    pub(crate) functions: HashMap<String, Vec<Function>>,
    pub(crate) methods: HashMap<String, Vec<RowOrigin>>,
    /// Methods that are recognized by their receiver even where they are called as functions: those of
    /// traits, and those of types that only the user's crate knows.
    pub(crate) as_functions: HashMap<String, Vec<RowOrigin>>,
    pub(crate) arguments: HashMap<String, Vec<RowOrigin>>,
    /// Whether the crate has readers and writers of its own.
    pub(crate) has_streams: bool,
    /// Methods that block if an argument is a name to resolve.
    addressed: HashSet<String>,
    /// Methods that block if an argument does I/O.
    handed: HashSet<String>,
    pub(crate) lazy: HashSet<String>,
    /// Methods of iterators that take items from them.
    pub(crate) consumers: HashSet<String>,
    /// Methods of iterators that return another lazy iterator.
    pub(crate) adapters: HashSet<String>,
    /// Those whose argument is another iterator.
    pub(crate) joiners: HashSet<String>,
    /// Methods that take the items of their argument, if their receiver implements `Extend`.
    pub(crate) extenders: HashSet<String>,
    /// The same, if their receiver is an iterator.
    pub(crate) comparers: HashSet<String>,
    pub(crate) offload: HashSet<String>,
    /// Methods that run their closures inline, each with the number of parameters of the closures.
    pub(crate) inline: HashMap<String, Vec<usize>>,
    /// Those whose result may be awaited.
    pub(crate) inline_awaited: HashMap<String, Vec<usize>>,
    /// Functions that run their closures inline.
    pub(crate) inline_functions: HashMap<String, Vec<usize>>,
}

impl Known {
    /// The rows that are always on. They are the same in every expansion, and are parsed once.
    pub(crate) fn always_on() -> &'static Self {
        static KNOWN: LazyLock<Known> = LazyLock::new(|| {
            let mut known = Known::default();
            for row in CATALOG.iter().filter(|row| row.section.is_always_on()) {
                known.add(row, RowOrigin::Runtime);
            }
            known
        });
        &KNOWN
    }

    /// The same, and the rows of a crate's `known_blocking!`.
    pub(crate) fn with(local: &[Row]) -> Self {
        let mut known = Self::always_on().clone();
        for row in local {
            known.add(row, RowOrigin::Crate);
        }
        for row in CATALOG.iter().filter(|row| matches!(row.form, Form::Names { kind: Names::Reader, .. })) {
            known.add(row, RowOrigin::Crate);
        }
        if local.iter().any(|row| matches!(row.form, Form::Iter { .. })) {
            known.method("for_", RowOrigin::Crate, false);
            known.method("next", RowOrigin::Crate, false);
        }
        known.has_streams = true;
        known
    }

    fn add(&mut self, row: &Row, origin: RowOrigin) {
        match &row.form {
            Form::Function { path, given, such, arguments } => {
                let generic = path.matches('<').count() > usize::from(path.starts_with('<'));
                let without = if generic { inferred(path) } else { path.clone() };
                let given = (*given, *such);
                let example = format!("{path}{arguments}");
                self.function([&without, &example, &ident(path), "()"], given, row, origin);
            }
            Form::Methods { ty, names, of_trait, handed } => {
                for name in names {
                    if *handed {
                        self.handed.insert(name.clone());
                    }
                    let bare = bare(name);
                    let is_identified = !of_trait && origin != RowOrigin::Crate;
                    self.method(bare, origin, is_identified);
                    if is_identified && bare != "for_" {
                        let id = format!("{}_{bare}", ident(ty));
                        let of = filled(ty, "()");
                        let path = format!("{}::{bare}", filled(ty, "_"));
                        self.function([&path, &format!("{of}::{name}"), &id, &of], (0, Such::Io), row, origin);
                    }
                }
            }
            Form::Argument { names, .. } => {
                for name in names {
                    add_origin(&mut self.arguments, name, origin);
                }
            }
            Form::Names { kind: Names::Reader, names } => {
                for name in names {
                    self.method(name, origin, false);
                }
            }
            Form::Names { kind, names } => match kind {
                Names::Lazy => self.lazy.extend(names.iter().cloned()),
                Names::Adapter => self.adapters.extend(names.iter().cloned()),
                Names::Joiner => self.joiners.extend(names.iter().cloned()),
                Names::Extender => self.extenders.extend(names.iter().cloned()),
                Names::Comparer => self.comparers.extend(names.iter().cloned()),
                Names::Offload => self.offload.extend(names.iter().cloned()),
                Names::Inline => self.inline.extend(names.iter().map(|name| parameters(name))),
                Names::InlineFunction => self.inline_functions.extend(names.iter().map(|name| parameters(name))),
                Names::InlineAwaited => {
                    self.inline.extend(names.iter().map(|name| parameters(name)));
                    self.inline_awaited.extend(names.iter().map(|name| parameters(name)));
                }
                Names::Address => self.addressed.extend(names.iter().cloned()),
                Names::Consumer => self.consumers.extend(names.iter().cloned()),
                Names::Reader => {}
            },
            Form::Io { .. } | Form::Iter { .. } | Form::Stream { .. } => {}
        }
    }

    fn method(&mut self, name: &str, origin: RowOrigin, is_identified: bool) {
        add_origin(&mut self.methods, name, origin);
        if !is_identified {
            add_origin(&mut self.as_functions, name, origin);
        }
    }

    fn function(&mut self, texts: [&str; 4], given: (usize, Such), row: &Row, origin: RowOrigin) {
        let [path, example, id, of] = texts.map(str::to_owned);
        let name = path.rsplit("::").next().unwrap_or_default().to_owned();
        let is_unix = row.section.is_unix;
        let is_old = row.section.is_old;
        let (given, such) = given;
        let is_other = |function: &Function| canonical(&function.id) != canonical(&id);
        if !self.functions.get(&name).is_none_or(|known| known.iter().all(is_other)) {
            return;
        }
        let function = Function { path, example, id, of, origin, given, such, is_unix, is_old };
        self.functions.entry(name).or_default().push(function);
    }
}

impl Known {
    /// The markers of the arguments for which a method of this name blocks; none if it always does.
    pub(crate) fn argument_markers(&self, name: &str) -> Vec<TokenStream> {
        let address = self.addressed.contains(name).then(any_address);
        let io = if self.handed.contains(name) { any_io(self.has_streams) } else { Vec::new() };
        address.into_iter().chain(io).collect()
    }

    /// The questions of a method that takes items from an iterator.
    pub(crate) fn consumer_questions(&self, name: &str) -> Vec<Question> {
        let of_crate = self.has_streams.then_some(RowOrigin::Crate);
        let origins = std::iter::once(RowOrigin::Runtime).chain(of_crate);
        origins.map(|origin| Question { parts: Parts::Also, ..origin.marker(name).into() }).collect()
    }
}

/// The path of a function with inferred type arguments; for one of a trait, of any type.
pub(super) fn inferred(path: &str) -> String {
    let Some((_, path)) = path.strip_prefix('<').and_then(|path| path.split_once(" as ")) else { return plain(path) };
    let (of, name) = path.split_once(">::").unwrap_or((path, ""));
    format!("{}::{}", plain(of), plain(name))
}

fn add_origin(methods: &mut HashMap<String, Vec<RowOrigin>>, name: &str, origin: RowOrigin) {
    let origins = methods.entry(name.to_owned()).or_default();
    if !origins.contains(&origin) {
        origins.push(origin);
    }
}
