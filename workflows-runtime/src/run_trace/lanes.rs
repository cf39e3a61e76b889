//! Lanes: places for attempts such that two that run at the same time have different ones.

use super::data::{AttemptTrace, RunTrace};
use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

/// The attempts of a step that have started, with their lanes, in the order of their starts. Lanes begin at 0, and the
/// lowest free one is taken.
pub(super) fn lanes<'a>(run: &'a RunTrace, step: &str) -> Vec<(usize, &'a AttemptTrace)> {
    let mut started: Vec<(Duration, &AttemptTrace)> = Vec::new();
    for attempt in &run.attempts {
        if let Some(at) = attempt.started_at
            && attempt.step == step
        {
            started.push((at, attempt));
        }
    }
    started.sort_by_key(|(at, attempt)| (*at, attempt.execution, attempt.attempt));
    let mut free = BinaryHeap::new();
    let mut busy = BinaryHeap::new();
    let mut lanes = 0;
    let mut placed = Vec::new();
    for (at, attempt) in started {
        while let Some(Reverse((end, lane))) = busy.peek().copied()
            && end <= at
        {
            busy.pop();
            free.push(Reverse(lane));
        }
        let lane = if let Some(Reverse(lane)) = free.pop() {
            lane
        } else {
            lanes += 1;
            lanes - 1
        };
        busy.push(Reverse((attempt.ended_at.unwrap_or(Duration::MAX), lane)));
        placed.push((lane, attempt));
    }
    placed
}
