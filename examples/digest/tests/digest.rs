//! The program, run as a user would run it.

use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::{env, fs};

#[test]
fn prints_the_key_terms_of_a_folder() {
    let folder = Folder::new("digest");
    folder.write("cats.txt", b"The cat saw another Cat. Cat!");
    folder.write("dogs/dogs.txt", b"the dog the dog the dog, the bone");
    folder.write("empty.txt", b"");
    folder.write("picture.png", b"\x89PNG\xff\xfe");
    folder.write(".hidden/secret.txt", b"secret secret secret");
    folder.write("target/built.txt", b"built built built");
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", folder.0.join("dangling.txt")).expect("a symlink");
    let ran = run(&folder.0);
    let out = ran.stdout;
    let lines: Vec<Vec<_>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(ran.status.success(), "{}", ran.stderr);
    assert_eq!(lines[0], ["8", "dog", "the", "bone", "dogs/dogs.txt"]);
    assert_eq!(lines[1], ["6", "cat", "another", "saw", "the", "cats.txt"]);
    assert_eq!(lines[2], ["0", "empty.txt"]);
    assert_eq!(lines[3], ["overall", "cat", "dog", "the", "another", "saw", "3", "documents"]);
    assert!(out.contains("UTF-8") && out.contains("picture.png"), "{out}");
    if cfg!(unix) {
        assert!(out.contains("No such file or directory") && out.contains("dangling.txt"), "{out}");
        assert!(out.contains("\n2 skipped\n"), "{out}");
    }
    assert!(!out.contains("secret") && !out.contains("built"), "{out}");
}

#[test]
fn compares_the_totals_and_the_stalls() {
    let folder = Folder::new("compared");
    folder.write("words.txt", b"some words");
    let out = run(&folder.0).stdout;
    let rows: Vec<_> = out.lines().skip_while(|line| !line.contains("longest stall")).skip(1).collect();
    let labels =
        ["one file at a time, no workflow", "workflow, blocking in async steps", "workflow, #[blocking] steps"];
    assert_eq!(rows.len(), labels.len(), "{out}");
    for (row, label) in rows.iter().zip(labels) {
        let figures = row.strip_prefix(label).unwrap_or_else(|| panic!("`{label}`: {out}"));
        let stall = figures.split(" ms").nth(1).map(str::trim);
        assert!(stall.is_some_and(|stall| stall == "-" || stall.parse::<f64>().is_ok()), "{out}");
    }
}

#[test]
fn watch_prints_progress_where_there_is_no_terminal() {
    let folder = Folder::new("watched");
    folder.write("words.txt", b"some words");
    for arguments in [["--watch".as_ref(), folder.0.as_path()], [folder.0.as_path(), "--watch".as_ref()]] {
        let ran = run_with(&arguments);
        assert!(ran.status.success(), "{}", ran.stderr);
        assert!(ran.stdout.starts_with("      2  some words"), "{}", ran.stdout);
        let last = ran.stderr.lines().last().unwrap_or_default();
        assert!(last.starts_with("Digest ") && last.ends_with("score 1 done; completed"), "{}", ran.stderr);
        assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    }
}

#[test]
fn limits_its_output() {
    let folder = Folder::new("many");
    for n in 0..200 {
        folder.write(&format!("{n}.txt"), b"much the same");
        folder.write(&format!("{n}.bin"), b"\xff");
    }
    let out = run(&folder.0).stdout;
    assert!(out.lines().count() < 30, "{out}");
    assert!(out.contains("  200 documents") && out.contains("\n200 skipped\n"), "{out}");
}

#[test]
fn of_an_empty_folder_prints_no_documents() {
    let ran = run(&Folder::new("empty").0);
    assert!(ran.status.success(), "{}", ran.stderr);
    assert!(ran.stdout.contains("  0 documents"), "{}", ran.stdout);
}

#[test]
#[cfg(target_os = "linux")]
fn escapes_unusual_file_names() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new("odd");
    let odd = folder.0.join(std::ffi::OsStr::from_bytes(b"not \xff UTF-8\n{}.txt"));
    fs::write(odd, "some words").expect("a file with an odd name");
    let ran = run(&folder.0);
    assert!(ran.status.success(), "{}", ran.stderr);
    assert!(ran.stdout.contains("not \u{fffd} UTF-8?{}.txt\n"), "{}", ran.stdout);
}

#[test]
fn of_a_missing_folder_fails() {
    let folder = Folder::new("none");
    folder.write("file.txt", b"words");
    for (name, why) in [("missing", "No such file or directory"), ("file.txt", "Not a directory")] {
        let ran = run(&folder.path(name));
        assert_eq!(ran.status.code(), Some(1));
        assert_eq!(ran.stdout, "");
        let error = ran.stderr;
        assert!(error.starts_with("digest: ") && error.contains(name), "{error}");
        assert!(!cfg!(unix) || error.contains(why), "{error}");
    }
}

struct Ran {
    status: process::ExitStatus,
    stdout: String,
    stderr: String,
}

fn run(folder: &Path) -> Ran {
    run_with(&[folder])
}

fn run_with(arguments: &[&Path]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_digest")).args(arguments).output().expect("the program starts");
    Ran {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("workflows-digest-{}-{name}", process::id()));
        fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, content: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("the folder")).expect("a folder in it");
        fs::write(path, content).expect("a file in it");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that cannot be removed is harmless.
        let _ = fs::remove_dir_all(&self.0);
    }
}
