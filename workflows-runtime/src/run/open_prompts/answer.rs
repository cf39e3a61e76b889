//! Answers to open prompts.

use super::{Entry, Status};
use crate::{
    engine::PromptedBy,
    event::HumanResponse,
    run::{
        message::Message,
        prompt::{AnswerError, AnswerErrorKind, PromptId},
        shared::Shared,
    },
    sealed::SEAL,
    workflow::{Answers, Workflow},
};

impl<W: Workflow> Shared<W> {
    /// See [`RunHandle::answer`](crate::RunHandle::answer).
    pub(crate) fn answer<T: Answers<W>>(&self, id: PromptId, response: T) -> Result<(), AnswerError<T>> {
        let event = T::into_event(HumanResponse(response), SEAL);
        self.answer_with(id, event).map_err(|(kind, event)| {
            let HumanResponse(response) = T::from_event(event);
            AnswerError { id, kind, response }
        })
    }

    /// As [`answer`](Self::answer), for a response of any type.
    pub(in crate::run) fn answer_with(&self, id: PromptId, event: W::Event) -> Result<(), (AnswerErrorKind, W::Event)> {
        match self.accepts_answer(id, &event) {
            Ok(()) => self.push_answer(id.0, event),
            Err(kind) => Err((kind, event)),
        }
    }

    /// Whether a prompt is open, and accepts this response.
    pub(in crate::run) fn accepts_answer(&self, id: PromptId, event: &W::Event) -> Result<(), AnswerErrorKind> {
        let matcher = match self.find_prompt(id.0, W::slot(event))? {
            PromptedBy::Wait(wait) => wait.matcher,
            PromptedBy::Step { .. } => None,
        };
        // The user's closure runs without the lock.
        match matcher {
            Some(accepts) if !accepts(event) => Err(AnswerErrorKind::Rejected),
            Some(_) | None => Ok(()),
        }
    }

    fn find_prompt(&self, id: u32, slot: u16) -> Result<PromptedBy<W>, AnswerErrorKind> {
        let mut locked = self.locked();
        if self.is_over() {
            return Err(AnswerErrorKind::Ended);
        }
        let is_presumed = locked.prompts.is_presumed(id);
        match locked.prompts.entries.get_mut(id) {
            Some(Entry { status: Status::Open, by, .. }) => match by {
                PromptedBy::Wait(wait) if wait.slot != slot => Err(AnswerErrorKind::OtherType),
                by => Ok(by.clone()),
            },
            None if is_presumed => Ok(PromptedBy::Step { execution: 0 }),
            Some(_) | None => Err(AnswerErrorKind::Closed),
        }
    }

    /// Marks the prompt as answered, and queues the response. Of several responses, one succeeds.
    fn push_answer(&self, id: u32, event: W::Event) -> Result<(), (AnswerErrorKind, W::Event)> {
        let mut locked = self.locked();
        if self.is_over() {
            return Err((AnswerErrorKind::Ended, event));
        }
        let is_presumed = locked.prompts.is_presumed(id);
        let wait = match locked.prompts.entries.get_mut(id) {
            Some(entry) if entry.status == Status::Open => {
                entry.status = Status::Answered;
                match &entry.by {
                    PromptedBy::Wait(wait) => Some(wait.at),
                    PromptedBy::Step { .. } => None,
                }
            }
            None if is_presumed => {
                locked.prompts.entries.many_mut().presumed.retain(|presumed| *presumed != id);
                None
            }
            Some(_) | None => return Err((AnswerErrorKind::Closed, event)),
        };
        let driver = self.queue_message(&mut locked.mailbox, Message::Answer { prompt: id, wait, event });
        drop(locked);
        if let Some(driver) = driver {
            driver.wake();
        }
        Ok(())
    }
}
