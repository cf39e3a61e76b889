//! Responses and answers: which wait receives them.

use super::{
    execution::Stage,
    model::{Expected, Model},
    wait::{Outcome, WaitFuture},
};
use crate::engine::waiters::Addressee::{self, Anyone, NoPrompt, Prompt};

/// A response that no wait has taken.
#[derive(Debug)]
pub(super) struct Buffered {
    pub(super) response: u64,
    pub(super) addressee: Addressee,
    pub(super) requeued: bool,
}

impl Model {
    /// A response without a prompt's number.
    pub(super) fn respond(&mut self, response: u64) {
        self.receive(Buffered { response, addressee: Anyone, requeued: false });
    }

    /// The answer to a prompt without a wait.
    pub(super) fn answer_without_wait(&mut self, response: u64) {
        self.coverage.without_wait += 1;
        self.receive(Buffered { response, addressee: NoPrompt, requeued: false });
    }

    /// The answer to the prompt of this wait.
    pub(super) fn answer(&mut self, at: usize, response: u64) {
        let wait = &mut self.waits[at];
        let is_over = self.executions[wait.of].stage == Stage::Over;
        match wait.outcome {
            Outcome::Pending if wait.is_known() && !wait.scripted.accepts(response) => self.coverage.rejected += 1,
            Outcome::Pending => {
                match wait.future {
                    WaitFuture::Attached => self.coverage.open += 1,
                    WaitFuture::Detached => self.coverage.detached += 1,
                    WaitFuture::Lost => self.coverage.resumed += 1,
                }
                wait.addressee = Prompt;
                self.resolve(at, Outcome::Answered(response));
                self.settle();
            }
            _ if is_over => self.coverage.ended += 1,
            _ => self.coverage.closed += 1,
        }
    }

    fn receive(&mut self, response: Buffered) {
        match self.find(&response) {
            Ok(wait) => self.deliver(&response, Some(wait)),
            Err(is_blocked) if is_blocked || !self.has_log => {
                self.coverage.buffered += 1;
                self.buffered.push(response);
            }
            Err(_) => self.deliver(&response, None),
        }
        self.settle();
    }

    /// The first wait that takes a response, or whether a blocked one comes first.
    pub(super) fn find(&self, response: &Buffered) -> Result<usize, bool> {
        for (at, wait) in self.waits.iter().enumerate().filter(|(_, wait)| wait.is_pending()) {
            if wait.is_blocked {
                return Err(true);
            }
            let is_addressed = response.addressee == Anyone || wait.prompt.is_none();
            if is_addressed && wait.scripted.accepts(response.response) {
                return Ok(at);
            }
        }
        Err(false)
    }

    pub(super) fn deliver(&mut self, response: &Buffered, wait: Option<usize>) {
        let Buffered { response, addressee, requeued } = *response;
        if self.has_log && !requeued {
            self.expected.push(Expected::Log(response));
        }
        let is_new = addressee == Anyone && !requeued && self.prompts > 0;
        if let Some(at) = wait {
            let wait = &mut self.waits[at];
            wait.addressee = addressee;
            if is_new && wait.prompt.is_none() {
                self.expected.push(Expected::Responded(Some(self.executions[wait.of].serial)));
            }
            self.resolve(at, Outcome::Answered(response));
        } else if is_new {
            self.expected.push(Expected::Responded(None));
        }
    }

    /// Delivers the buffered responses until none of them has a recipient.
    pub(super) fn settle(&mut self) {
        let mut at = 0;
        while at < self.buffered.len() {
            let found = self.find(&self.buffered[at]);
            let to_log = found == Err(false) && self.has_log && !self.buffered[at].requeued;
            if found.is_ok() || to_log {
                let response = self.buffered.remove(at);
                self.deliver(&response, found.ok());
                at = 0;
            } else {
                at += 1;
            }
        }
    }
}
