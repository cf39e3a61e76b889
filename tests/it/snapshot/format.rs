//! The names of serialized fields, as `docs/snapshot-format.md` lists them.

use super::*;
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../docs/snapshot-format.md");
const STATE: &str = include_str!("../../../workflows-runtime/src/engine/state.rs");

/// The names in backquotes in the rows of tables.
fn names<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for line in lines.filter(|line| line.contains("| `")) {
        for name in line.split('`').skip(1).step_by(2) {
            // The engine writes a variant and its fields as one name.
            names.extend(name.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty()));
        }
    }
    names
}

/// The lines of a section of the page.
fn section(heading: &str) -> impl Iterator<Item = &'static str> {
    PAGE.lines().skip_while(move |line| *line != heading).skip(1).take_while(|line| !line.starts_with("## "))
}

#[test]
fn page_and_engine_list_the_same_names() {
    let documented = names(section("## `engine`"));
    assert!(documented.len() > 60, "{documented:?}");
    assert_eq!(documented, names(STATE.lines().filter(|line| line.starts_with("//!"))));
}

#[test]
fn error_has_the_documented_fields() {
    let documented = names(section("## Errors"));
    for error in [StepError::msg("text"), "x".parse::<u8>().unwrap_err().into()] {
        let json = serde_json::to_value(&error).unwrap();
        let fields = json.as_object().unwrap().keys().map(String::as_str).chain(["StepError"]);
        assert_eq!(documented, fields.collect());
        // Snapshots of a version without the name are readable.
        let restored: StepError = serde_json::from_value(serde_json::json!({ "message": error.to_string() })).unwrap();
        assert_eq!((restored.to_string(), restored.type_name()), (error.to_string(), None));
        let restored: StepError = serde_json::from_value(json).unwrap();
        assert_eq!((restored.to_string(), restored.type_name()), (error.to_string(), error.type_name()));
    }
}

#[tokio::test(start_paused = true)]
async fn snapshot_has_the_documented_fields() {
    let snapshot = Line::until(1).await.snapshot().await.unwrap();
    let json = serde_json::to_value(&snapshot).unwrap();
    for field in json.as_object().unwrap().keys() {
        assert!(names(section("## `Snapshot`")).contains(&**field), "`{field}` is not documented");
    }
    for field in json["collected"].as_object().unwrap().keys() {
        assert!(names(section("## `collected`")).contains(&**field), "`{field}` is not documented");
    }
    let text = serde_json::to_string(&snapshot).unwrap();
    assert!(text.starts_with(r#"{"version":1,"graph":{"workflow":"Line","#), "{text}");
}
