//! Prompts: their numbers, and what asks them.
//!
//! The engine numbers the prompts of a run in the order of publication. A wait records its prompt, so an
//! answer to this prompt reaches that wait or nothing. The driver stores the prompts that are open.

#[cfg(feature = "durable")]
use super::decisions::Decision;
use super::{
    action::Action,
    definition::Definition,
    execution::Execution,
    history::{Matcher, WaitOutcome},
    machine::Machine,
    state::EngineState,
    timer::Time,
    waiters::Addressee,
};
use serde::{Deserialize, Serialize};

/// Where a wait is, also after its execution has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WaitAt {
    /// The execution's serial.
    pub(crate) execution: u64,
    /// The execution's index in the slab.
    slot: u32,
    /// The wait's number in the history.
    wait: usize,
}

/// The wait for the answer to a prompt.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) struct PromptWait<D: Definition> {
    pub(crate) at: WaitAt,
    /// The slot of the events that it waits for.
    pub(crate) slot: u16,
    /// Not serialized: unknown from a resume until the wait is replayed.
    #[serde(skip)]
    pub(crate) matcher: Option<Matcher<D::Event>>,
}

/// What has published a prompt.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) enum PromptedBy<D: Definition> {
    /// An execution, by its serial: it has returned the prompt, or does not wait for the answer.
    Step {
        execution: u64,
    },
    Wait(Box<PromptWait<D>>),
}

impl<D: Definition> Clone for PromptWait<D> {
    fn clone(&self) -> Self {
        Self { at: self.at, slot: self.slot, matcher: self.matcher.clone() }
    }
}

impl<D: Definition> Clone for PromptedBy<D> {
    fn clone(&self) -> Self {
        match self {
            Self::Step { execution } => Self::Step { execution: *execution },
            Self::Wait(wait) => Self::Wait(wait.clone()),
        }
    }
}

impl<E> EngineState<E> {
    /// Whether a prompt may be answered: its wait, if it has one, is pending.
    pub(crate) fn is_prompt_open<D: Definition>(&self, prompt: u32, by: &PromptedBy<D>) -> bool {
        match by {
            PromptedBy::Step { .. } => true,
            PromptedBy::Wait(wait) => self.execution_with_prompt(prompt, wait.at).is_some(),
        }
    }

    /// The slot of the events for which the wait `at` is pending, if it has this prompt.
    pub(super) fn slot_of_prompt(&self, prompt: u32, at: WaitAt) -> Option<u16> {
        let history = self.execution_with_prompt(prompt, at)?.history.as_ref()?;
        Some(history.waits.get(at.wait)?.slot)
    }

    /// The execution whose wait `at` is pending and has this prompt.
    fn execution_with_prompt(&self, prompt: u32, at: WaitAt) -> Option<&Execution<E>> {
        let execution = self.executions.get(at.slot).filter(|execution| execution.serial == at.execution)?;
        let wait = execution.history.as_ref()?.waits.get(at.wait)?;
        if wait.prompt == Some(prompt) && wait.is_pending() { Some(execution) } else { None }
    }
}

impl<D: Definition> Machine<D> {
    /// Publishes a prompt that no wait belongs to.
    pub(super) fn prompt(&mut self, prompt: D::Prompt, step: u16, execution: u64) {
        self.record_asked(step);
        let id = self.next_prompt();
        self.actions.push_back(Action::Prompt { id, prompt, by: PromptedBy::Step { execution } });
    }

    /// The number of a new prompt.
    pub(super) fn next_prompt(&mut self) -> u32 {
        self.state.prompts += 1;
        self.state.prompts
    }

    pub(super) fn prompt_wait(&self, slot: u32, wait: usize) -> PromptWait<D> {
        let execution = &self.state.executions[slot];
        let at = WaitAt { execution: execution.serial, slot, wait };
        let mut event_slot = 0;
        let mut matcher = None;
        if let Some(history) = &execution.history {
            event_slot = history.waits[wait].slot;
            matcher.clone_from(&history.waits[wait].matcher);
        }
        PromptWait { at, slot: event_slot, matcher }
    }

    /// Handles [`Tick::Answer`](super::tick::Tick::Answer).
    pub(super) fn answer(&mut self, prompt: u32, wait: Option<WaitAt>, event: D::Event, now: Time) {
        let Some(at) = wait else {
            return self.respond(event, Addressee::NoPrompt, now);
        };
        if !D::WAITS {
            return;
        }
        let Some(execution) = self.state.execution_with_prompt(prompt, at) else { return };
        let Some(history) = &execution.history else { return };
        #[cfg(feature = "engine")]
        if history.waits[at.wait].remote.is_some() {
            return self.offer_answer(at.slot, at.wait, event, now);
        }
        let wait = &history.waits[at.wait];
        let is_known = wait.attached || wait.matcher.is_some();
        let accepts = wait.matcher.as_ref().is_none_or(|accepts| accepts(&event));
        #[cfg(feature = "durable")]
        let (is_known, accepts) = self.decide_answer(is_known, accepts);
        if !accepts {
            // The matcher was not known when the answer was sent.
            self.actions.push_back(Action::UnblockPrompt { id: prompt, is_rejected: true });
            return;
        }
        if let Some(history) = &mut self.state.executions[at.slot].history {
            history.waits[at.wait].addressee = if is_known { Addressee::Prompt } else { Addressee::Unchecked };
        }
        self.resolve(at.slot, at.wait, WaitOutcome::Answered(event), now);
    }

    /// Records whether the matcher of a wait is known, and accepts the answer to its prompt. Returns what was recorded, in
    /// a replay.
    #[cfg(feature = "durable")]
    fn decide_answer(&mut self, is_known: bool, accepts: bool) -> (bool, bool) {
        if self.replays_decisions() {
            let decision = self.replayed_check();
            return (decision == Decision::Accepted, decision != Decision::Rejected);
        }
        self.decided(match (is_known, accepts) {
            (_, false) => Decision::Rejected,
            (true, true) => Decision::Accepted,
            (false, true) => Decision::Unchecked,
        });
        (is_known, accepts)
    }

    /// The prompts that an attempt has published without a wait are void: a retry publishes its own.
    pub(super) fn close_prompts_of(&mut self, execution: &Execution<D::Event>) {
        if self.state.prompts > 0 && execution.sent > 0 {
            self.actions.push_back(Action::ClosePromptsOf { execution: execution.serial });
        }
    }
}
