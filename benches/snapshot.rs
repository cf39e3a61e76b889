//! W7: snapshot and serialize a run with a full queue, deserialize and resume it. The baseline is serde on records
//! with the same fields. Also verifies that the cost does not depend on the length of the run so far.
//!
//! `cargo bench --bench snapshot`

mod common;

use common::{Row, cpu_nanos, current_thread, head, in_a_task, is_quick, rounds};
use futures::poll;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::VecDeque,
    future::{IntoFuture, pending},
    sync::Arc,
};
use tokio::sync::Notify;
use workflows_runtime::{RunHandle, Snapshot, prelude::*};

const ROUNDS: usize = 31;
const SIZES: [u32; 2] = [1_000, 10_000];

/// The number of events that are serialized or deserialized in a round.
const EVENTS: u32 = 100_000;

#[event]
struct Hop {
    left: u64,
    events: u64,
}

#[event]
struct Full {
    events: u64,
}

#[event]
struct Work {
    number: u64,
}

#[event]
struct Done;

/// Hops `left` times, then queues events for a step that takes one of them and never returns.
#[workflow]
#[derive(Default)]
struct Queues {
    stuck: Arc<Notify>,
}

#[workflow]
impl Queues {
    #[step]
    async fn begin(&self, Start((left, events)): Start<(u64, u64)>) -> Hop {
        Hop { left, events }
    }

    #[step]
    async fn hop(&self, Hop { left, events }: Hop) -> OneOf<Hop, Full> {
        if left == 0 { Full { events }.emit() } else { Hop { left: left - 1, events }.emit() }
    }

    #[step]
    async fn fill(&self, full: Full) -> Vec<Work> {
        (0..full.events).map(|number| Work { number }).collect()
    }

    #[step(workers = 1)]
    async fn work(&self, _: Work) -> Done {
        self.stuck.notify_one();
        pending().await
    }

    #[step]
    async fn end(&self, all: Vec<Done>) -> Stop<usize> {
        Stop(all.len())
    }
}

/// The fields that a snapshot stores per queued event: the event and its position.
#[derive(Clone, Serialize, Deserialize)]
struct Record {
    event: Event,
    batch: u32,
    branch: u32,
    lineage: u32,
}

/// Events, named as in a snapshot.
#[derive(Clone, Serialize, Deserialize)]
enum Event {
    #[serde(rename = "on_work")]
    Work(Work),
    #[serde(rename = "on_end")]
    Done(Done),
}

/// The baseline: a queue that is serialized in one pass.
fn records(events: u32) -> VecDeque<Record> {
    let work = |number| Event::Work(Work { number });
    (0..events).map(|branch| Record { event: work(branch.into()), batch: 1, branch, lineage: 0 }).collect()
}

/// A serialization format.
trait Format {
    const NAME: &str;
    fn write(value: &impl Serialize) -> Vec<u8>;
    fn read<T: DeserializeOwned>(bytes: &[u8]) -> T;
}

struct Json;

impl Format for Json {
    const NAME: &str = "serde_json";

    fn write(value: &impl Serialize) -> Vec<u8> {
        serde_json::to_vec(value).unwrap()
    }

    fn read<T: DeserializeOwned>(bytes: &[u8]) -> T {
        serde_json::from_slice(bytes).unwrap()
    }
}

struct Postcard;

impl Format for Postcard {
    const NAME: &str = "postcard";

    fn write(value: &impl Serialize) -> Vec<u8> {
        postcard::to_stdvec(value).unwrap()
    }

    fn read<T: DeserializeOwned>(bytes: &[u8]) -> T {
        postcard::from_bytes(bytes).unwrap()
    }
}

/// Starts a run and waits until its queue is full, after `hops` hops.
async fn full(hops: u64, events: u32) -> RunHandle<Queues> {
    let stuck = Arc::default();
    // One more, as the event of the running step is not queued.
    let run = Queues { stuck: Arc::clone(&stuck) }.run((hops, u64::from(events) + 1)).id("run").start();
    stuck.notified().await;
    run
}

/// Takes a snapshot and serializes it.
async fn write<F: Format>(run: &RunHandle<Queues>) -> Vec<u8> {
    F::write(&run.snapshot().await.unwrap())
}

/// Deserializes a snapshot and resumes it until its first step has started.
async fn restore<F: Format>(workflow: &Arc<Queues>, bytes: &[u8]) {
    let mut run = workflow.resume(F::read::<Snapshot<Queues>>(bytes)).into_future();
    assert!(poll!(&mut run).is_pending());
}

async fn serde_baseline<F: Format>(events: u32) {
    let named = |what: &str| format!("W7 {what}, {events} queued, {}", F::NAME);
    let mut written = Row::new(named("serialize"), 1.5);
    let mut read = Row::without_target(named("deserialize"));
    let mut restored = Row::new(named("resume"), 1.5);
    let run = full(0, events).await;
    let workflow = &Arc::new(Queues::default());
    let records = records(events);
    let bytes = write::<F>(&run).await;
    let recorded = F::write(&records);
    let each = |nanos: f64| nanos / f64::from(events);
    let times = EVENTS / events;
    for _ in 0..rounds(ROUNDS) {
        written.round(
            each(cpu_nanos(times, async || F::write(&records)).await),
            each(cpu_nanos(times, async || write::<F>(&run).await).await),
        );
        let baseline = each(cpu_nanos(times, async || F::read::<VecDeque<Record>>(&recorded)).await);
        read.round(baseline, each(cpu_nanos(times, async || F::read::<Snapshot<Queues>>(&bytes)).await));
        restored.round(baseline, each(cpu_nanos(times, async || restore::<F>(workflow, &bytes).await).await));
    }
    for row in [written, read, restored] {
        row.print("ns");
    }
    let mut size = Row::without_target(named("size"));
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).map(f64::from).unwrap();
    size.round(each(length(&recorded)), each(length(&bytes)));
    size.print("bytes");
}

/// Measures the snapshot alone, which copies the queue: the run continues while the copy is serialized.
async fn copied(events: u32) {
    let mut row = Row::without_target(format!("W7 snapshot, {events} queued"));
    let run = full(0, events).await;
    let records = records(events);
    let each = |nanos: f64| nanos / f64::from(events);
    let times = EVENTS / events;
    for _ in 0..rounds(ROUNDS) {
        row.round(
            each(cpu_nanos(times, async || records.clone()).await),
            each(cpu_nanos(times, async || run.snapshot().await.unwrap()).await),
        );
    }
    row.print("ns");
}

async fn after_hops() {
    let hops = if is_quick() { 100_000 } else { 1_000_000 };
    let mut row = Row::new(format!("W7 serialize, after {hops} hops / after 10"), 1.1);
    let short = full(10, SIZES[0]).await;
    let long = full(hops, SIZES[0]).await;
    let written = async |run| cpu_nanos(EVENTS / SIZES[0], async || write::<Json>(run).await).await / 1e3;
    for _ in 0..rounds(ROUNDS) {
        row.round(written(&short).await, written(&long).await);
    }
    row.print("µs");
}

fn main() {
    head("current_thread");
    in_a_task(&current_thread(), async {
        for events in SIZES {
            copied(events).await;
            serde_baseline::<Json>(events).await;
            serde_baseline::<Postcard>(events).await;
        }
        after_hops().await;
    });
}
