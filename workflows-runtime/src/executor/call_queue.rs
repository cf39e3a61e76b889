//! The blocking calls of one run that wait for a thread or a process.

use crate::{
    engine::ExecutionId,
    run_trace::RecordedCall,
    sync::{Mutex, MutexGuard},
};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
};

/// The calls of blocking code of a run, by attempt.
#[derive(Debug, Default)]
pub(crate) struct CallQueue(Mutex<HashMap<(u64, u32), Calls>>);

#[derive(Debug)]
struct Calls {
    step: &'static str,
    queued: u32,
    running: u32,
}

impl CallQueue {
    /// The attempts of `step` whose calls all wait.
    pub(crate) fn waiting(&self, step: &str) -> usize {
        let is_waiting = |calls: &&Calls| calls.step == step && calls.running == 0;
        self.lock().values().filter(is_waiting).count()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(u64, u32), Calls>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call on its way to a thread or a process, of a run that is recorded or publishes its phases. Dropping it reports
/// its end.
pub(crate) struct ObservedCall {
    recorded: Option<RecordedCall>,
    counted: Option<CountedCall>,
}

impl ObservedCall {
    /// `None` if there is nothing to report to.
    pub(super) fn new(recorded: Option<RecordedCall>, counted: Option<CountedCall>) -> Option<Box<Self>> {
        if recorded.is_none() && counted.is_none() {
            return None;
        }
        Some(Box::new(Self { recorded, counted }))
    }

    /// Reports that the code begins.
    pub(crate) fn began(&mut self) {
        if let Some(recorded) = &mut self.recorded {
            recorded.began();
        }
        if let Some(counted) = &mut self.counted {
            counted.began();
        }
    }
}

/// A call that a [`CallQueue`] counts until it is dropped.
pub(super) struct CountedCall {
    queue: Arc<CallQueue>,
    attempt: (u64, u32),
    has_begun: bool,
}

impl CountedCall {
    pub(super) fn queued(queue: Arc<CallQueue>, step: &'static str, execution: ExecutionId) -> Self {
        let attempt = (execution.serial, execution.attempt);
        queue.lock().entry(attempt).or_insert(Calls { step, queued: 0, running: 0 }).queued += 1;
        Self { queue, attempt, has_begun: false }
    }

    fn began(&mut self) {
        if !self.has_begun
            && let Some(calls) = self.queue.lock().get_mut(&self.attempt)
        {
            self.has_begun = true;
            calls.queued -= 1;
            calls.running += 1;
        }
    }
}

impl Drop for CountedCall {
    fn drop(&mut self) {
        let mut queue = self.queue.lock();
        let Some(calls) = queue.get_mut(&self.attempt) else { return };
        let count = if self.has_begun { &mut calls.running } else { &mut calls.queued };
        *count -= 1;
        if calls.queued == 0 && calls.running == 0 {
            queue.remove(&self.attempt);
        }
    }
}
