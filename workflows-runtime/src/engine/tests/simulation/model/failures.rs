//! What comes after a failure, and what time brings.

use super::{BufferedResponse, Copied, End, Fate, Model, Recoveries, Stage, Work};
use crate::{
    engine::{
        id::ExecutionId,
        tests::simulation::{
            graph::{STEPS, after_timeout},
            trace::failure,
        },
        timer::Time,
    },
    error::StepTimedOut,
    step_event::StepPhase,
};
use std::time::Duration;

/// Something that is due at a time.
#[derive(Debug, Clone, Copy)]
enum Due {
    Run(Duration),
    Work(usize),
}

impl Model {
    /// An attempt has failed, and is to be tried again after so many milliseconds, if its step says so.
    pub(in crate::engine::tests::simulation) fn failed(&mut self, id: ExecutionId, again: Option<u64>, now: Time) {
        if let Some(at) = self.work.iter().position(|work| work.is(id)) {
            self.fail(at, failure(again), again.map(Duration::from_millis), now);
        }
    }

    fn fail(&mut self, at: usize, text: String, again: Option<Duration>, now: Time) {
        let work = &self.work[at];
        let (id, step) = (work.id.expect("the driver says so"), &self.case.table.steps[work.step as usize]);
        if let Some(after) = again.filter(|_| step.retries) {
            self.phases.push_back((id.serial, id.attempt, StepPhase::Retrying { after }));
            self.tally.retries += 1;
            self.try_again(at, text, after, now);
            return;
        }
        self.phases.push_back((id.serial, id.attempt, StepPhase::Failed));
        let handler = self.recovery(at);
        let work = self.work.remove(at);
        let Some((handler, event)) = handler else {
            let elapsed = now - work.began.expect("it has begun").1;
            self.tally.spent += u32::from(self.case.handler(work.step).is_some());
            self.tally.failed_handlers += u32::from(work.of.is_some());
            self.end = Some(End::Failed(self.name(work.step), work.attempt, elapsed));
            return;
        };
        let mut place = work.place;
        place.recovered[handler as usize] += 1;
        self.tally.recoveries += 1;
        self.tally.more_recoveries += u32::from(place.recovered.iter().sum::<u32>() > 1);
        let copy: Copied = (event, handler, Some(work.step));
        assert_eq!(self.fates.insert(copy, Fate::Queued), None, "a failure is taken once");
        self.add_work(handler, vec![event], Some(work.step), place);
        self.drain();
    }

    fn try_again(&mut self, at: usize, text: String, after: Duration, now: Time) {
        let (timer, work) = (self.timers, &mut self.work[at]);
        self.timers += 1;
        work.failure = Some(text);
        work.attempt += 1;
        work.id.iter_mut().for_each(|id| id.attempt += 1);
        (work.sent, work.repeats) = (0, 0);
        work.stage = Stage::Backoff { until: now + after, timer };
        if after.is_zero() {
            self.tally.immediate_retries += 1;
            self.line_up(at);
        }
    }

    /// Who takes the failure of this work, unless it has had its share, and with what.
    fn recovery(&self, at: usize) -> Option<(u16, u64)> {
        let work = &self.work[at];
        let handler = self.case.handler(work.step)?;
        let budget = self.case.table.steps[handler as usize].catches?.max_recoveries;
        let event = work.events.first()?;
        (work.place.recovered[handler as usize] < budget).then_some((handler, *event))
    }

    /// Whether a failure for good would be taken by a handler.
    pub(in crate::engine::tests::simulation) fn would_recover(&self, id: ExecutionId) -> bool {
        self.work.iter().position(|work| work.is(id)).is_some_and(|at| self.recovery(at).is_some())
    }

    /// The step whose failure this execution takes, if it takes one.
    pub(in crate::engine::tests::simulation) fn whose_failure(&self, id: ExecutionId) -> Option<u16> {
        self.work.iter().find(|work| work.is(id))?.of
    }

    /// Whether `step` may have to begin again with the same events.
    pub(in crate::engine::tests::simulation) fn may_need_again(&self, step: u16) -> bool {
        self.case.table.steps[step as usize].retries || self.case.handler(step).is_some()
    }

    /// All that joined events have recovered from.
    pub(super) fn joined(&mut self, joined: &[BufferedResponse]) -> Recoveries {
        let all = joined.iter().map(|kept| kept.place.recovered);
        let most: Recoveries = std::array::from_fn(|step| all.clone().map(|of| of[step]).max().unwrap_or_default());
        self.tally.joined_recoveries += u32::from(all.clone().any(|of| of != [0; STEPS] && of != most));
        most
    }

    /// What time brings, the soonest first.
    pub(in crate::engine::tests::simulation) fn time(&mut self, now: Time) {
        while self.end.is_none()
            && let Some((at, _, due)) = self.next_due().filter(|(at, ..)| *at <= now)
        {
            match due {
                Due::Run(after) => self.end = Some(End::TimedOut(after, self.active())),
                Due::Work(number) => self.is_due(number, at, now),
            }
            self.launch(now);
        }
    }

    fn is_due(&mut self, number: usize, at: Time, now: Time) {
        let (place, work) = self.at(number);
        if let Stage::Backoff { until, .. } = work.stage {
            assert_eq!(until, at);
            return self.line_up(place);
        }
        let after = self.timeout(work).expect("it is due");
        let again = after_timeout(after, work.attempt);
        self.drops.extend(work.id);
        self.tally.timeouts += 1;
        self.fail(place, StepTimedOut(after).to_string(), again, now);
    }

    pub(super) fn at(&self, number: usize) -> (usize, &Work) {
        self.work.iter().enumerate().find(|(_, work)| work.number == number).expect("it is there")
    }

    fn timeout(&self, work: &Work) -> Option<Duration> {
        self.case.table.steps[work.step as usize].timeout
    }

    /// What is due next, and when; what is due at once comes in the order in which it was set.
    fn next_due(&self) -> Option<(Time, usize, Due)> {
        let works = self.work.iter().filter_map(|work| match work.stage {
            Stage::Running { since, timer } => Some((since + self.timeout(work)?, timer, Due::Work(work.number))),
            Stage::Backoff { until, timer } => Some((until, timer, Due::Work(work.number))),
            _ => None,
        });
        let run = self.run_timeout.map(|(at, after)| (at, 0, Due::Run(after)));
        works.chain(run).min_by_key(|(at, timer, _)| (*at, *timer))
    }

    pub(in crate::engine::tests::simulation) fn deadline(&self) -> Option<Time> {
        self.next_due().map(|(at, ..)| at)
    }

    /// Whether the run goes on after what is due next.
    pub(in crate::engine::tests::simulation) fn survives_next(&self) -> bool {
        let Some((_, _, Due::Work(number))) = self.next_due() else { return false };
        let (at, work) = self.at(number);
        let again = self.timeout(work).and_then(|after| after_timeout(after, work.attempt));
        let is_again = again.is_some() && self.case.table.steps[work.step as usize].retries;
        matches!(work.stage, Stage::Backoff { .. }) || is_again || self.recovery(at).is_some()
    }

    /// Whether all that is left is to be tried again later.
    pub(in crate::engine::tests::simulation) fn only_backs_off(&self) -> bool {
        self.work.iter().all(|work| matches!(work.stage, Stage::Backoff { .. }))
    }
}
