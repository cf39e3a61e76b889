//! The packs of `known_blocking!`, compiled with their crates in the workspace `tests/packs`.
//!
//! The targets `blocks` have marked lines with that many blocking calls; the targets `fine` have none, and list every
//! pack, so a row with a wrong path is an error there.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

type At = (PathBuf, u64);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs")
}

/// The errors of all targets, by file and line.
fn errors() -> BTreeMap<At, Vec<String>> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["check", "--locked", "--workspace", "--keep-going", "--message-format=json"]);
    let output = cargo.env_remove("RUSTFLAGS").env_remove("CARGO_TARGET_DIR").output().expect("cargo runs");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let mut errors: BTreeMap<At, Vec<String>> = BTreeMap::new();
    let mut checked = BTreeSet::new();
    for line in stdout.lines() {
        let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
        checked.extend(line["target"]["name"].as_str().map(str::to_owned));
        let message = &line["message"];
        if message["level"] != "error" {
            continue;
        }
        let Some(spans) = message["spans"].as_array() else { continue };
        let Some(mut span) = spans.iter().find(|span| span["is_primary"] == true) else { continue };
        // An error inside a macro is reported at its call.
        while span["expansion"].is_object() {
            span = &span["expansion"]["span"];
        }
        let file = PathBuf::from(span["file_name"].as_str().expect("a file"));
        let at = (file, span["line_start"].as_u64().expect("a line"));
        errors.entry(at).or_default().push(message["message"].as_str().expect("a text").to_owned());
    }
    for target in ["blocks", "fine", "blocks_older", "fine_older"] {
        assert!(checked.contains(target), "{target} was not compiled: {}", String::from_utf8_lossy(&output.stderr));
    }
    errors
}

/// The files below a directory of the workspace, relative to it.
fn sources(directory: &str) -> Vec<PathBuf> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(root().join(directory)).expect("a directory") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name");
        let path = format!("{directory}/{name}");
        if entry.path().is_dir() {
            sources.extend(self::sources(&path));
        } else {
            sources.push(PathBuf::from(path));
        }
    }
    sources
}

/// Needs the crates of all packs, so it downloads them on the first run.
#[test]
#[ignore = "downloads the crates of all packs"]
fn packs_refuse_blocking_calls_and_accept_others() {
    let errors = errors();
    let mut files = sources("current/src");
    files.extend(sources("older/src"));
    files.sort();
    let mut problems = Vec::new();
    let (mut calls, mut caught, mut functions) = (0, 0, 0);
    for file in files {
        let text = fs::read_to_string(root().join(&file)).expect("a file");
        if file.to_string_lossy().contains("fine") {
            functions += text.matches("#[nonblocking(known_blocking)]").count();
        }
        for (line, text) in (1..).zip(text.lines()) {
            let marks = text.split_once("//~ ").map_or(0, |(_, marks)| marks.split(' ').count());
            let found = errors.get(&(file.clone(), line)).cloned().unwrap_or_default();
            let refused = found.iter().filter(|error| error.starts_with("W013: ")).count();
            calls += marks;
            caught += marks.min(refused);
            if refused < marks {
                println!("  missed: {}:{line}", file.display());
            }
            if refused > marks || found.len() > refused {
                problems.push(format!("{}:{line}: {found:?}", file.display()));
            }
        }
    }
    println!(
        "{caught} of {calls} calls of packs are refused ({} %); {functions} functions do not block",
        caught * 100 / calls
    );
    assert!(calls >= 380 && functions >= 40, "the corpora are too small: {calls} calls, {functions} functions");
    assert!(caught * 100 >= calls * 98, "only {caught} of {calls} calls are refused");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
