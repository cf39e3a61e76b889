//! W1: a hop from a step to itself. The baseline is a queue of boxed step futures, each polled once.
//!
//! `cargo bench --bench hop`

mod common;

use common::{
    Row, baselines, cpu_nanos, current_thread, head, in_a_task, is_quick, resident, rounds,
    workflows::{Loop, SlowLoop},
};
use std::sync::Arc;
use workflows_runtime::prelude::*;

const SIZES: [(u32, usize); 4] = [(1_000, 31), (100_000, 31), (1_000_000, 11), (10_000_000, 5)];

/// Returns the number of runs for a round of at least 200,000 hops.
fn times(hops: u32) -> u32 {
    (200_000 / hops).max(1)
}

async fn ours(hops: u32) -> f64 {
    let workflow = &Arc::new(Loop);
    let all = cpu_nanos(times(hops), async || workflow.run(u64::from(hops)).await.unwrap()).await;
    all / f64::from(hops)
}

async fn baseline(hops: u32) -> f64 {
    cpu_nanos(times(hops), || baselines::polled_once(u64::from(hops))).await / f64::from(hops)
}

async fn hops() {
    let largest = SIZES[SIZES.len() - if is_quick() { 2 } else { 1 }];
    for (hops, full) in SIZES {
        if hops > largest.0 {
            continue;
        }
        let mut row = Row::new(format!("W1 hop, {hops} hops"), 2.0);
        for _ in 0..rounds(full) {
            row.round(baseline(hops).await, ours(hops).await);
        }
        row.print("ns");
    }
    let mut growth = Row::new(format!("W1 hop, growth, {} / 1000", largest.0), 1.1);
    for _ in 0..rounds(largest.1) {
        growth.round(ours(1_000).await, ours(largest.0).await);
    }
    growth.print("ns");
    let mut memory = Row::new(format!("W1 memory, after / before {} more hops", largest.0), 1.01);
    let before = resident();
    ours(largest.0).await;
    memory.round(before / 1e6, resident() / 1e6);
    memory.print("MB");
}

async fn suspending() {
    const HOPS: u32 = 100_000;
    let mut row = Row::new("W1 hop of a step that suspends", 2.0);
    let workflow = &Arc::new(SlowLoop);
    for _ in 0..rounds(31) {
        let baseline = cpu_nanos(1, || baselines::suspending(u64::from(HOPS))).await;
        let ours = cpu_nanos(1, async || workflow.run(u64::from(HOPS)).await.unwrap()).await;
        row.round(baseline / f64::from(HOPS), ours / f64::from(HOPS));
    }
    row.print("ns");
}

fn main() {
    head("current_thread");
    in_a_task(&current_thread(), async {
        hops().await;
        suspending().await;
    });
}
