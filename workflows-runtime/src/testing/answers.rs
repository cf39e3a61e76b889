//! The answers of a test to the prompts of its run.

use crate::{
    event::HumanResponse,
    run::{AnswerErrorKind, Message, PromptId, Shared},
    sealed::SEAL,
    workflow::{Answers, Workflow},
};
use core::{any::type_name, panic::Location};
use std::collections::{BTreeSet, VecDeque};

/// Answers a prompt, if the rule applies to it.
type Answer<W> = Box<dyn FnMut(PromptId, &<W as Workflow>::Prompt, &Shared<W>) -> Reply + Send>;

/// Sends a response.
type SendResponse<W> = Box<dyn FnOnce(&Shared<W>) + Send>;

/// A response without a prompt.
pub(super) struct Response<W: Workflow> {
    call: Call,
    pub(super) send: SendResponse<W>,
}

/// The call in a test that adds a response.
struct Call {
    method: &'static str,
    response: &'static str,
    place: &'static Location<'static>,
}

impl Call {
    #[track_caller]
    fn of<T>(method: &'static str) -> Self {
        Self { method, response: type_name::<T>(), place: Location::caller() }
    }
}

/// The result of a rule.
pub(super) enum Reply {
    /// It does not apply to the prompt.
    Other,
    Sent,
    /// The prompt is no longer open.
    Closed,
    Refused(String),
}

pub(super) struct Rule<W: Workflow> {
    /// Whether it answers one prompt only, and has done so.
    pub(super) is_used: bool,
    /// Of a rule that answers one prompt only.
    for_one: Option<Call>,
    answer: Answer<W>,
}

pub(super) struct Script<W: Workflow> {
    pub(super) rules: Vec<Rule<W>>,
    /// Responses without a prompt, sent one after the other when the run is idle.
    pub(super) responses: VecDeque<Response<W>>,
    pub(super) leaves_open: bool,
    /// Whether answers, responses, and changes to steps may be left over.
    pub(super) allows_unused: bool,
    /// The prompts that were answered.
    answered: BTreeSet<PromptId>,
}

impl<W: Workflow> Default for Script<W> {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            responses: VecDeque::new(),
            leaves_open: false,
            allows_unused: false,
            answered: BTreeSet::new(),
        }
    }
}

impl<W: Workflow> Script<W> {
    /// Answers the next prompt with `response`.
    #[track_caller]
    pub(super) fn answer<T: Answers<W> + Send + 'static>(&mut self, response: T) {
        let mut response = Some(response);
        let answer = move |id: PromptId, _: &W::Prompt, shared: &Shared<W>| {
            let Some(given) = response.take() else { return Reply::Other };
            match shared.answer(id, given) {
                Ok(()) => Reply::Sent,
                Err(error) => {
                    let reply = reply(error.kind(), error.to_string());
                    response = Some(error.into_inner());
                    reply
                }
            }
        };
        let call = Call::of::<T>("answer");
        self.rules.push(Rule { is_used: false, for_one: Some(call), answer: Box::new(answer) });
    }

    /// Answers each prompt for which `answer` returns a response.
    pub(super) fn answer_with<T: Answers<W>>(
        &mut self,
        mut answer: impl FnMut(&W::Prompt) -> Option<T> + Send + 'static,
    ) {
        let answer = move |id: PromptId, prompt: &W::Prompt, shared: &Shared<W>| {
            let Some(response) = answer(prompt) else { return Reply::Other };
            match shared.answer(id, response) {
                Ok(()) => Reply::Sent,
                Err(error) => reply(error.kind(), error.to_string()),
            }
        };
        self.rules.push(Rule { is_used: false, for_one: None, answer: Box::new(answer) });
    }

    #[track_caller]
    pub(super) fn send<T: Answers<W> + Send + 'static>(&mut self, response: T) {
        let send = move |shared: &Shared<W>| {
            shared.push_message(Message::External(T::into_event(HumanResponse(response), SEAL)));
        };
        self.responses.push_back(Response { call: Call::of::<T>("send"), send: Box::new(send) });
    }

    /// Answers a prompt. Returns whether a response was sent.
    ///
    /// # Panics
    ///
    /// Panics if no rule answers the prompt, or if it does not accept the response.
    pub(super) fn reply(&mut self, id: PromptId, prompt: &W::Prompt, shared: &Shared<W>) -> bool {
        if self.answered.contains(&id) {
            return false;
        }
        for rule in self.rules.iter_mut().filter(|rule| !rule.is_used) {
            match (rule.answer)(id, prompt, shared) {
                Reply::Other => {}
                Reply::Closed => return false,
                Reply::Refused(why) => panic!("{why}\nthe prompt is {}", text::<W>(prompt)),
                Reply::Sent => {
                    rule.is_used = rule.for_one.is_some();
                    self.answered.insert(id);
                    return true;
                }
            }
        }
        assert!(
            self.leaves_open,
            "no answer for prompt {id} of `{}`: {}\n\
             help: add `.answer(..)` or `.answer_with(..)` to the test, or `.leave_open()` if no one answers",
            W::NAME,
            text::<W>(prompt),
        );
        false
    }

    /// Returns one line for each answer and each response that the run has not used.
    pub(super) fn unused(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let answers = self.rules.iter().filter(|rule| !rule.is_used).filter_map(|rule| rule.for_one.as_ref());
        let responses = self.responses.iter().map(|response| &response.call);
        for Call { method, response, place } in answers.chain(responses) {
            lines.push(format!("`.{method}(..)` of type `{response}` at {place}"));
        }
        lines
    }
}

fn reply(kind: AnswerErrorKind, why: String) -> Reply {
    match kind {
        AnswerErrorKind::Closed | AnswerErrorKind::Ended => Reply::Closed,
        AnswerErrorKind::OtherType | AnswerErrorKind::Rejected => Reply::Refused(why),
    }
}

fn text<W: Workflow>(prompt: &W::Prompt) -> String {
    serde_json::to_string(prompt).unwrap_or_else(|error| format!("not serializable: {error}"))
}
