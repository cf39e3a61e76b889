//! Closures that run elsewhere, or perhaps never.

use futures::{FutureExt, TryFutureExt};
use std::{fs, future::Future, pin::Pin, time::Duration};
use workflows_runtime::nonblocking;

async fn in_pool<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(job).await.unwrap()
}

fn in_place<T>(job: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(job)
}

fn later<T>(job: impl FnOnce() -> T) -> impl FnOnce() -> T {
    job
}

pub struct Database;
impl Database {
    fn call<T, F>(&self, job: F) -> Pin<Box<dyn Future<Output = Result<T, String>> + Send>>
    where
        F: FnOnce(&mut fs::File) -> T + Send + 'static,
        T: Send + 'static,
    {
        Box::pin(async move {
            let load = move || fs::File::open("x").map(|mut file| job(&mut file));
            tokio::task::spawn_blocking(load).await.unwrap().map_err(|error| error.to_string())
        })
    }
    fn on_error(self, _: impl Fn(&str) + 'static) -> Self {
        self
    }
    fn map<T>(&self, job: impl FnOnce(u8) -> T + Send + 'static) -> T {
        std::thread::scope(|scope| drop(scope));
        job(1)
    }
}

#[nonblocking]
pub async fn in_an_argument(p: String) -> usize {
    let read = tokio::time::timeout(Duration::from_secs(1), in_pool(|| fs::read(p).map_or(0, |b| b.len())));
    read.await.unwrap_or(0)
}

#[nonblocking]
pub async fn before_a_combinator(db: &Database) -> Result<u64, usize> {
    use std::io::Seek;
    let n = db.call(|file| file.stream_position().unwrap_or(0)).map_err(|e| e.len()).await?;
    let m = db.call(|_| fs::read("x").map_or(0, |b| b.len())).map(|n| n.unwrap_or(1)).boxed().await;
    Ok(n + m as u64)
}

#[nonblocking]
pub async fn kept_and_awaited(p: String) -> usize {
    let pending = in_pool(move || fs::read(p).map_or(0, |b| b.len()));
    tokio::task::yield_now().await;
    pending.await
}

#[nonblocking]
pub async fn joined(all: Vec<String>) -> usize {
    let jobs = all.into_iter().map(|p| in_pool(move || fs::read(p).map_or(0, |b| b.len())));
    let (a, b) = tokio::join!(in_pool(|| fs::read("x").is_ok()), in_pool(|| fs::read("y").is_ok()));
    futures::future::join_all(jobs).await.into_iter().sum::<usize>() + usize::from(a && b)
}

#[nonblocking]
pub async fn selected(p: String) -> usize {
    tokio::select! {
        n = in_pool(move || fs::read(p).map_or(0, |b| b.len())) => n,
        () = tokio::time::sleep(Duration::from_secs(1)) => 0,
    }
}

pub struct Hooks {
    pub on_end: Box<dyn Fn() -> bool + Send>,
    pub all: Vec<Box<dyn Fn(&str) -> bool + Send>>,
}

#[nonblocking]
pub async fn stored(p: String, db: Database) -> (Hooks, Database) {
    let mut all: Vec<Box<dyn Fn(&str) -> bool + Send>> = Vec::new();
    all.push(Box::new(|p| fs::exists(p).unwrap_or(false)));
    let hook = move || fs::remove_file(&p).is_ok();
    let db = db.on_error(|text| fs::write("log", text).unwrap_or_default());
    (Hooks { on_end: Box::new(hook), all }, db)
}

#[nonblocking]
pub fn returned(p: String) -> impl FnOnce() -> bool {
    move || fs::exists(p).unwrap_or(false)
}

#[nonblocking]
pub async fn returned_in_a_tuple(p: String) -> (fn(String) -> bool, impl Fn() -> bool) {
    let exists = move || fs::exists(&p).unwrap_or(false);
    (|p| fs::exists(p).is_ok(), exists)
}

#[nonblocking]
pub async fn a_thread_of_ones_own(p: String) -> usize {
    let (tx, rx) = tokio::sync::oneshot::channel();
    let worker = move || drop(tx.send(fs::read(p).map_or(0, |b| b.len())));
    let _ = std::thread::Builder::new().spawn(worker);
    rx.await.unwrap_or(0)
}

#[nonblocking]
pub async fn a_wrapper_of_block_in_place(p: &str) -> usize {
    in_place(|| fs::read(p).map_or(0, |b| b.len())) + later(|| fs::read("x").map_or(0, |b| b.len())).type_name_len()
}

trait Named {
    fn type_name_len(&self) -> usize;
}
impl<T> Named for T {
    fn type_name_len(&self) -> usize {
        std::any::type_name::<T>().len()
    }
}

#[nonblocking]
pub async fn an_adapters_name(db: &Database) -> bool {
    db.map(|_| fs::exists("x").is_ok())
}

#[nonblocking]
pub async fn functions_by_name() -> bool {
    let job = fs::exists::<&str>;
    in_pool(std::thread::park).await;
    in_pool(move || job("x").is_ok()).await
}

#[nonblocking]
pub async fn a_panic_hook() {
    std::panic::set_hook(Box::new(|info| drop(fs::write("crash.log", info.to_string()))));
}

#[nonblocking]
pub async fn another_runtime(p: String) -> std::thread::JoinHandle<usize> {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async move { fs::read(p).map_or(0, |b| b.len()) })
    })
}

#[nonblocking]
pub async fn readiness(fd: &tokio::io::unix::AsyncFd<std::net::UdpSocket>) -> std::io::Result<usize> {
    let mut bytes = [0; 8];
    let mut ready = fd.readable().await?;
    match ready.try_io(|fd| fd.get_ref().recv(&mut bytes)) {
        Ok(n) => n,
        Err(_) => fd.async_io(tokio::io::Interest::READABLE, |socket| socket.recv(&mut [0; 8])).await,
    }
}
