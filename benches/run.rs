//! W2: a run of two steps, from start to result. The baseline of a run in place is a loop over an enum, that of a
//! started run is a spawned task with one `Arc`.
//!
//! Also two steps of one run that share its task: one works while the other spins. The baseline is a
//! `FuturesUnordered` with the same futures.
//!
//! `cargo bench --bench run`

mod common;

use common::{
    Row, baselines, cpu_nanos, current_thread, head, in_a_task, micros, multi_thread, rounds, workflows::TwoSteps,
};
use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tracing_subscriber::Registry;
use workflows_runtime::{RunId, prelude::*};

const ROUNDS: usize = 51;
const RUNS: u32 = 20_000;

async fn in_place() {
    let mut rows = [
        Row::new("W2 run in place", 5.0),
        Row::without_target("W2 run in place, with a custom id"),
        Row::without_target("W2 run in place, polls timed for a `tracing` subscriber"),
    ];
    let workflow = &Arc::new(TwoSteps);
    let id = RunId::from("run");
    for _ in 0..rounds(ROUNDS) {
        let baseline = cpu_nanos(RUNS, baselines::two_steps).await;
        rows[0].round(baseline, cpu_nanos(RUNS, async || workflow.run(0).await.unwrap()).await);
        rows[1].round(baseline, cpu_nanos(RUNS, async || workflow.run(0).id(id.clone()).await.unwrap()).await);
    }
    // Last: `tracing` caches the maximum level, which is not lowered when the subscriber is gone.
    let _subscriber = tracing::subscriber::set_default(Registry::default());
    for _ in 0..rounds(ROUNDS) {
        let baseline = cpu_nanos(RUNS, baselines::two_steps).await;
        rows[2].round(baseline, cpu_nanos(RUNS, async || workflow.run(0).await.unwrap()).await);
    }
    for row in &rows {
        row.print("ns");
    }
}

/// Uses thread time on one thread, and wall-clock time on two.
async fn started(threads: &str) {
    let mut row = Row::new(format!("W2 run started, {threads}"), 1.5);
    let workflow = &Arc::new(TwoSteps);
    let baseline = async || baselines::Lean::started().result().await;
    let ours = async || workflow.run(0).start().await.unwrap();
    for _ in 0..rounds(ROUNDS) {
        if threads == "current_thread" {
            row.round(cpu_nanos(RUNS, baseline).await, cpu_nanos(RUNS, ours).await);
        } else {
            row.round(micros(RUNS, baseline).await * 1e3, micros(RUNS, ours).await * 1e3);
        }
    }
    row.print("ns");
}

/// How a future makes room for others.
#[derive(Clone, Copy)]
enum Unit {
    /// Uses tokio's budget.
    Budget,
    /// Wakes itself.
    Wake,
}

struct Share {
    unit: Unit,
    is_done: AtomicBool,
}

impl Share {
    async fn unit(&self) {
        match self.unit {
            Unit::Budget => tokio::task::consume_budget().await,
            Unit::Wake => ::workflows_tests::yield_once().await,
        }
    }

    async fn work(&self) {
        for _ in 0..1_000 {
            self.unit().await;
        }
        self.is_done.store(true, Ordering::Relaxed);
    }

    async fn spin(&self) {
        while !self.is_done.load(Ordering::Relaxed) {
            self.unit().await;
        }
    }
}

#[event]
struct Done;

#[workflow]
struct Shared {
    share: Share,
}

#[workflow]
impl Shared {
    #[step]
    async fn spin(&self, _start: Start<()>) -> Done {
        self.share.spin().await;
        Done
    }

    #[step]
    async fn work(&self, _start: Start<()>) -> Done {
        self.share.work().await;
        Done
    }

    #[step]
    async fn end(&self, _both: [Done; 2]) -> Stop<()> {
        Stop(())
    }
}

async fn shared() {
    for (name, unit) in [("1,000 units of tokio's budget", Unit::Budget), ("1,000 wakes", Unit::Wake)] {
        let share = || Share { unit, is_done: AtomicBool::new(false) };
        let mut row = Row::new(format!("{name}, next to a step that spins"), 2.0);
        for _ in 0..rounds(ROUNDS) {
            let baseline = async || {
                let share = share();
                let futures: [BoxFuture<'_, ()>; 2] = [Box::pin(share.spin()), Box::pin(share.work())];
                let mut both = FuturesUnordered::from_iter(futures);
                while both.next().await.is_some() {}
            };
            let ours = async || Shared { share: share() }.run(()).await.unwrap();
            row.round(micros(100, baseline).await, micros(100, ours).await);
        }
        row.print("µs");
    }
}

fn main() {
    head("current_thread");
    in_a_task(&current_thread(), async {
        in_place().await;
        started("current_thread").await;
        shared().await;
    });
    head("multi_thread");
    in_a_task(&multi_thread(), started("multi_thread"));
}
