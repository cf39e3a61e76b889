use workflows_runtime::nonblocking;

use ignore::WalkBuilder;
use walkdir::WalkDir;

#[nonblocking(known_blocking)]
pub async fn building(path: &str, entry: &walkdir::DirEntry, other: &ignore::DirEntry) -> usize {
    let walk = WalkDir::new(path).min_depth(1).follow_links(true);
    drop(walk);
    let mut builder = WalkBuilder::new(path);
    builder.hidden(false).git_ignore(true);
    let pattern = glob::Pattern::new("*.rs").unwrap();
    entry.depth() + entry.path().as_os_str().len() + other.depth() + usize::from(pattern.matches("a"))
}

#[nonblocking(known_blocking)]
pub async fn offloaded(path: String) -> usize {
    let shallow = WalkDir::new(&path).into_iter().filter_entry(|entry| entry.depth() < 3);
    let few = tokio::task::spawn_blocking(move || shallow.count()).await.unwrap();
    few + tokio::task::spawn_blocking(move || WalkDir::new(path).into_iter().count()).await.unwrap()
}
