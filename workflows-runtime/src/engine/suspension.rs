//! Suspended executions: how waits return and take workers.
//!
//! An execution with a pending wait is suspended: it holds no worker, and its step timeout stops. Once all of its waits
//! are resolved it needs a worker to continue, ahead of queued inputs. If it drops its waits instead, its future
//! continues by itself, and takes a worker even if none is free.

use super::{
    action::Action,
    definition::Definition,
    execution::Stage,
    history::WaitOutcome,
    id::ExecutionId,
    machine::Machine,
    timer::{Time, Timer},
};

impl<D: Definition> Machine<D> {
    /// Wakes an execution. If this was the last pending wait of a suspended one, it needs a worker first.
    pub(super) fn wake_or_queue(&mut self, slot: u32, wait: usize, pending: usize, now: Time) {
        let execution = &mut self.state.executions[slot];
        let step = execution.step;
        if execution.stage == Stage::Suspended && pending == 0 {
            execution.stage = Stage::Woken;
            let id = execution.id(slot);
            self.state.suspended -= 1;
            self.state.queues[step as usize].requeue(id);
            self.record_stage(id, Stage::Woken);
        }
        if self.state.executions[slot].stage == Stage::Woken {
            self.launch_queued(step, now);
        } else {
            self.wake(slot, wait);
        }
    }

    /// Passes the outcome of a resolved wait to the step's future.
    pub(super) fn wake(&mut self, slot: u32, wait: usize) {
        let execution = &mut self.state.executions[slot];
        let id = execution.id(slot);
        let Some(history) = &mut execution.history else { return };
        history.open.retain(|open| *open != wait);
        let answer = match &history.waits[wait].outcome {
            WaitOutcome::Answered(event) => Some(event.clone()),
            WaitOutcome::Pending | WaitOutcome::TimedOut | WaitOutcome::Dropped => None,
        };
        self.actions.push_back(Action::Wake { execution: id, wait, answer });
    }

    /// The driver has taken the [`Action::Wake`] of this wait: the other open waits lose to it.
    pub(super) fn mark_woken(&mut self, id: ExecutionId, wait: usize) {
        if !D::WAITS {
            return;
        }
        let Some(history) = &mut self.state.executions[id.slot].history else { return };
        if history.waits[wait].is_resolved() {
            #[cfg(feature = "durable")]
            let mut is_changed = false;
            for open in &history.open {
                let lost_race = &mut history.waits[*open].lost_race;
                #[cfg(feature = "durable")]
                {
                    is_changed |= !*lost_race;
                }
                *lost_race = true;
            }
            #[cfg(feature = "durable")]
            if is_changed && let Some(gate) = &mut self.gate {
                gate.woken.push((id, wait));
            }
        }
    }

    /// A woken execution has received a worker.
    pub(super) fn resume(&mut self, id: ExecutionId, now: Time) {
        if !D::WAITS {
            return;
        }
        self.record_stage(id, Stage::Running);
        self.resume_timer(id, now);
        self.wake_resolved(id);
    }

    /// Passes the outcomes of all open waits that are resolved.
    fn wake_resolved(&mut self, id: ExecutionId) {
        let Some(history) = &self.state.executions[id.slot].history else { return };
        let resolved: Vec<usize> =
            history.open.iter().copied().filter(|wait| !history.waits[*wait].is_pending()).collect();
        for wait in resolved {
            self.wake(id.slot, wait);
        }
    }

    /// Restarts the step timeout with the time that was left when the execution was suspended.
    fn resume_timer(&mut self, id: ExecutionId, now: Time) {
        let execution = &mut self.state.executions[id.slot];
        let Some(history) = &mut execution.history else { return };
        if let Some(remaining) = history.remaining_timeout.take() {
            let step = execution.step;
            let timeout = self.timeout(step).unwrap_or(remaining);
            let timer = Timer::StepTimeout { execution: id, timeout };
            self.state.executions[id.slot].timer = Some(self.state.timers.set(now + remaining, timer));
        }
    }

    /// Suspends an execution that has pending waits: it returns its worker, and its timeout stops.
    pub(super) fn suspend(&mut self, id: ExecutionId, now: Time) {
        let Some(execution) = self.execution(id) else { return };
        if execution.pending() == 0 {
            return;
        }
        let stage = execution.stage;
        let execution = &mut self.state.executions[id.slot];
        let step = execution.step;
        match stage {
            Stage::Running => {
                if let Some(timer) = execution.timer.take() {
                    execution.history_mut().remaining_timeout = Some(timer.0 - now);
                    self.state.timers.clear(timer);
                }
                self.state.queues[step as usize].running -= 1;
            }
            // Its future made another wait while it was queued for a worker.
            Stage::Woken => self.state.queues[step as usize].remove_requeued(id),
            Stage::Suspended | Stage::Requeued | Stage::Backoff => return,
        }
        self.state.executions[id.slot].stage = Stage::Suspended;
        self.record_stage(id, Stage::Suspended);
        self.state.suspended += 1;
        self.wake_resolved(id);
        self.launch_queued(step, now);
    }

    /// An execution without open waits is running: its future continues by itself, and does not wait
    /// for a free worker.
    pub(super) fn continue_without_waits(&mut self, id: ExecutionId, now: Time) {
        let execution = &self.state.executions[id.slot];
        let step = execution.step;
        if let Some(history) = &execution.history
            && !history.open.is_empty()
        {
            return;
        }
        match execution.stage {
            Stage::Suspended => self.state.suspended -= 1,
            Stage::Woken => self.state.queues[step as usize].remove_requeued(id),
            Stage::Running | Stage::Requeued | Stage::Backoff => return,
        }
        self.take_worker(id, step);
        self.record_stage(id, Stage::Running);
        self.resume_timer(id, now);
    }
}
