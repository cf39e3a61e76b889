//! The actions of the engine, and the ends of executions.

use super::{Observed, TestDriver, task::Task};
use crate::{
    engine::{Action, Ending, ExecutionId, Launch, Tick},
    error::RunError,
    run::{dispatch::Outcome, event_log::StoredEvent},
    step_event::StepPhase,
    workflow::{Held, Workflow},
};
use std::time::SystemTime;

impl<W: Workflow> TestDriver<W> {
    pub(super) fn perform(&mut self, action: Action<W>) {
        match action {
            Action::Launch(launch) => self.launch(launch),
            Action::Wake { execution, wait, answer } if const { W::TABLE.waits() } => {
                let slot = self.response_slots.as_mut().and_then(|slots| slots.remove(execution.serial, wait));
                let Some(slot) = slot else { return };
                if let Some(spans) = self.shared.spans() {
                    spans.resumes(execution.serial, answer.is_some());
                }
                slot.fill(answer);
                // Polled before the next action: the run is not idle until the step has had its response.
                if let Some(place) = self.place_of(execution) {
                    self.poll_task(place);
                }
            }
            Action::Drop { execution } => {
                self.drop_task(execution);
                self.attempt_over(execution, true);
            }
            Action::Idle => {
                if self.engine.is_idle() && !self.shared.has_messages() {
                    self.shared.publish(StoredEvent::Idle);
                }
            }
            Action::Finish(ending) => {
                let ended = self.ended_with(ending);
                self.end(ended);
            }
            action => self.shared.report(action),
        }
    }

    fn launch(&mut self, launch: Launch<W>) {
        let (id, step) = (launch.execution, launch.step);
        self.shared.report_phase(step, id, StepPhase::Running);
        let place = if let Some(free) = self.tasks.iter().position(Option::is_none) {
            free
        } else {
            self.tasks.push(None);
            self.tasks.len() - 1
        };
        let number = u32::try_from(place).unwrap_or(u32::MAX);
        let future = self.overrides.start(launch, &self.workflow, &self.shared);
        self.tasks[place] = Some(Task::new(id, step, number, future, &self.shared));
        // The next move, unless the seed chooses another one.
        self.ready.insert(0, number);
    }

    fn place_of(&self, execution: ExecutionId) -> Option<u32> {
        let is_it = |task: &Option<Task<W>>| task.as_ref().is_some_and(|task| task.id == execution);
        let place = self.tasks.iter().position(is_it)?;
        u32::try_from(place).ok()
    }

    pub(super) fn poll_task(&mut self, place: u32) {
        self.ready.retain(|ready| *ready != place);
        let Some(task) = self.tasks.get_mut(place as usize).and_then(Option::as_mut) else { return };
        let id = task.id;
        if self.engine.running(id).is_none() {
            return;
        }
        let polled = task.poll();
        if let Some(outcome) = polled {
            self.tasks[place as usize] = None;
            self.returned(id, outcome);
        }
    }

    fn returned(&mut self, id: ExecutionId, outcome: Outcome<W>) {
        // Sent events come before returned ones.
        self.deliver();
        let failed = outcome.is_err();
        match outcome {
            Ok(effects) => {
                if let Some(step) = self.engine.running(id) {
                    for event in effects.events() {
                        self.seen.push(Observed::Returned(step, event.clone()));
                    }
                }
                self.engine.apply(Tick::Done { execution: id, effects }, self.now);
            }
            Err(error) => {
                self.engine.apply(Tick::Failed { execution: id, error, at: SystemTime::now() }, self.now);
            }
        }
        self.attempt_over(id, failed);
    }

    fn drop_task(&mut self, execution: ExecutionId) {
        let dropping = self.shared.dropping(execution, true);
        if let Some(place) = self.place_of(execution) {
            self.tasks[place as usize] = None;
        }
        drop(dropping);
    }

    fn attempt_over(&mut self, id: ExecutionId, canceled: bool) {
        if let Some(slots) = &mut self.response_slots {
            slots.remove_all(id.serial);
        }
        self.shared.attempt_over(id, canceled, self.engine.is_over(id));
    }

    fn ended_with(&self, ending: Ending<W>) -> Result<W::Output, RunError> {
        Err(match ending {
            Ending::Completed(output) => return Ok(output.release()),
            Ending::Failed { step, attempts, elapsed, source } => RunError::Failed { step, attempts, elapsed, source },
            Ending::TimedOut { after, active_steps } => RunError::TimedOut { after, active_steps },
            Ending::Cancelled => RunError::Cancelled,
            Ending::Stalled { parked, waiting } => {
                RunError::Stalled { parked: self.shared.with_collected(parked), waiting }
            }
        })
    }
}
