use workflows_runtime::nonblocking;

use ignore::{Walk, WalkBuilder};
use walkdir::WalkDir;

#[nonblocking(known_blocking)]
pub async fn walkdirs(path: &str) -> usize {
    let mut n = 0;
    for entry in WalkDir::new(path) { //~ BLOCKS
        n += entry.map_or(0, |entry| entry.depth());
    }
    for entry in WalkDir::new(path).into_iter().filter_map(Result::ok) { //~ BLOCKS
        n += entry.metadata().map_or(0, |_| 1); //~ BLOCKS
    }
    let files: Vec<_> = WalkDir::new(path).min_depth(1).into_iter().collect(); //~ BLOCKS
    n + files.len()
}

#[nonblocking(known_blocking)]
pub async fn handed(mut walk: walkdir::IntoIter, other: walkdir::IntoIter) -> usize {
    let first = walk.next(); //~ BLOCKS
    drop(first);
    let files = other.filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
    files.count() //~ BLOCKS
}

#[nonblocking(known_blocking)]
pub async fn taken(walk: walkdir::WalkDir, paths: glob::Paths, all: &mut Vec<walkdir::DirEntry>) -> usize {
    all.extend(walk.into_iter().flatten()); //~ BLOCKS
    for entry in WalkDir::new("src").into_iter().filter_entry(|entry| entry.depth() < 3) { //~ BLOCKS
        all.extend(entry);
    }
    let shallow = WalkDir::new("src").into_iter().filter_entry(|entry| entry.depth() < 3);
    all.extend(shallow.flatten()); //~ BLOCKS
    for path in glob::glob("*.rs").unwrap().flatten() { //~ BLOCKS
        drop(path);
    }
    Vec::from_iter(paths.flatten()).len() + Vec::from_iter(glob::glob("*.md").unwrap().flatten()).len() //~ BLOCKS BLOCKS
}

#[nonblocking(known_blocking)]
pub async fn ignores(path: &str, mut walk: Walk) -> usize {
    for entry in Walk::new(path) { //~ BLOCKS
        drop(entry);
    }
    let all = WalkBuilder::new(path).hidden(false).build().count(); //~ BLOCKS
    WalkBuilder::new(path).build_parallel().run(|| Box::new(|_| ignore::WalkState::Continue)); //~ BLOCKS
    let (rules, _) = ignore::gitignore::Gitignore::new(".gitignore"); //~ BLOCKS
    let next = walk.next(); //~ BLOCKS
    drop((next, rules));
    all
}

#[nonblocking(known_blocking)]
pub async fn globs(pattern: &str, mut paths: glob::Paths) -> usize {
    let all = glob::glob(pattern).unwrap().count(); //~ BLOCKS
    let next = paths.next(); //~ BLOCKS
    let found = which::which("cargo"); //~ BLOCKS
    drop((next, found));
    all
}
