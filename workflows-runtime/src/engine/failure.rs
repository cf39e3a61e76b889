//! What comes after a failure: another attempt, a handler, or the end.

use super::{
    action::{Action, Before, Ending, Launch},
    definition::{Definition, FailedExecution},
    execution::{Execution, ExecutionId, Input, LastFailure, Place, Stage},
    machine::Machine,
    timer::{Time, Timer},
};
use crate::step_event::StepPhase;
use crate::{error::StepError, graph::NONE, retry::FailedAttempt};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

impl<D: Definition> Machine<D> {
    /// An attempt has failed: by an error, a panic, or its timeout.
    pub(super) fn failed(&mut self, id: ExecutionId, error: StepError, at: SystemTime, now: Time) {
        let Some(execution) = self.execution(id) else { return };
        let (step, elapsed) = (execution.step, now - execution.started);
        let failure =
            FailedAttempt { error: &error, attempts: id.attempt, elapsed, seed: self.seed(id, execution.step) };
        if self.table.steps[step as usize].retries
            && let Some(after) = D::retry(step, &failure)
        {
            return self.retry(id, error, after, at, now);
        }
        let Some(execution) = self.remove(id) else { return };
        self.phase(&execution, StepPhase::Failed);
        if let Some((handler, event, place)) = self.recovery(&execution, &error, elapsed, at) {
            self.enqueue(handler, Input::One(event), place, now);
            let batch = execution.place.batch;
            self.release_waits(execution, now);
            self.launch_queued(step, now);
            self.release(batch, 1, now);
            return self.drain_if_idle(now);
        }
        self.finish(Ending::Failed {
            step: self.table.steps[step as usize].name,
            attempts: id.attempt,
            elapsed,
            source: error,
        });
    }

    /// The handler of a failure, unless it has had its share: what it is launched with, and where.
    fn recovery(
        &mut self,
        execution: &Execution<D::Event>,
        error: &StepError,
        elapsed: Duration,
        at: SystemTime,
    ) -> Option<(u16, D::Event, Place)> {
        let handler = self.table.handlers[execution.step as usize];
        if handler == NONE {
            return None;
        }
        let lineage = execution.place.lineage;
        let budget = self.table.steps[handler as usize].catches?.max_recoveries;
        if self.state.recovery_budgets.count(lineage, handler) >= budget {
            return None;
        }
        let failed = FailedExecution {
            step: self.table.steps[execution.step as usize].name,
            input: execution.input.as_ref(),
            error,
            attempts: execution.attempt,
            elapsed,
            at,
        };
        let event = D::failure(handler, &failed)?;
        let lineage = self.state.recovery_budgets.recovered(lineage, handler);
        Some((handler, event, Place { lineage, ..execution.place }))
    }

    /// Has an execution begin again after a delay, with what it was launched with.
    fn retry(&mut self, id: ExecutionId, error: StepError, after: Duration, at: SystemTime, now: Time) {
        let execution = &mut self.state.executions[id.slot];
        let (step, stage, timer) = (execution.step, execution.stage, execution.timer.take());
        execution.stage = Stage::Backoff;
        (execution.sent, execution.repeats) = (0, 0);
        execution.history().failure = Some(LastFailure { error, at });
        execution.rewind();
        self.detach_waits(id.slot);
        let told = (step, id);
        if let Some(timer) = timer {
            self.state.timers.clear(timer);
        }
        self.leave_stage(step, stage);
        self.tell(told, StepPhase::Retrying { after });
        let execution = &mut self.state.executions[id.slot];
        execution.attempt += 1;
        let id = execution.id(id.slot);
        execution.timer = Some(self.state.timers.set(now + after, Timer::Retry { execution: id }));
        if after.is_zero() {
            self.try_again(id, now);
        }
        self.launch_queued(step, now);
    }

    /// The delay is over.
    pub(super) fn try_again(&mut self, id: ExecutionId, now: Time) {
        if self.execution(id).is_none_or(|execution| execution.stage != Stage::Backoff) {
            return;
        }
        let execution = &mut self.state.executions[id.slot];
        execution.stage = Stage::Again;
        let (step, timer) = (execution.step, execution.timer.take());
        if let Some(timer) = timer {
            self.state.timers.clear(timer);
        }
        self.state.queues[step as usize].push_again(id);
        self.launch_queued(step, now);
    }

    /// Launches an execution again: after a failure, or since the run goes on from what was
    /// written down.
    pub(super) fn begin_again(&mut self, id: ExecutionId, now: Time) {
        let timeout = self.table.steps[self.state.executions[id.slot].step as usize].timeout;
        let execution = &mut self.state.executions[id.slot];
        execution.timer = timeout.map(|after| self.state.timers.set(now + after, Timer::Step { execution: id, after }));
        let elapsed = now - execution.started;
        let failure = execution.history.as_ref().and_then(|history| history.failure.clone());
        let before = failure.map(|failure| Arc::new(Before { failure, elapsed }));
        // What may begin again is kept.
        let Some(input) = execution.input.clone() else { return };
        self.actions.push_back(Action::Launch(Launch { execution: id, step: execution.step, input, before }));
    }

    /// Chance for one failure: another one for each, and the same one in each replay.
    fn seed(&self, id: ExecutionId, step: u16) -> u64 {
        [u64::from(step), id.serial, u64::from(id.attempt)]
            .into_iter()
            .fold(self.config.seed, |seed, part| (seed ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
    }
}
