//! Runs the check on the packages in `corpus`.
//!
//! `cargo test -p cargo-workflows --test whole -- --ignored`, or `WHOLE=1 .ci/run`. The first run builds the
//! dependencies of the cases.

use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
};

/// A marker `//~ root: caller, .., leaf`.
#[derive(Debug)]
struct Expected {
    root: String,
    /// Functions in the chain, in order, and the blocking call.
    chain: Vec<String>,
    file: String,
    line: u64,
}

#[test]
#[ignore = "builds the dependencies of the cases"]
fn chains_to_blocking_calls_are_found() {
    let findings = findings();
    let expected = expected(&corpus());
    let cases: BTreeSet<&str> = expected.iter().map(|case| case.root.as_str()).collect();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    let missed: Vec<&Expected> =
        expected.iter().filter(|case| !findings.iter().any(|finding| is_for(finding, case))).collect();
    println!("{} of {} chains found, in {} functions", expected.len() - missed.len(), expected.len(), cases.len());
    assert!(missed.is_empty(), "not found: {missed:#?}");
}

#[test]
#[ignore = "builds the dependencies of the cases"]
fn only_blocking_calls_are_reported() {
    let findings = findings();
    let expected = expected(&corpus());
    let wrong = findings.iter().filter(|finding| !expected.iter().any(|case| is_for(finding, case)));
    let wrong: Vec<String> =
        wrong.map(|finding| format!("{}:{} {}", finding["file"], finding["line"], finding["message"])).collect();
    let fine = roots(&corpus().join("cases/src/fine"));
    println!("{} functions that do not block, {} findings without a marker", fine.len(), wrong.len());
    assert!(fine.len() >= 60, "only {} functions", fine.len());
    let checked = checked();
    for name in fine {
        assert!(checked.contains(&name), "`{name}` was not checked");
    }
    assert!(wrong.is_empty(), "reported: {wrong:#?}");
}

#[test]
#[ignore = "builds the dependencies of the cases"]
fn accepted_calls_are_printed_with_their_reasons() {
    let output = check(&corpus(), &["--explain"]);
    let text = String::from_utf8_lossy(&output.stdout);
    for reason in ["a page of memory, read once", "two small files, read at start", "step `Reader::accepted_step`"] {
        assert!(text.contains(reason), "{reason} is not in:\n{text}");
    }
    assert_eq!(output.status.code(), Some(1));
}

#[test]
#[ignore = "builds the dependencies of the cases"]
fn sarif_has_a_result_with_its_chain() {
    let output = check(&corpus(), &["--message-format=sarif"]);
    let log: Value = serde_json::from_slice(&output.stdout).expect("SARIF");
    assert_eq!(log["version"], "2.1.0");
    let results = log["runs"][0]["results"].as_array().expect("results");
    let is_deep = |result: &&Value| text(&result["message"]["text"]).contains("`calls::three_deep`");
    let deep = results.iter().find(is_deep).expect("the finding below `three_deep`");
    assert_eq!(deep["ruleId"], "W013");
    let location = &deep["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "cases/src/blocks/calls.rs");
    assert_eq!(deep["codeFlows"][0]["threadFlows"][0]["locations"].as_array().expect("steps").len(), 4);
}

#[test]
#[ignore = "builds the runtime"]
fn call_three_levels_below_a_step_of_the_example_is_found() {
    let output = check(&workspace(), &["-p", "below"]);
    let text = String::from_utf8_lossy(&output.stdout);
    let chain = "error[W013]: `std::fs::read_to_string` blocks the async executor, 3 calls below `Welcome::greet`
  --> examples/below/src/greeting.rs:25:5
   |
   | `below::Welcome::greet` calls `below::greeting::of` at examples/below/src/main.rs:32:35
   | `below::greeting::of` calls `below::greeting::all` at examples/below/src/greeting.rs:9:25
   | `below::greeting::all` calls `below::greeting::text` at examples/below/src/greeting.rs:19:17
   | `below::greeting::text` calls `std::fs::read_to_string` at examples/below/src/greeting.rs:25:5
   |
   = note: use `tokio::fs::read_to_string(..).await`
";
    assert!(text.contains(chain), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 blocking call below 2 steps and functions"), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
#[ignore = "builds the runtime"]
fn largest_example_blocks_nowhere() {
    let output = check(&workspace(), &["-p", "digest"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("no blocking calls below"), "{text}");
}

#[test]
#[ignore = "builds the runtime"]
fn new_package_compiles_passes_its_tests_and_the_check() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-flow");
    let _ = fs::remove_dir_all(&folder);
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-workflows"));
    command.args(["workflows", "new"]).arg(&folder);
    command.arg("--runtime-path").arg(workspace().join("workflows-runtime"));
    let output = command.output().expect("the tool can run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // The folder is inside of this workspace, unlike that of a user.
    let manifest = folder.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    fs::write(&manifest, text + "\n[workspace]\n").expect("a manifest");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(&folder).arg("test").env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("new"));
    let output = cargo.output().expect("cargo can run");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let output = check(&folder, &[]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("no blocking calls below 2 steps and functions"), "{text}");
    // Nothing is overwritten.
    let output = command.output().expect("the tool can run");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("exists and is not empty"));
}

#[test]
#[ignore = "builds the runtime"]
fn second_check_builds_only_the_crate_that_has_changed() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("changed");
    let _ = fs::remove_dir_all(&folder);
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    let package = |name: &str, dependencies: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{dependencies}")
    };
    let runtime = workspace().join("workflows-runtime");
    write("Cargo.toml", "[workspace]\nmembers = [\"app\", \"below\"]\nresolver = \"3\"\n");
    write("below/Cargo.toml", &package("below", ""));
    write("below/src/lib.rs", "pub fn text() -> String {\n    String::new()\n}\n");
    write(
        "app/Cargo.toml",
        &package("app", &format!("below = {{ path = \"../below\" }}\nworkflows-runtime = {{ path = {runtime:?} }}\n")),
    );
    write(
        "app/src/main.rs",
        "mod greeting;\nuse workflows_runtime::prelude::*;\n#[workflow]\nstruct Greet;\n#[workflow]\nimpl Greet {\n    #[step]\n    \
         async fn greet(&self, Start(()): Start<()>) -> Stop<String> {\n        Stop(greeting::text())\n    }\n}\n\
         fn main() {\n    let _ = Greet;\n}\n",
    );
    write("app/src/greeting.rs", "pub fn text() -> String {\n    below::text()\n}\n");
    // The crates that cargo builds, and the exit code.
    let built = || {
        let output = check(&folder, &["-p", "app"]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let crates: Vec<String> = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("Checking ")?.split(' ').next().map(str::to_owned))
            .collect();
        (crates, output.status.code())
    };
    let (crates, code) = built();
    assert!(crates.iter().any(|name| name == "below") && crates.iter().any(|name| name == "app"), "{crates:?}");
    assert_eq!(code, Some(0));
    assert_eq!(built(), (vec![], Some(0)), "nothing has changed");
    write(
        "app/src/greeting.rs",
        "pub fn text() -> String {\n    std::fs::read_to_string(\"a\").unwrap_or_else(|_| below::text())\n}\n",
    );
    assert_eq!(built(), (vec!["app".to_owned()], Some(1)), "the change blocks");
    write("app/src/greeting.rs", "pub fn text() -> String {\n    below::text()\n}\n");
    assert_eq!(built(), (vec!["app".to_owned()], Some(0)), "the change is reverted");
    write("below/src/lib.rs", "pub fn text() -> String {\n    std::fs::read_to_string(\"a\").unwrap_or_default()\n}\n");
    assert_eq!(built(), (vec!["below".to_owned(), "app".to_owned()], Some(1)), "the crate and what depends on it");
}

#[test]
#[ignore = "starts cargo"]
fn failure_of_the_check_itself_has_another_exit_code() {
    let output = check(Path::new("/"), &["--manifest-path", "no/Cargo.toml"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn check(folder: &Path, options: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-workflows"));
    command.current_dir(folder).args(["workflows", "check"]).args(options);
    // Next to the artifacts of this workspace, so `cargo clean` removes them.
    command.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus"));
    command.output().expect("the check can run")
}

/// The report on the cases as JSON, which all tests share.
fn report() -> &'static [Value] {
    static REPORT: LazyLock<Vec<Value>> = LazyLock::new(|| {
        let output = check(&corpus(), &["--message-format=json"]);
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout);
        text.lines().map(|line| serde_json::from_str(line).expect("one object per line")).collect()
    });
    &REPORT
}

fn findings() -> Vec<&'static Value> {
    report().iter().filter(|line| line["reason"] == "finding").collect()
}

fn checked() -> BTreeSet<String> {
    let finished = report().last().expect("a last line");
    let names = finished["checked"].as_array().expect("names").iter();
    names.map(|name| last_segment(text(name)).to_owned()).collect()
}

/// Whether a finding is at the marked line, for the function, through these callers to this call.
fn is_for(finding: &Value, case: &Expected) -> bool {
    let is_place = finding["file"] == case.file.as_str() && finding["line"] == case.line;
    if !is_place || last_segment(text(&finding["step"])) != case.root {
        return false;
    }
    let Some((leaf, callers)) = case.chain.split_last() else { return false };
    let calls = finding["calls"].as_array().expect("calls");
    let mut hops = calls.iter().map(|call| last_segment(text(&call["caller"])));
    callers.iter().all(|caller| hops.any(|hop| hop == caller))
        && text(&finding["blocking_call"]).contains(leaf.as_str())
}

fn expected(folder: &Path) -> Vec<Expected> {
    let mut expected = Vec::new();
    for file in sources(folder) {
        let source = fs::read_to_string(&file).expect("a source file");
        let name = file.strip_prefix(folder).expect("inside").display().to_string();
        for (line, text) in (1..).zip(source.lines()) {
            let Some((_, markers)) = text.split_once("//~ ") else { continue };
            for marker in markers.split(';') {
                let (root, chain) = marker.split_once(':').expect("`root: chain`");
                let chain = chain.split(',').map(|part| part.trim().to_owned()).collect();
                expected.push(Expected { root: root.trim().to_owned(), chain, file: name.clone(), line });
            }
        }
    }
    expected
}

/// The names of the `#[nonblocking]` functions and of the steps in a folder that are checked.
fn roots(folder: &Path) -> Vec<String> {
    let mut roots = Vec::new();
    for file in sources(folder) {
        let source = fs::read_to_string(file).expect("a source file");
        let mut lines = source.lines().map(str::trim).peekable();
        while let Some(line) = lines.next() {
            if matches!(line, "#[nonblocking]" | "#[step]")
                && let Some(name) = lines.peek().and_then(|line| line.split_once("async fn ")).map(|(_, rest)| rest)
            {
                roots.push(name.split(['(', '<']).next().unwrap_or_default().to_owned());
            }
        }
    }
    roots
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            files.extend(sources(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            files.push(entry);
        }
    }
    files
}

fn last_segment(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
