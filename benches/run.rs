//! W2: a run of two steps, from start to result. The baseline of a run in place is a loop over an enum, that of a
//! started run is a spawned task with one `Arc`.
//!
//! `cargo bench --bench run`

mod common;

use common::{
    Row, baselines, cpu_nanos, current_thread, head, in_a_task, micros, multi_thread, rounds, workflows::TwoSteps,
};
use std::sync::Arc;
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

fn main() {
    head("current_thread");
    in_a_task(&current_thread(), async {
        in_place().await;
        started("current_thread").await;
    });
    head("multi_thread");
    in_a_task(&multi_thread(), started("multi_thread"));
}
