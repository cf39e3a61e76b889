//! The modules of the runtime crate, and their imports.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The files whose job it is to gather names from everywhere.
const FACADES: [&str; 3] = ["lib.rs", "prelude.rs", "__private.rs"];

/// The one cycle of top-level modules: a workflow names what drives it, a run drives a workflow, and
/// a context belongs to a run of a workflow.
const CYCLE: [&str; 3] = ["context", "run", "workflow"];

#[test]
fn top_level_modules_form_one_known_cycle() {
    let imports = imports();
    let cyclic: BTreeSet<&str> =
        imports.keys().filter(|module| reachable(&imports, module).contains(*module)).map(String::as_str).collect();
    assert_eq!(cyclic, BTreeSet::from(CYCLE), "modules in import cycles");
}

#[test]
fn modules_import_from_modules_and_not_from_the_crate_root() {
    let modules = modules();
    for file in files() {
        for name in root_names(&code(&file)) {
            assert!(
                modules.contains(&name),
                "{} imports `crate::{name}`: import it from the module that defines it",
                file.display()
            );
        }
    }
}

#[test]
fn import_lists_are_read_to_their_ends() {
    let source = "use crate::{a::{B, c::D}, e, f as g};\nuse crate::h::I;\nfn f() -> crate::j::K {}";
    let expected = ["a", "e", "f", "h", "j"].map(String::from);
    assert_eq!(root_names(source), BTreeSet::from(expected));
}

/// For each top-level module, the ones that it imports.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files() {
        let module = top_level(&file);
        let names = root_names(&code(&file)).into_iter().filter(|name| *name != module).collect::<Vec<_>>();
        imports.entry(module).or_default().extend(names);
    }
    imports
}

fn reachable<'a>(imports: &'a BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<&'a String> {
    let mut seen = BTreeSet::new();
    let mut next = vec![from];
    while let Some(module) = next.pop() {
        for import in imports.get(module).into_iter().flatten() {
            if seen.insert(import) {
                next.push(import);
            }
        }
    }
    seen
}

/// The first segments of all paths that begin with `crate::`.
fn root_names(source: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, found) in source.match_indices("crate::") {
        let path = &source[at + found.len()..];
        match path.strip_prefix('{') {
            Some(list) => names.extend(members(list)),
            None => names.extend(first_segment(path)),
        }
    }
    names
}

/// The first segments in a list of imports, up to the brace that closes it.
fn members(list: &str) -> Vec<String> {
    let mut members = Vec::new();
    let mut depth = 0;
    let mut member = String::new();
    for character in list.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => members.extend(first_segment(&std::mem::take(&mut member))),
            character => member.push(character),
        }
    }
    members.extend(first_segment(&member));
    members
}

fn first_segment(path: &str) -> Option<String> {
    let path = path.trim_start();
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len());
    (end > 0).then(|| path[..end].to_owned())
}

/// A file's code: without comments, and without the macros that generated code calls, whose paths
/// start at the root on purpose.
fn code(file: &Path) -> String {
    let source = fs::read_to_string(file).unwrap();
    let mut in_macro = false;
    let mut code = String::new();
    for line in source.lines() {
        if line.starts_with("macro_rules! __") {
            in_macro = true;
        }
        if !in_macro {
            code.push_str(line.split("//").next().unwrap_or_default());
            code.push('\n');
        }
        if line == "}" {
            in_macro = false;
        }
    }
    code
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows-runtime/src")
}

/// The modules that the crate root declares.
fn modules() -> BTreeSet<String> {
    let root = fs::read_to_string(source().join("lib.rs")).unwrap();
    let declared = root.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "));
    declared.filter_map(first_segment).collect()
}

fn top_level(file: &Path) -> String {
    let path = file.strip_prefix(source()).unwrap();
    let first = path.components().next().unwrap();
    Path::new(&first).file_stem().unwrap().to_string_lossy().into_owned()
}

/// The source files of the crate, without its facades and its unit tests.
fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "tests" {
                    folders.push(path);
                }
            } else if !FACADES.contains(&name.as_str()) {
                files.push(path);
            }
        }
    }
    assert!(files.len() > 80, "only {} files", files.len());
    files
}
