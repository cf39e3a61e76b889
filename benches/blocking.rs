//! W5: a round trip to a blocking thread, relative to `spawn_blocking` and to a rayon pool with a oneshot
//! channel, and the latency of a ticker under blocking load.
//!
//! `cargo bench --bench blocking`

mod common;

use common::{Row, current_thread, head, in_a_task, micros, multi_thread, rounds};
use futures::{
    future::{join, join_all},
    stream::{FuturesUnordered, StreamExt},
};
use std::{
    hint::black_box,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Instant,
};
use tokio::{sync::oneshot, task::spawn_blocking};
use workflows_runtime::prelude::*;

const ROUNDS: usize = 31;
const HOPS: u32 = 500;

#[blocking(io)]
fn io() -> u32 {
    black_box(1)
}

#[blocking(cpu)]
fn cpu() -> u32 {
    black_box(1)
}

async fn bare_io() -> u32 {
    spawn_blocking(|| black_box(1)).await.unwrap()
}

/// Creates a pool with as many threads as the default executor `cpu`.
fn pool() -> rayon_core::ThreadPool {
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    rayon_core::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

async fn bare_cpu(pool: &rayon_core::ThreadPool) -> u32 {
    let (sender, receiver) = oneshot::channel();
    pool.spawn_fifo(move || {
        let _ = sender.send(black_box(1));
    });
    receiver.await.unwrap()
}

/// Runs `number` calls concurrently.
async fn in_flight<F: Future>(number: usize, once: impl Fn() -> F) {
    let mut calls: FuturesUnordered<_> = (0..number).map(|_| once()).collect();
    while calls.next().await.is_some() {}
}

async fn hops(runtime: &str) {
    let pool = pool();
    let mut rows = [
        Row::new(format!("W5 io, one at a time, {runtime}"), 1.15),
        Row::new(format!("W5 cpu, one at a time, {runtime}"), 1.15),
        Row::new(format!("W5 io, 64 in flight, {runtime}"), 1.15),
        Row::new(format!("W5 cpu, 64 in flight, {runtime}"), 1.15),
    ];
    for _ in 0..rounds(ROUNDS) {
        rows[0].round(micros(HOPS, bare_io).await, micros(HOPS, io).await);
        rows[1].round(micros(HOPS, || bare_cpu(&pool)).await, micros(HOPS, cpu).await);
        let repetitions = HOPS / 16;
        let each = |micros: f64| micros / 64.0;
        rows[2].round(
            each(micros(repetitions, || in_flight(64, bare_io)).await),
            each(micros(repetitions, || in_flight(64, io)).await),
        );
        rows[3].round(
            each(micros(repetitions, || in_flight(64, || bare_cpu(&pool))).await),
            each(micros(repetitions, || in_flight(64, cpu)).await),
        );
    }
    for row in &rows {
        row.print("µs");
    }
}

#[event]
struct Tick;

/// Ticks every millisecond and records the duration of each tick.
#[workflow]
struct Ticker {
    stop: Arc<AtomicBool>,
    ticks: Arc<Mutex<Vec<f64>>>,
}

#[workflow]
impl Ticker {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> Tick {
        Tick
    }

    #[step]
    async fn tick(&self, _: Tick) -> OneOf<Tick, Stop<()>> {
        let begun = Instant::now();
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.ticks.lock().unwrap().push(begun.elapsed().as_secs_f64() * 1e3);
        if self.stop.load(Ordering::Relaxed) { Stop(()).emit() } else { Tick.emit() }
    }
}

#[event]
struct Nap;
#[event]
struct Burn;
#[event]
struct Done;

const NAP: Duration = Duration::from_millis(50);

fn burn() {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(200) {
        std::hint::spin_loop();
    }
}

/// 64 blocking sleeps of 50 ms and 8 computations of 200 ms.
#[workflow]
struct Load;

#[workflow]
impl Load {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> Vec<OneOf<Nap, Burn>> {
        (0..72).map(|n| if n < 64 { Nap.emit() } else { Burn.emit() }).collect()
    }

    #[step(workers = 64)]
    #[blocking(io)]
    fn nap(&self, _: Nap) -> Done {
        thread::sleep(NAP);
        Done
    }

    #[step(workers = 64)]
    #[blocking(cpu)]
    fn burn(&self, _: Burn) -> Done {
        burn();
        Done
    }

    #[step]
    async fn end(&self, all: Vec<Done>) -> Stop<usize> {
        Stop(all.len())
    }
}

/// Runs `load` and a ticker concurrently. Returns the 99th percentile of the ticks and the duration of the load,
/// in milliseconds.
async fn p99(load: impl Future) -> (f64, f64) {
    let stop = Arc::default();
    let ticks = Arc::default();
    let ticker = Ticker { stop: Arc::clone(&stop), ticks: Arc::clone(&ticks) }.run(()).start();
    let begun = Instant::now();
    load.await;
    let took = begun.elapsed().as_secs_f64() * 1e3;
    stop.store(true, Ordering::Relaxed);
    ticker.await.unwrap();
    let mut ticks = std::mem::take(&mut *ticks.lock().unwrap());
    ticks.sort_by(f64::total_cmp);
    (ticks[ticks.len() * 99 / 100], took)
}

/// The baseline of [`Load`]: sleeps on tokio's blocking threads, computations on a rayon pool.
async fn baseline_load(pool: &rayon_core::ThreadPool) {
    let naps = (0..64).map(|_| spawn_blocking(|| thread::sleep(NAP)));
    let burns = (0..8).map(|_| {
        let (sender, receiver) = oneshot::channel();
        pool.spawn_fifo(move || {
            burn();
            let _ = sender.send(());
        });
        receiver
    });
    let (naps, burns) = join(join_all(naps), join_all(burns)).await;
    assert!(naps.iter().all(Result::is_ok) && burns.iter().all(Result::is_ok));
}

async fn responsiveness(runtime: &str) {
    let pool = pool();
    let mut baseline_row = Row::without_target(format!("W5 1 ms ticker, p99, baseline under load / idle, {runtime}"));
    let mut loaded_row = Row::new(format!("W5 1 ms ticker, p99, under load / idle, {runtime}"), 1.5);
    let mut load = Row::new(format!("W5 the whole load, {runtime}"), 1.1);
    for _ in 0..rounds(ROUNDS / 3) {
        let (idle, _) = p99(tokio::time::sleep(Duration::from_secs(1))).await;
        let (baseline, baseline_took) = p99(baseline_load(&pool)).await;
        let (loaded, took) = p99(async { Load.run(()).await.unwrap() }).await;
        baseline_row.round(idle, baseline);
        loaded_row.round(idle, loaded);
        load.round(baseline_took, took);
    }
    for row in [baseline_row, loaded_row, load] {
        row.print("ms");
    }
}

fn main() {
    for (name, runtime) in [("current_thread", current_thread()), ("multi_thread", multi_thread())] {
        head(name);
        in_a_task(&runtime, async {
            hops(name).await;
            responsiveness(name).await;
        });
    }
}
