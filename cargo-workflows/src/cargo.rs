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
    workspace_default_members: Vec<String>,
    pub(crate) workspace_root: PathBuf,
    pub(crate) target_directory: PathBuf,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    #[serde(default)]
    targets: Vec<Target>,
    #[serde(default)]
    metadata: serde_json::Value,
}

#[derive(Debug, Deserialize)]
struct Target {
    kind: Vec<String>,
}

impl Package {
    pub(crate) fn has_lib(&self) -> bool {
        let mut kinds = self.targets.iter().flat_map(|target| &target.kind);
        kinds.any(|kind| kind.ends_with("lib") || kind == "proc-macro")
    }
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

    /// The packages that `selection` chooses.
    ///
    /// # Errors
    ///
    /// Fails if the current directory cannot be read.
    pub(crate) fn selected(&self, selection: &Selection) -> anyhow::Result<Vec<&Package>> {
        let members = || self.packages.iter().filter(|package| self.is_member(package));
        if selection.is_workspace() {
            return Ok(members().collect());
        }
        let names = selection.packages();
        if !names.is_empty() {
            // Cargo knows patterns and versions in names; one that is no plain name stays open.
            let is_plain = names.iter().all(|name| members().any(|package| package.name == *name));
            let is_named = |package: &&Package| !is_plain || names.contains(&package.name);
            return Ok(members().filter(is_named).collect());
        }
        let manifest = match selection.manifest() {
            Some(path) => std::path::absolute(path)?,
            None => std::env::current_dir().context("cannot read the current directory")?.join("Cargo.toml"),
        };
        let of_manifest = |package: &&Package| {
            let folder = package.manifest_path.parent();
            folder.is_some_and(|folder| folder != self.workspace_root && manifest.starts_with(folder))
        };
        if let Some(package) =
            members().filter(of_manifest).max_by_key(|package| package.manifest_path.as_os_str().len())
        {
            return Ok(vec![package]);
        }
        Ok(members().filter(|package| self.workspace_default_members.contains(&package.id)).collect())
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
/// Fails if cargo does.
pub(crate) fn build(selection: &Selection, target: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let own = std::env::current_exe().context("cannot find the path of this program")?;
    let mut command = cargo();
    command.args(["check", "--message-format=json-render-diagnostics"]);
    selection.add_targets(&mut command);
    selection.add_location(&mut command);
    command.arg("--target-dir").arg(target);
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
        // It may also be an unknown target or package: cargo has named the cause.
        bail!("`cargo check` failed, see above");
    }
    modules.sort();
    modules.dedup();
    Ok(modules)
}

/// A message of cargo about a crate that it has built.
#[derive(Deserialize)]
pub(crate) struct Artifact {
    pub(crate) package_id: String,
    filenames: Vec<PathBuf>,
    #[serde(default)]
    pub(crate) executable: Option<PathBuf>,
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

pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
