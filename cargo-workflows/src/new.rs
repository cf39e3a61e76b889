//! `cargo workflows new`: a package with a workflow and a test.

use crate::cli::New;
use anyhow::{Context as _, bail};
use std::{fs, path::Path};

const MAIN: &str = include_str!("../template/main.rs");
const GITIGNORE: &str = "/target\n";

/// Creates the package.
///
/// # Errors
///
/// Fails if the folder exists and is not empty, the name is no name of a package, or a file cannot be written.
pub(crate) fn run(options: &New) -> anyhow::Result<()> {
    let path = &options.path;
    let name = match &options.name {
        Some(name) => name.clone(),
        None => folder_name(path)?,
    };
    if !is_package_name(&name) {
        bail!(
            "`{name}` cannot be the name of a package: use letters, digits, `-` and `_`, and begin with a letter\n\
             help: choose another one with `--name`"
        );
    }
    if fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} exists and is not empty", path.display());
    }
    let runtime = match &options.runtime_path {
        Some(runtime) => {
            let runtime = runtime.canonicalize().with_context(|| format!("there is no {}", runtime.display()))?;
            if !runtime.join("Cargo.toml").is_file() {
                bail!("{} is no package", runtime.display());
            }
            format!("{{ path = {:?} }}", runtime.display().to_string())
        }
        None => format!("{:?}", env!("CARGO_PKG_VERSION")),
    };
    write(&path.join("Cargo.toml"), &manifest(&name, &runtime))?;
    write(&path.join(".gitignore"), GITIGNORE)?;
    write(&path.join("src/main.rs"), MAIN)?;
    println!("created `{name}`\nhelp: `cargo run` and `cargo test` in {}", path.display());
    Ok(())
}

fn folder_name(path: &Path) -> anyhow::Result<String> {
    let name = path.file_name().and_then(|name| name.to_str());
    name.map(str::to_owned).with_context(|| format!("{} has no name for a package: use `--name`", path.display()))
}

fn is_package_name(name: &str) -> bool {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(is_valid)
}

fn manifest(name: &str, runtime: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\nworkflows-runtime = {runtime}\n"
    )
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::is_package_name;

    #[test]
    fn name_of_a_package_has_letters_digits_and_dashes() {
        assert!(is_package_name("my-flow_2"));
        for name in ["", "2flow", "my flow", "my.flow", "-flow", "a\"b"] {
            assert!(!is_package_name(name), "{name}");
        }
    }
}
