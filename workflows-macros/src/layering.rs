//! The modules of this crate import each other without cycles.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use syn::{Item, UseTree};

/// A module as a path from the crate root.
type Module = Vec<String>;

#[test]
fn modules_import_without_cycles() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    collect(&root, &Vec::new(), &mut files);
    let mut imports: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (module, file) in &files {
        let text = fs::read_to_string(file).unwrap();
        let imported = imports.entry(module.clone()).or_default();
        for item in syn::parse_file(&text).unwrap().items {
            if let Item::Use(item) = item {
                walk(&item.tree, &mut Vec::new(), &mut |path| {
                    let target = resolve(path, module, &files);
                    if let Some(target) = target.filter(|target| target != module) {
                        imported.insert(target);
                    }
                });
            }
        }
    }
    assert!(imports.len() > 30, "the modules are not found");
    for module in files.keys() {
        let mut reached = BTreeSet::new();
        reach(module, &imports, &mut reached);
        assert!(!reached.contains(module), "{} imports itself through others", module.join("::"));
    }
}

fn collect(directory: &Path, prefix: &Module, files: &mut BTreeMap<Module, PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut module = prefix.clone();
        if path.is_dir() {
            module.push(name);
            collect(&path, &module, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            if name != "mod" && name != "lib" {
                module.push(name);
            }
            files.insert(module, path);
        }
    }
}

/// Calls `each` with every path of a tree, up to names, globs and renames.
fn walk(tree: &UseTree, path: &mut Vec<String>, each: &mut impl FnMut(&[String])) {
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            walk(&part.tree, path, each);
            path.pop();
        }
        UseTree::Name(name) => {
            path.push(name.ident.to_string());
            each(path);
            path.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, path, each)),
        _ => each(path),
    }
}

/// The module that an import names, or that contains the imported item.
fn resolve(path: &[String], module: &Module, files: &BTreeMap<Module, PathBuf>) -> Option<Module> {
    let mut target = match path.first()?.as_str() {
        "crate" => Vec::new(),
        "self" => module.clone(),
        "super" => module[..module.len() - 1].to_vec(),
        _ => return None,
    };
    for part in &path[1..] {
        match part.as_str() {
            "super" => drop(target.pop()),
            "self" => {}
            part => target.push(part.to_owned()),
        }
    }
    while !files.contains_key(&target) {
        target.pop()?;
    }
    Some(target)
}

fn reach(module: &Module, imports: &BTreeMap<Module, BTreeSet<Module>>, reached: &mut BTreeSet<Module>) {
    for next in &imports[module] {
        if reached.insert(next.clone()) {
            reach(next, imports, reached);
        }
    }
}
