//! Compiles the corpora as packages, and parses the diagnostics.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// A file and a line.
pub(crate) type At = (String, u64);

#[derive(Debug, Clone)]
pub(crate) struct Diagnostic {
    pub(crate) package: String,
    pub(crate) at: At,
    pub(crate) is_error: bool,
    pub(crate) text: String,
    pub(crate) notes: Vec<String>,
}

const BLOCKS: &str = "#![allow(dead_code)]
workflows_runtime::known_blocking! {
    futures,
    crate::client::Client: [fetch, post],
    crate::client::Pool<T>: [get],
    crate::client::refresh,
    crate::client::load::<&str>,
}
pub mod client {
    pub(crate) struct Client;
    impl Client {
        pub(crate) fn fetch(&self, _: &str) -> u8 { 1 }
        pub(crate) fn post(&self) -> u8 { 1 }
    }
    pub(crate) struct Pool<T>(pub T);
    impl<T: Copy> Pool<T> {
        pub(crate) fn get(&self) -> T { self.0 }
    }
    pub(crate) fn refresh() {}
    pub(crate) fn load<T>(_: T) -> u8 { 1 }
}
";

/// A crate without a prelude.
const BARE: &str = "#![no_implicit_prelude]
::workflows_runtime::known_blocking! { futures, crate::Own: [fetch] }
pub struct Own;
impl Own {
    pub fn read(&self) -> u8 { 1 }
    pub fn fetch(&self) -> u8 { 2 }
}
#[::workflows_runtime::nonblocking(known_blocking)]
pub async fn own(own: Own) -> u8 {
    ::std::assert!(own.read() == 1);
    own.read()
}
";

const ODD: &str = "#![allow(dead_code)]
workflows_runtime::known_blocking! { futures }
";

const FINE: &str = "#![forbid(unsafe_code)]
#![warn(unused, unused_qualifications, unused_results, rust_2018_idioms, clippy::all, clippy::pedantic)]
#![warn(clippy::nursery)]
#![allow(unused_imports, clippy::cognitive_complexity, clippy::debug_assert_with_mut_call)]
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nonblocking")
}

fn sources(corpus: &str) -> Vec<(String, String)> {
    let mut sources: Vec<_> = fs::read_dir(root().join(corpus))
        .expect("a corpus")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap()))
        .collect();
    sources.sort();
    sources
}

/// The number of blocking calls, by file and line.
pub(crate) fn marks(corpus: &str) -> BTreeMap<At, usize> {
    let mut marks = BTreeMap::new();
    for (file, text) in sources(corpus) {
        for (line, text) in (1..).zip(text.lines()) {
            if let Some((_, mark)) = text.split_once("//~ ") {
                marks.insert((file.clone(), line), mark.split(' ').count());
            }
        }
    }
    marks
}

/// Code that misuses the macros.
pub(crate) fn mistakes() -> String {
    fs::read_to_string(root().join("mistakes.rs")).unwrap()
}

/// The number of functions with the attribute.
pub(crate) fn functions(corpus: &str) -> usize {
    sources(corpus).iter().map(|(_, text)| text.matches("#[nonblocking]").count()).sum()
}

/// The diagnostics of one package that the other one does not have.
pub(crate) fn only_in<'a>(found: &'a [Diagnostic], package: &str, other: &str) -> Vec<&'a Diagnostic> {
    let others: BTreeSet<_> =
        found.iter().filter(|found| found.package == other).map(|found| (&found.at, &found.text)).collect();
    let is_new = |found: &&Diagnostic| found.package == package && !others.contains(&(&found.at, &found.text));
    found.iter().filter(is_new).collect()
}

/// Compiles all corpora, once.
pub(crate) fn check() -> &'static [Diagnostic] {
    static FOUND: OnceLock<Vec<Diagnostic>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nonblocking");
        fs::create_dir_all(&workspace).unwrap();
        let members =
            "[workspace]\nresolver = \"3\"\nmembers = [\"bare\", \"blocks\", \"fine\", \"odd\", \"plain\", \"mistakes\"]\n";
        fs::write(workspace.join("Cargo.toml"), members).unwrap();
        // Use the same versions, so nothing is downloaded.
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"), workspace.join("Cargo.lock")).unwrap();
        let listed = "#[nonblocking(known_blocking)]";
        let blocks = sources("blocks").into_iter().map(|(name, text)| (name, text.replace("#[nonblocking]", listed)));
        package(&workspace, "blocks", BLOCKS, blocks.collect());
        package(&workspace, "bare", BARE, Vec::new());
        package(&workspace, "odd", ODD, sources("odd"));
        package(&workspace, "fine", FINE, sources("fine"));
        let plain = sources("fine").into_iter().map(|(name, text)| (name, text.replace("#[nonblocking]", "")));
        package(&workspace, "plain", FINE, plain.collect());
        package(&workspace, "mistakes", &mistakes(), Vec::new());
        run(&workspace)
    })
}

fn package(workspace: &Path, name: &str, head: &str, sources: Vec<(String, String)>) {
    let src = workspace.join(name).join("src");
    fs::create_dir_all(&src).unwrap();
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows-runtime");
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         futures = \"0.3\"\ntokio = {{ version = \"1\", features = [\"full\"] }}\n\
         workflows-runtime = {{ path = \"{}\" }}\n",
        runtime.display()
    );
    fs::write(workspace.join(name).join("Cargo.toml"), manifest).unwrap();
    let modules = sources.iter().map(|(file, _)| ["pub mod ", file.trim_end_matches(".rs"), ";\n"].concat());
    let modules = modules.collect::<String>();
    fs::write(src.join("lib.rs"), format!("{head}{modules}")).unwrap();
    for (file, text) in sources {
        fs::write(src.join(file), text).unwrap();
    }
}

fn run(workspace: &Path) -> Vec<Diagnostic> {
    let cargo = |command: &str, offline: bool| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(workspace).env("CARGO_TARGET_DIR", workspace.join("target"));
        cargo.args([command, "--workspace", "--keep-going", "--message-format=json"]);
        cargo.args(offline.then_some("--offline"));
        // The diagnostics must not depend on the caller's flags.
        cargo.env_remove("RUSTFLAGS").output().expect("cargo runs")
    };
    let has_clippy = Command::new(env!("CARGO")).args(["clippy", "--version"]).output();
    let command = if has_clippy.is_ok_and(|output| output.status.success()) { "clippy" } else { "check" };
    let mut output = cargo(command, true);
    if !String::from_utf8_lossy(&output.stdout).contains("compiler-artifact") {
        output = cargo(command, false);
    }
    let found: Vec<_> = String::from_utf8_lossy(&output.stdout).lines().filter_map(diagnostic).collect();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(found.iter().any(|found| found.package == "blocks"), "nothing was compiled: {stderr}");
    found
}

fn diagnostic(line: &str) -> Option<Diagnostic> {
    let line: Value = serde_json::from_str(line).ok()?;
    let message = line.get("message")?;
    let package = line["target"]["name"].as_str()?.to_owned();
    if !["bare", "blocks", "fine", "odd", "plain", "mistakes"].contains(&package.as_str()) {
        return None;
    }
    let text = message["message"].as_str()?.to_owned();
    let spans = message["spans"].as_array()?;
    let mut span = spans.iter().find(|span| span["is_primary"] == true)?;
    // A diagnostic inside a macro is reported at its call.
    while span["expansion"].is_object() {
        span = &span["expansion"]["span"];
    }
    let file = Path::new(span["file_name"].as_str()?).file_name()?.to_str()?.to_owned();
    let notes = message["children"].as_array()?.iter();
    let notes = notes.filter_map(|note| Some(note["message"].as_str()?.to_owned())).collect();
    let at = (file, span["line_start"].as_u64()?);
    Some(Diagnostic { package, at, is_error: message["level"] == "error", text, notes })
}
