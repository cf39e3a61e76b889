//! `cargo workflows graph`: the graph of a workflow as text or as a picture.

mod choice;
mod inner;
mod programs;

use crate::{
    cargo::Metadata,
    cli::{Graph, Picture, Selection},
};
use anyhow::Context as _;
use std::{
    fs,
    io::{self, Write as _},
};
use workflows_runtime::graph::WorkflowGraph;

use self::inner::Inner;

/// A workflow of the selected targets.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Workflow {
    /// Its path, such as `app::pages::Digest`.
    path: String,
    graph: WorkflowOrParameters,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum WorkflowOrParameters {
    Graph(Box<WorkflowGraph>),
    /// The parameters of a generic workflow whose arguments are not given.
    Parameters(String),
}

/// Prints the graph of the chosen workflow, or the list of all of them.
///
/// # Errors
///
/// Fails if the program does not compile, no workflow or several fit, or the output cannot be written.
pub(crate) fn run(options: &Graph) -> anyhow::Result<()> {
    let metadata = Metadata::load(&options.selection)?;
    let wanted = options.workflow.as_deref().unwrap_or_default();
    let workflows = programs::workflows(&options.selection, &metadata, wanted)?;
    let inner = || inner(&options.selection, &metadata);
    if options.list {
        for inner in inner()? {
            eprintln!("note: {}, so it is not listed", inner.place());
        }
        let list: String = workflows.iter().map(|workflow| workflow.line() + "\n").collect();
        return Ok(io::stdout().lock().write_all(list.as_bytes())?);
    }
    let text = render(choice::choose(&workflows, wanted, inner)?, options.format)?;
    match &options.output {
        Some(path) => fs::write(path, text).with_context(|| format!("cannot write {}", path.display())),
        None => Ok(io::stdout().lock().write_all(text.as_bytes())?),
    }
}

/// The workflows in functions of the selected packages.
fn inner(selection: &Selection, metadata: &Metadata) -> anyhow::Result<Vec<Inner>> {
    let folders = metadata.selected(selection)?.into_iter().filter_map(|package| package.manifest_path.parent());
    Ok(folders.flat_map(inner::of_package).collect())
}

fn render(graph: &WorkflowGraph, format: Picture) -> anyhow::Result<String> {
    let mut text = match format {
        Picture::Mermaid => graph.mermaid().to_string(),
        Picture::Dot => graph.dot().to_string(),
        Picture::Json => serde_json::to_string_pretty(&graph.representation())?,
        Picture::Svg => graph.svg().to_string(),
        Picture::Html => graph.html().to_string(),
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

impl Workflow {
    /// The path, and the first line of the docs or the missing arguments.
    fn line(&self) -> String {
        match &self.graph {
            WorkflowOrParameters::Graph(graph) => match graph.docs.lines().next() {
                Some(docs) => format!("{}: {docs}", self.path),
                None => self.path.clone(),
            },
            WorkflowOrParameters::Parameters(parameters) => {
                format!("{}<..>: generic over `{parameters}`", self.path)
            }
        }
    }
}
