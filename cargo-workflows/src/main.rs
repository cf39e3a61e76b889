//! `cargo workflows`: the tools around workflows.
//!
//! `check` finds blocking calls that the macros cannot see, because they are in other functions. It lets rustc write
//! the LLVM IR of the whole program, which contains every function that the program can call, and walks it from the
//! steps. See `check` for the walk, `module` for the parser, and `rules.txt` for what ends it.
//!
//! `graph` draws workflows. It runs tests that the macros generate for it in the crate of the workflow.

mod cargo;
mod catalog;
mod check;
mod cli;
mod explain;
mod graph;
mod lock;
mod module;
mod name;
mod new;
mod origin;
mod program;
mod report;
mod rules;
mod rustc;
mod source;

use self::{
    catalog::Catalog,
    cli::{Cli, Subcommands},
    origin::Folders,
    rules::Rules,
};
use clap::Parser as _;
use std::{env, ffi::OsString, io, process::ExitCode};

/// The exit code of a failure of this program itself.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let mut arguments: Vec<OsString> = env::args_os().collect();
    let outcome = if env::var_os(rustc::MARKER).is_some() {
        rustc::run(arguments.split_off(1))
    } else {
        // Cargo passes the name of the subcommand.
        if arguments.get(1).is_some_and(|first| first == "workflows") {
            arguments.remove(1);
        }
        run(Cli::parse_from(arguments))
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(FAILED)
    })
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Subcommands::Check(options) => check(&options),
        Subcommands::Graph(options) => graph::run(&options).map(|()| ExitCode::SUCCESS),
        Subcommands::Explain { code } => explain::run(&code).map(|()| ExitCode::SUCCESS),
        Subcommands::New(options) => new::run(&options).map(|()| ExitCode::SUCCESS),
    }
}

fn check(options: &cli::Check) -> anyhow::Result<ExitCode> {
    let metadata = cargo::Metadata::load(&options.selection)?;
    let mut rules = Rules::builtin();
    for rule in metadata.rules()? {
        rules.add(&rule)?;
    }
    let target = metadata.target_directory.join("workflows-check");
    let lock = lock::lock(&target)?;
    let modules = cargo::build(&options.selection, &target)?;
    let program = program::read_all(&modules)?;
    drop(lock);
    let catalog = Catalog::new(&rules);
    let report = check::check(&program, &Folders::of(&metadata), &catalog, &rules, &options.function);
    let mut output = io::stdout().lock();
    report::write(&report, options.message_format, options.explain, &metadata.workspace_root, &mut output)?;
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
