//! Snapshots: a run is serialized, and resumed in a fresh instance.

mod crash;
mod crash_turns;
mod max_runs;
mod resume;
mod version;

use std::{future::pending, time::SystemTime};
use workflows_runtime::{RunHandle, Snapshot, prelude::*};
use workflows_tests::{Log, let_others_run};

/// Through JSON, and through a format that says nothing about itself.
fn written<W: Workflow>(snapshot: &Snapshot<W>) -> Snapshot<W> {
    let text = serde_json::to_string(snapshot).unwrap();
    let bytes = postcard::to_stdvec(&serde_json::from_str::<Snapshot<W>>(&text).unwrap()).unwrap();
    postcard::from_bytes(&bytes).unwrap()
}

/// As if it had been written down so long ago.
fn taken<W: Workflow>(snapshot: &Snapshot<W>, ago: Duration) -> Snapshot<W> {
    let mut json = serde_json::to_value(snapshot).unwrap();
    json["taken_at"] = serde_json::to_value(SystemTime::now() - ago).unwrap();
    serde_json::from_value(json).unwrap()
}

#[event]
struct Item(u32);
#[event]
struct Done(u32);

/// Works on items one by one; the first instance gets stuck at one of them.
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

/// Through a format that says what it holds. It goes on as if no time had passed meanwhile.
fn through_json<W: Workflow>(snapshot: &Snapshot<W>) -> Snapshot<W> {
    let mut json = serde_json::to_value(snapshot).unwrap();
    json["taken_at"] = serde_json::to_value(SystemTime::now()).unwrap();
    serde_json::from_str(&json.to_string()).unwrap()
}

/// Through one that does not.
fn through_bytes<W: Workflow>(snapshot: &Snapshot<W>) -> Snapshot<W> {
    postcard::from_bytes(&postcard::to_stdvec(&through_json(snapshot)).unwrap()).unwrap()
}
