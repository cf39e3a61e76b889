//! Parked runs take no memory.
#![cfg(target_os = "linux")]
#![allow(missing_docs)]

#[path = "faults/dir.rs"]
mod dir;

use self::dir::Dir;
use core::time::Duration;
use std::{fs::File, io::Write, sync::Arc, time::Instant};
use tokio::{sync::Mutex, time::sleep};
use workflows_durable::Host;
use workflows_runtime::{durable::Durable, prelude::*};
use workflows_sqlite::SqliteStore;

#[workflow]
struct Ask;

#[workflow]
impl Ask {
    #[step]
    async fn ask(&self, Start(number): Start<u32>) -> InputRequired<u32> {
        InputRequired(number)
    }

    #[step]
    async fn end(&self, HumanResponse(answer): HumanResponse<u32>) -> Stop<u32> {
        Stop(answer)
    }
}

/// Waits for a child that asks.
#[workflow]
struct Delegate {
    ask: Arc<Ask>,
}

#[workflow]
impl Delegate {
    #[step]
    async fn delegate(&self, ctx: &Context<Self>, Start(number): Start<u32>) -> StepResult<Stop<u32>> {
        Ok(Stop(ctx.run_child(&self.ask, number).await?))
    }
}

/// The resident memory of this process, in bytes.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

/// How many of the runs are answered.
const ANSWERS: u32 = 21;

/// How long the disk takes for a commit: a page is appended to a file, and flushed.
fn sync(dir: &Dir) -> Duration {
    let path = dir.db().with_extension("sync");
    let mut file = File::options().create(true).append(true).open(path).unwrap();
    let begun = Instant::now();
    file.write_all(&[7; 4096]).unwrap();
    file.sync_data().unwrap();
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The memory is that of the process: one test at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Parks so many runs, and answers some of them, or their children. Prints how long that takes, and how much of it is a
/// commit.
async fn park<W: Durable<Input = u32>>(runs: u32, answered: impl Fn(u32) -> String) {
    let _alone = ALONE.lock().await;
    let dir = Dir::new();
    let store = SqliteStore::open(dir.db()).await.unwrap();
    let ask = Arc::new(Ask);
    let host = Host::on(store).workflow(Delegate { ask: Arc::clone(&ask) }).workflow(ask);
    let host = host.idle_after(Duration::from_millis(10)).park_parents(true).start().await.unwrap();
    let before = resident();
    for first in (0..runs).step_by(500) {
        let start = |number: u32| {
            let host = host.clone();
            tokio::spawn(async move {
                host.run::<W>(number).id(format!("run-{number}")).start().await.unwrap();
            })
        };
        for started in (first..(first + 500).min(runs)).map(start).collect::<Vec<_>>() {
            started.await.unwrap();
        }
        while host.health().running > 0 {
            sleep(Duration::from_millis(1)).await;
        }
    }
    let megabytes = resident().saturating_sub(before) >> 20;
    let (mut answers, mut ends, mut syncs) = (Vec::new(), Vec::new(), Vec::new());
    for number in (0..ANSWERS).map(|number| number * (runs / ANSWERS)) {
        syncs.push(sync(&dir));
        let begun = Instant::now();
        let id = format!("run-{number}");
        host.send::<Ask, u32>(answered(number), HumanResponse(7)).await.unwrap();
        answers.push(begun.elapsed());
        let mut run = host.find(&*id).await.unwrap().unwrap();
        while run.ended.is_none() {
            sleep(Duration::from_micros(100)).await;
            run = host.find(&*id).await.unwrap().unwrap();
        }
        ends.push(begun.elapsed());
        assert_eq!(run.result.as_deref(), Some("7"));
    }
    let [answer, end, sync] = [answers, ends, syncs].map(median);
    let workflow = W::NAME;
    println!(
        "{runs} parked runs of {workflow}: {megabytes} MB, answered in {answer:?}, ended after {end:?}; a sync takes {sync:?}"
    );
    assert!(megabytes < 20, "{megabytes} MB");
    host.stop().await;
}

#[tokio::test]
async fn parked_runs_take_no_memory() {
    park::<Ask>(5_000, |number| format!("run-{number}")).await;
}

#[tokio::test]
async fn parked_parents_and_children_take_no_memory() {
    park::<Delegate>(2_500, |number| format!("run-{number}/1/1")).await;
}

/// `just kills`
#[tokio::test]
#[ignore = "takes minutes"]
async fn hundred_thousand_parked_runs_take_no_memory() {
    park::<Ask>(100_000, |number| format!("run-{number}")).await;
}

/// `just kills`
#[tokio::test]
#[ignore = "takes minutes"]
async fn ten_thousand_parked_parents_take_no_memory() {
    park::<Delegate>(10_000, |number| format!("run-{number}/1/1")).await;
}
