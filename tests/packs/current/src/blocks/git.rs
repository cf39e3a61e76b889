use workflows_runtime::nonblocking;

use git2::{Oid, Remote, Repository, build::RepoBuilder};

#[nonblocking(known_blocking)]
pub async fn repositories(path: &str, oid: Oid) -> Result<usize, git2::Error> {
    let repo = Repository::open(path)?; //~ BLOCKS
    let cloned = Repository::clone("url", path)?; //~ BLOCKS
    let found = Repository::discover(path)?; //~ BLOCKS
    let init = git2::Repository::init(path)?; //~ BLOCKS
    let head = repo.head()?.peel_to_commit()?; //~ BLOCKS BLOCKS
    let commit = repo.find_commit(oid)?; //~ BLOCKS
    let tree = commit.tree()?; //~ BLOCKS
    let mut index = repo.index()?; //~ BLOCKS
    index.add_all(["*"].iter(), git2::IndexAddOption::DEFAULT, None)?; //~ BLOCKS
    index.write()?; //~ BLOCKS
    let diff = repo.diff_tree_to_workdir(Some(&tree), None)?; //~ BLOCKS
    let statuses = repo.statuses(None)?; //~ BLOCKS
    repo.checkout_head(None)?; //~ BLOCKS
    let blob = repo.find_blob(oid)?; //~ BLOCKS
    let other = RepoBuilder::new().bare(true).clone("url", path.as_ref())?; //~ BLOCKS
    drop((cloned, found, init, head, diff, blob, other));
    Ok(statuses.len())
}

#[nonblocking(known_blocking)]
pub async fn remotes(repo: &Repository, other: &mut Remote<'_>) -> Result<usize, git2::Error> {
    let mut remote = repo.find_remote("origin")?; //~ BLOCKS
    remote.fetch(&["main"], None, None)?; //~ BLOCKS
    other.push(&["refs/heads/main"], None)?; //~ BLOCKS
    let mut walk = repo.revwalk()?;
    walk.push_head()?; //~ BLOCKS
    let mut n = 0;
    for oid in walk { //~ BLOCKS
        n += usize::from(oid.is_ok());
    }
    let branches = repo.branches(None)?.count(); //~ BLOCKS
    let object = repo.revparse_single("HEAD")?; //~ BLOCKS
    drop(object);
    Ok(n + branches)
}
