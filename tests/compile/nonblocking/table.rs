//! The catalog of blocking functions, and the verdicts on the other functions of std.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const READERS: [&str; 6] = [
    "std::io::Read",
    "std::io::Write",
    "std::io::Seek",
    "std::io::BufRead",
    "std::os::unix::fs::FileExt",
    "std::io::Stdin",
];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Removes the type arguments of a path.
fn plain(path: &str) -> String {
    let mut angles = 0;
    let mut plain = String::new();
    for (at, c) in path.char_indices() {
        match c {
            '<' if at > 0 => angles += 1,
            '>' if angles > 0 && !path[..at].ends_with('-') => angles -= 1,
            _ if angles == 0 => plain.push(c),
            _ => {}
        }
    }
    plain.trim_end_matches(':').to_owned()
}

/// All functions and methods of the catalog.
pub(crate) fn known() -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for line in read("workflows-macros/src/blocking/catalog/catalog.txt").lines() {
        let line = line.split_once(" = ").map_or(line, |(line, _)| line);
        let Some((kind, rest)) = line.split_once(' ') else { continue };
        match kind {
            "fn" => drop(known.insert(plain(rest.split_once("::<()>(").map_or(rest, |(path, _)| path)))),
            "given" | "resolves" => drop(known.insert(plain(rest.split_once(' ').unwrap().1))),
            "type" | "trait" | "takes" => {
                // The bounds of parameters have a colon too.
                let (ty, names) = rest.rsplit_once(": ").unwrap();
                for name in names.split(' ') {
                    known.insert(format!("{}::{}", plain(ty), plain(name)));
                }
                if names == "to_socket_addrs" {
                    known.insert("std::net::ToSocketAddrs::to_socket_addrs".to_owned());
                }
            }
            "reader" => {
                let readers = rest.split(' ').flat_map(|name| READERS.map(|ty| format!("{ty}::{name}")));
                known.extend(readers.filter(|path| !path.ends_with("Stdin::read")));
                known.insert("std::io::BufReader::seek_relative".to_owned());
            }
            _ => {}
        }
    }
    known
}

/// Parses lines of the form `path: names`; a name may be `*`.
fn paths(text: &str) -> impl Iterator<Item = (String, &str)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.flat_map(|line| {
        let (line, reason) = line.split_once(" = ").unwrap_or((line, ""));
        let (path, names) = line.split_once(": ").unwrap_or_else(|| panic!("`{line}` has no names"));
        names.split(' ').map(move |name| (format!("{path}::{name}"), reason))
    })
}

/// The functions that do not block, each with the reason.
pub(crate) fn judged() -> BTreeMap<String, String> {
    let text = read("tests/nonblocking/std/fine.txt");
    paths(&text).map(|(path, reason)| (path, reason.to_owned())).collect()
}

/// The reason why a function does not block.
pub(crate) fn verdict<'a>(judged: &'a BTreeMap<String, String>, path: &str) -> Option<&'a str> {
    let all = || path.rsplit_once("::").and_then(|(of, _)| judged.get(&format!("{of}::*")));
    let reason = judged.get(path).or_else(all).map(String::as_str)?;
    assert!(!reason.is_empty(), "{path} has a verdict without a reason");
    Some(reason)
}

/// The stable functions of std in these modules, as of the supported toolchain.
pub(crate) fn listed() -> BTreeSet<String> {
    paths(&read("tests/nonblocking/std/functions.txt")).map(|(path, _)| path).collect()
}

/// The modules that may do I/O, wait or sleep.
const MODULES: [&str; 15] = [
    "fs",
    "io",
    "net",
    "path",
    "process",
    "thread",
    "time",
    "env",
    "sync",
    "sync/mpsc",
    "os/unix/fs",
    "os/unix/net",
    "os/unix/process",
    "os/unix/thread",
    "os/fd",
];

/// The same for the installed toolchain, from its documentation; empty if that is not installed.
pub(crate) fn installed() -> BTreeSet<String> {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap().stdout;
    let std = PathBuf::from(String::from_utf8(sysroot).unwrap().trim()).join("share/doc/rust/html/std");
    let mut found = BTreeSet::new();
    for module in MODULES {
        for page in fs::read_dir(std.join(module)).into_iter().flatten().flatten() {
            let name = page.file_name().into_string().unwrap();
            let Some((kind, item)) = name.strip_suffix(".html").and_then(|name| name.split_once('.')) else { continue };
            let path = format!("std::{}::{item}", module.replace('/', "::"));
            match kind {
                "fn" if is_stable(&fs::read_to_string(page.path()).unwrap()) => drop(found.insert(path)),
                "struct" | "trait" | "enum" => {
                    let text = fs::read_to_string(page.path()).unwrap();
                    found.extend(methods(&text, kind).into_iter().map(|method| format!("{path}::{method}")));
                }
                _ => {}
            }
        }
    }
    found
}

fn is_stable(page: &str) -> bool {
    let head = page.split("<details").next().unwrap_or_default();
    let declared = page.split_once("item-decl").map_or("", |(_, rest)| rest);
    !head.contains("nightly-only") && !declared.chars().take(3000).collect::<String>().contains("stab unstable")
}

/// The stable methods on a page; for a type, those of its inherent impls.
fn methods(page: &str, kind: &str) -> Vec<String> {
    let own = if kind == "trait" {
        page
    } else {
        let Some((_, own)) = page.split_once("id=\"implementations-list\"") else { return Vec::new() };
        let ends = ["id=\"trait-implementations-list\"", "id=\"deref-methods"];
        ends.iter().fold(own, |own, end| own.split_once(end).map_or(own, |(own, _)| own))
    };
    let mut methods = Vec::new();
    for part in own.split("<section id=\"").skip(1) {
        let Some((id, rest)) = part.split_once("\" class=\"method\"") else { continue };
        let Some(name) = id.strip_prefix("method.").or_else(|| id.strip_prefix("tymethod.")) else { continue };
        let after = rest.split_once("</section>").map_or("", |(_, after)| after);
        // Methods with equal names in several impls are numbered.
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-');
        let name = if id.ends_with(|c: char| c.is_ascii_digit()) && !id.contains('-') {
            id.rsplit_once('.').map_or(name, |(_, name)| name)
        } else {
            name
        };
        if !after.chars().take(600).collect::<String>().contains("stab unstable") {
            methods.push(name.to_owned());
        }
    }
    methods
}
