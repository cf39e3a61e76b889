//! Applying an answer to the engine.

use super::{
    answer::{AnswerContent, AnswerRefused, Output, Record, StateChange, StepOutcome, Waited},
    command::Command,
    engine::{Answered, Engine},
};
use crate::{
    engine::{AnsweredWait, ExecutionId, Tick, Time},
    run::collect::{Added, Collected},
    workflow::Workflow,
};
use std::collections::BTreeSet;

/// How far the step has come with a wait.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Pending,
    Answered,
    Resumed,
    Dropped,
}

impl<W: Workflow> Engine<W> {
    pub(super) fn take_answer(&mut self, answer: AnswerContent<W>) -> Result<Answered, AnswerRefused> {
        let id = answer.id;
        let refused = |problem| Err(AnswerRefused { step: answer.step.clone(), call: id, problem });
        if answer.run_id != *self.run_id() {
            return refused(format!("it is of run `{}`, and not of `{}`", answer.run_id, self.run_id()));
        }
        if self.cancelled.contains_key(&id) {
            self.cancelled(id, answer.at);
            return Ok(Answered::Ignored);
        }
        let Some(call) = self.calls.get(&id.execution).filter(|call| call.id == id) else {
            return Ok(Answered::Ignored);
        };
        let step = call.step;
        let version = call.collected;
        if W::TABLE.steps[step as usize].name != answer.step {
            return refused(format!("the call is of step `{}`", W::TABLE.steps[step as usize].name));
        }
        if self.machine.has_ended() {
            self.calls.remove(&id.execution);
            return Ok(Answered::Ignored);
        }
        if let Err(problem) = self.check(&answer) {
            return refused(problem);
        }
        let now = self.advance(answer.at);
        self.calls.remove(&id.execution);
        let execution = id.attempt_id();
        if matches!(answer.outcome, StepOutcome::Cancelled) || self.conflicts(&answer, step, version) {
            self.machine.repeat_call(execution, now);
            return Ok(Answered::CalledAgain);
        }
        self.apply(answer, execution, step, now);
        Ok(Answered::Applied)
    }

    /// Returns a description of what does not fit the history of the execution.
    fn check(&mut self, answer: &AnswerContent<W>) -> Result<(), String> {
        let execution = answer.id.attempt_id();
        let mut waits = Vec::new();
        let mut recorded = BTreeSet::new();
        for record in &answer.records {
            match record {
                Record::Waited(wait) => {
                    if let Some(at) = wait.recorded
                        && !recorded.insert(at)
                    {
                        return Err(format!("it reaches wait {at} twice"));
                    }
                    self.machine.check_wait(execution, &answered_wait(wait, None))?;
                    waits.push(if wait.answered { Stage::Answered } else { Stage::Pending });
                }
                Record::Resumed { wait } => match waits.get_mut(*wait as usize) {
                    Some(stage @ Stage::Answered) => *stage = Stage::Resumed,
                    _ => return Err(format!("it resumes wait {wait}, which has no answer")),
                },
                Record::Dropped { wait } => match waits.get_mut(*wait as usize) {
                    Some(stage) if *stage != Stage::Dropped => *stage = Stage::Dropped,
                    _ => return Err(format!("it drops wait {wait}, which it has not made")),
                },
                Record::Collected(added) => added.validate::<W>()?,
                Record::Sent(_) | Record::Asked(_) | Record::Published(_) => {}
            }
        }
        if matches!(answer.outcome, StepOutcome::Waits) && !waits.contains(&Stage::Pending) {
            return Err("it waits for nothing".to_owned());
        }
        Ok(())
    }

    /// Whether something that the answer is based on has changed since the call.
    fn conflicts(&self, answer: &AnswerContent<W>, step: u16, version: u64) -> bool {
        if let Some(StateChange { base, .. }) = &answer.state
            && *base != self.state_version
        {
            return true;
        }
        let added: Vec<&Added<W::Event>> = answer.records.iter().filter_map(Record::added).collect();
        if added.is_empty() {
            return false;
        }
        let is_same_version = self.collected_version(step) == version;
        self.shared.collected(|collected| !collected.get_or_insert_default().allows(step, &added, is_same_version))
    }

    fn apply(&mut self, answer: AnswerContent<W>, execution: ExecutionId, step: u16, now: Time) {
        let AnswerContent { id, at, records, state, outcome, .. } = answer;
        let mut waits = Vec::new();
        let mut added = Vec::new();
        for record in records {
            match record {
                Record::Sent(event) => self.machine.apply(Tick::Sent { from: execution, event }, now),
                Record::Asked(prompt) => self.machine.apply(Tick::Asked { from: execution, prompt }, now),
                Record::Published(mut published) => {
                    published.call = id;
                    self.push_command(Command::Publish(published));
                }
                Record::Waited(mut wait) => {
                    let prompt = wait.prompt.take();
                    waits.push(self.machine.waited(execution, answered_wait(&wait, prompt), now));
                }
                Record::Resumed { wait } => {
                    if let Some(Some(wait)) = waits.get(wait as usize) {
                        self.machine.had_answer(execution, *wait);
                    }
                }
                Record::Dropped { wait } => {
                    if let Some(Some(wait)) = waits.get(wait as usize) {
                        self.machine.apply(Tick::Unwait { from: execution, wait: *wait }, now);
                    }
                }
                Record::Collected(event) => added.push(event),
            }
            // Prompts and items in the order of the step.
            self.take_outgoing();
        }
        if !added.is_empty() {
            *self.collected_versions.entry(step).or_default() += 1;
            self.shared.collected(|collected| {
                let collected: &mut Collected<_> = collected.get_or_insert_default();
                collected.add_all(execution, step, added);
            });
        }
        if let Some(StateChange { value, .. }) = state {
            self.set_state(value);
        }
        match outcome {
            StepOutcome::Returned(outputs) => {
                let effects = Output::effects(outputs);
                self.machine.apply(Tick::Done { execution, effects }, now);
                self.end_attempt(execution, false);
            }
            StepOutcome::Failed { error, retry } => {
                let error = error.decided(retry.delay());
                self.machine.apply(Tick::Failed { execution, error, at }, now);
                self.end_attempt(execution, true);
            }
            StepOutcome::Waits => self.machine.suspend_call(execution, now),
            StepOutcome::Cancelled => {}
        }
    }
}

fn answered_wait<W: Workflow>(wait: &Waited<W>, prompt: Option<W::HeldPrompt>) -> AnsweredWait<W> {
    AnsweredWait {
        slot: wait.slot,
        recorded: wait.recorded.map(|at| at as usize),
        prompt,
        timeout: wait.timeout,
        matching: wait.matching,
        accepts: wait.accepts,
        answered: wait.answered,
    }
}
