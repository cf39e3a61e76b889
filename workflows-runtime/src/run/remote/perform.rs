//! From the actions of the engine to commands.

use super::{
    call::{CallContent, CallId, Previous, StepCall, Underway},
    command::Command,
    engine::Engine,
    graph::graph_of,
};
use crate::{
    engine::{Action, Ending, ExecutionId, Launch, Tick, retry_seed},
    error::RunError,
    run::prompt::{OpenPrompt, PromptId},
    workflow::{Held, Workflow},
};

impl<W: Workflow> Engine<W> {
    /// Whether a response could make an idle run continue.
    pub(super) fn is_answerable(&self) -> bool {
        let starts = const { W::TABLE.starts_on_responses() };
        starts || self.machine.has_waits()
    }

    pub(super) fn push_command(&mut self, command: Command<W>) {
        self.commands.push_back(command);
    }

    /// How often the collections of a step have changed.
    pub(super) fn collected_version(&self, step: u16) -> u64 {
        self.collected_versions.get(&step).copied().unwrap_or_default()
    }

    /// Reports what the machine has published.
    pub(super) fn take_outgoing(&mut self) {
        for action in self.machine.take_outgoing() {
            self.perform(action);
        }
    }

    pub(super) fn perform(&mut self, action: Action<W>) {
        match action {
            Action::Launch(launch) => {
                let call = self.call(launch);
                self.commands.push_back(Command::Execute(call));
            }
            Action::Drop { execution } => self.drop_execution(execution),
            Action::Wake { execution, .. } => {
                if !self.calls.contains_key(&execution.serial) {
                    self.machine.call_again(execution, self.now);
                }
            }
            Action::Prompt { id, prompt, by } => {
                self.shared.open_prompt(id, prompt.clone(), by);
                self.commands.push_back(Command::Prompt(OpenPrompt { id: PromptId::of(id), prompt: prompt.release() }));
            }
            Action::ReopenPrompt { id, prompt, wait, is_blocked } => {
                self.shared.reopen_prompt(id, prompt, wait, is_blocked);
            }
            Action::UnblockPrompt { id, is_rejected } => {
                self.shared.unblock_prompt(id, is_rejected);
                if is_rejected {
                    self.commands.push_back(Command::Rejected(PromptId::of(id)));
                }
            }
            Action::ClosePrompt { id } => self.shared.close_prompt(id),
            Action::ClosePromptsOf { execution } => self.shared.close_prompts_of(execution),
            Action::Responded { execution } => self.shared.presume_answered(execution),
            Action::Phase(_) | Action::Idle => {}
            Action::Finish(ending) => self.finish(ending),
        }
    }

    fn call(&mut self, launch: Launch<W>) -> StepCall<W> {
        let Launch { execution, step, input, before } = launch;
        let declared = &W::TABLE.steps[step as usize];
        if declared.blocking {
            // There is no queue of an executor here.
            self.machine.apply(Tick::Began { execution }, self.now);
        }
        let (attempt, count) = self.made.entry(execution.serial).or_insert((execution.attempt, 0));
        if *attempt != execution.attempt {
            *attempt = execution.attempt;
            *count = 0;
        }
        let call = *count;
        *count += 1;
        let ExecutionId { serial, slot, attempt } = execution;
        let id = CallId { epoch: self.epoch, execution: serial, slot, attempt, call };
        let collected = self.collected_version(step);
        self.calls.insert(serial, Underway { id, step, collected });
        StepCall(Box::new(CallContent {
            workflow: W::NAME.to_owned(),
            graph: graph_of::<W>(),
            run_id: self.shared.id().clone(),
            step: declared.name.to_owned(),
            id,
            at: self.time_of_day(),
            elapsed: self.machine.elapsed(execution, self.now),
            timeout: self.machine.step_timeout(step),
            seed: retry_seed(self.shared.id().seed(), execution, step),
            input,
            previous: before.as_deref().map(Previous::of),
            waits: self.machine.replayed_waits(execution),
            collected: self.shared.collected(|all| all.as_ref().map(|all| all.part(step, serial))),
            state: self.shared.state().get(),
            state_version: self.state_version,
        }))
    }

    fn drop_execution(&mut self, execution: ExecutionId) {
        match self.calls.remove(&execution.serial) {
            Some(call) => {
                self.cancelled.insert(call.id, execution);
                self.commands.push_back(Command::Cancel(call.id));
            }
            None => self.machine.apply(Tick::Vacated { execution }, self.now),
        }
        self.end_attempt(execution, true);
    }

    /// Cleans up after an attempt, and after its execution if that has ended.
    pub(super) fn end_attempt(&mut self, execution: ExecutionId, has_failed: bool) {
        let is_over = self.machine.is_over(execution);
        self.shared.attempt_over(execution, has_failed, is_over);
        if is_over {
            self.made.remove(&execution.serial);
        }
    }

    fn finish(&mut self, ending: Ending<W>) {
        for call in std::mem::take(&mut self.calls).into_values() {
            self.commands.push_back(Command::Cancel(call.id));
        }
        let result = match ending {
            Ending::Completed(output) => Ok(output.release()),
            Ending::Failed { step, attempts, elapsed, source } => {
                Err(RunError::Failed { step, attempts, elapsed, source })
            }
            Ending::TimedOut { after, active_steps } => Err(RunError::TimedOut { after, active_steps }),
            Ending::Cancelled => Err(RunError::Cancelled),
            Ending::Stalled { parked, waiting } => {
                Err(RunError::Stalled { parked: self.shared.with_collected(parked), waiting })
            }
        };
        self.shared.close();
        self.machine.clear();
        self.commands.push_back(Command::Ended(result));
    }
}
