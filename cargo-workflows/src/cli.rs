//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// `cargo workflows ..`
#[derive(Debug, Parser)]
#[command(name = "cargo workflows", bin_name = "cargo workflows", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Subcommands,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Subcommands {
    /// Find blocking calls anywhere below the steps of the workflows
    ///
    /// Exits with 0 if there are none, with 1 if there are, and with 2 if the check itself failed.
    Check(Check),
    /// Draw the graph of a workflow
    ///
    /// Builds the package with a test for each workflow, and runs these tests to get their graphs. So private workflows
    /// and those of binaries, examples and tests are drawn as well. The default is the library and all binaries.
    Graph(Graph),
    /// Explain an error code, such as W013
    Explain {
        /// The code, such as W013
        code: String,
    },
    /// Create a package with a workflow and a test
    New(New),
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// The format of the report
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Human)]
    pub(crate) message_format: Format,
    /// Also check async functions that are no steps, such as `my_app::server::handle` or `my_app::*`
    #[arg(long, value_name = "PATH")]
    pub(crate) function: Vec<String>,
    /// Also print what was checked, and which calls `allow_blocking!` accepts
    #[arg(long)]
    pub(crate) explain: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Human,
    /// One object per line for each finding, and a last one with the totals
    Json,
    /// For code scanning
    Sarif,
}

#[derive(Debug, Args)]
pub(crate) struct Graph {
    /// The workflow, such as `Digest`, `pages::Digest`, or `Pages<crate::Disk>` for a generic one
    ///
    /// Can be omitted if there is only one. The types of a generic workflow are resolved in its module.
    pub(crate) workflow: Option<String>,
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Picture::Mermaid)]
    pub(crate) format: Picture,
    /// Write to this file instead of the standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// List the workflows
    #[arg(long, conflicts_with_all = ["workflow", "output", "format"])]
    pub(crate) list: bool,
    #[command(flatten)]
    pub(crate) selection: Selection,
}

/// The format of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Picture {
    /// A Mermaid flowchart
    Mermaid,
    /// The DOT language of Graphviz
    Dot,
    /// Nodes and edges
    Json,
    /// A picture, light or dark as the reader prefers
    Svg,
    /// A page: pan, zoom, and click a step for its options and docs
    Html,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// The folder of the package
    pub(crate) path: PathBuf,
    /// The name of the package, by default that of the folder
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// A local copy of workflows-runtime to depend on
    #[arg(long, value_name = "PATH")]
    pub(crate) runtime_path: Option<PathBuf>,
}

/// What to build, as in `cargo check`.
#[derive(Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of cargo")]
pub(crate) struct Selection {
    /// This package
    #[arg(short, long, value_name = "SPEC")]
    package: Vec<String>,
    /// All packages of the workspace
    #[arg(long)]
    workspace: bool,
    /// The library
    #[arg(long)]
    lib: bool,
    /// This binary
    #[arg(long, value_name = "NAME")]
    bin: Vec<String>,
    /// All binaries
    #[arg(long)]
    bins: bool,
    /// This example
    #[arg(long, value_name = "NAME")]
    example: Vec<String>,
    /// All examples
    #[arg(long)]
    examples: bool,
    /// This test
    #[arg(long, value_name = "NAME")]
    test: Vec<String>,
    /// All tests
    #[arg(long)]
    tests: bool,
    /// All targets
    #[arg(long)]
    all_targets: bool,
    /// Features to enable
    #[arg(short = 'F', long, value_name = "FEATURES")]
    features: Vec<String>,
    /// Enable all features
    #[arg(long)]
    all_features: bool,
    /// Do not enable the default features
    #[arg(long)]
    no_default_features: bool,
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Require that Cargo.lock is up to date
    #[arg(long)]
    locked: bool,
    /// Do not access the network
    #[arg(long)]
    offline: bool,
}

impl Selection {
    /// The packages that are named.
    pub(crate) fn packages(&self) -> &[String] {
        &self.package
    }

    /// The manifest that is named.
    pub(crate) fn manifest(&self) -> Option<&Path> {
        self.manifest_path.as_deref()
    }

    /// Whether all packages are selected.
    pub(crate) fn is_workspace(&self) -> bool {
        self.workspace
    }

    /// Whether an argument chooses targets.
    pub(crate) fn names_targets(&self) -> bool {
        let lists = [&self.bin, &self.example, &self.test];
        let flags = [self.lib, self.bins, self.examples, self.tests, self.all_targets];
        lists.iter().any(|list| !list.is_empty()) || flags.contains(&true)
    }

    /// The arguments that choose targets and features.
    pub(crate) fn add_targets(&self, command: &mut Command) {
        let lists = [
            ("--package", &self.package),
            ("--bin", &self.bin),
            ("--example", &self.example),
            ("--test", &self.test),
            ("--features", &self.features),
        ];
        for (option, values) in lists {
            for value in values {
                command.arg(option).arg(value);
            }
        }
        let flags = [
            ("--workspace", self.workspace),
            ("--lib", self.lib),
            ("--bins", self.bins),
            ("--examples", self.examples),
            ("--tests", self.tests),
            ("--all-targets", self.all_targets),
            ("--all-features", self.all_features),
            ("--no-default-features", self.no_default_features),
        ];
        command.args(flags.iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| flag));
    }

    /// The arguments that every command of cargo takes.
    pub(crate) fn add_location(&self, command: &mut Command) {
        if let Some(path) = &self.manifest_path {
            command.arg("--manifest-path").arg(path);
        }
        let flags = [("--locked", self.locked), ("--offline", self.offline)];
        command.args(flags.iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| flag));
    }
}
