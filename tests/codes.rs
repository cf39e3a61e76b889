//! Every program in the page of codes is refused with the code under which it stands, and with
//! that alone.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path, process::Command};

const PAGE: &str = include_str!("../workflows-runtime/docs/codes.md");

/// The programs of the page, by code.
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
fn each_program_is_refused_with_its_own_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("codes");
    fs::create_dir_all(dir.join("src/bin")).unwrap();
    let mut manifest = "[package]\nname = \"codes\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n".to_owned();
    let runtime = root.join("workflows-runtime");
    writeln!(manifest, "workflows-runtime = {{ path = {runtime:?} }}").unwrap();
    fs::write(dir.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root.join("Cargo.lock"), dir.join("Cargo.lock")).unwrap();
    let programs = programs();
    assert!(programs.len() >= 22, "the page has lost its programs");
    for (code, program) in &programs {
        fs::write(dir.join(format!("src/bin/{code}.rs")), program).unwrap();
    }
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--keep-going", "--bins", "--message-format=short"])
        .current_dir(&dir)
        .env("CARGO_TARGET_DIR", dir.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    for code in programs.keys() {
        let place = format!("src/bin/{code}.rs:");
        let errors: Vec<_> = text.lines().filter(|line| line.starts_with(&place) && line.contains(": error")).collect();
        assert!(!errors.is_empty(), "{code}: the program of the page compiles\n{text}");
        for error in errors {
            assert!(error.contains(&format!("{code}: ")), "{code}: another error\n{error}");
        }
    }
}
