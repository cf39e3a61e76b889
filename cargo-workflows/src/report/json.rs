//! The report as JSON: one object per line.

use super::{CODE, message, notes, relative};
use crate::check::Report;
use serde_json::json;
use std::{io, path::Path};

pub(super) fn write(report: &Report, explains: bool, root: &Path, output: &mut dyn io::Write) -> io::Result<()> {
    for finding in &report.findings {
        let site = finding.site();
        let calls: Vec<_> = finding
            .hops
            .iter()
            .map(|hop| {
                json!({
                    "caller": hop.caller,
                    "callee": hop.callee.trim_matches('`'),
                    "file": relative(&hop.file, root),
                    "line": hop.line,
                    "column": hop.column,
                })
            })
            .collect();
        let line = json!({
            "reason": "finding",
            "code": CODE,
            "message": message(finding),
            "step": finding.root,
            "blocking_call": finding.leaf.call.replace('`', ""),
            "file": relative(&site.file, root),
            "line": site.line,
            "column": site.column,
            "calls": calls,
            "notes": notes(finding),
        });
        writeln!(output, "{line}")?;
    }
    if explains {
        for accepted in &report.accepted {
            let line = json!({
                "reason": "accepted",
                "file": relative(&accepted.file, root),
                "line": accepted.line,
                "why": accepted.reason,
            });
            writeln!(output, "{line}")?;
        }
    }
    writeln!(
        output,
        "{}",
        json!({ "reason": "finished", "findings": report.findings.len(), "checked": report.checked })
    )
}
