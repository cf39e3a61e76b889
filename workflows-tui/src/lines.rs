//! A board as a line of text.

use crate::board::{Board, StepRow};
use std::fmt::Write as _;

/// The state of a run in one line: the steps that have started, each with the counts that are not zero.
pub(crate) fn summary(board: &Board) -> String {
    let mut line = format!("{} {:.1} s:", board.name(), board.elapsed().as_secs_f64());
    let mut is_first = true;
    for step in board.steps() {
        let counts = counts(step);
        if counts.is_empty() {
            continue;
        }
        let separator = if is_first { "" } else { ";" };
        let _ = write!(line, "{separator} {} {}", step.name, counts.join(", "));
        is_first = false;
    }
    if !board.prompts().is_empty() {
        let separator = if is_first { "" } else { ";" };
        let prompts = if board.prompts().len() == 1 { "prompt" } else { "prompts" };
        let _ = write!(line, "{separator} {} open {prompts}", board.prompts().len());
        is_first = false;
    }
    if let Some(outcome) = board.outcome() {
        let separator = if is_first { "" } else { ";" };
        let _ = write!(line, "{separator} {outcome}");
    } else if is_first {
        line.push_str(" running");
    }
    line
}

fn counts(step: &StepRow) -> Vec<String> {
    let mut counts = Vec::new();
    let mut add = |count: u64, what: &str| {
        if count > 0 {
            counts.push(format!("{count} {what}"));
        }
    };
    add(step.queued.unwrap_or_default() as u64, "queued");
    add(step.running as u64, "running");
    add(step.waiting as u64, "waiting");
    add(step.retrying as u64, "retrying");
    add(step.done, "done");
    add(step.failed, "failed");
    counts
}
