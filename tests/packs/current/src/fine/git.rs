use workflows_runtime::nonblocking;

use git2::{Commit, Oid, Repository, Signature, Statuses};

struct Own;
impl Own {
    fn head(&self) -> u8 {
        1
    }
    fn commit(&self) -> u8 {
        1
    }
    fn fetch(&self) -> u8 {
        1
    }
    async fn push(&self, _: &str) {}
}

#[nonblocking(known_blocking)]
pub async fn accessors(
    repo: &Repository,
    commit: &Commit<'_>,
    all: &Statuses<'_>,
    own: &Own,
) -> Result<usize, git2::Error> {
    let name = Signature::now("a", "b")?;
    let oid = Oid::from_str("0123456789012345678901234567890123456789")?;
    own.push("a").await;
    let mut v = vec![1];
    v.push(2);
    let n = v.clone().len() + usize::from(own.head() + own.commit() + own.fetch());
    drop(name);
    let path = repo.path().as_os_str().len();
    Ok(n + path + all.len() + commit.parent_count() + usize::from(commit.id() == oid))
}
