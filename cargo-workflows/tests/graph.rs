//! Draws the workflows of the packages in `graphs`.
//!
//! `cargo test -p cargo-workflows --test graph -- --ignored`, or `WHOLE=1 .ci/run`. The first run builds the runtime.

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const LIB_AND_BINS: &str = "\
graphs::Greet: Greets by name.
graphs::Made
graphs::pages::Digest: Sums up pages.
graphs::pages::Keep<..>: generic over `S: Store, const N: usize`
graphs::secret::Digest
tool::Tool
";

#[test]
#[ignore = "builds the runtime"]
fn workflows_of_library_and_binaries_are_listed() {
    assert_eq!(text(&graph(&["--list"])), LIB_AND_BINS);
    assert_eq!(text(&graph(&["--list", "--lib"])), LIB_AND_BINS.replace("tool::Tool\n", ""));
    // A second run starts the same programs.
    assert_eq!(text(&graph(&["--list"])), LIB_AND_BINS);
}

#[test]
#[ignore = "builds the runtime"]
fn graph_is_drawn_in_each_format() {
    let mermaid = text(&graph(&["Greet"]));
    assert!(mermaid.starts_with("flowchart TD\n") && mermaid.contains("hello"), "{mermaid}");
    let dot = text(&graph(&["Greet", "--format", "dot"]));
    assert!(dot.starts_with("digraph") && dot.contains("hello"), "{dot}");
    let json: Value = serde_json::from_str(&text(&graph(&["Greet", "--format=json"]))).expect("JSON");
    assert_eq!(json["name"], "Greet");
    assert!(json["nodes"].as_array().expect("nodes").iter().any(|node| node["id"] == "hello"), "{json}");
    let svg = text(&graph(&["Greet", "--format=svg"]));
    assert!(svg.starts_with("<svg") && svg.contains("hello") && svg.ends_with("</svg>\n"), "{svg}");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("greet.html");
    let _ = fs::remove_file(&file);
    let output = graph(&["Greet", "--format=html", "--output", file.to_str().expect("a path")]);
    assert_eq!(text(&output), "");
    let html = fs::read_to_string(&file).expect("a page");
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("Says hello."), "{html}");
}

#[test]
#[ignore = "builds the runtime"]
fn private_workflow_and_that_of_a_binary_are_drawn() {
    assert!(text(&graph(&["secret::Digest"])).contains("hide"));
    assert!(text(&graph(&["crate::pages::Digest"])).contains("split"));
    assert!(text(&graph(&["--bin", "tool"])).contains("work"));
    assert!(text(&graph(&["--example", "show"])).contains("show"));
    assert!(text(&graph(&["-p", "renamed"])).contains("other"));
}

#[test]
#[ignore = "builds the runtime"]
fn workflow_with_an_ambiguous_name_is_refused_with_a_choice() {
    let message = refusal(&graph(&["Digest"]));
    assert_eq!(
        message,
        "error: several workflows are named `Digest`
help: choose one of them, as in `cargo workflows graph pages::Digest`:
  graphs::pages::Digest: Sums up pages.
  graphs::secret::Digest"
    );
    let message = refusal(&graph(&[]));
    assert!(message.starts_with("error: there are several workflows\n"), "{message}");
    let message = refusal(&graph(&["Gret"]));
    assert!(message.starts_with("error: no workflow is named `Gret`\n"), "{message}");
    assert!(message.contains("\n  graphs::Greet: Greets by name.\n"), "{message}");
}

#[test]
#[ignore = "builds the runtime"]
fn generic_workflow_is_drawn_for_the_given_types() {
    let drawn = text(&graph(&["Keep<Disk, 2>"]));
    assert!(drawn.contains("keep"), "{drawn}");
    assert!(text(&graph(&["pages::Keep<crate::pages::Disk, 3>", "--lib"])).contains("keep"));
    let message = refusal(&graph(&["Keep"]));
    assert!(
        message.starts_with("error: `graphs::pages::Keep` is generic over `S: Store, const N: usize`\n"),
        "{message}"
    );
    let output = graph(&["Keep<Tape, 2>"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("cannot find type `Tape`"), "{errors}");
    assert!(errors.contains("error: the program does not compile with the graph of `Keep<Tape, 2>`\nhelp: name types"));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
#[ignore = "builds the runtime"]
fn workflow_in_a_function_is_refused_with_its_place() {
    let message = refusal(&graph(&["Local"]));
    assert_eq!(
        message,
        "error: `Local` is declared in the function `local` of src/lib.rs, where its graph cannot be read\n\
         help: move it out of the function, for example into a module of its own"
    );
    let list = graph(&["--list"]);
    let note = "note: `Local` is declared in the function `local` of src/lib.rs, so it is not listed\n";
    assert!(String::from_utf8_lossy(&list.stderr).contains(note), "{list:?}");
}

#[test]
#[ignore = "builds the runtime"]
fn program_without_a_test_harness_is_not_started() {
    let message = refusal(&graph(&["--test", "plain"]));
    assert!(message.starts_with("error: no workflow is in the selected targets\nhelp: select others"), "{message}");
}

fn graph(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-workflows"));
    command.current_dir(folder()).args(["workflows", "graph"]).args(arguments);
    command.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("graphs"));
    command.output().expect("the command can run")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graphs")
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// The message of the command itself, after what cargo prints.
fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let errors = String::from_utf8_lossy(&output.stderr);
    let start = errors.rfind("error: ").expect("an error");
    errors[start..].trim_end().to_owned()
}
