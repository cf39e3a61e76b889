//! The functions from which a walk starts.

use super::facts::Facts;
use crate::{
    module::{Function, Symbol},
    name::{Name, is_path, segments},
    program::Program,
};
use std::collections::HashMap;

/// The poll function of a step, or a `#[nonblocking]` function.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Root {
    pub(super) symbol: Symbol,
    pub(super) name: String,
    pub(super) kind: RootKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RootKind {
    Step,
    /// A step that is declared with `allow_blocking`.
    AllowedStep,
    Function,
}

/// The macro calls these generic functions with the future of each step, so their instances name the futures.
const SEND: &str = "workflows_runtime::__private::send";
const SEND_ALLOWED: &str = "workflows_runtime::__private::send_allowed";

/// The macro declares this function in each `#[nonblocking]` function.
const NONBLOCKING: &str = "__nonblocking";

/// The roots of a program, in the order of their names.
pub(super) fn of(program: &Program, facts: &Facts<'_>, others: &[String]) -> Vec<Root> {
    let mut futures = Vec::new();
    let mut nonblocking = Vec::new();
    for symbol in program.symbols() {
        let mangled = program.name(symbol);
        if mangled.contains("9___private4send") || mangled.contains("12send_allowed") {
            futures.push(symbol);
        } else if mangled.ends_with("13___nonblocking") {
            nonblocking.push(symbol);
        }
    }
    let mut roots = Vec::new();
    if !futures.is_empty() {
        let closures = closures(program);
        for symbol in futures {
            let text = format!("{}", rustc_demangle::demangle(program.name(symbol)));
            let name = &facts.of(symbol).name;
            let kind = match &name.text {
                text if text.starts_with(SEND_ALLOWED) => RootKind::AllowedStep,
                text if text.starts_with(SEND) => RootKind::Step,
                _ => continue,
            };
            let Some(future) = text.split_once("::<").and_then(|(_, rest)| rest.strip_suffix('>')) else { continue };
            if let Some(&symbol) = closures.get(future) {
                roots.push(Root { symbol, name: name_of(&facts.of(symbol).name), kind });
            }
        }
    }
    if !nonblocking.is_empty() {
        let marked: Vec<Vec<String>> = nonblocking
            .iter()
            .map(|symbol| {
                let mut path = facts.of(*symbol).name.path.clone();
                path.retain(|segment| segment != NONBLOCKING);
                path
            })
            .collect();
        for function in program.functions() {
            let mangled = program.name(function.symbol);
            // Cheaper than to demangle the names of all functions.
            let mut parts = marked.iter().filter(|path| path.iter().all(|part| mangled.contains(unnumbered(part))));
            if parts.clone().next().is_some() {
                let name = &facts.of(function.symbol).name;
                if parts.any(|path| *path == name.path) {
                    roots.push(Root { symbol: function.symbol, name: name_of(name), kind: RootKind::Function });
                }
            }
        }
    }
    let others: Vec<Vec<String>> = others.iter().map(|path| segments(path).0).collect();
    if !others.is_empty() {
        roots.extend(program.functions().filter_map(|function| other(function, facts, &others)));
    }
    roots.sort_by(|a, b| (&a.name, a.symbol).cmp(&(&b.name, b.symbol)));
    roots.dedup();
    roots
}

/// An async function that the user names.
fn other(function: &Function, facts: &Facts<'_>, others: &[Vec<String>]) -> Option<Root> {
    let name = &facts.of(function.symbol).name;
    let (_, path) = name.path.split_last()?;
    let is_named = function.is_async && others.iter().any(|pattern| is_path_or_below(path, pattern));
    is_named.then(|| Root { symbol: function.symbol, name: name_of(name), kind: RootKind::Function })
}

/// Whether `path` fits `pattern`, where `app::*` is everything in `app`.
fn is_path_or_below(path: &[String], pattern: &[String]) -> bool {
    match pattern.split_last() {
        Some((last, module)) if last == "*" => path.starts_with(module),
        _ => is_path(path, pattern),
    }
}

/// The poll functions of async functions and blocks, by their whole names.
fn closures(program: &Program) -> HashMap<String, Symbol> {
    let functions = program.functions().map(|function| function.symbol);
    let closures = functions.filter(|symbol| program.name(*symbol).starts_with("_RNC"));
    closures.map(|symbol| (format!("{}", rustc_demangle::demangle(program.name(symbol))), symbol)).collect()
}

/// A part of a path as it is in a mangled name, which has no `{closure#0}`.
fn unnumbered(part: &str) -> &str {
    if part.starts_with('{') { "" } else { part }
}

/// `Writer::read` for `<app::Writer>::read::{closure#0}`.
fn name_of(name: &Name) -> String {
    let named: Vec<&str> = name.path.iter().map(String::as_str).filter(|part| !part.starts_with('{')).collect();
    named[named.len().saturating_sub(2)..].join("::")
}
