//! Runs cargo: the packages of the program, and the build that leaves the LLVM IR of its crates.

use crate::{cli::Selection, rustc};
use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What `cargo metadata` prints, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    workspace_members: Vec<String>,
    pub(crate) workspace_root: PathBuf,
    pub(crate) target_directory: PathBuf,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    #[serde(default)]
    metadata: serde_json::Value,
}

impl Metadata {
    /// # Errors
    ///
    /// Fails if cargo does.
    pub(crate) fn load(selection: &Selection) -> anyhow::Result<Self> {
        let mut command = cargo();
        command.args(["metadata", "--format-version=1"]);
        selection.add_location(&mut command);
        let output = command.stderr(Stdio::inherit()).output().context("cannot run cargo")?;
        if !output.status.success() {
            bail!("`cargo metadata` failed");
        }
        serde_json::from_slice(&output.stdout).context("cannot read the output of `cargo metadata`")
    }

    pub(crate) fn is_member(&self, package: &Package) -> bool {
        self.workspace_members.contains(&package.id)
    }

    /// The rules in `[package.metadata.workflows]` of the workspace's packages.
    ///
    /// # Errors
    ///
    /// Fails if `rules` is not a list of texts.
    pub(crate) fn rules(&self) -> anyhow::Result<Vec<String>> {
        let mut rules = Vec::new();
        for package in self.packages.iter().filter(|package| self.is_member(package)) {
            let Some(own) = package.metadata.get("workflows").and_then(|workflows| workflows.get("rules")) else {
                continue;
            };
            let own: Vec<String> = Vec::deserialize(own).with_context(|| {
                format!("`package.metadata.workflows.rules` of `{}` is not a list of texts", package.name)
            })?;
            rules.extend(own);
        }
        Ok(rules)
    }
}

/// Builds the selected targets, and returns the files with the LLVM IR of their crates and of all dependencies.
///
/// # Errors
///
/// Fails if the program does not compile.
pub(crate) fn build(selection: &Selection, metadata: &Metadata) -> anyhow::Result<Vec<PathBuf>> {
    let own = std::env::current_exe().context("cannot find the path of this program")?;
    let mut command = cargo();
    command.args(["check", "--message-format=json-render-diagnostics"]);
    selection.add_targets(&mut command);
    selection.add_location(&mut command);
    command.arg("--target-dir").arg(metadata.target_directory.join("workflows-check"));
    command.env("RUSTC_WRAPPER", &own).env("RUSTC_WORKSPACE_WRAPPER", &own).env(rustc::MARKER, "1");
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot run cargo")?;
    let messages = child.stdout.take().context("cargo has no output")?;
    let mut modules = Vec::new();
    for line in BufReader::new(messages).lines() {
        let line = line.context("cannot read the output of cargo")?;
        // Other messages have other forms.
        if let Ok(artifact) = serde_json::from_str::<Artifact>(&line) {
            // Build scripts, macros and their dependencies are linked, and are no part of the program.
            if let [file] = &artifact.filenames[..] {
                modules.extend(module_of(file)?);
            }
        }
    }
    if !child.wait().context("cannot run cargo")?.success() {
        bail!("the program does not compile");
    }
    modules.sort();
    modules.dedup();
    Ok(modules)
}

#[derive(Deserialize)]
struct Artifact {
    filenames: Vec<PathBuf>,
}

/// The LLVM IR next to the metadata of a crate: `foo-1234.ll` for `libfoo-1234.rmeta`.
fn module_of(file: &Path) -> anyhow::Result<Option<PathBuf>> {
    let Some(name) = file.file_name().and_then(|name| name.to_str()) else { return Ok(None) };
    let Some(stem) = name.strip_prefix("lib").and_then(|name| name.strip_suffix(".rmeta")) else { return Ok(None) };
    let module = file.with_file_name(format!("{stem}.ll"));
    if !module.exists() {
        bail!("the compiler wrote no {}: remove the folder and run the check again", module.display());
    }
    Ok(Some(module))
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
