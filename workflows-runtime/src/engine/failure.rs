//! Failed attempts: another attempt, the error handler, or the end of the run.

use super::{
    action::{Action, Before, Ending, Launch},
    definition::{Definition, FailedExecution},
    execution::{Input, Place, Stage},
    history::LastFailure,
    id::ExecutionId,
    machine::Machine,
    timer::{Time, Timer},
};
use crate::step_event::StepPhase;
use crate::{
    error::{Decision, StepError},
    graph::NONE,
    retry::FailedAttempt,
};
use std::{
    num::NonZeroU64,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// The input of the error handler.
struct Recovery<E> {
    handler: u16,
    event: E,
    place: Place,
}

impl<D: Definition> Machine<D> {
    /// Handles an attempt that returned an error, panicked, or timed out.
    pub(super) fn failed(&mut self, id: ExecutionId, error: StepError, at: SystemTime, now: Time) {
        let Some(execution) = self.execution(id) else { return };
        let step = execution.step;
        let elapsed = now - execution.started;
        let (error, decision) = error.take_decision();
        if self.state.prompts > 0 && execution.sent > 0 {
            self.actions.push_back(Action::ClosePromptsOf { execution: id.serial });
        }
        if self.table.steps[step as usize].retries {
            let seed = retry_seed(self.config.seed, id, step);
            let failure = FailedAttempt { error: &error, attempts: id.attempt, elapsed, seed };
            let delay = match decision {
                Some(Decision(delay)) => delay,
                None => D::retry(step, &failure),
            };
            if let Some(delay) = delay {
                return self.retry(id, LastFailure { error, at }, delay, now);
            }
        }
        self.emit_phase(step, id, StepPhase::Failed, Some(&error));
        let Some(recovery) = self.recovery(id, &error, elapsed, at) else {
            self.stop_at(id, now);
            return self.finish(Ending::Failed {
                step: self.table.steps[step as usize].name,
                attempts: id.attempt,
                elapsed,
                source: error,
            });
        };
        let Some(execution) = self.remove(id) else { return };
        let batch = execution.place.batch;
        let arrival = self.arrival_from(id.serial);
        self.enqueue(recovery.handler, Input::One(recovery.event), recovery.place, arrival, now);
        self.release_waits(execution, now);
        self.launch_queued(step, now);
        self.release(batch, 1, now);
        self.drain_if_idle(now);
    }

    /// The launch of the error handler, unless there is none or the lineage has used up its budget.
    fn recovery(
        &mut self,
        id: ExecutionId,
        error: &StepError,
        elapsed: Duration,
        at: SystemTime,
    ) -> Option<Recovery<D::Event>> {
        let execution = self.execution(id)?;
        let place = execution.place;
        let handler = self.table.handlers[execution.step as usize];
        if handler == NONE {
            return None;
        }
        let lineage = place.lineage;
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
        Some(Recovery { handler, event, place: Place { lineage, ..place } })
    }

    /// Prepares the first of another series of attempts of the failed execution, for a run that is resumed
    /// after its end.
    fn stop_at(&mut self, id: ExecutionId, now: Time) {
        self.end_attempt(id, Stage::Requeued);
        let execution = &mut self.state.executions[id.slot];
        execution.attempt = 1;
        execution.started = now;
        if let Some(history) = &mut execution.history {
            history.last_failure = None;
        }
        // Serials start at 1.
        self.state.failed = NonZeroU64::new(id.serial);
    }

    /// Ends an attempt of an execution that will start again from the top. Returns its step.
    fn end_attempt(&mut self, id: ExecutionId, next: Stage) -> u16 {
        let execution = &mut self.state.executions[id.slot];
        let step = execution.step;
        let stage = std::mem::replace(&mut execution.stage, next);
        let timer = execution.timer.take();
        execution.sent = 0;
        execution.duplicates = 0;
        execution.rewind();
        self.detach_waits(id.slot);
        #[cfg(feature = "engine")]
        self.forget_rejections(id.slot);
        if let Some(timer) = timer {
            self.state.timers.clear(timer);
        }
        self.leave_stage(step, stage);
        self.forget_thread(id);
        step
    }

    /// Schedules the next attempt with the same input after a delay.
    fn retry(&mut self, id: ExecutionId, failure: LastFailure, delay: Duration, now: Time) {
        let step = self.end_attempt(id, Stage::Backoff);
        let error = self.config.internal.then(|| failure.error.clone());
        self.state.executions[id.slot].history_mut().last_failure = Some(failure);
        self.emit_phase(step, id, StepPhase::Retrying { after: delay }, error.as_ref());
        let execution = &mut self.state.executions[id.slot];
        execution.attempt += 1;
        let id = execution.id(id.slot);
        execution.timer = Some(self.state.timers.set(now + delay, Timer::Retry { execution: id }));
        if delay.is_zero() {
            self.requeue_after_backoff(id, now);
        }
        self.launch_queued(step, now);
    }

    /// The retry delay is over: the execution waits for a worker, ahead of new inputs.
    pub(super) fn requeue_after_backoff(&mut self, id: ExecutionId, now: Time) {
        let Some(execution) = self.execution(id) else { return };
        if execution.stage != Stage::Backoff {
            return;
        }
        let execution = &mut self.state.executions[id.slot];
        let step = execution.step;
        let timer = execution.timer.take();
        execution.stage = Stage::Requeued;
        if let Some(timer) = timer {
            self.state.timers.clear(timer);
        }
        self.state.queues[step as usize].requeue(id);
        self.record_requeued(id);
        self.launch_queued(step, now);
    }

    /// Launches a requeued execution, which has received a worker.
    ///
    /// Invariant: its input is stored. The step is retried, or the run was restored from a snapshot.
    pub(super) fn launch_requeued(&mut self, id: ExecutionId, now: Time) {
        let execution = &mut self.state.executions[id.slot];
        let step = execution.step;
        let elapsed = now - execution.started;
        let mut before = None;
        if let Some(history) = &execution.history
            && let Some(failure) = history.last_failure.clone()
        {
            before = Some(Arc::new(Before { failure, elapsed }));
        }
        let Some(input) = execution.input.clone() else { return };
        self.set_launch_timer(id, step, now);
        self.actions.push_back(Action::Launch(Launch { execution: id, step, input, before }));
    }
}

/// A seed for the jitter of one delay: different for each failure, the same in each replay.
pub(crate) fn retry_seed(run: u64, id: ExecutionId, step: u16) -> u64 {
    let mut seed = run;
    for part in [u64::from(step), id.serial, u64::from(id.attempt)] {
        seed = (seed ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }
    seed
}
