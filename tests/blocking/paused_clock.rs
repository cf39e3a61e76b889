//! tokio's paused clock while blocking code runs: it does not advance by itself.

use futures::FutureExt;
use std::{hint::black_box, time::Duration};
use tokio::{
    runtime::Handle,
    time::{Instant, sleep},
};
use workflows_runtime::{Executors, prelude::*};
use workflows_tests::secs;

/// Computes for some milliseconds of real time, in which an idle runtime with a paused clock would advance it.
fn compute() -> u64 {
    (0..2_000_000_u64).fold(1, |sum, n| black_box(sum.wrapping_mul(31).wrapping_add(n)))
}

#[event]
struct Work;
#[event]
struct Worked;

#[workflow]
struct Timed;

#[workflow]
impl Timed {
    #[step]
    async fn begin(&self, Start(branches): Start<usize>) -> Vec<Work> {
        (0..branches).map(|_| Work).collect()
    }
    #[step(timeout = "2s", workers = 8)]
    #[blocking(cpu)]
    fn work(&self, _work: Work) -> Worked {
        compute();
        Worked
    }
    #[step]
    async fn end(&self, all: Vec<Worked>) -> Stop<usize> {
        Stop(all.len())
    }
}

#[tokio::test(start_paused = true)]
async fn paused_clock_waits_for_cpu_work() {
    let start = Instant::now();
    assert_eq!(Timed.run(3).await.unwrap(), 3);
    assert_eq!(Timed.run(20).start().await.unwrap(), 20);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn paused_clock_advances_after_cpu_work() {
    for _ in 0..3 {
        assert_eq!(Timed.run(1).await.unwrap(), 1);
        let start = Instant::now();
        sleep(secs(3600)).await;
        assert_eq!(start.elapsed(), secs(3600));
    }
}

#[blocking(cpu)]
fn on_cpu() -> u64 {
    compute()
}

#[blocking(cpu, pool = "own")]
fn in_pool() -> u64 {
    compute()
}

#[blocking(io)]
fn on_io() -> u64 {
    compute()
}

#[workflow]
struct Calls;

#[workflow]
impl Calls {
    #[step(timeout = "1s")]
    async fn call(&self, Start(kind): Start<u32>) -> Stop<()> {
        match kind {
            0 => on_cpu().await,
            1 => in_pool().await,
            _ => on_io().await,
        };
        Stop(())
    }
}

#[tokio::test(start_paused = true)]
async fn paused_clock_waits_for_work_on_built_executors() {
    let executors = Executors::builder().io_threads(1).cpu_threads(1).pool("own", 1).build().unwrap();
    for kind in 0..3 {
        let start = Instant::now();
        Calls.run(kind).executors(&executors).await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn paused_clock_waits_for_a_function_outside_of_a_run() {
    let called = tokio::time::timeout(secs(1), on_cpu()).await;
    assert!(called.is_ok());
}

#[tokio::test(start_paused = true)]
async fn clock_that_is_paused_later_waits_for_cpu_work() {
    tokio::time::resume();
    on_cpu().await;
    tokio::time::pause();
    assert!(tokio::time::timeout(secs(1), on_cpu()).await.is_ok());
}

#[workflow]
struct Waits;

#[workflow]
impl Waits {
    #[step]
    async fn wait(&self, Start(turns): Start<u32>) -> Stop<u64> {
        let mut sum = 0;
        for _ in 0..turns {
            #[blocking(io)]
            let more = compute();
            sum |= more;
            sleep(secs(60)).await;
        }
        Stop(sum)
    }
}

#[tokio::test(start_paused = true)]
async fn paused_clock_advances_between_blocking_statements() {
    let start = Instant::now();
    assert_ne!(Waits.run(3).await.unwrap(), 0);
    assert_eq!(start.elapsed(), secs(180));
}

#[workflow]
struct WaitsItself;

#[workflow]
impl WaitsItself {
    #[step]
    #[blocking(io)]
    fn wait(&self, Start(()): Start<()>) -> Stop<()> {
        Handle::current().block_on(sleep(secs(3600)));
        Stop(())
    }
}

#[tokio::test(start_paused = true)]
async fn blocking_code_that_waits_needs_a_clock_that_is_advanced() {
    let mut run = WaitsItself.run(()).start();
    let mut advanced = Duration::ZERO;
    while (&mut run).now_or_never().is_none() {
        tokio::time::advance(secs(60)).await;
        advanced += secs(60);
        tokio::task::yield_now().await;
    }
    assert!(advanced >= secs(3600), "{advanced:?}");
}
