//! Who gets a worker, and what is in line after a resume.

use super::{Fate, Model, Stage, Work};
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

    /// Whether it is this attempt, and goes on.
    pub(super) fn is(&self, id: ExecutionId) -> bool {
        self.id == Some(id) && self.is_running()
    }

    /// Its place among what waits for its step: who has begun before comes first.
    fn place_in_line(&self) -> Option<(bool, usize)> {
        match self.stage {
            Stage::Again(place) => Some((false, place)),
            Stage::Queued => Some((true, self.number)),
            Stage::Running { .. } | Stage::Backoff { .. } | Stage::Returning => None,
        }
    }

    /// What comes with its launch: how the last attempt ended, and the time since the first one began.
    fn before(&self) -> Option<(String, Duration)> {
        let (Stage::Running { since, .. }, Some((_, began))) = (self.stage, self.began) else { return None };
        Some((self.failure.clone()?, since - began))
    }
}

impl Model {
    /// It has begun before, and has to go on.
    pub(super) fn line_up(&mut self, at: usize) {
        self.lined_up += 1;
        self.work[at].stage = Stage::Again(self.lined_up);
    }

    /// Whoever is first in line gets the free workers.
    pub(super) fn launch(&mut self, now: Time) {
        if self.end.is_some() {
            return;
        }
        for step in 0..number(STEPS) {
            let busy = self.work.iter().filter(|work| work.step == step && work.is_running()).count();
            for _ in busy..self.case.table.steps[step as usize].workers as usize {
                let waiting = self.work.iter_mut().filter(|work| work.step == step && work.place_in_line().is_some());
                let Some(work) = waiting.min_by_key(|work| work.place_in_line()) else { break };
                work.stage = Stage::Running { since: now, timer: usize::MAX };
                if work.began.is_none() {
                    self.begun += 1;
                    work.began = Some((self.begun, now));
                }
                self.launches[step as usize].push_back(work.number);
                self.tally.launches += 1;
            }
            let left_in_line = |work: &&Work| work.step == step && matches!(work.stage, Stage::Again(_));
            self.tally.lined_up += u32::from(self.work.iter().any(|work| left_in_line(&work)));
        }
    }

    /// The driver is told to start this; says whether it is for the first time.
    pub(in crate::engine::tests::simulation) fn launched(
        &mut self,
        id: ExecutionId,
        step: u16,
        events: &[u64],
        before: Option<(String, Duration)>,
    ) -> bool {
        let due = self.launches[step as usize].pop_front();
        let work = self.work.iter_mut().find(|work| Some(work.number) == due);
        let work = work.unwrap_or_else(|| panic!("step {step} is launched with {events:?} for no reason"));
        assert_eq!((id.attempt, step, events), (work.attempt, work.step, &*work.events), "not its turn");
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
            let was = self.fates.insert((*event, step, of), Fate::Launched);
            assert_eq!(was, Some(Fate::Queued));
        }
        true
    }

    /// The run goes on from what was written down: whatever had begun begins again, in the order in
    /// which it had begun, but for what backs off, for which time has passed meanwhile.
    pub(in crate::engine::tests::simulation) fn resumed(&mut self, away: Duration) {
        self.work.sort_by_key(|work| (work.began.is_none(), work.began, work.number));
        for at in 0..self.work.len() {
            self.work[at].repeats = self.work[at].sent;
            match &mut self.work[at].stage {
                Stage::Running { .. } | Stage::Again(_) => {
                    self.tally.begun_again += 1;
                    self.line_up(at);
                }
                Stage::Backoff { until, .. } => {
                    self.tally.frozen_retries += 1;
                    *until = Time(until.0.saturating_sub((Time::default() + away).0));
                }
                Stage::Queued | Stage::Returning => {}
            }
        }
        self.work.sort_by_key(|work| work.number);
    }
}
