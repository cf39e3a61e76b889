//! Code that blocks, where it may.

use std::fs;
use std::path::PathBuf;
use workflows_runtime::{allow_blocking, nonblocking};

#[nonblocking]
pub async fn blocking_pool(p: String) -> usize {
    tokio::task::spawn_blocking(move || fs::read(p).map_or(0, |b| b.len())).await.unwrap_or(0)
}

#[nonblocking]
pub async fn of_a_handle(h: tokio::runtime::Handle, p: PathBuf) -> bool {
    h.spawn_blocking(move || p.exists()).await.unwrap_or(false)
}

#[nonblocking]
pub async fn in_place(p: &str) -> String {
    tokio::task::block_in_place(|| fs::read_to_string(p)).unwrap_or_default()
}

#[nonblocking]
pub async fn of_a_set() -> usize {
    let mut set = tokio::task::JoinSet::new();
    set.spawn_blocking(|| fs::read("x").map_or(0, |b| b.len()));
    set.join_next().await.and_then(Result::ok).unwrap_or(0)
}

#[nonblocking]
pub async fn thread() -> u8 {
    let (tx, rx) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(1));
        let _ = tx.send(1);
    });
    rx.await.unwrap_or(0)
}

#[nonblocking]
pub async fn built_thread(p: PathBuf) -> std::io::Result<()> {
    std::thread::Builder::new().name("x".to_owned()).spawn(move || p.exists())?;
    Ok(())
}

#[nonblocking]
pub async fn by_name(p: String) -> usize {
    let job = move || fs::read(p).map_or(0, |b| b.len());
    tokio::task::spawn_blocking(job).await.unwrap_or(0)
}

fn load() -> usize {
    fs::read("x").map_or(0, |b| b.len())
}

#[nonblocking]
pub async fn by_path() -> usize {
    tokio::task::spawn_blocking(load).await.unwrap_or(0)
}

#[nonblocking]
pub async fn by_path_of_std() -> bool {
    tokio::task::spawn_blocking(std::thread::park).await.is_ok()
}

#[nonblocking]
pub async fn allowed(p: &str) -> std::io::Result<usize> {
    let n = allow_blocking!(fs::read(p), "a small file in memory")?.len();
    Ok(n + allow_blocking!(fs::read_to_string(p)?.len(), "so is this"))
}

#[nonblocking]
pub async fn nested_items(n: usize) -> usize {
    fn read(n: usize) -> usize {
        fs::read("x").map_or(n, |b| b.len())
    }
    const fn write(n: usize) -> usize {
        n
    }
    struct Inner;
    impl Inner {
        fn exists(&self) -> bool {
            std::path::Path::new("x").exists()
        }
    }
    const N: usize = write(3);
    let kept: fn(usize) -> usize = read;
    let there: fn(&Inner) -> bool = Inner::exists;
    let sizes = [0_u8; write(4)];
    let _ = (kept, there);
    n + N + sizes.len() + const { write(2) }
}

pub struct Pool;
impl Pool {
    pub async fn interact<R>(&self, f: impl FnOnce(&mut fs::File) -> R) -> Option<R> {
        fs::File::open("x").ok().map(|mut file| f(&mut file))
    }
    pub async fn call<R: Send>(&self, f: impl FnOnce() -> R + Send) -> R {
        f()
    }
}

#[nonblocking]
pub async fn on_its_own_thread(pool: &Pool) -> Option<u64> {
    use std::io::Seek;
    let n = pool.interact(|file| file.stream_position().unwrap_or(0)).await?;
    pool.call(|| fs::write("x", "y")).await.ok()?;
    Some(n)
}

#[nonblocking]
pub async fn boxed_jobs() -> usize {
    let job: Box<dyn FnOnce() -> usize + Send> = Box::new(|| fs::read("x").map_or(0, |b| b.len()));
    tokio::task::spawn_blocking(job).await.unwrap_or(0)
}
