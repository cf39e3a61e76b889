//! The rows of a timeline.

use crate::run_trace::data::{AttemptTrace, RunTrace};
use std::{collections::BTreeMap, time::Duration};

/// The most rows of executions. Of more, the longest are drawn.
pub(super) const MAX_ROWS: usize = 500;

pub(super) struct Row<'a> {
    pub(super) depth: usize,
    pub(super) kind: RowKind<'a>,
}

pub(super) enum RowKind<'a> {
    Run(&'a RunTrace),
    /// All attempts of an execution.
    Execution(Vec<&'a AttemptTrace>),
}

pub(super) struct Rows<'a> {
    pub(super) rows: Vec<Row<'a>>,
    /// The number of executions without a row.
    pub(super) omitted: usize,
}

impl<'a> Rows<'a> {
    /// The executions of a run in the order in which they became runnable, each followed by its children.
    pub(super) fn of(run: &'a RunTrace) -> Self {
        let mut all = Vec::new();
        add(run, 0, &mut all);
        let mut lengths: Vec<Duration> = all.iter().filter_map(Row::length).collect();
        let omitted = lengths.len().saturating_sub(MAX_ROWS);
        if omitted == 0 {
            return Self { rows: all, omitted };
        }
        lengths.sort_unstable_by(|one, other| other.cmp(one));
        let shortest = lengths[MAX_ROWS - 1];
        // As many of the shortest length as there is room for.
        let mut equal = lengths[..MAX_ROWS].iter().filter(|length| **length == shortest).count();
        all.retain(|row| match row.length() {
            None => true,
            Some(length) if length == shortest && equal > 0 => {
                equal -= 1;
                true
            }
            Some(length) => length > shortest,
        });
        Self { rows: all, omitted }
    }
}

impl Row<'_> {
    /// The time of an execution, with the delays of its retries. `None` for a run.
    fn length(&self) -> Option<Duration> {
        let RowKind::Execution(attempts) = &self.kind else { return None };
        let from = attempts.first()?.queued_at;
        let last = attempts.last()?;
        Some(last.ended_at.unwrap_or(last.queued_at + last.elapsed()).saturating_sub(from))
    }
}

fn add<'a>(run: &'a RunTrace, depth: usize, rows: &mut Vec<Row<'a>>) {
    let mut executions: BTreeMap<u64, Vec<&AttemptTrace>> = BTreeMap::new();
    let mut order = Vec::new();
    for attempt in &run.attempts {
        let attempts = executions.entry(attempt.execution).or_default();
        if attempts.is_empty() {
            order.push(attempt.execution);
        }
        attempts.push(attempt);
    }
    for execution in order {
        let Some(attempts) = executions.remove(&execution) else { continue };
        let children: Vec<&RunTrace> = attempts.iter().flat_map(|attempt| &attempt.children).collect();
        rows.push(Row { depth, kind: RowKind::Execution(attempts) });
        for child in children {
            rows.push(Row { depth: depth + 1, kind: RowKind::Run(child) });
            add(child, depth + 2, rows);
        }
    }
}
