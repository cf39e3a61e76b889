//! W9: durable runs in a file of `SQLite`, relative to a raw log on the same disk: records of the same size are appended,
//! flushed by `fdatasync`, and acknowledged. The write-ahead log of `SQLite` has its final size, as in a store that has been
//! used for some seconds: until then a record takes half as long again.
//!
//! `cargo bench --bench durable`

mod common;

use common::{Row, cpu, float, head, in_a_task, is_quick, multi_thread, note, rounds};
use futures::future::join_all;
use std::{
    fs::File,
    io::Write,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Instant,
};
use tokio::sync::{mpsc, oneshot};
use workflows_durable::{
    Host, MemoryStore,
    store::{self, Applied, Change, Store, StoreFuture, StoredRun},
};
use workflows_runtime::{durable, prelude::*};
use workflows_sqlite::SqliteStore;

const ROUNDS: usize = 7;
/// The steps of a run that is alone, and of each of many.
const ALONE: u32 = 500;
const EACH: u32 = 100;
/// The bytes that a step appends to the raw log: as much as the record of a step.
const RECORD: usize = 800;
/// The size of the write-ahead log of a store that has been used: it is copied to the database at 4,000 pages, and begins
/// anew without being cut.
const LOG_SIZE: u64 = 4000 * 4096;

#[event]
struct Turn(u32);

/// Each step emits the input of the next one.
#[workflow]
struct Loop {
    steps: u32,
}

#[workflow]
impl Loop {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> Turn {
        Turn(1)
    }

    #[step]
    async fn turn(&self, Turn(number): Turn) -> OneOf<Turn, Stop<u32>> {
        if number >= self.steps { Stop(number).emit() } else { Turn(number + 1).emit() }
    }
}

/// The branches of a fan-out, and the first one that never ends.
const BRANCHES: u32 = 10_000;
const STUCK: u32 = 9_900;

#[event]
struct Part(u32);
#[event]
struct Got(u32);

/// A fan-out that stops before its end.
#[workflow]
struct Fan;

#[workflow]
impl Fan {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> Vec<Part> {
        (0..BRANCHES).map(Part).collect()
    }

    #[step(workers = 8)]
    async fn part(&self, Part(number): Part) -> Got {
        if number >= STUCK {
            std::future::pending::<()>().await;
        }
        Got(number)
    }

    #[step]
    async fn gather(&self, all: Vec<Got>) -> Stop<usize> {
        Stop(all.len())
    }
}

/// A run of [`Fan`] as it is stored.
async fn stored_run() -> StoredRun {
    let store = MemoryStore::new();
    let host = Host::on(store.clone()).workflow(Fan).start().await.unwrap();
    let _run = host.run::<Fan>(()).id("fan").start().await.unwrap();
    let mut last = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let run = store.load("fan".into()).await.unwrap().unwrap();
        if last > 0 && run.ticks.len() == last {
            return run;
        }
        last = run.ticks.len();
    }
}

/// The time of one of the ticks behind a snapshot when the run is read. The baseline parses their JSON.
fn recovery() {
    // The target is 1.5 us, with 0.5 for the baseline.
    let mut row = Row::new("W9 a tick in a recovery", 3.0);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let run = runtime.block_on(stored_run());
    let snapshot = run.snapshot.unwrap();
    let ticks: Vec<String> = run.ticks.into_iter().map(Result::unwrap).collect();
    let parse = || ticks.iter().map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap());
    let number: usize = parse().map(|record| record["ticks"].as_array().unwrap().len()).sum();
    let each = |begun: f64| (cpu() - begun) / float(i64::try_from(number).unwrap()) / 1e3;
    for _ in 0..rounds(3 * ROUNDS) {
        let begun = cpu();
        parse().for_each(|record| drop(std::hint::black_box(record)));
        let parsed = each(begun);
        let none: [&str; 0] = [];
        let begun = cpu();
        drop(durable::read::<Fan>(&snapshot, &run.graph, &none).unwrap());
        let alone = each(begun);
        let begun = cpu();
        drop(durable::read::<Fan>(&snapshot, &run.graph, &ticks).unwrap());
        row.round(parsed, each(begun) - alone);
    }
    row.print("us");
    note(&format!("ticks that were read: {number}"));
}

/// A store that counts its commits.
struct Counted {
    store: SqliteStore,
    commits: Arc<AtomicU32>,
}

impl store::StoreWrapper for Counted {
    fn inner(&self) -> &dyn Store {
        &self.store
    }

    fn commit(&self, changes: Arc<[Change]>) -> StoreFuture<'_, Vec<Applied>> {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.inner().commit(changes)
    }
}

/// A folder on the disk of the target folder, removed with everything in it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("durable");
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A log with group commit: a thread appends what has arrived, flushes it, and acknowledges each record.
fn raw_log(path: PathBuf) -> mpsc::UnboundedSender<oneshot::Sender<()>> {
    let (records, mut arrived) = mpsc::unbounded_channel::<oneshot::Sender<()>>();
    thread::spawn(move || {
        let mut file = File::create(path).unwrap();
        let mut waiting = Vec::new();
        let mut bytes = Vec::new();
        while arrived.blocking_recv_many(&mut waiting, 4096) > 0 {
            bytes.resize(RECORD * waiting.len(), b'x');
            file.write_all(&bytes).unwrap();
            file.sync_data().unwrap();
            for done in waiting.drain(..) {
                let _ = done.send(());
            }
        }
    });
    records
}

/// Returns the microseconds per record of `tasks` tasks that append one record after the other.
async fn log(path: PathBuf, tasks: u32, steps: u32) -> f64 {
    let records = raw_log(path);
    let begun = Instant::now();
    let tasks = (0..tasks).map(|_| {
        let records = records.clone();
        tokio::spawn(async move {
            for _ in 0..steps {
                let (done, acknowledged) = oneshot::channel();
                records.send(done).unwrap();
                acknowledged.await.unwrap();
            }
        })
    });
    let tasks = tasks.collect::<Vec<_>>();
    let records = float(i64::from(steps)) * float(i64::try_from(tasks.len()).unwrap());
    join_all(tasks).await;
    begun.elapsed().as_secs_f64() * 1e6 / records
}

/// A host on a file of `SQLite`.
struct Hosted {
    path: PathBuf,
    host: Host,
    commits: Arc<AtomicU32>,
}

impl Hosted {
    /// A host for runs of `steps` steps, whose log has its final size.
    async fn start(path: PathBuf, runs: u32, steps: u32) -> Self {
        let commits = Arc::new(AtomicU32::new(0));
        let store = Counted { store: SqliteStore::open(&path).await.unwrap(), commits: Arc::clone(&commits) };
        let host = Host::on(store).workflow(Loop { steps }).start().await.unwrap();
        let hosted = Self { path, host, commits };
        while hosted.log_size() < LOG_SIZE {
            hosted.round(runs, steps).await;
        }
        hosted
    }

    /// The size of the write-ahead log in bytes.
    fn log_size(&self) -> u64 {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        std::fs::metadata(log).map_or(0, |log| log.len())
    }

    /// Returns the microseconds per step of `runs` durable runs, and the steps per commit.
    async fn round(&self, runs: u32, steps: u32) -> (f64, f64) {
        let commits = self.commits.load(Ordering::Relaxed);
        let begun = Instant::now();
        let runs = (0..runs).map(|_| {
            let host = self.host.clone();
            tokio::spawn(async move {
                let run = host.run::<Loop>(()).start().await.unwrap();
                assert!(run.result().await.is_ok());
            })
        });
        let runs = runs.collect::<Vec<_>>();
        let executed = float(i64::from(steps) + 1) * float(i64::try_from(runs.len()).unwrap());
        join_all(runs).await;
        let took = begun.elapsed().as_secs_f64() * 1e6 / executed;
        (took, executed / f64::from(self.commits.load(Ordering::Relaxed) - commits))
    }
}

fn main() {
    let folder = Folder::new();
    let path = |name: &str| folder.0.join(name);
    let many = if is_quick() { 100 } else { 1000 };
    let mut alone = Row::new("W9 one run", 1.0 / 0.8);
    let mut group = Row::new(format!("W9 {many} runs"), 1.0 / 0.15);
    let mut per_commit = Vec::new();
    let runtime = multi_thread();
    let (one_store, store_of_many) = runtime.block_on(async {
        let one = Hosted::start(path("store"), 1, ALONE).await;
        (Arc::new(one), Arc::new(Hosted::start(path("stores"), many, EACH).await))
    });
    for round in 0..rounds(ROUNDS) {
        let (one_log, log_of_many) = (path(&format!("log{round}")), path(&format!("logs{round}")));
        let (one_store, store_of_many) = (Arc::clone(&one_store), Arc::clone(&store_of_many));
        let (figures, received) = std::sync::mpsc::channel();
        in_a_task(&runtime, async move {
            let alone = (log(one_log, 1, ALONE).await, one_store.round(1, ALONE).await.0);
            let group = (log(log_of_many, many, EACH).await, store_of_many.round(many, EACH).await);
            figures.send((alone, group)).unwrap();
        });
        let ((log_alone, durable_alone), (log_group, (durable_group, steps))) = received.recv().unwrap();
        alone.round(log_alone, durable_alone);
        group.round(log_group, durable_group);
        per_commit.push(steps);
    }
    runtime.block_on(async {
        one_store.host.stop().await;
        store_of_many.host.stop().await;
    });
    head("two threads");
    alone.print("us per step");
    group.print("us per step");
    note(&format!("steps per commit of {many} runs: {:.0} (at least 100)", common::median(per_commit)));
    recovery();
}
