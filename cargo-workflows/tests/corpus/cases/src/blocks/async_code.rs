//! Futures and streams.

use futures::StreamExt;
use std::{
    fs,
    future::Future,
    path::Path,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use workflows_runtime::nonblocking;

fn nap() {
    std::thread::sleep(Duration::from_millis(1)); //~ async_helper: helper, nap, std::thread::sleep; async_twice: twice, helper, nap, std::thread::sleep; boxed_future: helper, nap, std::thread::sleep; spawned: helper, nap, std::thread::sleep; joined: helper, nap, std::thread::sleep; selected: helper, nap, std::thread::sleep; with_timeout: helper, nap, std::thread::sleep; async_closure: nap, std::thread::sleep; own_future: poll, nap, std::thread::sleep; stream: nap, std::thread::sleep; returned_future: nap, std::thread::sleep; future_of_trait: nap, std::thread::sleep; generic_future: helper, nap, std::thread::sleep; joined_list: helper, nap, std::thread::sleep; spawned_on_set: helper, nap, std::thread::sleep; local_async_block: nap, std::thread::sleep; in_span: nap, std::thread::sleep
}
async fn helper() {
    nap();
}
async fn twice() {
    helper().await;
    helper().await;
}

#[nonblocking]
async fn async_helper() {
    helper().await;
}

#[nonblocking]
async fn async_twice() {
    twice().await;
}

#[nonblocking]
async fn async_fn_of_other_crate(path: &Path) -> bool {
    helpers::exists(path).await
}

#[nonblocking]
async fn boxed_future() {
    boxed().await;
}
fn boxed() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(helper())
}

#[nonblocking]
async fn spawned() {
    tokio::spawn(helper()).await.unwrap();
}

#[nonblocking]
async fn spawned_on_set() {
    let mut set = tokio::task::JoinSet::new();
    set.spawn(helper());
    set.join_next().await;
}

#[nonblocking]
async fn joined() {
    tokio::join!(helper(), tokio::task::yield_now());
}

#[nonblocking]
async fn joined_list() {
    futures::future::join_all((0..2).map(|_| helper())).await;
}

#[nonblocking]
async fn selected() {
    tokio::select! {
        () = helper() => {}
        () = tokio::time::sleep(Duration::from_secs(1)) => {}
    }
}

#[nonblocking]
async fn with_timeout() {
    let _ = tokio::time::timeout(Duration::from_secs(1), helper()).await;
}

#[nonblocking]
async fn async_closure() {
    let work = async |times: u32| {
        for _ in 0..times {
            nap();
        }
    };
    work(2).await;
}

#[nonblocking]
async fn local_async_block() {
    let later = block();
    later.await;
}
fn block() -> impl Future<Output = ()> {
    async { nap() }
}

struct Busy(u32);
impl Future for Busy {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        nap();
        self.0 -= 1;
        if self.0 == 0 {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
#[nonblocking]
async fn own_future() {
    Busy(2).await;
}

#[nonblocking]
async fn stream() -> usize {
    let numbers = futures::stream::iter(0..2).map(|number| {
        nap();
        number
    });
    numbers.count().await
}

trait Task {
    fn run(&self) -> impl Future<Output = ()> + Send;
}
struct Nap;
impl Task for Nap {
    async fn run(&self) {
        nap();
    }
}
#[nonblocking]
async fn future_of_trait() {
    run(&Nap).await;
}
async fn run<T: Task>(task: &T) {
    task.run().await;
}

#[nonblocking]
async fn generic_future() {
    timed(helper()).await;
}
async fn timed<F: Future>(future: F) -> F::Output {
    future.await
}

#[nonblocking]
async fn returned_future() {
    delayed().await;
}
fn delayed() -> impl Future<Output = ()> {
    nap();
    std::future::ready(())
}

#[nonblocking]
async fn in_span() {
    futures::future::lazy(|_| nap()).await;
}

#[nonblocking]
async fn before_first_await(path: &str) -> usize {
    let text = prepared(path);
    tokio::task::yield_now().await;
    text.len()
}
fn prepared(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default() //~ before_first_await: prepared, std::fs::read_to_string
}
