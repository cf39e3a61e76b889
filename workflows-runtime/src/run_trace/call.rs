//! One call of blocking code in a recorded attempt.

use super::{attempt::AttemptRecord, recorder::Recording};

/// A call on its way to a thread or a process. Dropping it records its end.
#[derive(Debug)]
pub(crate) struct RecordedCall {
    recording: Recording,
    execution: u64,
    attempt: u32,
    began: bool,
}

impl RecordedCall {
    /// Records that a call is queued.
    pub(crate) fn queued(recording: Recording, execution: u64, attempt: u32) -> Self {
        recording.with_attempt(execution, attempt, AttemptRecord::call_queued);
        Self { recording, execution, attempt, began: false }
    }

    /// Records that the code begins.
    pub(crate) fn began(&mut self) {
        if !self.began {
            self.began = true;
            self.recording.with_attempt(self.execution, self.attempt, AttemptRecord::call_began);
        }
    }
}

impl Drop for RecordedCall {
    fn drop(&mut self) {
        let began = self.began;
        self.recording.with_attempt(self.execution, self.attempt, |record, at| record.call_ended(began, at));
    }
}
