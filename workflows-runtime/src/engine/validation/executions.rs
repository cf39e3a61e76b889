//! Executions, and the timers of the run.

use super::{Checked, MAX_COUNT, MAX_COUNT_32, Validator, ensure};
use crate::engine::{
    definition::Definition,
    execution::{Execution, Stage},
    id::ExecutionId,
    timer::{Timer, TimerKey},
};
use std::collections::BTreeSet;

impl<D: Definition> Validator<'_, D> {
    pub(super) fn executions(&self) -> Checked {
        let state = self.state;
        let mut serials = BTreeSet::new();
        let mut running = vec![0; self.table.steps.len()];
        let mut suspended = 0;
        for (slot, execution) in state.executions.iter_indexed() {
            let name = self.step(execution.step)?;
            let serial = execution.serial;
            ensure!(
                (1..=state.launched).contains(&serial),
                "an execution of `{name}` has number {serial}, but {} were launched",
                state.launched
            );
            ensure!(serials.insert(serial), "two executions have number {serial}");
            self.execution(slot, execution, name)?;
            match execution.stage {
                Stage::Running => running[execution.step as usize] += 1,
                Stage::Suspended => suspended += 1,
                Stage::Woken | Stage::Requeued | Stage::Backoff => {}
            }
        }
        if let Some(failed) = state.failed {
            let starts_again = state.failed_execution().is_some_and(|execution| execution.stage == Stage::Requeued);
            ensure!(starts_again, "execution {failed} has ended the run, but does not start again");
        }
        ensure!(suspended == state.suspended, "{suspended} executions are suspended, not {}", state.suspended);
        for ((step, queue), running) in self.table.steps.iter().zip(&state.queues).zip(running) {
            let name = step.name;
            ensure!(queue.running == running, "{running} executions of `{name}` are running, not {}", queue.running);
        }
        Ok(())
    }

    fn execution(&self, slot: u32, execution: &Execution<D::Event>, name: &str) -> Checked {
        let Execution { attempt, started, sent, duplicates, .. } = *execution;
        ensure!((1..=MAX_COUNT_32).contains(&attempt), "an execution of `{name}` is in attempt {attempt}");
        ensure!(started <= self.now, "an execution of `{name}` has started after the snapshot was taken");
        ensure!(sent <= MAX_COUNT_32, "an execution of `{name}` has sent {sent} events");
        ensure!(duplicates <= MAX_COUNT_32, "an execution of `{name}` ignores {duplicates} events");
        self.place(execution.place)?;
        let Some(input) = &execution.input else {
            return Err(format!("an execution of `{name}` has no input"));
        };
        self.input(execution.step, input.events())?;
        let timer = match execution.timer {
            None => None,
            Some(key) => match self.state.timers.pending.get(&key) {
                Some(timer) => Some(timer),
                None => return Err(format!("an execution of `{name}` has a timer that is not set")),
            },
        };
        let id = execution.id(slot);
        let is_right = match (execution.stage, timer) {
            (Stage::Backoff, Some(Timer::Retry { execution }))
            | (Stage::Running, Some(Timer::StepTimeout { execution, .. } | Timer::QueueTimeout { execution, .. })) => {
                *execution == id
            }
            (Stage::Backoff, _) | (_, Some(_)) => false,
            (_, None) => true,
        };
        ensure!(is_right, "the timer of an execution of `{name}` does not match its stage");
        self.history(execution, name)
    }

    /// Checks that each timer belongs to what refers to it.
    pub(super) fn timers(&self) -> Checked {
        let timers = &self.state.timers;
        ensure!(timers.created <= MAX_COUNT, "{} timers were set", timers.created);
        let mut numbers = BTreeSet::new();
        let mut run_timeouts = 0;
        for (key, timer) in &timers.pending {
            let (_, number) = *key;
            ensure!(number < timers.created, "a timer has number {number}, but {} were set", timers.created);
            ensure!(numbers.insert(number), "two timers have number {number}");
            let is_used = match timer {
                Timer::RunTimeout { .. } => {
                    run_timeouts += 1;
                    run_timeouts == 1
                }
                Timer::StepTimeout { execution, .. }
                | Timer::QueueTimeout { execution, .. }
                | Timer::Retry { execution } => self.find(*execution).is_some_and(|found| found.timer == Some(*key)),
                Timer::WaitTimeout { execution, wait } => self.wait_timer(*execution, *wait) == Some(*key),
            };
            ensure!(is_used, "timer {number} belongs to nothing");
        }
        Ok(())
    }

    fn find(&self, id: ExecutionId) -> Option<&Execution<D::Event>> {
        self.state.executions.get(id.slot).filter(|execution| execution.serial == id.serial)
    }

    fn wait_timer(&self, id: ExecutionId, wait: usize) -> Option<TimerKey> {
        self.find(id)?.history.as_ref()?.waits.get(wait)?.timer
    }
}
