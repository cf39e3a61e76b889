//! The graph as data, its pictures, and its soundness.

mod data;
mod handlers;
mod pictures;
mod readme;
mod soundness;

use workflows_runtime::graph::{FindingKind, Soundness};

// The example of the README.
include!("essay.rs");

/// The kinds of the findings, each with its steps.
fn findings(soundness: &Soundness) -> Vec<(FindingKind, Vec<&str>)> {
    soundness
        .findings
        .iter()
        .map(|finding| (finding.kind, finding.steps.iter().map(String::as_str).collect()))
        .collect()
}
