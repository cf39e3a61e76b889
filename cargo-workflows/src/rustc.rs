//! The compiler as this program runs it. For `cargo workflows check`: rustc, and the LLVM IR of each crate besides its usual
//! output. For `cargo workflows graph`: rustc without lints.

use anyhow::Context as _;
use std::{
    ffi::{OsStr, OsString},
    path::Path,
    process::{Command, ExitCode},
};

/// Set in the environment of the build, in which cargo runs this program in place of rustc.
pub(crate) const MARKER: &str = "CARGO_WORKFLOWS_AS_RUSTC";
/// The value of [`MARKER`] for a build without lints. A test of a workflow in a function triggers one that no attribute of
/// the test allows, so a crate that denies warnings would have no graphs.
pub(crate) const WITHOUT_LINTS: &str = "without lints";

/// With these, the output contains each generic function where it is used, under a name that contains its types, and
/// each call with its line. Nothing is optimized.
const FLAGS: [&str; 6] = [
    "--emit=llvm-ir",
    "-Csymbol-mangling-version=v0",
    "-Cdebuginfo=1",
    "-Ccodegen-units=1",
    // Functions of std are shared between crates at lower levels, and not in the output.
    "-Copt-level=2",
    "-Cno-prepopulate-passes",
];

/// Generates code for all functions of a crate, so steps that nothing runs are in the output.
const ALL_FUNCTIONS: &str = "-Clink-dead-code";

/// Runs rustc with the arguments that cargo passed after the name of this program.
///
/// # Errors
///
/// Fails if rustc cannot be started.
pub(crate) fn run(mut arguments: Vec<OsString>) -> anyhow::Result<ExitCode> {
    if std::env::var_os(MARKER).is_some_and(|value| value == WITHOUT_LINTS) {
        arguments.push("--cap-lints=allow".into());
        return run_compiler(&arguments, []);
    }
    // Cargo names this program a second time for the members of the workspace.
    let is_member = arguments.first().is_some_and(|first| is_this_program(first));
    if is_member {
        arguments.remove(0);
    }
    let mut flags = Vec::new();
    if is_checked(&arguments) {
        flags.extend(FLAGS.map(OsString::from));
        if is_member {
            flags.push(ALL_FUNCTIONS.into());
            flags.extend(incremental(&arguments));
        }
    }
    run_compiler(&arguments, flags)
}

/// Runs the first argument with the others and these flags.
fn run_compiler(arguments: &[OsString], flags: impl IntoIterator<Item = OsString>) -> anyhow::Result<ExitCode> {
    let Some((rustc, arguments)) = arguments.split_first() else {
        anyhow::bail!("cargo passed no compiler");
    };
    let mut command = Command::new(rustc);
    command.args(arguments).args(flags);
    let status = command.status().with_context(|| format!("cannot run {}", rustc.to_string_lossy()))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The option for an incremental build, unless cargo has passed it. Without it, rustc inlines functions into each other
/// before it generates code, and those by which steps are found are among them.
fn incremental(arguments: &[OsString]) -> Option<OsString> {
    let has_it = arguments.iter().any(|argument| argument.to_string_lossy().contains("incremental="));
    let after = arguments.iter().skip_while(|argument| *argument != "--out-dir").nth(1);
    let folder = Path::new(after?).parent()?.join("incremental");
    let mut option = OsString::from("-Cincremental=");
    option.push(folder);
    (!has_it).then_some(option)
}

fn is_this_program(argument: &OsStr) -> bool {
    std::env::current_exe().is_ok_and(|own| own.as_os_str() == argument)
}

/// Whether these are the arguments for a crate of the program. Build scripts and macros are linked, and are not part
/// of it; without an output, cargo only asks for information.
fn is_checked(arguments: &[OsString]) -> bool {
    let outputs = arguments.iter().filter_map(|argument| argument.to_str()?.strip_prefix("--emit="));
    let outputs: Vec<&str> = outputs.flat_map(|list| list.split(',')).collect();
    outputs.contains(&"metadata") && !outputs.contains(&"link")
}

#[cfg(test)]
mod tests {
    use super::{incremental, is_checked};
    use std::ffi::OsString;

    fn arguments(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn build_is_incremental_unless_it_is_already() {
        let option = incremental(&arguments("--crate-name app --out-dir /target/debug/deps"));
        assert_eq!(option, Some(OsString::from("-Cincremental=/target/debug/incremental")));
        assert_eq!(incremental(&arguments("-C incremental=/target/i --out-dir /target/debug/deps")), None);
    }

    #[test]
    fn only_crates_of_the_program_are_checked() {
        assert!(is_checked(&arguments("--crate-name app --emit=dep-info,metadata src/lib.rs")));
        assert!(!is_checked(&arguments("--crate-name build_script_build --emit=dep-info,link build.rs")));
        assert!(!is_checked(&arguments(
            "--crate-name serde_derive --crate-type proc-macro --emit=dep-info,metadata,link"
        )));
        assert!(!is_checked(&arguments("- --crate-name ___ --print=file-names")));
        assert!(!is_checked(&arguments("-vV")));
    }
}
