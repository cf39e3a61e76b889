//! The report, in three formats.

mod human;
mod json;
mod sarif;

use crate::{
    check::{Finding, Report},
    cli::Format,
};
use std::{io, path::Path};

/// The code of a blocking call, as in the messages of the macros.
const CODE: &str = "W013";

/// Writes the report. Paths are relative to `root` where they are inside of it.
///
/// # Errors
///
/// Fails if the output does.
pub(crate) fn write(
    report: &Report,
    format: Format,
    explains: bool,
    root: &Path,
    output: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::write(report, explains, root, output),
        Format::Json => json::write(report, explains, root, output),
        Format::Sarif => sarif::write(report, root, output),
    }
}

/// The first line of a finding.
fn message(finding: &Finding) -> String {
    let depth = match finding.hops.len() {
        0 | 1 => "in".to_owned(),
        2 => "1 call below".to_owned(),
        length => format!("{} calls below", length - 1),
    };
    format!("{} blocks the async executor, {depth} `{}`", finding.leaf.call, finding.root)
}

/// What to type instead, as in the messages of the macros.
fn notes(finding: &Finding) -> Vec<String> {
    let mut notes = Vec::new();
    if !finding.leaf.advice.is_empty() {
        notes.push(format!("use {}", finding.leaf.advice));
    }
    let kind = if finding.leaf.is_cpu { "cpu" } else { "io" };
    notes.push(format!(
        "`#[blocking({kind})]` on a function of its own, or in a step on the statement, runs it on a thread that may block"
    ));
    notes.push("`allow_blocking!(.., \"reason\")` around one of these calls accepts it".to_owned());
    notes
}

/// A path relative to the workspace.
fn relative<'a>(file: &'a str, root: &Path) -> &'a str {
    let stripped = Path::new(file).strip_prefix(root).ok().and_then(Path::to_str);
    stripped.unwrap_or(file)
}
