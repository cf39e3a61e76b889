//! The files in which tests write graphs for `cargo workflows graph`.

use super::WorkflowGraph;
use serde::Serialize;
use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

/// Set by the command. Nothing is written without it.
const FOLDER: &str = "CARGO_WORKFLOWS_GRAPH_FOLDER";

/// One workflow of a test program.
#[derive(Serialize)]
struct File<'a> {
    /// The path of the workflow, after a text by which the command recognizes the program.
    name: &'a str,
    /// The version of the runtime, whose graphs the command has to know.
    version: &'a str,
    /// `None` if the type is generic and the command has not named its arguments.
    graph: Option<&'a WorkflowGraph>,
    /// The generic parameters as written.
    parameters: &'a str,
}

/// Writes the graph of a workflow, if `cargo workflows graph` asks for it.
///
/// # Panics
///
/// Panics if the file cannot be written.
pub fn write_graph(name: &str, graph: &WorkflowGraph) {
    write(name, Some(graph), "");
}

/// Writes that a workflow is generic, if `cargo workflows graph` asks for graphs.
///
/// # Panics
///
/// Panics if the file cannot be written.
pub fn write_generic(name: &str, parameters: &str) {
    write(name, None, parameters);
}

fn write(name: &str, graph: Option<&WorkflowGraph>, parameters: &str) {
    let Some(folder) = env::var_os(FOLDER) else { return };
    // The name has characters that no file name may have.
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let path = Path::new(&folder).join(format!("{:016x}.json", hasher.finish()));
    let file = File { name, version: env!("CARGO_PKG_VERSION"), graph, parameters };
    let text = serde_json::to_string(&file).expect("a graph serializes");
    fs::write(&path, text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}
