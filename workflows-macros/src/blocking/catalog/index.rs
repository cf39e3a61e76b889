//! The catalog indexed by the names that calls have in source code.

use super::parse::{CATALOG, Form, Names, Row, bare, canonical, ident, parameters, plain};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};
use syn::{Expr, ExprPath, Path, Type, parse_quote, visit_mut::VisitMut};

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
    fn rows(self) -> TokenStream {
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
    pub(crate) offload: HashSet<String>,
    /// Methods that run their closures inline, each with the number of parameters of the closures.
    pub(crate) inline: HashMap<String, Vec<usize>>,
    /// Those whose result may be awaited.
    pub(crate) inline_awaited: HashMap<String, Vec<usize>>,
    /// Functions that run their closures inline.
    pub(crate) inline_functions: HashMap<String, Vec<usize>>,
}

/// A function that is recognized by its identity.
#[derive(Clone)]
pub(crate) struct Function {
    path: String,
    example: String,
    /// The name of its verdict, and the verdict's type argument.
    id: String,
    of: String,
    origin: RowOrigin,
    /// If this is not 0, it blocks only if one of its first arguments is such that it does.
    pub(crate) given: usize,
    /// Whether those are names to resolve, and not readers and writers.
    of_address: bool,
    pub(crate) is_unix: bool,
    pub(crate) is_old: bool,
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
            Form::Function { path, given, of_address, arguments } => {
                let generic = path.matches('<').count() > usize::from(path.starts_with('<'));
                let without = if generic { plain(path) } else { path.clone() };
                let given = (*given, *of_address);
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
                        self.function([&path, &format!("{of}::{name}"), &id, &of], (0, false), row, origin);
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

    fn function(&mut self, texts: [&str; 4], given: (usize, bool), row: &Row, origin: RowOrigin) {
        let [path, example, id, of] = texts.map(str::to_owned);
        let name = path.rsplit("::").next().unwrap_or_default().to_owned();
        let is_unix = row.section.is_unix;
        let is_old = row.section.is_old;
        let (given, of_address) = given;
        let is_other = |function: &Function| canonical(&function.id) != canonical(&id);
        if !self.functions.get(&name).is_none_or(|known| known.iter().all(is_other)) {
            return;
        }
        let function = Function { path, example, id, of, origin, given, of_address, is_unix, is_old };
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

    /// The markers of a method that takes items from an iterator.
    pub(crate) fn consumer_markers(&self, name: &str) -> Vec<TokenStream> {
        let of_crate = self.has_streams.then_some(RowOrigin::Crate);
        std::iter::once(RowOrigin::Runtime).chain(of_crate).map(|origin| origin.marker(name)).collect()
    }
}

/// The markers of readers and writers.
fn any_io(has_streams: bool) -> Vec<TokenStream> {
    let base = RowOrigin::Runtime.base();
    let streams = has_streams.then(|| quote!(crate::__known_blocking::AnyStream::<_>));
    std::iter::once(quote!(#base::AnyIo)).chain(streams).collect()
}

/// The marker of names to resolve.
fn any_address() -> TokenStream {
    let base = RowOrigin::Runtime.base();
    quote!(#base::AnyAddress)
}

fn add_origin(methods: &mut HashMap<String, Vec<RowOrigin>>, name: &str, origin: RowOrigin) {
    let origins = methods.entry(name.to_owned()).or_default();
    if !origins.contains(&origin) {
        origins.push(origin);
    }
}

// Tokens are created for the calls of a body only, not for the whole catalog.
impl Function {
    /// The path with inferred type arguments.
    pub(crate) fn path(&self) -> ExprPath {
        let Expr::Path(path) = self.parse(&self.path) else { panic!("`{}` is not a path", self.path) };
        path
    }

    /// The path with example type arguments, for positions where inference has no other source.
    pub(crate) fn example(&self) -> TokenStream {
        match self.parse(&self.example) {
            Expr::Call(call) => {
                let (function, arguments) = (call.func, call.args);
                quote!({ let function = #function; let _ = function(#arguments); function })
            }
            path => quote!(#path),
        }
    }

    pub(crate) fn verdict(&self) -> TokenStream {
        let mut of: Type = syn::parse_str(&self.of).expect("a type");
        absolute(self.origin).visit_type_mut(&mut of);
        let rows = self.origin.rows();
        let id = format_ident!("{}", self.id);
        quote!(#rows::#id::<#of>)
    }

    fn parse(&self, expr: &str) -> Expr {
        let mut expr: Expr = syn::parse_str(expr).unwrap_or_else(|_| panic!("`{expr}` is not a path"));
        absolute(self.origin).visit_expr_mut(&mut expr);
        expr
    }

    /// The markers of the arguments for which it blocks.
    pub(crate) fn given_markers(&self, has_streams: bool) -> Vec<TokenStream> {
        if self.of_address { vec![any_address()] } else { any_io(has_streams) }
    }

    /// Whether its result is usually the iterator of a `for` loop.
    pub(crate) fn makes_iterator(&self) -> bool {
        self.path.ends_with("::read_dir")
    }

    /// Whether the function takes closures.
    pub(crate) fn takes_closures(&self) -> bool {
        self.example.contains("fn(")
    }

    /// Whether `path` names the function: with the same last two segments, or through an import.
    pub(crate) fn is_written_as(&self, path: &ExprPath, imports: &[String]) -> bool {
        let end = |path: &ExprPath| {
            path.path.segments.iter().rev().take(2).map(|segment| segment.ident.to_string()).collect::<Vec<_>>()
        };
        let own = end(&self.path());
        let written = end(path);
        let imported = || {
            let words =
                |import: &String| import.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect();
            let all: Vec<Vec<String>> = imports.iter().map(words).collect();
            all.iter().any(|words| own.iter().all(|word| words.contains(word)))
        };
        own == written || (written.len() == 1 && imported())
    }
}

/// A type of the catalog as the prefix of a path, with its type parameters replaced by `argument`.
fn filled(ty: &str, argument: &str) -> String {
    let Some((name, arguments)) = ty.split_once('<') else { return ty.to_owned() };
    let arguments = arguments.trim_end_matches('>').split(", ");
    let arguments: Vec<&str> = arguments.map(|given| if given.starts_with('\'') { given } else { argument }).collect();
    format!("{name}::<{}>", arguments.join(", "))
}

/// Makes paths independent of the module in which they are used.
pub(crate) fn absolute(origin: RowOrigin) -> impl VisitMut {
    struct Absolute(RowOrigin);
    impl VisitMut for Absolute {
        fn visit_path_mut(&mut self, path: &mut Path) {
            syn::visit_mut::visit_path_mut(self, path);
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
