//! The picture in the README.

use super::Essay;
use std::{fs, path::Path};
use workflows_runtime::Workflow;

const README: &str = include_str!("../../../README.md");
const PICTURE: &str = "docs/essay.svg";
const REFRESH: &str = "UPDATE_PICTURES=1 cargo test --locked --test observability -- graph::readme";

#[test]
fn workflow_of_the_picture_is_the_one_of_the_readme() {
    assert!(
        README.contains(include_str!("essay.rs").trim()),
        "copy the example of README.md to tests/observability/graph/essay.rs"
    );
    assert!(README.contains(&format!("({PICTURE})")), "README.md does not show {PICTURE}");
}

#[test]
fn picture_of_the_readme_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PICTURE);
    let picture = Essay::graph().svg().to_string();
    if std::env::var_os("UPDATE_PICTURES").is_some() {
        fs::write(&path, &picture).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == picture, "{PICTURE} is stale: refresh it with `{REFRESH}`");
}
