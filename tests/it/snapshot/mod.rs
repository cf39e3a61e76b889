//! Snapshots: a run is serialized, and resumed in a fresh instance.

pub(crate) mod crash;
pub(crate) mod crash_turns;
mod damaged;
mod failed;
mod format;
mod max_runs;
mod readable;
mod resume;
mod version;

use std::{future::pending, time::SystemTime};
use workflows_runtime::{RunHandle, Snapshot, prelude::*};
use workflows_tests::{Log, let_others_run};

/// Serializes and deserializes a snapshot, as JSON and in a format that is not self-describing.
fn round_trip<W: Workflow>(snapshot: &Snapshot<W>) -> Snapshot<W> {
    let text = serde_json::to_string(snapshot).unwrap();
    let bytes = postcard::to_stdvec(&serde_json::from_str::<Snapshot<W>>(&text).unwrap()).unwrap();
    postcard::from_bytes(&bytes).unwrap()
}

/// Makes a snapshot look as if it had been taken that long ago.
fn aged<W: Workflow>(snapshot: &Snapshot<W>, ago: Duration) -> Snapshot<W> {
    let mut json = serde_json::to_value(snapshot).unwrap();
    json["taken_at"] = serde_json::to_value(SystemTime::now() - ago).unwrap();
    serde_json::from_value(json).unwrap()
}

#[event]
struct Item(u32);
#[event]
struct Done(u32);

/// Works on items one by one, and never finishes the item `stuck`.
#[workflow(state = u32, stream = u32, timeout = "10s")]
struct Line {
    stuck: Option<u32>,
    log: Log<u32>,
}

#[workflow]
impl Line {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
        (0..n).map(Item).collect()
    }
    #[step(workers = 1)]
    async fn work(&self, ctx: &Context<Self>, Item(n): Item) -> Done {
        self.log.add(n);
        ctx.publish(n);
        if self.stuck == Some(n) {
            pending::<()>().await;
        }
        ctx.state().update(|sum| *sum += n);
        Done(n)
    }
    #[step]
    async fn gather(&self, all: Vec<Done>) -> Stop<Vec<u32>> {
        Stop(all.into_iter().map(|Done(n)| n).collect())
    }
}

impl Line {
    fn new(stuck: Option<u32>) -> (Self, Log<u32>) {
        let log = Log::default();
        (Self { stuck, log: log.clone() }, log)
    }

    async fn until(stuck: u32) -> RunHandle<Self> {
        let run = Self::new(Some(stuck)).0.run(4).id("line").start();
        let_others_run().await;
        run
    }
}

/// Serializes and deserializes a snapshot as JSON, with no time passed since it was taken.
fn through_json<W: Workflow>(snapshot: &Snapshot<W>) -> Snapshot<W> {
    let mut json = serde_json::to_value(snapshot).unwrap();
    json["taken_at"] = serde_json::to_value(SystemTime::now()).unwrap();
    serde_json::from_str(&json.to_string()).unwrap()
}

/// Serializes and deserializes a snapshot in a format that is not self-describing.
fn through_bytes<W: Workflow>(snapshot: &Snapshot<W>) -> Snapshot<W> {
    postcard::from_bytes(&postcard::to_stdvec(&through_json(snapshot)).unwrap()).unwrap()
}
