//! The catalog as a page of the docs.

use super::{
    index::inferred,
    parse::{CATALOG, Form, Section, Such, bare, plain},
};
use std::fmt::Write;

/// The catalog as a page of the docs.
pub(crate) fn page() -> String {
    let mut page = include_str!("catalog.md").to_owned();
    let mut section = Section::default();
    for row in CATALOG.iter() {
        let calls = match &row.form {
            Form::Function { path, given: 0, .. } => format!("`{}`", plain(path)),
            Form::Function { path, such: Such::Items, .. } => {
                format!("`{}`, on an iterator that blocks", inferred(path))
            }
            Form::Function { path, such: Such::Address, .. } => format!("`{}`, with the name of a host", plain(path)),
            Form::Function { path, .. } => format!("`{}`, on what does I/O", plain(path)),
            Form::Methods { ty, names, handed: true, .. } => {
                format!("`{}`: {}, on what does I/O", shown(ty), list(names))
            }
            Form::Methods { ty, names, .. } => format!("`{}`: {}", shown(ty), list(names)),
            Form::Argument { ty, names } => format!("{} with a `{}`", list(names), shown(ty)),
            Form::Io { ty } | Form::Stream { ty } => format!("`{}`: everything that reads, writes or seeks", shown(ty)),
            Form::Iter { ty } => format!("`{}`: everything that takes items", shown(ty)),
            Form::Names { .. } => continue,
        };
        if section != row.section {
            section = row.section.clone();
            let pack = if section.is_always_on() { String::new() } else { format!(" (pack `{}`)", section.pack) };
            let _ = write!(page, "\n# {}{pack}\n\n| blocks | instead |\n|---|---|\n", section.title);
        }
        let _ = writeln!(page, "| {calls} | {} |", row.advice.as_deref().unwrap_or("`#[blocking(..)]`"));
    }
    page
}

/// A type without the bounds of its parameters.
fn shown(ty: &str) -> String {
    let mut shown = String::new();
    for (n, part) in ty.split(": ").enumerate() {
        let rest = if n == 0 { part } else { &part[part.find([',', '>']).unwrap_or(part.len())..] };
        shown.push_str(rest);
    }
    shown
}

fn list(names: &[String]) -> String {
    let name = |name: &String| match bare(name) {
        "for_" => "a `for` loop".to_owned(),
        name => format!("`{name}`"),
    };
    names.iter().map(name).collect::<Vec<_>>().join(", ")
}
