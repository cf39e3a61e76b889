//! Failures and timers of the model.

use super::{CopyKey, CopyState, End, Model, ParkedCopy, Recoveries, Stage, Work};
use crate::{
    engine::{
        id::ExecutionId,
        tests::simulation::{
            graph::{STEPS, after_timeout},
            trace::failure,
        },
        timer::Time,
    },
    error::{QueueTimedOut, StepTimedOut},
    step_event::StepPhase,
};
use std::time::Duration;

/// The effect of a timer.
#[derive(Debug, Clone, Copy)]
enum Due {
    Run(Duration),
    Work(usize),
}

impl Model {
    /// An attempt has failed. It is retried after this many milliseconds, if its step has a retry policy.
    pub(in crate::engine::tests::simulation) fn failed(
        &mut self,
        id: ExecutionId,
        retry_after: Option<u64>,
        now: Time,
    ) {
        if let Some(at) = self.work.iter().position(|work| work.is(id)) {
            self.fail(at, failure(retry_after), retry_after.map(Duration::from_millis), now);
        }
    }

    fn fail(&mut self, at: usize, text: String, retry_after: Option<Duration>, now: Time) {
        let work = &self.work[at];
        let id = work.id.expect("the execution was launched");
        let step = &self.case.table.steps[work.step as usize];
        if let Some(after) = retry_after.filter(|_| step.retries) {
            self.phases.push_back((id.serial, id.attempt, StepPhase::Retrying { after }, Some(text.clone())));
            self.coverage.retries += 1;
            self.retry(at, text, after, now);
            return;
        }
        self.phases.push_back((id.serial, id.attempt, StepPhase::Failed, Some(text)));
        let handler = self.recovery(at);
        let work = self.work.remove(at);
        let Some((handler, event)) = handler else {
            let elapsed = now - work.began.expect("the execution was launched").1;
            self.coverage.exhausted_budgets += u32::from(self.case.handler(work.step).is_some());
            self.coverage.failed_handlers += u32::from(work.of.is_some());
            self.end = Some(End::Failed(self.name(work.step), work.attempt, elapsed));
            return;
        };
        let mut place = work.place;
        place.recovered[handler as usize] += 1;
        self.coverage.recoveries += 1;
        self.coverage.repeated_recoveries += u32::from(place.recovered.iter().sum::<u32>() > 1);
        let copy: CopyKey = (event, handler, Some(work.step));
        assert_eq!(self.copies.insert(copy, CopyState::Queued), None, "a failure is taken once");
        self.add_work(handler, vec![event], Some(work.step), place);
        self.drain();
    }

    fn retry(&mut self, at: usize, text: String, after: Duration, now: Time) {
        let timer = self.timers;
        let work = &mut self.work[at];
        self.timers += 1;
        work.failure = Some(text);
        work.attempt += 1;
        work.id.iter_mut().for_each(|id| id.attempt += 1);
        work.sent = 0;
        work.duplicates = 0;
        work.stage = Stage::Backoff { until: now + after, timer };
        if after.is_zero() {
            self.coverage.immediate_retries += 1;
            self.requeue(at);
        }
    }

    /// The handler of a failure and its event, unless the budget is exhausted.
    fn recovery(&self, at: usize) -> Option<(u16, u64)> {
        let work = &self.work[at];
        let handler = self.case.handler(work.step)?;
        let budget = self.case.table.steps[handler as usize].catches?.max_recoveries;
        let event = work.events.first()?;
        (work.place.recovered[handler as usize] < budget).then_some((handler, *event))
    }

    /// Whether a handler would take the failure of this execution.
    pub(in crate::engine::tests::simulation) fn would_recover(&self, id: ExecutionId) -> bool {
        self.work.iter().position(|work| work.is(id)).is_some_and(|at| self.recovery(at).is_some())
    }

    /// The failed step, if this execution is a handler.
    pub(in crate::engine::tests::simulation) fn whose_failure(&self, id: ExecutionId) -> Option<u16> {
        self.work.iter().find(|work| work.is(id))?.of
    }

    /// Whether `step` may be launched again with the same events.
    pub(in crate::engine::tests::simulation) fn keeps_input(&self, step: u16) -> bool {
        self.case.table.steps[step as usize].retries || self.case.handler(step).is_some()
    }

    /// The recoveries of joined events.
    pub(super) fn joined(&mut self, joined: &[ParkedCopy]) -> Recoveries {
        let all = joined.iter().map(|parked| parked.place.recovered);
        let most: Recoveries = std::array::from_fn(|step| all.clone().map(|of| of[step]).max().unwrap_or_default());
        self.coverage.joined_recoveries += u32::from(all.clone().any(|of| of != [0; STEPS] && of != most));
        most
    }

    /// Fires the timers that have expired, in order.
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
            return self.requeue(place);
        }
        let (_, after) = self.timeout(work).expect("the step has a timeout");
        let Stage::Running { queued, begun, .. } = work.stage else { panic!("only running executions time out") };
        let retry_after = after_timeout(after, work.attempt);
        let (id, step) = (work.id, work.step);
        self.drops.extend(id);
        self.held.extend(id.map(|id| (id, step)));
        let is_queued = queued.is_some() && begun.is_none();
        let text = if is_queued {
            self.coverage.queue_timeouts += 1;
            QueueTimedOut { after }.to_string()
        } else {
            self.coverage.timeouts += 1;
            let queued = queued.zip(begun).map_or(Duration::ZERO, |(queued, begun)| begun - queued);
            StepTimedOut { after, queued }.to_string()
        };
        self.fail(place, text, retry_after, now);
    }

    /// A blocking step has its resources.
    pub(in crate::engine::tests::simulation) fn queued(&mut self, id: ExecutionId, now: Time) {
        let Some(work) = self.work.iter_mut().find(|work| work.is(id)) else { return };
        let is_blocking = self.case.table.steps[work.step as usize].blocking;
        if let Stage::Running { timer, queued: queued @ None, .. } = &mut work.stage
            && is_blocking
        {
            *queued = Some(now);
            *timer = self.timers;
            self.timers += 1;
        }
    }

    /// The code of a blocking step begins.
    pub(in crate::engine::tests::simulation) fn began(&mut self, id: ExecutionId, now: Time) {
        let Some(work) = self.work.iter_mut().find(|work| work.is(id)) else { return };
        if let Stage::Running { timer, queued: Some(_), begun: begun @ None, .. } = &mut work.stage {
            *begun = Some(now);
            *timer = self.timers;
            self.timers += 1;
            self.coverage.begun += 1;
        }
    }

    /// The driver has dropped a running execution, which fails next.
    pub(in crate::engine::tests::simulation) fn outlived(&mut self, id: ExecutionId) {
        if let Some(work) = self.work.iter().find(|work| work.is(id)) {
            self.held.insert(id, work.step);
        }
    }

    pub(super) fn at(&self, number: usize) -> (usize, &Work) {
        self.work.iter().enumerate().find(|(_, work)| work.number == number).expect("the execution has not ended")
    }

    /// When the current timeout of a running execution expires, and how long it is.
    fn timeout(&self, work: &Work) -> Option<(Time, Duration)> {
        let step = &self.case.table.steps[work.step as usize];
        let Stage::Running { since, queued, begun, .. } = work.stage else { return None };
        match (queued, begun) {
            (None, _) => Some((since + step.timeout?, step.timeout?)),
            (Some(queued), None) => Some((queued + step.queue_timeout?, step.queue_timeout?)),
            (Some(queued), Some(begun)) => {
                let remaining = (since + step.timeout?) - queued;
                Some((begun + remaining, step.timeout?))
            }
        }
    }

    /// The next timer. Timers that expire together fire in the order in which they were set.
    fn next_due(&self) -> Option<(Time, usize, Due)> {
        let works = self.work.iter().filter_map(|work| match work.stage {
            Stage::Running { timer, .. } => {
                let (at, _) = self.timeout(work)?;
                Some((at, timer, Due::Work(work.number)))
            }
            Stage::Backoff { until, timer } => Some((until, timer, Due::Work(work.number))),
            _ => None,
        });
        let run = self.run_timeout.map(|(at, after)| (at, 0, Due::Run(after)));
        works.chain(run).min_by_key(|(at, timer, _)| (*at, *timer))
    }

    pub(in crate::engine::tests::simulation) fn deadline(&self) -> Option<Time> {
        self.next_due().map(|(at, ..)| at)
    }

    /// Whether the run continues after the next timer.
    pub(in crate::engine::tests::simulation) fn survives_next(&self) -> bool {
        let Some((_, _, Due::Work(number))) = self.next_due() else { return false };
        let (at, work) = self.at(number);
        let retry_after = self.timeout(work).and_then(|(_, after)| after_timeout(after, work.attempt));
        let is_again = retry_after.is_some() && self.case.table.steps[work.step as usize].retries;
        matches!(work.stage, Stage::Backoff { .. }) || is_again || self.recovery(at).is_some()
    }

    /// Whether every execution backs off.
    pub(in crate::engine::tests::simulation) fn only_backoffs_are_left(&self) -> bool {
        self.work.iter().all(|work| matches!(work.stage, Stage::Backoff { .. }))
    }
}
