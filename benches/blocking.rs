//! W5: a round trip to a blocking thread, relative to `spawn_blocking` and to a rayon pool with a oneshot
//! channel, the options of the executors relative to the same written by hand, and the latency of a ticker under
//! blocking load.
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
use tokio::{runtime::Handle, sync::oneshot, task::spawn_blocking};
use workflows_runtime::{BlockingJob, Executors, nonblocking, prelude::*};

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

/// The least time of a call, of bursts of 64 in turns.
// A burst is in one of two modes: the caller polls while the pool runs, or each result wakes it, which takes ten times as
// long. The scheduler of the system decides that, for both sides alike. So a mean compares modes, not code.
async fn least_of_both<A: Future, B: Future>(bare: impl Fn() -> A, ours: impl Fn() -> B) -> [f64; 2] {
    let mut least = [f64::MAX; 2];
    for _ in 0..HOPS / 16 {
        least[0] = least[0].min(micros(1, || in_flight(64, &bare)).await / 64.0);
        least[1] = least[1].min(micros(1, || in_flight(64, &ours)).await / 64.0);
    }
    least
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
        let [bare, ours] = least_of_both(bare_io, io).await;
        rows[2].round(bare, ours);
        let [bare, ours] = least_of_both(|| bare_cpu(&pool), cpu).await;
        rows[3].round(bare, ours);
    }
    for row in &rows {
        row.print("µs");
    }
}

/// A `#[blocking]` statement whose variables move over and back.
#[nonblocking]
async fn statement() -> usize {
    let mut list = vec![1_u32; 16];
    let mut total = 0;
    #[blocking(cpu)]
    {
        list.push(black_box(2));
        total += list.len();
    }
    total + list.len()
}

async fn bare_statement(pool: &rayon_core::ThreadPool) -> usize {
    let list = vec![1_u32; 16];
    let (sender, receiver) = oneshot::channel();
    pool.spawn_fifo(move || {
        let mut list = list;
        list.push(black_box(2));
        let total = list.len();
        let _ = sender.send((total, list));
    });
    let (total, list) = receiver.await.unwrap();
    total + list.len()
}

tokio::task_local! {
    static TENANT: u32;
}

/// The same as [`bare_cpu`] with a task-local value.
async fn bare_carried(pool: &rayon_core::ThreadPool) -> u32 {
    let tenant = TENANT.get();
    let (sender, receiver) = oneshot::channel();
    pool.spawn_fifo(move || {
        let _ = sender.send(TENANT.sync_scope(tenant, || black_box(1)));
    });
    receiver.await.unwrap()
}

#[blocking(cpu, pool = "embed")]
fn embed() -> u32 {
    black_box(1)
}

#[blocking(cpu)]
fn nested() -> u32 {
    Handle::current().block_on(cpu())
}

/// Waits on a thread of one pool for a thread of another one.
async fn bare_nested(outer: &rayon_core::ThreadPool, inner: &Arc<rayon_core::ThreadPool>) -> u32 {
    let (runtime, inner) = (Handle::current(), Arc::clone(inner));
    let (sender, receiver) = oneshot::channel();
    outer.spawn_fifo(move || {
        let _ = sender.send(runtime.block_on(bare_cpu(&inner)));
    });
    receiver.await.unwrap()
}

/// Measures calls in a run, whose executors have options. Takes the number of repetitions.
#[workflow]
struct Calls;

#[workflow]
impl Calls {
    #[step]
    async fn calls(&self, Start((kind, times)): Start<(Call, u32)>) -> Stop<f64> {
        Stop(match kind {
            Call::Statement => micros(times, statement).await,
            Call::Carried => micros(times, cpu).await,
            Call::Named => micros(times, embed).await,
            Call::Nested => micros(times, nested).await,
            Call::InFlight => micros(times, || in_flight(64, cpu)).await / 64.0,
        })
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Call {
    Statement,
    Carried,
    Named,
    Nested,
    InFlight,
}

/// The options of the executors, in runs that set them.
async fn options(runtime: &str) {
    let pool = pool();
    let single = || rayon_core::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let (outer, inner) = (single(), Arc::new(single()));
    let plain = Executors::builder().pool("embed", 1).build().unwrap();
    let one = Executors::builder().cpu_threads(1).build().unwrap();
    let limited = Executors::builder().queue_limit(64).build().unwrap();
    let carry = || {
        let tenant = TENANT.get();
        move |job: BlockingJob<'_>| TENANT.sync_scope(tenant, || job.run())
    };
    let carrying = Executors::builder().carry(carry).build().unwrap();
    let calls = |kind, times, executors: &Executors| Calls.run((kind, times)).executors(executors).into_future();
    let mut rows = [
        Row::new(format!("W5 statement with variables, {runtime}"), 1.3),
        Row::new(format!("W5 carried task-local, {runtime}"), 1.3),
        Row::new(format!("W5 named pool, {runtime}"), 1.3),
        Row::new(format!("W5 nested wait, pools of one, {runtime}"), 1.3),
        Row::new(format!("W5 limited queue / unlimited, 64 in flight, {runtime}"), 1.15),
    ];
    for _ in 0..rounds(ROUNDS) {
        let ours = calls(Call::Statement, HOPS, &plain).await.unwrap();
        rows[0].round(micros(HOPS, || bare_statement(&pool)).await, ours);
        let ours = TENANT.scope(1, calls(Call::Carried, HOPS, &carrying)).await.unwrap();
        rows[1].round(TENANT.scope(1, micros(HOPS, || bare_carried(&pool))).await, ours);
        let ours = calls(Call::Named, HOPS, &plain).await.unwrap();
        rows[2].round(micros(HOPS, || bare_cpu(&outer)).await, ours);
        let ours = calls(Call::Nested, HOPS, &one).await.unwrap();
        rows[3].round(micros(HOPS, || bare_nested(&outer, &inner)).await, ours);
        // What the limit costs: the baseline is the same without it.
        let unlimited = calls(Call::InFlight, HOPS / 16, &plain).await.unwrap();
        rows[4].round(unlimited, calls(Call::InFlight, HOPS / 16, &limited).await.unwrap());
    }
    for row in &rows {
        row.print("µs");
    }
}

#[event]
struct Short;
#[event]
struct Ran;

/// The given number of computations of a millisecond.
#[workflow]
struct ShortJobs;

fn short() {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(1) {
        std::hint::spin_loop();
    }
}

#[workflow]
impl ShortJobs {
    #[step]
    async fn begin(&self, Start(jobs): Start<usize>) -> Vec<Short> {
        (0..jobs).map(|_| Short).collect()
    }

    #[step(workers = 100)]
    #[blocking(cpu)]
    fn job(&self, _: Short) -> Ran {
        short();
        Ran
    }

    #[step]
    async fn end(&self, all: Vec<Ran>) -> Stop<usize> {
        Stop(all.len())
    }
}

/// The time of a short job while another run has a hundred of them in the queue of one thread. The baseline is the time of
/// two jobs: the one that runs, and its own.
async fn fairness(runtime: &str) {
    let executors = Executors::builder().cpu_threads(1).build().unwrap();
    let jobs = |jobs| ShortJobs.run(jobs).executors(&executors);
    let mut row = Row::new(format!("W5 a job of one run behind 100 of another, {runtime}"), 1.5);
    for _ in 0..rounds(ROUNDS) {
        let two = micros(1, || jobs(2).into_future()).await;
        let others = jobs(100).start();
        let is_queued = || executors.metrics().iter().any(|pool| pool.queued > 90);
        while !is_queued() {
            tokio::task::yield_now().await;
        }
        let one = micros(1, || jobs(1).into_future()).await;
        others.await.unwrap();
        row.round(two / 1e3, one / 1e3);
    }
    row.print("ms");
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
            options(name).await;
            fairness(name).await;
            responsiveness(name).await;
        });
    }
}
