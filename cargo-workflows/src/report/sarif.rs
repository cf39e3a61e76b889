//! The report as SARIF 2.1.0, the format of code scanning.

use super::{CODE, message, notes, relative};
use crate::check::{Finding, Report};
use serde_json::{Value, json};
use std::{io, path::Path};

pub(super) fn write(report: &Report, root: &Path, output: &mut dyn io::Write) -> io::Result<()> {
    let results: Vec<_> = report.findings.iter().map(|finding| result(finding, root)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "cargo-workflows",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_HOMEPAGE"),
                "rules": [{
                    "id": CODE,
                    "name": "BlockingCallBelowStep",
                    "shortDescription": { "text": "A blocking call below an async step" },
                    "fullDescription": { "text": "The call waits or computes on a thread that other steps share." },
                    "defaultConfiguration": { "level": "error" },
                }],
            } },
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *output, &log)?;
    writeln!(output)
}

fn result(finding: &Finding, root: &Path) -> Value {
    let site = finding.site();
    let steps: Vec<_> = finding
        .hops
        .iter()
        .map(|hop| {
            let mut location = location(&hop.file, hop.line, hop.column, root);
            location["message"] = json!({ "text": format!("`{}` calls {}", hop.caller, hop.callee) });
            json!({ "location": location })
        })
        .collect();
    json!({
        "ruleId": CODE,
        "ruleIndex": 0,
        "level": "error",
        "message": { "text": format!("{}\n{}", message(finding), notes(finding).join("\n")) },
        "locations": [location(&site.file, site.line, site.column, root)],
        "codeFlows": [{ "threadFlows": [{ "locations": steps }] }],
    })
}

fn location(file: &str, line: u32, column: u32, root: &Path) -> Value {
    let file = relative(file, root);
    let mut artifact = json!({ "uri": file.replace('\\', "/") });
    if Path::new(file).is_absolute() {
        artifact["uri"] = json!(format!("file://{file}"));
    } else {
        artifact["uriBaseId"] = json!("%SRCROOT%");
    }
    json!({ "physicalLocation": {
        "artifactLocation": artifact,
        "region": { "startLine": line.max(1), "startColumn": column.max(1) },
    } })
}
