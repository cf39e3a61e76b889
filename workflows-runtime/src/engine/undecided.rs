//! Responses that are matched where the step is executed.
//!
//! A matcher is a closure in the step. A response for a wait with a matcher is *offered*: the wait blocks those
//! behind it, and the attempt is called again with the response. The step reaches the wait, its matcher decides,
//! and the answer has the decision. A response that was rejected is delivered to the waits behind.
//!
//! | the wait has          | it is                                                     |
//! |-----------------------|-----------------------------------------------------------|
//! | no `remote`           | like any other wait: it takes the first response          |
//! | `remote`, no response | registered; a response is offered to it                   |
//! | `remote`, `offered`   | blocked, until an answer decides or the execution ends    |

use super::{
    action::Action,
    definition::Definition,
    execution::Stage,
    history::{RecordedWait, WaitOutcome},
    id::ExecutionId,
    machine::Machine,
    state::EngineState,
    timer::Time,
    waiters::{Addressee, BufferedResponse},
};

/// The responses to match elsewhere, of a wait whose matcher is there.
#[derive(Debug, Clone)]
pub(crate) struct Undecided<E> {
    offered: Option<BufferedResponse<E>>,
    /// The answer to its prompt, which came while `offered` was not decided.
    next: Option<BufferedResponse<E>>,
}

impl<E> Undecided<E> {
    pub(super) fn new() -> Self {
        Self { offered: None, next: None }
    }

    pub(super) fn is_offered(&self) -> bool {
        self.offered.is_some()
    }
}

impl<E> RecordedWait<E> {
    /// The response that is offered to it, which its matcher has yet to decide on.
    pub(super) fn undecided(&self) -> Option<&E> {
        let response = self.remote.as_ref()?.offered.as_ref()?;
        Some(&response.event)
    }
}

impl<D: Definition> Machine<D> {
    /// Does what the matcher of a recorded wait has decided. Returns what it has to decide next.
    pub(super) fn decide_offered(
        &mut self,
        id: ExecutionId,
        at: usize,
        accepts: Option<bool>,
        now: Time,
    ) -> Option<Undecided<D::Event>> {
        let recorded = &mut self.state.executions[id.slot].history_mut().waits[at];
        let mut undecided = *recorded.remote.take()?;
        let sequence = recorded.sequence;
        let prompt = recorded.prompt;
        // A response that was offered after the call is not decided.
        let Some(accepts) = accepts else { return Some(undecided) };
        let mut response = undecided.offered.take()?;
        if accepts {
            self.accept(id, at, response, now);
            return None;
        }
        if response.addressee == Addressee::Prompt {
            if let Some(id) = prompt {
                self.actions.push_back(Action::UnblockPrompt { id, is_rejected: true });
            }
        } else {
            response.rejected_by.push(sequence);
            self.take_back(response);
        }
        undecided.offered = undecided.next.take();
        Some(undecided)
    }

    /// A matcher has accepted the response that was offered to its wait.
    fn accept(&mut self, id: ExecutionId, at: usize, response: BufferedResponse<D::Event>, now: Time) {
        let BufferedResponse { event, requeued, addressee, .. } = response;
        let takes_copy = addressee != Addressee::Prompt && !requeued && self.takers(D::slot(&event)).steps;
        let is_new_response = addressee == Addressee::Anyone && !requeued && self.state.prompts > 0;
        let recorded = &mut self.state.executions[id.slot].history_mut().waits[at];
        recorded.addressee = addressee;
        if is_new_response && recorded.prompt.is_none() {
            self.actions.push_back(Action::Responded { execution: Some(id.serial) });
        }
        let copy = if takes_copy { Some(event.clone()) } else { None };
        let except = self.state.executions[id.slot].step;
        self.resolve(id.slot, at, WaitOutcome::Answered(event), now);
        if let Some(event) = copy {
            self.bring(event, self.root_place(), except, now);
        }
    }

    /// Whether the matcher of a wait is known elsewhere only.
    pub(super) fn is_matched_elsewhere(&self, slot: u32, wait: usize) -> bool {
        match &self.state.executions[slot].history {
            Some(history) => history.waits[wait].remote.is_some(),
            None => false,
        }
    }

    /// Calls an execution again for its matcher to decide.
    pub(super) fn offer(&mut self, slot: u32, wait: usize, response: BufferedResponse<D::Event>, now: Time) {
        let Some(history) = &mut self.state.executions[slot].history else { return };
        let recorded = &mut history.waits[wait];
        let waiter = recorded.waiter();
        let Some(remote) = &mut recorded.remote else { return };
        if remote.offered.is_some() {
            remote.next = Some(response);
        } else {
            remote.offered = Some(response);
        }
        self.waits_mut().block(waiter);
        let execution = &self.state.executions[slot];
        if execution.stage == Stage::Suspended {
            self.call_again(execution.id(slot), now);
        }
    }

    /// Offers the answer to the prompt of a wait.
    pub(super) fn offer_answer(&mut self, slot: u32, wait: usize, event: D::Event, now: Time) {
        self.offer(slot, wait, BufferedResponse::new(event, false, Addressee::Prompt), now);
    }

    /// The matchers of the next attempt may be others: they are asked again.
    pub(super) fn forget_rejections(&mut self, slot: u32) {
        let Some(history) = &self.state.executions[slot].history else { return };
        if history.waits.is_empty() {
            return;
        }
        let mut sequences = Vec::new();
        for wait in &history.waits {
            sequences.push(wait.sequence);
        }
        let forget = |response: &mut BufferedResponse<D::Event>| {
            response.rejected_by.retain(|sequence| !sequences.contains(sequence));
        };
        if let Some(waits) = &mut self.state.waits {
            waits.buffered.iter_mut().flat_map(|(_, responses)| responses).for_each(forget);
        }
        for (_, execution) in self.state.executions.iter_mut() {
            let Some(history) = &mut execution.history else { continue };
            for wait in &mut history.waits {
                if let Some(remote) = &mut wait.remote
                    && let Some(response) = &mut remote.offered
                {
                    forget(response);
                }
            }
        }
    }

    /// Buffers a response that was offered.
    fn take_back(&mut self, response: BufferedResponse<D::Event>) {
        self.waits_mut().take_back(D::slot(&response.event), response);
    }

    /// Buffers the response that is offered to a wait which is over, without its decision. The answer to its prompt is
    /// dropped.
    pub(super) fn take_back_from(&mut self, slot: u32, wait: usize) {
        let Some(history) = &mut self.state.executions[slot].history else { return };
        let Some(recorded) = history.waits.get_mut(wait) else { return };
        let Some(remote) = recorded.remote.take() else { return };
        if let Some(response) = remote.offered
            && response.addressee != Addressee::Prompt
        {
            self.take_back(response);
        }
    }

    /// Buffers the responses that were offered to waits of an execution that has ended. The answer to a prompt is
    /// dropped with its wait.
    pub(super) fn take_back_offered(&mut self, waits: &[RecordedWait<D::Event>]) {
        for wait in waits {
            if wait.is_pending()
                && let Some(remote) = &wait.remote
                && let Some(response) = &remote.offered
                && response.addressee != Addressee::Prompt
            {
                self.take_back(response.clone());
            }
        }
    }
}

impl<E: Clone> EngineState<E> {
    /// Buffers all responses that are offered. The answer to a prompt resolves its wait, as it does while the matcher
    /// of a wait is unknown.
    pub(super) fn take_back_all(&mut self) {
        let mut answered = Vec::new();
        for (_, execution) in self.executions.iter_mut() {
            let Some(history) = &mut execution.history else { continue };
            for wait in &mut history.waits {
                let Some(remote) = wait.remote.take() else { continue };
                let Undecided { offered, next } = *remote;
                for response in [offered, next].into_iter().flatten() {
                    if response.addressee == Addressee::Prompt {
                        wait.outcome = WaitOutcome::Answered(response.event);
                        wait.addressee = Addressee::Unchecked;
                        answered.push((wait.waiter(), wait.timer.take()));
                    } else if let Some(waits) = &mut self.waits {
                        waits.take_back(wait.slot, response);
                    }
                }
            }
            history.open.retain(|at| !matches!(history.waits[*at].outcome, WaitOutcome::Answered(_)));
        }
        for (waiter, timer) in answered {
            if let Some(waits) = &mut self.waits {
                waits.remove(waiter);
            }
            if let Some(timer) = timer {
                self.timers.clear(timer);
            }
        }
    }
}
