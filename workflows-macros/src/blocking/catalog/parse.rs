//! Parses the catalog.

use std::sync::LazyLock;

/// The rows of the catalog, in order.
pub(crate) static CATALOG: LazyLock<Vec<Row>> = LazyLock::new(|| read(include_str!("catalog.txt")));

/// One line of the catalog.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) section: Section,
    pub(crate) form: Form,
    pub(crate) advice: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Section {
    pub(crate) pack: String,
    pub(crate) title: String,
    pub(crate) is_unix: bool,
    pub(crate) is_cpu: bool,
    pub(crate) is_old: bool,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Form {
    /// A function. If `given` is not 0, it blocks only if one of its first `given` arguments is such. `arguments` infer
    /// the types of its example that have no name.
    Function { path: String, given: usize, such: Such, arguments: String },
    /// Methods of a type or trait. The names may have type arguments. Those that are `handed` block only if an argument
    /// does I/O.
    Methods { ty: String, names: Vec<String>, of_trait: bool, handed: bool },
    /// Methods that block if an argument has this type.
    Argument { ty: String, names: Vec<String> },
    /// A type that does I/O.
    Io { ty: String },
    /// A type of a pack that reads or writes.
    Stream { ty: String },
    /// An iterator that blocks when it is advanced.
    Iter { ty: String },
    /// Names of methods with a special meaning.
    Names { kind: Names, names: Vec<String> },
}

/// For which arguments a function blocks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Such {
    /// Readers and writers.
    Io,
    /// Names of hosts.
    Address,
    /// Iterators that block.
    Items,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    Reader,
    /// Methods of iterators that take items from them.
    Consumer,
    /// Methods that block if an argument is the name of a host.
    Address,
    Lazy,
    Adapter,
    /// Adapters whose argument is another iterator.
    Joiner,
    /// Methods of `Extend`.
    Extender,
    /// Methods of iterators that take the items of another one.
    Comparer,
    Offload,
    Inline,
    InlineAwaited,
    InlineFunction,
}

impl Row {
    /// The names by which calls are recognized.
    pub(crate) fn names(&self) -> Vec<&str> {
        match &self.form {
            Form::Function { path, .. } => path.rsplit("::").find(|part| !part.starts_with('<')).into_iter().collect(),
            Form::Methods { names, .. } | Form::Argument { names, .. } => names.iter().map(|name| bare(name)).collect(),
            Form::Io { .. } | Form::Iter { .. } | Form::Stream { .. } | Form::Names { .. } => Vec::new(),
        }
    }
}

impl Section {
    /// Whether the pack is on without `known_blocking!`.
    pub(crate) fn is_always_on(&self) -> bool {
        matches!(self.pack.as_str(), "std" | "tokio")
    }
}

fn read(text: &str) -> Vec<Row> {
    let mut section = Section::default();
    let mut rows = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some((flags, title)) = line.strip_prefix('[').and_then(|line| line.split_once("] ")) {
            let mut words = flags.split(' ');
            section = Section {
                pack: words.next().unwrap_or_default().to_owned(),
                title: title.to_owned(),
                is_unix: words.clone().any(|word| word == "unix"),
                is_cpu: words.clone().any(|word| word == "cpu"),
                is_old: words.any(|word| word == "old"),
            };
            continue;
        }
        let (left, advice) = match line.split_once(" = ") {
            Some((left, advice)) => (left, Some(advice)),
            None => (line, None),
        };
        let (kind, left) = left.split_once(' ').unwrap_or_else(|| panic!("`{line}` has no kind"));
        let form = form(kind, left).unwrap_or_else(|| panic!("`{line}` is not a line of the table"));
        rows.push(Row { section: section.clone(), form, advice: advice.map(str::to_owned) });
    }
    rows
}

fn form(kind: &str, left: &str) -> Option<Form> {
    let methods = || {
        // A bound in the type has a colon too.
        let at = left.match_indices(": ").map(|(at, _)| at).find(|at| angles(&left[..*at]) == 0)?;
        Some((left[..at].to_owned(), names(&left[at + 2..])))
    };
    let kind = match kind {
        "fn" => {
            // The example is `path(..)` if a type argument has no name.
            let at = left.match_indices('(').map(|(at, _)| at).find(|at| angles(&left[..*at]) == 0 && *at > 0);
            let (path, arguments) = left.split_at(at.unwrap_or(left.len()));
            let (path, arguments) = (path.to_owned(), arguments.to_owned());
            return Some(Form::Function { path, given: 0, such: Such::Io, arguments });
        }
        "given" | "resolves" | "items" => {
            let (given, path) = left.split_once(' ')?;
            let such = match kind {
                "given" => Such::Io,
                "resolves" => Such::Address,
                _ => Such::Items,
            };
            let (path, given) = (path.to_owned(), given.parse().ok()?);
            return Some(Form::Function { path, given, such, arguments: String::new() });
        }
        "reads" | "writes" => return Some(Form::Stream { ty: left.to_owned() }),
        "iter" => return Some(Form::Iter { ty: left.to_owned() }),
        "io" => return Some(Form::Io { ty: left.to_owned() }),
        "type" | "trait" | "takes" => {
            let (ty, names) = methods()?;
            return Some(Form::Methods { ty, names, of_trait: kind != "type", handed: kind == "takes" });
        }
        "argument" => {
            let (ty, names) = methods()?;
            return Some(Form::Argument { ty, names });
        }
        "reader" => Names::Reader,
        "consumer" => Names::Consumer,
        "address" => Names::Address,
        "lazy" => Names::Lazy,
        "adapter" => Names::Adapter,
        "joiner" => Names::Joiner,
        "extender" => Names::Extender,
        "comparer" => Names::Comparer,
        "offload" => Names::Offload,
        "inline" => Names::Inline,
        "inline-awaited" => Names::InlineAwaited,
        "inline-fn" => Names::InlineFunction,
        _ => return None,
    };
    Some(Form::Names { kind, names: names(left) })
}

/// The number of `<` without their `>`.
fn angles(text: &str) -> usize {
    text.matches('<').count() - text.replace("->", "").matches('>').count()
}

/// Splits a list at spaces, except inside `<..>`.
fn names(list: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut angles = 0usize;
    let mut before = ' ';
    for c in list.chars() {
        match c {
            '<' => angles += 1,
            '>' if before != '-' => angles -= 1,
            _ => {}
        }
        if c == ' ' && angles == 0 {
            names.push(String::new());
        } else {
            names.last_mut().expect("there is always one").push(c);
        }
        before = c;
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The name of a method without its type arguments.
pub(crate) fn bare(name: &str) -> &str {
    match name.split_once("::") {
        Some((bare, _)) => bare,
        None => name,
    }
}

/// A path without type arguments.
pub(crate) fn plain(path: &str) -> String {
    let mut plain = String::new();
    let mut angles = 0usize;
    let mut last = ' ';
    // The `<` of `<T as Trait>::f` is part of the path.
    for (at, c) in path.char_indices() {
        match c {
            '<' if at > 0 => angles += 1,
            '>' if angles > 0 && last != '-' => angles -= 1,
            _ if angles == 0 => plain.push(c),
            _ => {}
        }
        last = c;
    }
    plain.trim_end_matches(':').replace("::::", "::")
}

/// An identifier that consists of the words of a path.
pub(crate) fn ident(path: &str) -> String {
    let words = plain(path);
    let words = words.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

/// A name, and the numbers of parameters after its colon.
pub(crate) fn parameters(name: &str) -> (String, Vec<usize>) {
    let (name, numbers) = name.split_once(':').unwrap_or_else(|| panic!("`{name}` has no number of parameters"));
    (name.to_owned(), numbers.chars().filter_map(|c| c.to_digit(10)).map(|n| n as usize).collect())
}

/// The path under which a crate declares a type or function that another one exports too.
pub(crate) fn canonical(path: &str) -> String {
    const EXPORTS: [(&str, &str); 2] = [("diesel_r2d2_", "r2d2_"), ("smol_block_on", "async_io_block_on")];
    let id = ident(path);
    match EXPORTS.iter().find(|(exported, _)| id.starts_with(exported)) {
        Some((exported, own)) => id.replacen(exported, own, 1),
        None => id,
    }
}
