//! The clock jumps while no process runs: delays end early or late, and once.
#![allow(missing_docs)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep};
use workflows_durable::{
    Host, MemoryStore, Store,
    store::{self, OwnerId, StoreFuture, StoredRun},
};
use workflows_runtime::{RunId, prelude::*};

/// A store whose snapshots were taken that many seconds later, which may be negative.
#[derive(Clone)]
struct Jumped {
    store: MemoryStore,
    seconds: i64,
}

impl store::StoreWrapper for Jumped {
    fn inner(&self) -> &dyn Store {
        &self.store
    }
    fn claim(&self, owner: OwnerId, runs: Vec<(RunId, u64)>) -> StoreFuture<'_, Vec<StoredRun>> {
        Box::pin(async move {
            let mut claimed = self.inner().claim(owner, runs).await?;
            for run in &mut claimed {
                assert!(run.ticks.is_empty(), "a failure that is the first record is one of a snapshot");
                let snapshot = run.snapshot.clone().unwrap();
                run.snapshot = Ok(jumped(&snapshot, self.seconds));
            }
            Ok(claimed)
        })
    }
}

fn jumped(snapshot: &str, seconds: i64) -> String {
    let field = "\"taken_at\":{\"secs_since_epoch\":";
    let (before, after) = snapshot.split_once(field).unwrap();
    let (number, rest) = after.split_once(',').unwrap();
    let number: i64 = number.parse().unwrap();
    format!("{before}{field}{},{rest}", number + seconds)
}

/// Fails once, and tries again half an hour later.
#[workflow]
struct Flaky {
    attempts: Arc<AtomicU32>,
}

#[workflow]
impl Flaky {
    #[step(retry = Retry::fixed(Duration::from_mins(30)).max_attempts(3))]
    async fn flaky(&self, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
        if self.attempts.fetch_add(1, Ordering::Relaxed) == 0 { Err(StepError::msg("busy")) } else { Ok(Stop(n)) }
    }
}

/// How long the run takes after a jump.
async fn time_after(seconds: i64) -> Duration {
    let flaky = Arc::new(Flaky { attempts: Arc::default() });
    let store = MemoryStore::new();
    let first = Host::on(store.clone()).workflow(&flaky).start().await.unwrap();
    let run = first.run::<Flaky>(7).id("a").start().await.unwrap();
    while first.find("a").await.unwrap().unwrap().due.is_none() {
        sleep(Duration::from_millis(1)).await;
    }
    first.stop().await;
    drop(run);

    let began = Instant::now();
    let second = Host::on(Jumped { store, seconds }).workflow(&flaky).start().await.unwrap();
    let run = second.handle::<Flaky>("a").unwrap();
    assert_eq!(run.result().await.unwrap(), 7);
    let time = began.elapsed();
    sleep(Duration::from_hours(2)).await;
    assert_eq!(flaky.attempts.load(Ordering::Relaxed), 2, "the delay is over once");
    time
}

#[tokio::test(start_paused = true)]
async fn clock_that_jumps_ahead_ends_delays() {
    let time = time_after(-3600).await;
    assert!(time < Duration::from_mins(1), "{time:?}");
}

#[tokio::test(start_paused = true)]
async fn clock_that_jumps_back_postpones_delays() {
    let time = time_after(3600).await;
    assert!(time > Duration::from_mins(29) && time < Duration::from_mins(31), "{time:?}");
}
