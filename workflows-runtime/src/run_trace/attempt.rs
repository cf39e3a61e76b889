//! One attempt while it is recorded.

use super::data::{AttemptOutcome, AttemptTrace, BatchPlace, Segment, SegmentKind};
use crate::error::StepError;
use std::time::Duration;

/// The executions that emitted an input.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parents(Vec<u64>);

impl Parents {
    pub(crate) fn one(execution: u64) -> Self {
        Self::of([execution])
    }

    /// The first ones, each once. 0 is an unknown execution.
    pub(crate) fn of(executions: impl IntoIterator<Item = u64>) -> Self {
        let mut first: Vec<u64> = Vec::new();
        for execution in executions {
            if first.len() == AttemptTrace::MAX_PARENTS {
                break;
            }
            if execution != 0 && !first.contains(&execution) {
                first.push(execution);
            }
        }
        Self(first)
    }

    pub(super) fn list(&self) -> Vec<u64> {
        self.0.clone()
    }
}

/// The stage of the attempt as the engine knows it. Blocking code adds [`SegmentKind::ExecutorQueue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Queued,
    Running,
    Suspended,
}

#[derive(Debug, Clone)]
pub(super) struct AttemptRecord {
    pub(super) step: u16,
    pub(super) execution: u64,
    pub(super) attempt: u32,
    pub(super) parents: Parents,
    pub(super) batch: Option<BatchPlace>,
    pub(super) queued_at: Duration,
    pub(super) started_at: Option<Duration>,
    pub(super) ended_at: Option<Duration>,
    pub(super) outcome: AttemptOutcome,
    pub(super) error: Option<StepError>,
    pub(super) overruns: u32,
    pub(super) abandoned: bool,
    /// By the position of their kind in [`SegmentKind::ALL`]. Without the current segment.
    pub(super) times: [Duration; 4],
    pub(super) segments: Vec<Segment>,
    stage: Stage,
    kind: SegmentKind,
    since: Duration,
    /// The calls of blocking code that wait for a thread, and those that run.
    queued_calls: u32,
    running_calls: u32,
}

impl AttemptRecord {
    pub(super) fn queued(
        step: u16,
        (execution, attempt): (u64, u32),
        parents: Parents,
        batch: Option<BatchPlace>,
        at: Duration,
    ) -> Self {
        Self {
            step,
            execution,
            attempt,
            parents,
            batch,
            queued_at: at,
            started_at: None,
            ended_at: None,
            outcome: AttemptOutcome::Pending,
            error: None,
            overruns: 0,
            abandoned: false,
            times: [Duration::ZERO; 4],
            segments: Vec::new(),
            stage: Stage::Queued,
            kind: SegmentKind::Queued,
            since: at,
            queued_calls: 0,
            running_calls: 0,
        }
    }

    pub(super) fn start(&mut self, at: Duration) {
        self.started_at.get_or_insert(at);
        self.enter(Stage::Running, at);
    }

    pub(super) fn enter(&mut self, stage: Stage, at: Duration) {
        self.stage = stage;
        self.update(at);
    }

    pub(super) fn call_queued(&mut self, at: Duration) {
        self.queued_calls += 1;
        self.update(at);
    }

    pub(super) fn call_began(&mut self, at: Duration) {
        self.queued_calls = self.queued_calls.saturating_sub(1);
        self.running_calls += 1;
        self.update(at);
    }

    pub(super) fn call_ended(&mut self, began: bool, at: Duration) {
        let calls = if began { &mut self.running_calls } else { &mut self.queued_calls };
        *calls = calls.saturating_sub(1);
        self.update(at);
    }

    pub(super) fn end(&mut self, outcome: AttemptOutcome, error: Option<StepError>, at: Duration) {
        self.close(at);
        self.ended_at = Some(at);
        self.outcome = outcome;
        self.error = error;
    }

    /// The same attempt as if its current segment ended now.
    pub(super) fn seen(&self, at: Duration) -> Self {
        let mut seen = self.clone();
        if self.ended_at.is_none() {
            seen.close(at);
        }
        seen
    }

    /// The state of an attempt that has not ended.
    pub(super) fn state(&self) -> Option<SegmentKind> {
        if self.ended_at.is_none() { Some(self.kind) } else { None }
    }

    pub(super) fn time(&self, kind: SegmentKind) -> Duration {
        SegmentKind::ALL.iter().zip(self.times).find(|(of, _)| **of == kind).map_or(Duration::ZERO, |(_, time)| time)
    }

    fn update(&mut self, at: Duration) {
        let waits_for_thread = self.queued_calls > 0 && self.running_calls == 0;
        let kind = match self.stage {
            Stage::Queued => SegmentKind::Queued,
            Stage::Suspended => SegmentKind::Suspended,
            Stage::Running if waits_for_thread => SegmentKind::ExecutorQueue,
            Stage::Running => SegmentKind::Running,
        };
        if kind != self.kind {
            self.close(at);
            self.kind = kind;
        }
    }

    /// Ends the current segment. One without a duration is not listed.
    fn close(&mut self, at: Duration) {
        let (kind, from) = (self.kind, self.since);
        let to = at.max(from);
        self.since = to;
        for (of, time) in SegmentKind::ALL.iter().zip(&mut self.times) {
            if *of == kind {
                *time += to.saturating_sub(from);
            }
        }
        if to == from {
            return;
        }
        if let Some(last) = self.segments.last_mut()
            && last.kind == kind
            && last.to == from
        {
            last.to = to;
        } else if self.segments.len() < AttemptTrace::MAX_SEGMENTS {
            self.segments.push(Segment { kind, from, to });
        }
    }
}
