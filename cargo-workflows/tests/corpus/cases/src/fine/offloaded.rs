//! Blocking code on threads that may block, and calls that are accepted.

use std::{
    fs,
    sync::{Arc, mpsc},
    thread,
};
use workflows_runtime::prelude::*;

fn load(path: &str) -> usize {
    fs::read(path).map_or(0, |bytes| bytes.len())
}
fn load_fixed() -> usize {
    load("fixed")
}

#[nonblocking]
async fn offloaded_closure(path: String) -> usize {
    tokio::task::spawn_blocking(move || load(&path)).await.unwrap()
}

#[nonblocking]
async fn offloaded_function() -> usize {
    tokio::task::spawn_blocking(load_fixed).await.unwrap()
}

#[nonblocking]
async fn offloaded_pointer() -> usize {
    let work: fn() -> usize = load_fixed;
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[nonblocking]
async fn offloaded_in_helper(path: String) -> usize {
    on_pool(move || load(&path)).await
}
async fn on_pool<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[nonblocking]
async fn offloaded_by_handle(handle: tokio::runtime::Handle) -> usize {
    handle.spawn_blocking(load_fixed).await.unwrap()
}

#[nonblocking]
async fn offloaded_on_set() -> usize {
    let mut set = tokio::task::JoinSet::new();
    set.spawn_blocking(load_fixed);
    set.join_next().await.map_or(0, Result::unwrap)
}

#[nonblocking]
async fn in_place() -> usize {
    tokio::task::block_in_place(load_fixed)
}

#[nonblocking]
async fn in_place_of_helper() -> usize {
    placed("path")
}
fn placed(path: &str) -> usize {
    tokio::task::block_in_place(|| load(path))
}

#[nonblocking]
async fn thread_with_answer() -> usize {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    thread::spawn(move || sender.send(load_fixed()));
    receiver.await.unwrap()
}

#[nonblocking]
async fn named_thread() -> bool {
    thread::Builder::new().name("loader".to_owned()).spawn(load_fixed).is_ok()
}

#[nonblocking]
async fn rayon_task() -> usize {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    rayon::spawn(move || {
        let _ = sender.send(load_fixed());
    });
    receiver.await.unwrap()
}

#[nonblocking]
async fn thread_of_channel(path: String) -> usize {
    let (sender, receiver) = mpsc::channel();
    let (answer, answered) = tokio::sync::oneshot::channel();
    thread::spawn(move || {
        let path: String = receiver.recv().unwrap();
        let _ = answer.send(load(&path));
    });
    sender.send(path).unwrap();
    answered.await.unwrap()
}

#[nonblocking]
async fn own_pool() -> usize {
    helpers::Pool.run(load_fixed)
}

#[blocking(io)]
fn read_file(path: String) -> usize {
    load(&path)
}
#[nonblocking]
async fn blocking_function() -> usize {
    read_file("path".to_owned()).await
}

#[blocking(cpu)]
fn hash_file(path: Arc<str>) -> usize {
    load(&path)
}
#[nonblocking]
async fn blocking_function_for_cpu() -> usize {
    hash_file("path".into()).await
}

#[nonblocking]
async fn accepted() -> usize {
    allow_blocking!(load("page"), "a page of memory, read once")
}

#[nonblocking]
async fn accepted_in_helper() -> usize {
    first_page()
}
fn first_page() -> usize {
    let first = allow_blocking!(
        ["a", "b"].iter().map(|path| load(path)).sum::<usize>(),
        "two small files, read at start"
    );
    first + 1
}

#[nonblocking]
async fn accepted_in_async_helper() -> usize {
    page().await
}
async fn page() -> usize {
    allow_blocking!(fs::read("page"), "read once").map_or(0, |page| page.len())
}

#[event]
struct Text {
    length: usize,
}

#[workflow]
struct Reader;

#[workflow]
impl Reader {
    #[step]
    #[blocking(io)]
    fn read_blocking(&self, Start(path): Start<String>) -> Text {
        Text { length: load(&path) }
    }

    #[step]
    async fn statement(&self, text: Text) -> Text2 {
        #[blocking(io)]
        let more = load("more");
        Text2 { length: text.length + more }
    }

    #[step(allow_blocking)]
    async fn accepted_step(&self, text: Text2) -> Text3 {
        Text3 { length: text.length + load("accepted") }
    }

    #[step]
    async fn calls_blocking(&self, text: Text3) -> StepResult<Stop<usize>> {
        Ok(Stop(text.length + read_file("last".to_owned()).await))
    }
}

#[event]
struct Text2 {
    length: usize,
}

#[event]
struct Text3 {
    length: usize,
}

#[workflow]
struct Parent;

#[workflow]
impl Parent {
    /// The steps of the child are checked on their own.
    #[step]
    async fn runs_child(&self, ctx: &Context<Self>, Start(path): Start<String>) -> StepResult<Stop<usize>> {
        let child = Arc::new(Reader);
        Ok(Stop(ctx.run_child(&child, path).await?))
    }
}

pub fn start() -> impl Future {
    Parent.run("path".to_owned()).into_future()
}
