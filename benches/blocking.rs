//! What a hop to another thread costs beside a bare one, and how steady a ticker is meanwhile.
//!
//! `cargo bench --bench blocking`

mod common;

use common::{Row, current_thread, head, in_a_task, micros, multi_thread, rounds};
use futures::stream::{FuturesUnordered, StreamExt};
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

async fn bare_cpu(pool: &rayon_core::ThreadPool) -> u32 {
    let (sender, receiver) = oneshot::channel();
    pool.spawn_fifo(move || {
        let _ = sender.send(black_box(1));
    });
    receiver.await.unwrap()
}

/// So many at once.
async fn in_flight<F: Future>(number: usize, once: impl Fn() -> F) {
    let mut flying: FuturesUnordered<_> = (0..number).map(|_| once()).collect();
    while flying.next().await.is_some() {}
}

async fn hops(runtime: &str) {
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let pool = rayon_core::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let mut rows = [
        Row::new(format!("W5 io, one at a time, {runtime}"), 1.15),
        Row::new(format!("W5 cpu, one at a time, {runtime}"), 1.15),
        Row::new(format!("W5 io, 64 in flight, {runtime}"), 1.15),
        Row::new(format!("W5 cpu, 64 in flight, {runtime}"), 1.15),
    ];
    for _ in 0..rounds(ROUNDS) {
        rows[0].round(micros(HOPS, bare_io).await, micros(HOPS, io).await);
        rows[1].round(micros(HOPS, || bare_cpu(&pool)).await, micros(HOPS, cpu).await);
        let flights = HOPS / 16;
        let each = |micros: f64| micros / 64.0;
        rows[2].round(
            each(micros(flights, || in_flight(64, bare_io)).await),
            each(micros(flights, || in_flight(64, io)).await),
        );
        rows[3].round(
            each(micros(flights, || in_flight(64, || bare_cpu(&pool))).await),
            each(micros(flights, || in_flight(64, cpu)).await),
        );
    }
    for row in &rows {
        row.print("µs");
    }
}

#[event]
struct Tick;

/// Ticks every millisecond and writes down how long each took.
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
        thread::sleep(Duration::from_millis(50));
        Done
    }

    #[step(workers = 64)]
    #[blocking(cpu)]
    fn burn(&self, _: Burn) -> Done {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(200) {
            std::hint::spin_loop();
        }
        Done
    }

    #[step]
    async fn end(&self, all: Vec<Done>) -> Stop<usize> {
        Stop(all.len())
    }
}

/// The 99th percentile of a ticker's ticks while `meanwhile` goes on.
async fn p99(meanwhile: impl Future) -> f64 {
    let (stop, ticks) = (Arc::default(), Arc::default());
    let ticker = Ticker { stop: Arc::clone(&stop), ticks: Arc::clone(&ticks) }.run(()).start();
    meanwhile.await;
    stop.store(true, Ordering::Relaxed);
    ticker.await.unwrap();
    let mut ticks = std::mem::take(&mut *ticks.lock().unwrap());
    ticks.sort_by(f64::total_cmp);
    ticks[ticks.len() * 99 / 100]
}

async fn responsiveness(runtime: &str) {
    let mut row = Row::new(format!("W5 1 ms ticker, p99 under load by idle, {runtime}"), 1.5);
    for _ in 0..rounds(ROUNDS / 3) {
        let idle = p99(tokio::time::sleep(Duration::from_secs(1))).await;
        let loaded = p99(async { Load.run(()).await.unwrap() }).await;
        row.round(idle, loaded);
    }
    row.print("ms");
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
