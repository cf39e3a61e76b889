//! The calls that are known to block: the catalog of the macros, applied to names in the generated code.

use crate::{
    name::{Name, is_path, pointee, segments, short_type},
    rules::Rules,
};
use std::collections::{HashMap, HashSet};

/// Packs apply whether or not the program has `known_blocking!`: a path names one function.
type Row = (&'static str, bool, &'static str, &'static str, &'static [&'static str], &'static str);

const ROWS: &[Row] = workflows_macros::__blocking_catalog!();

/// A blocking call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// The call, such as `std::fs::read`, or `.recv()` on a type.
    pub(crate) call: String,
    /// What to use instead. Empty if there is no async equivalent.
    pub(crate) advice: String,
    pub(crate) is_cpu: bool,
    /// Whether it waits for another thread, and performs no I/O.
    pub(crate) is_wait: bool,
}

/// How a row recognizes a call.
#[derive(Debug)]
enum Matcher {
    /// A function or an inherent method.
    Path(Vec<String>),
    /// A method of this type, inherent or of a trait.
    Method(Vec<String>),
    /// A method of a type without a path, such as a tuple.
    MethodOf(String),
    /// A method of `Iterator` of this type.
    Iterator(Vec<String>),
    /// A function that blocks if a type argument does I/O.
    Given(Vec<String>),
    /// A function that blocks if a type argument is the name of a host.
    Resolves(Vec<String>),
}

#[derive(Debug)]
struct Entry {
    matcher: Matcher,
    /// Whether the type blocks only over another that does I/O, such as `Lines<R>`.
    is_adapter: bool,
    advice: String,
    is_cpu: bool,
}

/// A type that reads and writes.
#[derive(Debug)]
struct IoType {
    path: Vec<String>,
    is_adapter: bool,
    advice: String,
}

/// The blocking calls of the catalog and of the rules.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    /// By the last segment.
    by_name: HashMap<String, Vec<Entry>>,
    io: Vec<IoType>,
    /// C functions, with advice. A `*` at the end is any rest.
    foreign: Vec<(String, String)>,
}

/// Methods of `Read`, `Write`, `Seek` and similar traits, besides those that the catalog lists.
const MORE_READERS: [&str; 4] = ["read_buf", "read_buf_exact", "write_all_vectored", "seek_relative"];

impl Catalog {
    pub(crate) fn new(rules: &Rules) -> Self {
        let mut catalog = Self::default();
        let lazy: HashSet<&str> = names_of("lazy");
        for row in ROWS {
            catalog.add(row, &lazy);
        }
        for (path, advice) in &rules.blocking {
            let matcher = Matcher::Path(segments(path).0);
            let entry = Entry { matcher, is_adapter: false, advice: advice.clone(), is_cpu: false };
            catalog.push(path.rsplit("::").next().unwrap_or_default(), entry);
        }
        catalog.foreign.clone_from(&rules.foreign);
        catalog
    }

    fn add(&mut self, &(_, is_cpu, kind, path, names, advice): &Row, lazy: &HashSet<&str>) {
        let own = || segments(pointee(path)).0;
        let is_adapter = is_adapter(path);
        let entry = |matcher| Entry { matcher, is_adapter, advice: advice.to_owned(), is_cpu };
        let last = || own().last().cloned().unwrap_or_default();
        match kind {
            "fn" => self.push(&last(), entry(Matcher::Path(own()))),
            "given" => self.push(&last(), entry(Matcher::Given(own()))),
            "resolves" => self.push(&last(), entry(Matcher::Resolves(own()))),
            "type" => {
                for name in names {
                    // A lazy method does nothing; its iterator has a row of its own.
                    if *name == "for_" {
                        self.push("next", entry(Matcher::Iterator(own())));
                    } else if path.starts_with('(') {
                        let ty = path.replace("std::string::", "alloc::string::");
                        self.push(name, entry(Matcher::MethodOf(ty)));
                    } else if !lazy.contains(name) {
                        self.push(name, entry(Matcher::Method(own())));
                    }
                }
            }
            "takes" => {
                for name in names {
                    let mut path = own();
                    path.push((*name).to_owned());
                    self.push(name, entry(Matcher::Given(path)));
                }
            }
            "iter" => {
                for name in names_of("consumer").into_iter().filter(|name| *name != "for_") {
                    self.push(name, entry(Matcher::Iterator(own())));
                }
            }
            "io" | "stream" => self.io.push(IoType { path: own(), is_adapter, advice: advice.to_owned() }),
            _ => {}
        }
    }

    fn push(&mut self, name: &str, entry: Entry) {
        self.by_name.entry(name.to_owned()).or_default().push(entry);
    }

    /// Whether a call of the function with this name blocks.
    pub(crate) fn leaf(&self, name: &Name) -> Option<Leaf> {
        let last = name.last();
        for entry in self.by_name.get(last).into_iter().flatten() {
            if self.is_match(entry, name) {
                let is_wait = matches!(name.path.get(1).map(String::as_str), Some("thread" | "sync"));
                let call = call_of(name, &entry.matcher);
                return Some(Leaf { call, advice: entry.advice.clone(), is_cpu: entry.is_cpu, is_wait });
            }
        }
        let ty = name.self_type.as_deref()?;
        if !is_reader(last)
            || !name.of_trait.as_ref().is_none_or(|path| path.iter().any(|part| part == "io" || part == "fs"))
        {
            return None;
        }
        let advice = self.io_type(ty)?;
        let call = format!("`.{last}()` on `{}`", short_type(pointee(ty)));
        Some(Leaf { call, advice: advice.to_owned(), is_cpu: false, is_wait: false })
    }

    /// Whether a C function waits. `symbol` is its name in the object file.
    pub(crate) fn foreign(&self, symbol: &str) -> Option<Leaf> {
        let is_match = |pattern: &str| match pattern.strip_suffix('*') {
            Some(prefix) => symbol.starts_with(prefix),
            None => symbol == pattern,
        };
        let (_, advice) = self.foreign.iter().find(|(pattern, _)| is_match(pattern))?;
        Some(Leaf { call: format!("`{symbol}`"), advice: advice.clone(), is_cpu: false, is_wait: false })
    }

    fn is_match(&self, entry: &Entry, name: &Name) -> bool {
        let of_type = |ty: &[String]| {
            if entry.is_adapter && !name.self_type.as_deref().is_some_and(|own| self.has_io(segments(pointee(own)).1)) {
                return false;
            }
            let of_self = || name.self_type.as_deref().is_some_and(|own| is_path(&segments(pointee(own)).0, ty));
            let (_, own) = name.path.split_last().unwrap_or((&name.text, &[]));
            if name.of_trait.is_some() { of_self() } else { is_path(own, ty) }
        };
        match &entry.matcher {
            Matcher::Path(path) => name.of_trait.is_none() && is_path(&name.path, path),
            Matcher::Method(ty) => of_type(ty),
            Matcher::MethodOf(ty) => name.self_type.as_deref() == Some(ty.as_str()),
            Matcher::Iterator(ty) => {
                let is_iterator = |path: &Vec<String>| path.last().is_some_and(|last| last == "Iterator");
                name.of_trait.as_ref().is_some_and(is_iterator) && of_type(ty)
            }
            Matcher::Given(path) => is_path(&name.path, path) && self.has_io(&name.arguments),
            Matcher::Resolves(path) => is_path(&name.path, path) && is_host_name(&name.arguments),
        }
    }

    fn has_io(&self, types: &str) -> bool {
        let words = types.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':')));
        words.filter(|word| word.contains("::")).any(|word| self.io_type(word).is_some())
    }

    fn io_type(&self, ty: &str) -> Option<&str> {
        let (path, arguments) = segments(pointee(ty));
        let is_type = |io: &&IoType| is_path(&path, &io.path) && (!io.is_adapter || self.has_io(arguments));
        self.io.iter().find(is_type).map(|io| io.advice.as_str())
    }
}

/// Whether a row is for a type that does what its parameter `Io`, `In` or `Out` does, as `BufReader<Io>` reads a file.
fn is_adapter(path: &str) -> bool {
    path.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "Io" | "In" | "Out"))
}

fn call_of(name: &Name, matcher: &Matcher) -> String {
    match matcher {
        Matcher::Method(_) | Matcher::MethodOf(_) | Matcher::Iterator(_) => {
            // The type of an inherent method is the path before the method.
            let before = name.path.len().saturating_sub(2);
            let of_path = name.path.get(before).cloned().unwrap_or_default();
            let ty = name.self_type.as_deref().map_or(of_path, |ty| short_type(pointee(ty)));
            format!("`.{}()` on `{ty}`", name.last())
        }
        Matcher::Path(path) | Matcher::Given(path) | Matcher::Resolves(path) => {
            let is_exact = !path.iter().any(|segment| segment.ends_with('*'));
            format!("`{}`", if is_exact { path } else { &name.path }.join("::"))
        }
    }
}

fn is_reader(name: &str) -> bool {
    names_of("reader").contains(name) || MORE_READERS.contains(&name)
}

fn is_host_name(arguments: &str) -> bool {
    let bare = arguments.trim_start_matches('&').trim_start_matches('(').trim_start_matches('&');
    bare.starts_with("str") || bare.starts_with("alloc::string::String")
}

fn names_of(kind: &str) -> HashSet<&'static str> {
    let rows = ROWS.iter().filter(|row| row.2 == kind);
    rows.flat_map(|row| row.4.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::Catalog;
    use crate::{name::Name, rules::Rules};

    fn call(text: &str) -> Option<String> {
        let catalog = Catalog::new(&Rules::builtin());
        catalog.leaf(&Name::parse(text)).map(|leaf| leaf.call)
    }

    #[test]
    fn functions_and_methods_of_the_catalog_are_leaves() {
        let blocks = [
            ("std::fs::read::<&str>", "`std::fs::read`"),
            ("std::thread::functions::sleep", "`std::thread::sleep`"),
            ("<std::fs::File>::open::<&str>", "`std::fs::File::open`"),
            ("<std::sync::poison::condvar::Condvar>::wait::<u8>", "`.wait()` on `Condvar`"),
            ("<std::fs::File as std::io::Read>::read_to_end", "`.read_to_end()` on `File`"),
            ("<&std::net::tcp::TcpStream as std::io::Write>::write", "`.write()` on `TcpStream`"),
            ("<std::fs::ReadDir as core::iter::traits::iterator::Iterator>::next", "`.next()` on `ReadDir`"),
            ("<str as std::net::socket_addr::ToSocketAddrs>::to_socket_addrs", "`.to_socket_addrs()` on `str`"),
            ("<std::net::tcp::TcpListener>::bind::<(&str, u16)>", "`std::net::TcpListener::bind`"),
            (
                "<(&str, u16) as std::net::socket_addr::ToSocketAddrs>::to_socket_addrs",
                "`.to_socket_addrs()` on `(&str, u16)`",
            ),
            ("std::io::copy::copy::<std::fs::File, std::io::util::Sink>", "`std::io::copy`"),
            (
                "<tar::archive::Entries<std::fs::File> as core::iter::traits::iterator::Iterator>::next",
                "`.next()` on `Entries<File>`",
            ),
            ("futures_executor::local_pool::block_on::<F>", "`futures::executor::block_on`"),
        ];
        for (name, expected) in blocks {
            assert_eq!(call(name).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn look_alikes_are_no_leaves() {
        let fine = [
            "tokio::fs::read::read::<&str>",
            "<alloc::vec::Vec<u8> as std::io::Write>::write_all",
            "<std::io::buffered::bufreader::BufReader<std::fs::File>>::new",
            "<std::net::tcp::TcpListener>::bind::<core::net::socket_addr::SocketAddr>",
            "std::io::copy::copy::<std::io::util::Empty, std::io::util::Sink>",
            "<std::io::Lines<std::io::cursor::Cursor<&str>> as core::iter::traits::iterator::Iterator>::next",
            "<tar::archive::Entries<std::io::cursor::Cursor<&[u8]>> as core::iter::traits::iterator::Iterator>::next",
            "<zip::read::ZipArchive<std::io::cursor::Cursor<alloc::vec::Vec<u8>>>>::by_index",
            "<std::sync::mpsc::Receiver<u8>>::try_recv",
            "<std::sync::mpsc::Receiver<u8>>::iter",
            "<std::path::Path>::join::<&str>",
            "app::fs::read::<&str>",
        ];
        for name in fine {
            assert_eq!(call(name), None, "{name}");
        }
    }
}
