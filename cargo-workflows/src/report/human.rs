//! The report as text, in the form of rustc's messages.

use super::{CODE, message, notes, relative};
use crate::check::Report;
use std::{io, path::Path};

pub(super) fn write(report: &Report, explains: bool, root: &Path, output: &mut dyn io::Write) -> io::Result<()> {
    for finding in &report.findings {
        let site = finding.site();
        writeln!(output, "error[{CODE}]: {}", message(finding))?;
        writeln!(output, "  --> {}:{}:{}", relative(&site.file, root), site.line, site.column)?;
        writeln!(output, "   |")?;
        for hop in &finding.hops {
            let place = format!("{}:{}:{}", relative(&hop.file, root), hop.line, hop.column);
            writeln!(output, "   | `{}` calls {} at {place}", hop.caller, hop.callee)?;
        }
        writeln!(output, "   |")?;
        for note in notes(finding) {
            writeln!(output, "   = note: {note}")?;
        }
        writeln!(output)?;
    }
    if explains {
        for name in &report.checked {
            writeln!(output, "checked `{name}`")?;
        }
        for accepted in &report.accepted {
            writeln!(output, "accepted at {}:{}: {}", relative(&accepted.file, root), accepted.line, accepted.reason)?;
        }
    }
    let checked = match report.checked.len() {
        1 => "1 step or function".to_owned(),
        number => format!("{number} steps and functions"),
    };
    match report.findings.len() {
        0 if report.checked.is_empty() => writeln!(
            output,
            "nothing to check: the selected targets contain no `#[workflow]` and no `#[nonblocking]` function"
        ),
        0 => writeln!(output, "no blocking calls below {checked}"),
        1 => writeln!(output, "1 blocking call below {checked}; `cargo workflows explain {CODE}` explains more"),
        number => {
            writeln!(output, "{number} blocking calls below {checked}; `cargo workflows explain {CODE}` explains more")
        }
    }
}
