//! W3: a branch of a fan-out, four in flight, gathered in send order. The baseline is a queue and a
//! `FuturesUnordered`.
//!
//! `cargo bench --bench fan_out`

mod common;

use common::{Row, baselines, cpu_nanos, current_thread, head, in_a_task, is_quick, rounds, workflows::FanOut};
use std::sync::Arc;
use workflows_runtime::prelude::*;

const SIZES: [(u32, usize); 4] = [(1_000, 31), (10_000, 31), (100_000, 21), (1_000_000, 7)];

fn times(branches: u32) -> u32 {
    (100_000 / branches).max(1)
}

async fn ours(branches: u32) -> f64 {
    let workflow = &Arc::new(FanOut);
    let all = cpu_nanos(times(branches), async || workflow.run(u64::from(branches)).await.unwrap()).await;
    all / f64::from(branches)
}

async fn baseline(branches: u32) -> f64 {
    cpu_nanos(times(branches), || baselines::four_in_flight(u64::from(branches))).await / f64::from(branches)
}

async fn branches() {
    let largest = SIZES[SIZES.len() - if is_quick() { 2 } else { 1 }];
    for (branches, full) in SIZES {
        if branches > largest.0 {
            continue;
        }
        let mut row = Row::new(format!("W3 branch, {branches} branches"), 2.0);
        for _ in 0..rounds(full) {
            row.round(baseline(branches).await, ours(branches).await);
        }
        row.print("ns");
    }
    let mut growth = Row::new(format!("W3 branch, growth, {} / 1000", largest.0), 1.5);
    for _ in 0..rounds(largest.1) {
        growth.round(ours(1_000).await, ours(largest.0).await);
    }
    growth.print("ns");
}

fn main() {
    head("current_thread");
    in_a_task(&current_thread(), branches());
}
