//! Crates that depend on `workflows-runtime` only: they compile, their lock file stays small, each
//! program of the error code page is refused with its code, the README example prints its
//! documented output, and `WORKFLOWS_MACROS_DEBUG` prints an expansion.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const PAGE: &str = include_str!("../../workflows-runtime/docs/codes.md");

/// Names the workflow whose expansion is printed.
const DEBUG: &str = "WORKFLOWS_MACROS_DEBUG";

/// Two workflows, to print the expansion of one.
const TWO_WORKFLOWS: &str = r"
use workflows_runtime::prelude::*;

#[workflow]
struct Research;

#[workflow]
impl Research {
    #[step]
    async fn find(&self, Start(topic): Start<String>) -> Stop<String> {
        Stop(topic)
    }
}

#[workflow]
struct Summary;

#[workflow]
impl Summary {
    #[step]
    async fn shorten(&self, Start(text): Start<String>) -> Stop<String> {
        Stop(text)
    }
}

fn main() {
    let _ = (Research.run(String::new()), Summary.run(String::new()));
}
";

/// Uses serde everywhere: in events, state, stream items and generics.
const SERDE_PROGRAM: &str = r#"
use workflows_runtime::prelude::*;

#[event]
#[derive(PartialEq)]
#[serde(rename_all = "camelCase")]
struct Remark {
    #[serde(default)]
    long_text: String,
}

#[event]
enum Verdict {
    Good,
    #[serde(rename = "awful")]
    Bad { why: Remark },
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tally {
    verdicts: Vec<Verdict>,
    counted: Counted<u32>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Counted<T> {
    by: std::collections::BTreeMap<String, T>,
}

#[derive(Clone, Serialize, Deserialize)]
enum Progress {
    #[serde(rename = "halfway")]
    Half,
    At { percent: u8 },
}

#[workflow(state = Tally, stream = Progress)]
struct Judge;

#[workflow]
impl Judge {
    #[step]
    async fn judge(&self, ctx: &Context<Self>, Start(remark): Start<Remark>) -> Verdict {
        ctx.publish(Progress::Half);
        ctx.publish(Progress::At { percent: 99 });
        if remark == (Remark { long_text: String::new() }) { Verdict::Good } else { Verdict::Bad { why: remark } }
    }

    #[step]
    async fn done(&self, ctx: &Context<Self>, verdict: Verdict) -> Stop<usize> {
        Stop(ctx.state().update(|tally| { tally.verdicts.push(verdict); tally.verdicts.len() + tally.counted.by.len() }))
    }
}

fn main() {
    let _ = Judge.run(Remark { long_text: "x".to_owned() });
}
"#;

/// Creates a package with these programs as its binaries.
fn package(name: &str, programs: &BTreeMap<String, String>, dependencies: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(dir.join("src/bin")).unwrap();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nedition = \"2024\"\n[workspace]\n[dependencies]\nworkflows-runtime = {{ path = '{}' }}\n{dependencies}\n",
        root.join("workflows-runtime").display()
    );
    fs::write(dir.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root.join("Cargo.lock"), dir.join("Cargo.lock")).unwrap();
    for (bin, program) in programs {
        fs::write(dir.join(format!("src/bin/{bin}.rs")), program).unwrap();
    }
    dir
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(arguments).current_dir(dir).env_remove("RUSTFLAGS").env_remove(DEBUG);
    cargo.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("standalone"));
    cargo
}

fn cargo(dir: &Path, arguments: &[&str]) -> Output {
    command(dir, arguments).output().unwrap()
}

/// Runs `cargo check`; returns its messages, one per line, and whether it has succeeded.
fn check(dir: &Path) -> (String, bool) {
    let output = cargo(dir, &["check", "--offline", "--keep-going", "--bins", "--message-format=short"]);
    (String::from_utf8(output.stderr).unwrap(), output.status.success())
}

/// Checks the program anew, with the variable set to `workflow`, and returns what the macro prints: the lines from the
/// header of the first expansion on.
fn expansion(dir: &Path, features: &str, workflow: Option<&str>) -> String {
    // Cargo does not track the variable: without an edit it would repeat an earlier output.
    let value = workflow.unwrap_or_default();
    fs::write(dir.join("src/bin/expanded.rs"), format!("// {features} {value}\n{TWO_WORKFLOWS}")).unwrap();
    let mut cargo = command(dir, &["check", "--offline", "--quiet", "--bins", "--features", features]);
    if let Some(workflow) = workflow {
        cargo.env(DEBUG, workflow);
    }
    let output = cargo.output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    text
}

/// Returns the programs of the error code page, by code.
fn programs() -> BTreeMap<String, String> {
    let mut programs = BTreeMap::new();
    let mut code = String::new();
    let mut program: Option<String> = None;
    for line in PAGE.lines() {
        if line.starts_with("```") {
            if let Some(done) = program.take() {
                programs.insert(code.clone(), done);
            } else if line == "```compile_fail" {
                program = Some(String::new());
            }
        } else if let Some(program) = &mut program {
            program.push_str(line.strip_prefix("# ").unwrap_or(line));
            program.push('\n');
        } else if let Some((heading, _)) = line.strip_prefix("# ").and_then(|line| line.split_once(": ")) {
            heading.clone_into(&mut code);
        }
    }
    programs
}

#[test]
fn standalone_crate_compiles_with_a_small_lock_file() {
    let dir = package("serde-only", &BTreeMap::from([("serde-only".to_owned(), SERDE_PROGRAM.to_owned())]), "");
    let (text, succeeded) = check(&dir);
    assert!(succeeded, "{text}");
    assert!(!text.contains("src/bin/serde-only.rs"), "the program has a warning\n{text}");
    // Cargo removes unused packages from the copied lock file.
    let lock = fs::read_to_string(dir.join("Cargo.lock")).unwrap();
    let packages = lock.lines().filter(|line| *line == "[[package]]").count() - 1;
    println!("{packages} packages");
    assert!(packages <= 45, "{packages} packages");
}

/// The whole of a program that finds the runtime at `wf`.
const RENAMED_PROGRAM: &str = r#"
use wf::known_blocking;
use wf::prelude::*;

#[event(crate = "wf")]
struct Remark(u8);

#[event(crate = "wf")]
#[derive(Serialize, Deserialize)]
struct Reply(u8);

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(crate = "wf::reexports::serde", default)]
struct Tally {
    remarks: u8,
}

#[blocking(io, crate = "wf")]
fn read(n: u8) -> u8 {
    n
}

fn listed() {}

known_blocking! { crate = "wf", crate::listed }

#[nonblocking(crate = "wf", known_blocking)]
async fn helper(n: u8) -> u8 {
    read(n).await
}

#[workflow(crate = "wf", state = Tally, stream = u8)]
struct Judge;

#[workflow(crate = "wf", known_blocking)]
impl Judge {
    #[step]
    async fn judge(&self, ctx: &Context<Self, (Reply,)>, Start(n): Start<u8>) -> Remark {
        ctx.publish(n);
        ctx.send(Reply(n));
        #[blocking(io)]
        let n = {
            listed();
            n + 1
        };
        Remark(helper(n).await)
    }

    #[cfg(all())]
    #[step]
    #[blocking(cpu)]
    fn reply(&self, Reply(_): Reply) {}

    #[step]
    async fn done(&self, #[resource(one)] one: &u8, Remark(n): Remark) -> Stop<u8> {
        Stop(n + one)
    }

    #[resource]
    async fn one() -> u8 {
        1
    }
}

fn main() {
    let _ = Judge.run(1);
}
"#;

#[test]
fn renamed_and_reexported_runtime_is_found_by_its_path() {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows-runtime");
    let dependency = format!("wf = {{ package = 'workflows-runtime', path = '{}' }}", runtime.display());
    // Each option at the path `facade::wf`, where the facade is a crate of its own.
    let facade = RENAMED_PROGRAM.replace("use wf::", "use facade::wf::").replace("\"wf", "\"facade::wf");
    // With another name in the crate root, no option is needed.
    let alias = RENAMED_PROGRAM.replace("crate = \"wf\", ", "").replace("(crate = \"wf\")", "");
    let alias = alias.replace(", crate = \"wf\"", "").replace("crate = \"wf::reexports::serde\", ", "");
    let alias = format!("extern crate wf as workflows_runtime;\n{alias}");
    assert_eq!(alias.matches("crate = ").count(), 0);
    let programs = [("renamed", RENAMED_PROGRAM.to_owned()), ("alias", alias), ("facade-user", facade)];
    let programs = programs.map(|(name, program)| (name.to_owned(), program));
    let dir = package("renamed", &BTreeMap::from(programs), "");
    fs::create_dir_all(dir.join("facade/src")).unwrap();
    let manifest = format!("[package]\nname = 'facade'\nedition = '2024'\n[dependencies]\n{dependency}\n");
    fs::write(dir.join("facade/Cargo.toml"), manifest).unwrap();
    fs::write(dir.join("facade/src/lib.rs"), "pub use wf;\n").unwrap();
    let manifest = format!(
        "[package]\nname = 'renamed'\nedition = '2024'\n[workspace]\n[dependencies]\n{dependency}\nfacade = {{ path = 'facade' }}\n"
    );
    fs::write(dir.join("Cargo.toml"), manifest).unwrap();
    let (text, succeeded) = check(&dir);
    assert!(succeeded, "{text}");
    assert!(!text.contains("src/bin/"), "a program has a warning\n{text}");
}

#[test]
fn each_documented_program_is_refused_with_its_code() {
    let programs = programs();
    assert!(programs.len() >= 24, "the page has too few programs");
    let dir = package("codes", &programs, "");
    let manifest = fs::read_to_string(dir.join("Cargo.toml")).unwrap();
    fs::write(dir.join("Cargo.toml"), manifest.replace("path =", "features = ['durable', 'isolated'], path ="))
        .unwrap();
    let (text, _) = check(&dir);
    for code in programs.keys() {
        let place = format!("src/bin/{code}.rs:");
        let errors: Vec<_> = text.lines().filter(|line| line.starts_with(&place) && line.contains(": error")).collect();
        assert!(!errors.is_empty(), "{code}: the program of the page compiles\n{text}");
        for error in errors {
            assert!(error.contains(&format!("{code}: ")), "{code}: another error\n{error}");
        }
    }
}

#[test]
fn readme_example_prints_its_documented_output() {
    let readme = include_str!("../../README.md");
    let program = readme.split("```rust\n").skip(1).filter_map(|part| part.split("```").next());
    let program = program.into_iter().find(|program| program.contains("fn main()")).unwrap();
    let tokio = r#"tokio = { version = "1", features = ["macros", "rt-multi-thread"] }"#;
    let dir = package("essay", &BTreeMap::from([("essay".to_owned(), program.to_owned())]), tokio);
    let output = cargo(&dir, &["run", "--offline", "--quiet"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        printed,
        "On workflows, with better facts, after 2 rounds\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(readme.contains(printed.trim()));
}

#[test]
fn debug_variable_prints_the_expansion_of_one_workflow() {
    let programs = BTreeMap::from([("expanded".to_owned(), TWO_WORKFLOWS.to_owned())]);
    let dir = package("expanded-debug", &programs, "");
    let debug = "workflows-runtime/debug";
    let text = expansion(&dir, debug, Some("Research"));
    // One header for the struct, one for the `impl`.
    assert!(text.starts_with("// Expansion of `Research`:\n"), "{text}");
    assert_eq!(text.matches("// Expansion of `Research`:\n").count(), 2, "{text}");
    assert!(!text.contains("Summary"), "{text}");
    // Formatted: items begin lines, and the bodies are indented.
    assert!(text.contains("\nimpl Research {\n"), "{text}");
    assert!(text.contains("\n    async fn find(&self, Start(topic): Start<String>) -> Stop<String> {\n"), "{text}");
    assert!(text.contains("\n    impl __p::Workflow for "), "{text}");
    assert!(text.lines().count() > 30, "{text}");

    assert_eq!(expansion(&dir, debug, None), "", "nothing is printed without the variable");
    assert_eq!(expansion(&dir, debug, Some("research")), "", "no workflow has this name");
}

#[test]
fn expansion_without_the_debug_feature_is_one_line() {
    let programs = BTreeMap::from([("expanded".to_owned(), TWO_WORKFLOWS.to_owned())]);
    let dir = package("expanded-plain", &programs, "");
    let text = expansion(&dir, "", Some("Summary"));
    let hint = "// Enable the feature `debug` of `workflows-runtime` to format it.";
    assert_eq!(text.lines().filter(|line| *line == hint).count(), 2, "{text}");
    assert!(text.contains("async fn shorten"), "{text}");
    assert!(!text.contains("Research"), "{text}");
}
