//! The test programs of the selected targets, and the graphs that they write.

use super::{Workflow, WorkflowOrParameters};
use crate::{
    cargo::{Artifact, Metadata, Package, cargo},
    cli::Selection,
    lock::lock,
    rustc,
};
use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use workflows_runtime::graph::WorkflowGraph;

/// The macros generate a test for each workflow if this is set. The value is a type with its arguments, or nothing.
const WANTED: &str = "CARGO_WORKFLOWS_GRAPH";
/// Where these tests write the graphs.
const FOLDER: &str = "CARGO_WORKFLOWS_GRAPH_FOLDER";
/// The tests have names with this prefix.
const TESTS: &str = "__workflows_graph_";
/// Each program with such a test contains this text. Others are not started: without a test harness, a program would
/// do its work.
const MARK: &str = "cargo workflows graph of ";

/// One workflow as its test writes it.
#[derive(Deserialize)]
struct Written {
    name: String,
    version: String,
    /// Of the version above.
    graph: serde_json::Value,
    parameters: String,
}

/// The workflows of the selected targets, in the order of their paths.
///
/// # Errors
///
/// Fails if the program does not compile, or its runtime has another version.
pub(super) fn workflows(selection: &Selection, metadata: &Metadata, wanted: &str) -> anyhow::Result<Vec<Workflow>> {
    // The folder is ours alone, so the crates in it are always built with the tests.
    let target = metadata.target_directory.join("workflows-graph");
    let _lock = lock(&target)?;
    let folder = target.join("graphs");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for (program, package) in build(selection, metadata, &target, wanted)? {
        if has_graphs(&program)? {
            run(&program, package, &folder)?;
        }
    }
    let mut workflows = Vec::new();
    for entry in fs::read_dir(&folder)? {
        workflows.push(read(&entry?.path())?);
    }
    workflows.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(workflows)
}

/// Builds the test programs, and returns each with its package.
fn build<'a>(
    selection: &Selection,
    metadata: &'a Metadata,
    target: &Path,
    wanted: &str,
) -> anyhow::Result<Vec<(PathBuf, Option<&'a Package>)>> {
    let mut command = cargo();
    command.args(["test", "--no-run", "--message-format=json-render-diagnostics"]);
    selection.add_targets(&mut command);
    if !selection.names_targets() {
        command.arg("--bins");
        if metadata.selected(selection)?.iter().any(|package| package.has_lib()) {
            command.arg("--lib");
        }
    }
    selection.add_location(&mut command);
    command.arg("--target-dir").arg(target).env(WANTED, wanted);
    let own = std::env::current_exe().context("cannot find the path of this program")?;
    command.env("RUSTC_WORKSPACE_WRAPPER", own).env(rustc::MARKER, rustc::WITHOUT_LINTS);
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot run cargo")?;
    let messages = child.stdout.take().context("cargo has no output")?;
    let mut programs = Vec::new();
    for line in BufReader::new(messages).lines() {
        let line = line.context("cannot read the output of cargo")?;
        // Other messages have other forms.
        if let Ok(Artifact { executable: Some(program), package_id, .. }) = serde_json::from_str(&line) {
            programs.push((program, metadata.packages.iter().find(|package| package.id == package_id)));
        }
    }
    if !child.wait().context("cannot run cargo")?.success() {
        if wanted.contains('<') {
            bail!(
                "the program does not compile with the graph of `{wanted}`\n\
                 help: name types as the module of the workflow does, or by paths such as `crate::Disk`"
            );
        }
        bail!("the program and its tests do not compile");
    }
    Ok(programs)
}

fn has_graphs(program: &Path) -> anyhow::Result<bool> {
    let bytes = fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
    Ok(bytes.windows(MARK.len()).any(|window| window == MARK.as_bytes()))
}

fn run(program: &Path, package: Option<&Package>, folder: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(program);
    command.arg(TESTS).env(FOLDER, folder);
    if let Some(package) = package.and_then(|package| package.manifest_path.parent()) {
        command.current_dir(package);
    }
    let output = command.output().with_context(|| format!("cannot run {}", program.display()))?;
    if !output.status.success() {
        let text = [output.stdout, output.stderr].concat();
        bail!("{} wrote no graphs:\n{}", program.display(), String::from_utf8_lossy(&text));
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Workflow> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let written: Written = serde_json::from_str(&text).with_context(|| format!("cannot read {}", path.display()))?;
    let Written { name, version, graph, parameters } = written;
    let path = name.strip_prefix(MARK).unwrap_or(&name).to_owned();
    if graph.is_null() {
        return Ok(Workflow { path, graph: WorkflowOrParameters::Parameters(parameters) });
    }
    let graph = WorkflowGraph::deserialize(graph).with_context(|| {
        let own = env!("CARGO_PKG_VERSION");
        format!("cannot read the graph of `{path}`: its workflows-runtime is {version}, and this command is {own}")
    })?;
    Ok(Workflow { path, graph: WorkflowOrParameters::Graph(Box::new(graph)) })
}
