//! Messages from outside of a journaled run.

use super::RunJournal;
use crate::{
    run::{
        handle::RunHandle,
        message::Message,
        prompt::AnswerErrorKind,
        remote::{External, ExternalContent},
    },
    workflow::Workflow,
};

/// Whether a run would accept a message now: a response always, and the answer to a prompt if the prompt is open and
/// expects it.
///
/// # Errors
///
/// Why the answer is refused.
pub fn accepts<W: Workflow>(run: &RunHandle<W>, message: &External<W>) -> Result<(), AnswerErrorKind> {
    match &message.0 {
        ExternalContent::Answer { prompt, response } => run.shared.accepts_answer(*prompt, response),
        ExternalContent::Response(_) | ExternalContent::Cancel if run.is_finished() => Err(AnswerErrorKind::Ended),
        ExternalContent::Response(_) | ExternalContent::Cancel => Ok(()),
    }
}

/// Delivers a message that is stored under this number. The number is in [`Record::taken`](super::Record::taken) of the
/// first record that contains what the message has led to.
///
/// # Errors
///
/// Why the message is refused. A refused message is taken as well, unless the run has ended.
pub fn deliver<W: Workflow>(run: &RunHandle<W>, message: External<W>, number: u64) -> Result<(), AnswerErrorKind> {
    match message.0 {
        ExternalContent::Response(event) => {
            let refused = run.shared.push_taken_message(Message::External(event), number);
            if refused { Err(AnswerErrorKind::Ended) } else { Ok(()) }
        }
        ExternalContent::Answer { prompt, response } => {
            let answered = run.shared.answer_with(prompt, response).map_err(|(kind, _)| kind);
            // After the answer: one that is delivered twice is refused, but one that is lost would be lost forever.
            run.shared.push_message(Message::Taken(number));
            answered
        }
        ExternalContent::Cancel => {
            run.cancel();
            Ok(())
        }
    }
}

/// Gives a run up without an end, and drops its steps. It can be resumed from its last record, here or elsewhere; this
/// handle reports [`RunError::Cancelled`](crate::RunError::Cancelled). A run that has ended, and whose end is being stored,
/// waits for the receipt.
pub fn release<W: Workflow>(run: &RunHandle<W>) {
    if let Some(journal) = run.shared.journal() {
        journal.set_released();
        run.shared.push_message(Message::Release);
    }
}

/// Whether a run was [released](release), or its record was not confirmed: it has no end here.
#[must_use]
pub fn is_released<W: Workflow>(run: &RunHandle<W>) -> bool {
    run.shared.journal().is_some_and(RunJournal::is_released)
}
