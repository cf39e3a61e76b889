//! The queues of the model: the order of launches, and the restarts after a resume.

use super::{CopyState, Model, Stage, Work};
use crate::engine::{
    id::ExecutionId,
    tests::simulation::graph::{STEPS, number},
    timer::Time,
};
use std::time::Duration;

impl Work {
    pub(super) fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Running { .. })
    }

    /// Whether it is this attempt, and is running.
    pub(super) fn is(&self, id: ExecutionId) -> bool {
        self.id == Some(id) && self.is_running()
    }

    /// Its position in the queue of its step: executions that were launched before come first.
    fn queue_position(&self) -> Option<(bool, usize)> {
        match self.stage {
            Stage::Requeued(place) => Some((false, place)),
            Stage::Queued => Some((true, self.number)),
            Stage::Running { .. } | Stage::Backoff { .. } | Stage::Returning => None,
        }
    }

    /// The expected `before` of its launch: the last failure, and the time since the first attempt.
    fn before(&self) -> Option<(String, Duration)> {
        let (Stage::Running { since, .. }, Some((_, began))) = (self.stage, self.began) else { return None };
        Some((self.failure.clone()?, since - began))
    }
}

impl Model {
    /// Queues an execution that was launched before.
    pub(super) fn requeue(&mut self, at: usize) {
        self.requeued += 1;
        self.work[at].stage = Stage::Requeued(self.requeued);
    }

    /// The number of workers of `step` that dropped executions hold.
    pub(in crate::engine::tests::simulation) fn held_workers(&self, step: u16) -> usize {
        self.held.values().filter(|of| **of == step).count()
    }

    /// Gives the free workers to the queues.
    pub(super) fn launch(&mut self, now: Time) {
        if self.end.is_some() {
            return;
        }
        for step in 0..number(STEPS) {
            let running = self.work.iter().filter(|work| work.step == step && work.is_running()).count();
            let held = self.held_workers(step);
            let busy = running + held;
            for _ in busy..self.case.table.steps[step as usize].workers as usize {
                let waiting = self.work.iter_mut().filter(|work| work.step == step && work.queue_position().is_some());
                let Some(work) = waiting.min_by_key(|work| work.queue_position()) else { break };
                let declared = &self.case.table.steps[step as usize];
                let queued = if declared.blocking && !declared.resources { Some(now) } else { None };
                work.stage = Stage::Running { since: now, timer: usize::MAX, queued, begun: None };
                if work.began.is_none() {
                    self.launched_count += 1;
                    work.began = Some((self.launched_count, now));
                }
                self.launches[step as usize].push_back(work.number);
                self.coverage.launches += 1;
            }
            let waits = |work: &Work| work.step == step && work.queue_position().is_some();
            self.coverage.held += u32::from(held > 0 && self.work.iter().any(waits));
            let is_left = |work: &&Work| work.step == step && matches!(work.stage, Stage::Requeued(_));
            self.coverage.requeued += u32::from(self.work.iter().any(|work| is_left(&work)));
        }
    }

    /// Checks a launch by the engine. Returns whether it is the first one of this execution.
    pub(in crate::engine::tests::simulation) fn launched(
        &mut self,
        id: ExecutionId,
        step: u16,
        events: &[u64],
        before: Option<(String, Duration)>,
    ) -> bool {
        let due = self.launches[step as usize].pop_front();
        let work = self.work.iter_mut().find(|work| Some(work.number) == due);
        let work = work.unwrap_or_else(|| panic!("step {step} is launched with {events:?} unexpectedly"));
        assert_eq!((id.attempt, step, events), (work.attempt, work.step, &*work.events), "launched out of order");
        assert_eq!(before, work.before());
        if let Stage::Running { timer, .. } = &mut work.stage {
            *timer = self.timers;
            self.timers += 1;
        }
        let known = work.id.replace(id);
        if let Some(known) = known {
            assert_eq!(known, id);
            return false;
        }
        let of = work.of;
        for event in events {
            let was = self.copies.insert((*event, step, of), CopyState::Launched);
            assert_eq!(was, Some(CopyState::Queued));
        }
        true
    }

    /// Resumes the run: every execution that was launched restarts, in the order of the launches. Those
    /// that back off keep their timers, which have run for `away`.
    pub(in crate::engine::tests::simulation) fn resumed(&mut self, away: Duration) {
        self.held.clear();
        self.work.sort_by_key(|work| (work.began.is_none(), work.began, work.number));
        for at in 0..self.work.len() {
            self.work[at].duplicates = self.work[at].sent;
            match &mut self.work[at].stage {
                Stage::Running { .. } | Stage::Requeued(_) => {
                    self.coverage.restarted += 1;
                    self.requeue(at);
                }
                Stage::Backoff { until, .. } => {
                    self.coverage.backoffs_at_crash += 1;
                    *until = Time(until.0.saturating_sub((Time::default() + away).0));
                }
                Stage::Queued | Stage::Returning => {}
            }
        }
        self.work.sort_by_key(|work| work.number);
    }
}
